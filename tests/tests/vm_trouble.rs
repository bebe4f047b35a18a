//! Loads that get into each other's way, fail again and again, or hang (`tests/guest/trouble.sh`).

use std::collections::BTreeMap;

use kmodtrace_tests::per_kernel;
use kmodtrace_tests::vm::{Load, Output, Results, none_of};

per_kernel!(
    "trouble",
    [
        v5_10 = "5.10",
        v6_1 = "6.1",
        v6_12 = "6.12",
        newest = "newest"
    ],
    [
        sums_are_exact,
        one_of_many_wins,
        losers_know_against_whom,
        what_was_in_vain_is_added_up,
        repeated_failures_are_counted,
        a_hanging_init_is_in_flight,
        who_began_too_late_says_so,
    ]
);

/// What the init function of the rivals sleeps, ns.
const SLEEP_NS: u64 = 500_000_000;

fn sums_are_exact(results: &Results) {
    for run in ["rivals.json", "again.json", "hang.json"] {
        let output = results.output(run);
        let wrong: Vec<_> = output.loads.iter().flat_map(Load::wrong_sums).collect();
        none_of(&wrong);
    }
}

/// The load that has run the init function.
fn winner(output: &Output) -> &Load {
    let mut ran = output
        .loads
        .iter()
        .filter(|load| load.phase("init").is_some());
    let winner = ran.next().expect("a winner");
    assert!(ran.next().is_none(), "two have run the init function");
    winner
}

fn one_of_many_wins(results: &Results) {
    let output = results.output("rivals.json");
    assert_eq!(output.loads.len(), 9);
    let winner = winner(&output);
    assert!(winner.succeeded() && winner.contest.is_none());
    assert!(winner.total_ns >= SLEEP_NS);
    let others = output.loads.iter().filter(|load| load.id != winner.id);
    let wrong: Vec<_> = others
        .filter(|load| !load.contest.as_ref().is_some_and(|contest| contest.lost))
        .map(Load::label)
        .collect();
    none_of(&wrong);
}

/// Against whom each loser lost, updates included.
fn against(output: &Output) -> BTreeMap<&str, Option<&str>> {
    let told = output.loads.iter().filter_map(|load| {
        let with = load.contest.as_ref()?.with.as_deref();
        Some((load.id.as_str(), with))
    });
    let mut against: BTreeMap<_, _> = told.collect();
    for update in output.updates.iter().filter(|update| update.kind == "lost") {
        let before = against.insert(&update.id, update.against.as_deref());
        assert_eq!(
            before,
            Some(None),
            "an update of what was known: {update:?}"
        );
    }
    against
}

fn losers_know_against_whom(results: &Results) {
    let output = results.output("rivals.json");
    let winner = winner(&output);
    let against = against(&output);
    let mut wrong = Vec::new();
    for load in &output.loads {
        let Some(contest) = &load.contest else {
            continue;
        };
        let other = against[load.id.as_str()];
        let right = match contest.over.as_str() {
            "module" => other == Some(&winner.id),
            // The one of this file that went on to load it.
            _ => output.loads.iter().any(|rival| {
                Some(rival.id.as_str()) == other
                    && rival.file == load.file
                    && rival
                        .contest
                        .as_ref()
                        .is_none_or(|contest| contest.over != "file")
            }),
        };
        if !right {
            wrong.push(format!("{}: lost against {other:?}", load.label()));
        }
        let waited: u64 = load.time_in(&["wait"]);
        if contest.waited_ns != waited || waited > load.total_ns {
            wrong.push(format!("{}: waited {waited} ns", load.label()));
        }
        if contest.over == "file" && contest.read_bytes + contest.allocated_bytes != 0 {
            wrong.push(format!("{}: has read nothing", load.label()));
        }
        if contest.over == "module" && Some(contest.read_bytes) != load.file_bytes {
            wrong.push(format!("{}: read {}", load.label(), contest.read_bytes));
        }
    }
    none_of(&wrong);
    // They wait while the winner's init sleeps, but for the one that comes later.
    let waited = output.loads.iter().filter_map(|load| load.contest.as_ref());
    let waited = waited.filter(|contest| contest.waited_ns > SLEEP_NS / 4);
    assert!(waited.count() >= 7);
}

fn what_was_in_vain_is_added_up(results: &Results) {
    let output = results.output("rivals.json");
    let lost = &output.summaries[0]["lost"];
    let sum = |what: fn(&kmodtrace_tests::vm::facts::Contest) -> u64| {
        let contests = output.loads.iter().filter_map(|load| load.contest.as_ref());
        contests.map(what).sum::<u64>()
    };
    assert_eq!(lost["loads"], 8);
    assert_eq!(lost["waited_ns"], sum(|contest| contest.waited_ns));
    assert_eq!(lost["read_bytes"], sum(|contest| contest.read_bytes));
    assert_eq!(
        lost["allocated_bytes"],
        sum(|contest| contest.allocated_bytes)
    );
    let bytes: u64 = output
        .loads
        .iter()
        .filter(|load| load.contest.is_some())
        .flat_map(|load| &load.phases)
        .flat_map(|phase| &phase.calls)
        .filter(|call| ["execmem_alloc", "module_alloc"].contains(&call.name.as_str()))
        .filter_map(|call| call.values.get("bytes")?.as_u64())
        .sum();
    assert_eq!(lost["allocated_bytes"], bytes);
}

fn repeated_failures_are_counted(results: &Results) {
    let output = results.output("again.json");
    let repeated = output.summaries[0]["repeated_failures"].as_array();
    let [failing] = &repeated.expect("an array")[..] else {
        panic!("{repeated:?}");
    };
    assert_eq!(failing["name"], "kt_enodev");
    assert_eq!(failing["loads"], 3);
    assert_eq!(failing["errors"], serde_json::json!(["ENODEV"]));
    assert_eq!(failing["comms"], serde_json::json!(["insmod"]));
    let of_it = output.loads.iter();
    let of_it = of_it.filter(|load| load.module.as_deref() == Some("kt_enodev"));
    let total: u64 = of_it.map(|load| load.total_ns).sum();
    assert_eq!(failing["total_ns"], total);
    assert_eq!(output.summaries[0]["failed"], 4);
}

fn a_hanging_init_is_in_flight(results: &Results) {
    const AT_LEAST_NS: u64 = 1_000_000_000;
    let output = results.output("hang.json");
    let in_flight = output.summaries[0]["in_flight"].as_array();
    let [hanging] = &in_flight.expect("an array")[..] else {
        panic!("{in_flight:?}");
    };
    assert_eq!(hanging["module"], "kt_delay");
    assert_eq!(hanging["phase"], "init");
    let number = |name: &str| hanging[name].as_u64().expect("a number");
    assert!(number("seen_ns") - number("start_ns") >= AT_LEAST_NS);
    assert!(output.loads.is_empty(), "it has not ended");
    // Nobody can unload it meanwhile.
    let [unload] = &output.unloads[..] else {
        panic!("{:?}", output.unloads);
    };
    assert_eq!(unload["module"], "kt_delay");
    assert_eq!(unload["result"]["name"], "EBUSY");
    let explanation = &unload["result"]["explanation"];
    assert_eq!(explanation["cause"], "being_loaded_or_unloaded");
    assert_eq!(explanation["certain"], true);
}

fn who_began_too_late_says_so(results: &Results) {
    let output = results.output("late.json");
    let summary = &output.summaries[0];
    assert_eq!(summary["under_way_before"], serde_json::json!(["kt_delay"]));
    assert_eq!(summary["unloads"], 1);
    for run in ["rivals.json", "again.json", "hang.json"] {
        let output = results.output(run);
        let nothing = serde_json::json!([]);
        assert_eq!(output.summaries[0]["under_way_before"], nothing, "{run}");
    }
}
