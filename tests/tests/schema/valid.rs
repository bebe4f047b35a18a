//! Lines that fit, and lines that do not.

use kmodtrace_tests::schemas::Schemas;
use serde_json::Value;

#[test]
fn what_does_not_fit_is_told() {
    let schemas = Schemas::published();
    let map = serde_json::json!({
        "schema": "kmodtrace.map/1", "module": "m", "load": null, "file": null,
        "sections": [{"name": ".text", "address": "0x1000", "bytes": null}],
        "regions": [], "kept_bytes": 0, "freed_bytes": 0, "area": null, "in_area": null,
        "per_cpu": null, "init_freed": true, "redacted": false, "escaped": [],
    });
    assert_eq!(schemas.wrong(&map), Vec::<String>::new());
    let changed = |pointer: &str, value: Value| {
        let mut map = map.clone();
        *map.pointer_mut(pointer).expect("there") = value;
        schemas.wrong(&map).len()
    };
    assert_eq!(changed("/sections/0/address", "1000".into()), 1);
    assert_eq!(changed("/kept_bytes", (-1).into()), 1);
    assert_eq!(changed("/init_freed", Value::Null), 1);
    assert!(changed("/schema", "kmodtrace.load/1".into()) > 10);
    let mut less = map.clone();
    less.as_object_mut().expect("an object").remove("load");
    assert_eq!(schemas.wrong(&less).len(), 1);
    // Fields are added, so an unknown one fits.
    let mut more = map.clone();
    more["added"] = 1.into();
    assert!(schemas.wrong(&more).is_empty());
}
