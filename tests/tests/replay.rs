//! Recordings from real kernels (`tests/guest/ledger.sh`, copied from the VM tests' results) through
//! decoder, assembler and renderer, without a kernel.

use std::{fs::File, io::BufReader, path::Path};

use kmodtrace::{
    assemble::{Assembler, Output},
    model::{Load, Outcome},
    render::{Format, Style, renderer},
    source::{Source as _, recorded::Recorded},
};

/// What a recording tells, in order.
fn replay(kernel: &str) -> Vec<Output> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/recordings/{kernel}.kmt"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut recorded = Recorded::open(BufReader::new(file)).expect("a recording");
    let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
    while let Some(frame) = recorded.next().expect("a whole frame") {
        assembler.push(frame.decode().expect("a known frame"), &mut outputs);
    }
    assembler.finish(&mut outputs);
    outputs
}

fn holds(load: &Load) {
    let phases: u64 = load.phases.iter().map(|phase| phase.duration_ns).sum();
    assert_eq!(phases + load.unattributed_ns, load.total_ns, "{load:?}");
    assert!(load.phases.is_sorted_by(|a, b| a.end_ns() <= b.start_ns));
    assert!(load.complete && load.lost_events == 0, "{load:?}");
    assert!(matches!(load.outcome, Outcome::Returned(_)), "{load:?}");
}

fn check(kernel: &str) {
    let style = Style {
        verbose: true,
        ..Style::default()
    };
    let mut printed = Vec::new();
    let mut loads = 0;
    for output in replay(kernel) {
        match output {
            Output::Load(load) => {
                holds(&load);
                loads += 1;
                renderer(Format::Brief, style)
                    .load(&load, &mut printed)
                    .expect("memory can be written");
                let phases = load.phases.iter().map(|phase| {
                    format!(
                        "    {} {} {:?}\n",
                        phase.name(),
                        phase.duration_ns,
                        phase.bounds
                    )
                });
                printed.extend(phases.collect::<String>().into_bytes());
            }
            Output::Unload(unload) => {
                renderer(Format::Brief, style)
                    .unload(&unload, &mut printed)
                    .expect("memory can be written");
            }
            Output::Update(update) => {
                renderer(Format::Brief, style)
                    .update(&update, &mut printed)
                    .expect("memory can be written");
            }
            Output::Anomaly(anomaly) => panic!("{anomaly}"),
        }
    }
    assert!(loads >= 10, "{loads} loads");
    insta::assert_snapshot!(
        format!("replay_{kernel}"),
        String::from_utf8(printed).expect("UTF-8")
    );
}

#[test]
fn linux_5_10() {
    check("5.10");
}

#[test]
fn linux_6_1() {
    check("6.1");
}

#[test]
fn linux_6_12() {
    check("6.12");
}

#[test]
fn linux_6_18() {
    check("6.18");
}

#[test]
fn linux_7_3() {
    check("7.3");
}
