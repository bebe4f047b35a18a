//! How comparisons are printed.

use kmodtrace::{
    catalogue::phase::Phase,
    compare::{Budget, Comparison, Ended, Key, LeftOut, Options},
    event::Name,
    render::{Style, compare_json, compare_markdown, compare_text},
};
use kmodtrace_tests::schemas::Schemas;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr as _;

use crate::sides::{build, group, key, loads, setup, side, with};

/// Something of everything.
fn everything() -> Comparison {
    let hostile = Key {
        params: Some(Name(b"a=`|<img src=x>\n@team \xff\x1b[31m".to_vec())),
        ..key("_ev|l_")
    };
    let failed = Key {
        ended: Ended::Failed(2),
        ..key("nft_reject")
    };
    let mut base = side([
        (key("nf_tables"), group([("boot", loads(30, 1, None))])),
        (
            key("crc7"),
            group([("boot", loads(30, 3, Some((Phase::Init, 100))))]),
        ),
        (key("dummy"), group([("boot", loads(31, 5, None))])),
        (key("tun"), group([("boot", loads(3, 5, None))])),
        (key("gone"), group([("boot", loads(2, 5, None))])),
        (hostile.clone(), group([("boot", loads(30, 7, None))])),
    ]);
    let mut new = side([
        (
            key("nf_tables"),
            group([("boot", loads(30, 2, Some((Phase::Relocate, 300))))]),
        ),
        (key("crc7"), group([("boot", loads(30, 4, None))])),
        (key("dummy"), group([("boot", loads(30, 6, None))])),
        (key("tun"), group([("boot", loads(3, 6, None))])),
        (
            hostile,
            group([("boot", loads(30, 8, Some((Phase::Read, 90))))]),
        ),
        (failed.clone(), group([("boot", loads(20, 9, None))])),
    ]);
    let grown = new.groups.get_mut(&key("nf_tables")).expect("there");
    grown.builds = BTreeMap::from([(build(12288), 30)]);
    grown.left_out = BTreeMap::from([(LeftOut::First, 1), (LeftOut::Incomplete, 2)]);
    new.groups
        .get_mut(&failed)
        .expect("there")
        .causes
        .insert("unknown_symbol", 20);
    let mut other = setup();
    other.kernel = "6.13.0-rc1".to_owned();
    other.cpus = 4;
    new.setups = vec![other];
    base.endless = 1;
    let budgets = ["total=8ms", "relocate=2.5ms", "init=1s"];
    let budgets = budgets.map(|it| it.parse::<Budget>().expect("a budget"));
    let options = Options {
        budgets: budgets.to_vec(),
        ..Options::default()
    };
    with(&base, &new, &options)
}

fn text(comparison: &Comparison, style: Style) -> String {
    let mut out = Vec::new();
    compare_text(comparison, style, &mut out).expect("memory can be written");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn for_people() {
    let comparison = everything();
    insta::assert_snapshot!("text", text(&comparison, Style::default()));
    let verbose = Style {
        verbose: true,
        unicode: false,
        width: 60,
        ..Style::default()
    };
    insta::assert_snapshot!("text_narrow_verbose_ascii", text(&comparison, verbose));
    let color = Style {
        color: true,
        width: 100,
        ..Style::default()
    };
    insta::assert_snapshot!("text_color", text(&comparison, color));
}

#[test]
fn lines_are_no_longer_than_the_terminal() {
    for width in [50, 60, 77, 78, 80, 100] {
        for verbose in [false, true] {
            let style = Style {
                width,
                verbose,
                ..Style::default()
            };
            for line in text(&everything(), style).lines() {
                assert!(line.width() <= width, "{width}: {line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}

#[test]
fn for_a_pull_request() {
    let mut out = Vec::new();
    compare_markdown(&everything(), &mut out).expect("memory can be written");
    let text = String::from_utf8(out).expect("UTF-8");
    // Names neither end cells nor make elements, mention people or open code.
    for bad in ["<img", "@team", "`", "\u{1b}"] {
        assert!(!text.contains(bad), "{bad}: {text}");
    }
    let rows = text.lines().filter(|line| line.starts_with('|'));
    assert!(
        rows.map(|row| row.matches('|').count())
            .all(|count| count == 7 || count == 8)
    );
    insta::assert_snapshot!("markdown", text);
}

#[test]
fn for_programs() {
    let mut out = Vec::new();
    compare_json(&everything(), &mut out).expect("memory can be written");
    assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
    let mut counts = BTreeMap::new();
    Schemas::published().check(&out, &mut counts);
    assert_eq!(counts["kmodtrace.compare/1"], 1);
    let json: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    assert_eq!(json["escaped"], serde_json::json!(["params"]));
    let order: Vec<_> = json["modules"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["base"]["module"])
        .collect();
    assert_eq!(order[0], "nf_tables");
    assert_eq!(json["overruns"].as_array().expect("a list").len(), 2 + 4);
}
