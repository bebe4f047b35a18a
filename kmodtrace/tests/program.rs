//! The program itself, on files: `export`, `compare`, `map`, `inspect --against`, `report --redact`.

#[path = "program/against.rs"]
mod against;
#[path = "program/bench.rs"]
mod bench;
#[path = "program/compare.rs"]
mod compare;
#[path = "program/copy.rs"]
mod copy;
#[path = "program/export.rs"]
mod export;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the tests crate has it as a library"
)]
#[path = "../../tests/src/leaks.rs"]
mod leaks;
#[path = "program/live.rs"]
mod live;
#[path = "program/loads.rs"]
mod loads;
#[path = "program/ls.rs"]
mod ls;
#[expect(unreachable_pub, reason = "the tests crate has it as a library")]
#[path = "../../tests/src/opened.rs"]
mod opened;
#[cfg(feature = "packaging")]
#[path = "program/packaging.rs"]
mod packaging;
#[path = "program/recorded.rs"]
mod recorded;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the tests crate has it as a library"
)]
#[path = "../../tests/src/records.rs"]
mod records;
#[path = "program/scene.rs"]
mod scene;
#[path = "program/several.rs"]
mod several;
