//! Recordings from real kernels (`tests/guest/ledger.sh`) through decoder, assembler and renderer, without
//! a kernel. `gzip -9nc target/vm-results/KERNEL/ledger/ledger.kmt` made them.

use kmodtrace::{
    assemble::{Assembler, Output},
    event::Name,
    model::{Load, Outcome, Since, Update},
    render::{Format, Style, renderer},
    source::{Source as _, recorded::Recorded},
};
use kmodtrace_tests::recordings;

/// What a recording tells, in order.
fn replay(kernel: &str) -> Vec<Output> {
    let bytes = recordings::bytes(kernel);
    let mut recorded = Recorded::open(&*bytes).expect("a recording");
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

fn text(name: &Name) -> String {
    String::from_utf8_lossy(&name.0).into_owned()
}

/// Facts of a load: who, what, where.
fn facts(load: &Load) -> String {
    let facts = &load.facts;
    let user = facts.caller.user.map(|user| {
        let since = match user.since {
            Since::Exec => "exec",
            Since::Load => "load",
        };
        format!("{} ns since {since}", user.before_ns)
    });
    let path = facts.file.path.as_ref();
    let request = facts.caller.request.as_ref();
    let signature = facts.signature.as_ref();
    let signer = signature.map(|signature| {
        let signer = signature.signer.as_ref().map(text);
        (signer, signature.accepted)
    });
    let placed = facts.sections.iter();
    let placed = placed.filter(|section| section.address.is_some()).count();
    let entries = facts.relocations.iter().filter_map(|some| some.entries);
    let regions = facts.memory.regions.iter().map(|region| {
        let how = region.permissions.map(|how| how.to_string());
        let how = how.unwrap_or_else(|| "?".to_owned());
        format!("{} {how} {}", region.kind.name(), region.bytes)
    });
    let registered = facts.registration.as_ref();
    format!(
        "    user {user:?}, words {:?}, uid {:?}, path {:?}, cached {:?}, request {:?}\n\
         \x20   sections {}, placed {placed}, relocations {}, signer {signer:?}, srcversion {:?}\n\
         \x20   {}; W^X {}, {} changes, registered {:?}\n",
        facts.caller.command_line.as_ref().map(Vec::len),
        facts.caller.ids.map(|(uid, _)| uid),
        path.map(text),
        facts.file.cached_pages,
        request.map(|request| text(&request.name)),
        facts.sections.len(),
        entries.sum::<u64>(),
        facts.identity.srcversion.as_ref().map(text),
        regions.collect::<Vec<_>>().join(", "),
        facts.memory.verdict.name(),
        facts.memory.changes.len(),
        registered.and_then(|registered| registered.state),
    )
}

/// Every fact is there of every load that succeeded.
fn is_whole(load: &Load) {
    if !matches!(load.outcome, Outcome::Returned(Ok(()))) {
        return;
    }
    let facts = &load.facts;
    assert!(
        facts.caller.user.is_some() && facts.caller.cgroup_path.is_some(),
        "{load:?}"
    );
    assert!(
        !facts.sections.is_empty() && !facts.memory.regions.is_empty(),
        "{load:?}"
    );
    assert!(
        facts.registration.is_some() && facts.signature.is_some(),
        "{load:?}"
    );
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
                is_whole(&load);
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
                printed.extend(facts(&load).into_bytes());
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
                if let Update::UserAfter {
                    after_ns, ended, ..
                } = update
                {
                    let until = if ended { "exit" } else { "load" };
                    printed.extend(format!("  user {after_ns} ns until {until}\n").into_bytes());
                }
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
