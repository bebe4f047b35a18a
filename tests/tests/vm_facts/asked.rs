//! Requests for modules and firmware, and what is told of notifiers.

use kmodtrace_tests::vm::{Results, none_of};
use serde_json::Value;

use super::truth::{differ, kallsyms, labelled, output, own_modules, present};

pub(crate) fn requests_tell_who_asked(results: &Results) {
    let output = output(results);
    let mut wrong = Vec::new();
    let rows = results.table("asked");
    let [pid, comm, begin, end] = rows[0].as_slice() else {
        panic!("{rows:?}")
    };
    let (begin, end): (u64, u64) = (begin.parse().expect("ns"), end.parse().expect("ns"));
    // The family, then the protocol that the module of the family does not have.
    for (module, name) in [("can", "net-pf-29"), ("can_raw", "can-proto-1")] {
        let load = output
            .loads
            .iter()
            .find(|load| load.module.as_deref() == Some(module));
        let load = load.unwrap_or_else(|| panic!("{module} was not loaded"));
        let Some(request) = &load.caller.request else {
            wrong.push(format!("{module}: no request"));
            continue;
        };
        differ(&mut wrong, module, "name", &request.name.as_str(), &name);
        differ(&mut wrong, module, "task", &request.pid.to_string(), pid);
        differ(&mut wrong, module, "task", &request.comm, comm);
        differ(&mut wrong, module, "wait", &request.wait, &true);
        let inside = begin <= request.time_ns && request.time_ns <= load.start_ns;
        if !inside || load.end_ns() > end {
            wrong.push(format!(
                "{module}: asked at {}, not {begin} to {end}",
                request.time_ns
            ));
        }
        differ(&mut wrong, module, "parent", &load.parent.is_none(), &true);
    }
    if own_modules(results) {
        let parent = labelled(results, &output, "request");
        let child = output
            .loads
            .iter()
            .rfind(|load| load.module.as_deref() == Some("dummy"));
        let child = child.expect("dummy");
        let link = child
            .parent
            .as_ref()
            .map(|link| (link.id.as_str(), link.probable));
        differ(
            &mut wrong,
            "child",
            "parent",
            &link,
            &Some((parent.id.as_str(), false)),
        );
        let request = child.caller.request.as_ref();
        let told =
            request.map(|request| (request.name.as_str(), request.pid, request.comm.as_str()));
        let truth = Some(("dummy", parent.pid, "insmod"));
        differ(&mut wrong, "child", "request", &told, &truth);
    }
    // What somebody typed was not asked for by the kernel.
    for label in ["badparam", "packaged"] {
        let request = &labelled(results, &output, label).caller.request;
        differ(&mut wrong, label, "request", &request.is_none(), &true);
    }
    none_of(&wrong);
}

pub(crate) fn firmware_is_told(results: &Results) {
    if !own_modules(results) {
        return;
    }
    let output = output(results);
    let load = labelled(results, &output, "firmware");
    let text = results.text("firmware");
    let truth: Vec<Vec<_>> = text
        .lines()
        .map(|line| line.split(' ').skip(1).collect())
        .collect();
    assert_eq!(truth.len(), 2, "{text}");
    assert_eq!(load.firmware.len(), 2, "{:?}", load.firmware);
    let mut wrong = Vec::new();
    for (told, truth) in load.firmware.iter().zip(&truth) {
        let [name, status, begin, end] = truth.as_slice() else {
            panic!("{text}")
        };
        differ(&mut wrong, name, "name", &told.name.as_str(), name);
        differ(
            &mut wrong,
            name,
            "status",
            &told.status.to_string().as_str(),
            status,
        );
        let (begin, end): (u64, u64) = (begin.parse().expect("ns"), end.parse().expect("ns"));
        if told.start_ns < begin || told.start_ns + told.duration_ns > end {
            wrong.push(format!("{told:?}, but from {begin} to {end}"));
        }
    }
    let statuses: Vec<_> = load.firmware.iter().map(|told| told.status).collect();
    assert_eq!(statuses, [0, -2]);
    none_of(&wrong);
}

pub(crate) fn notifiers_are_told(results: &Results) {
    /// `enum module_state`.
    const LIVE: u64 = 0;
    const COMING: u64 = 1;
    /// What `--notifiers` watches, by the names of the functions.
    const HOOKS: [&str; 5] = [
        "jump_label_module_notify",
        "static_call_module_notify",
        "kprobes_module_callback",
        "btf_module_notify",
        "tracepoint_module_notify",
    ];
    let output = output(results);
    let known = kallsyms(results, "kallsyms");
    let hooks = HOOKS.iter().filter(|hook| known.contains_key(**hook));
    let hooks: Vec<_> = hooks.copied().collect();
    assert!(hooks.len() >= 4, "{hooks:?}");
    let mut wrong = Vec::new();
    for (listed, load) in present(results, &output, "end") {
        for &hook in &hooks {
            let calls = load.phases.iter().flat_map(|phase| &phase.calls);
            let calls: Vec<_> = calls.filter(|call| call.name == hook).collect();
            let states = calls.iter().filter_map(|call| call.values.get("state"));
            let states: Vec<_> = states.filter_map(Value::as_u64).collect();
            differ(&mut wrong, &listed.name, hook, &states, &vec![COMING, LIVE]);
            if calls.iter().any(|call| call.duration_ns.is_none()) {
                wrong.push(format!("{}: {hook} without a time", listed.name));
            }
        }
    }
    none_of(&wrong);
}
