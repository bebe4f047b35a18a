//! The same loads compared with themselves (`tests/guest/aa.sh`, in many boots, with and without counting
//! instructions): something is said of at most one comparison in twenty. No load is used twice.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use kmodtrace::compare::{Module, design::MANY_BOOTS};
use kmodtrace_tests::per_kernel;
use kmodtrace_tests::sides::{Kept, Recording, compared, compared_in_rounds, said};
use kmodtrace_tests::vm::{Results, none_of};

per_kernel!(
    "aa",
    [v6_12 = "6.12"],
    [two_cpus_are_silent, counted_instructions_are_silent]
);

/// What is loaded, and in how many chunks of its loads each boot is cut.
const MODULES: [(&str, usize); 4] = [
    ("crc7", 16),
    ("kt_params", 16),
    ("nf_tables", 4),
    ("dummy", 4),
];
/// Loads on each side of a comparison.
const LOADS: usize = 30;
/// Comparisons of which something may be said, %.
const FALSE_ALARMS: usize = 5;

fn two_cpus_are_silent(results: &Results) {
    silent(results, "smp");
}

fn counted_instructions_are_silent(results: &Results) {
    silent(results, "icount");
}

/// How the loads of a comparison lie to each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    /// One side after the other, in one boot.
    Within,
    /// Each side in a boot of its own.
    Across,
    /// In turns, as `bench` does it.
    Rounds,
    /// Each side in boots of its own, several.
    Boots,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Within => "one after the other, in one boot",
            Self::Across => "in two boots",
            Self::Rounds => "in turns, in one boot",
            Self::Boots => "in three boots each",
        }
    }
}

/// Comparisons, and those of which something was said.
#[derive(Default)]
struct Count {
    all: usize,
    alarms: usize,
}

fn silent(results: &Results, condition: &str) {
    let recordings = recordings(results, condition);
    let mut counts: BTreeMap<(Kind, &str), Count> = BTreeMap::new();
    let mut told = String::new();
    let mut judge = |kind: Kind, name: &'static str, module: &Module| {
        assert_eq!(module.loads, [LOADS; 2]);
        let count = counts.entry((kind, name)).or_default();
        count.all += 1;
        let said = said(module);
        if !said.is_empty() {
            count.alarms += 1;
            writeln!(told, "{name}, {}: {}", kind.words(), said.join(", ")).expect("a string");
        }
    };
    for (name, chunks) in MODULES {
        let boots: Vec<Vec<Vec<&Kept>>> = recordings
            .iter()
            .map(|recording| cut(&recording.of(name), chunks))
            .collect();
        for (boot, recording) in boots.iter().zip(&recordings) {
            for pair in boot[..chunks / 2].chunks_exact(2) {
                let setup = &recording.setup;
                judge(Kind::Within, name, &compared(setup, &pair[0], &pair[1]));
                let [a, b] = in_turns(pair, pair[0][0].sample.start_ns);
                judge(Kind::Rounds, name, &compared_in_rounds(setup, &a, &b));
            }
        }
        for chunk in 0..chunks {
            let [base, new] = in_boots(&boots, chunk);
            judge(
                Kind::Boots,
                name,
                &compared(&recordings[0].setup, &base, &new),
            );
        }
        for chunk in chunks / 2..chunks {
            for (a, b) in matches(boots.len(), chunk) {
                let setup = &recordings[a].setup;
                let (base, new) = (&boots[a][chunk], &boots[b][chunk]);
                judge(Kind::Across, name, &compared(setup, base, new));
            }
        }
    }
    fs::write(results.path(&format!("{condition}-told.txt")), &told).expect("a file");
    conclude(results, condition, recordings.len(), &counts);
}

fn recordings(results: &Results, condition: &str) -> Vec<Recording> {
    let boots = (0..).map(|boot| format!("{condition}/{boot:02}/aa/aa.kmt"));
    let boots = boots.take_while(|name| results.has(name));
    let recordings: Vec<_> = boots
        .map(|name| Recording::open(&results.path(&name)))
        .collect();
    let boots = recordings.len();
    assert!(boots >= 2 && boots.is_multiple_of(2), "{boots} recordings");
    recordings
}

/// The last loads of a boot, in chunks.
fn cut<'k>(loads: &[&'k Kept], chunks: usize) -> Vec<Vec<&'k Kept>> {
    let wanted = chunks * LOADS;
    // The first ones find caches cold.
    let first = loads.len().checked_sub(wanted).filter(|&first| first > 0);
    let first = first.unwrap_or_else(|| panic!("{} loads, not {wanted} and more", loads.len()));
    loads[first..].chunks(LOADS).map(<[_]>::to_vec).collect()
}

/// The loads of two chunks as if each two that follow one another were a round, in which chance, as in `bench`, decides
/// who is first: the load in front leaves its traces, so turns would not be fair.
fn in_turns<'k>(pair: &[Vec<&'k Kept>], seed: u64) -> [Vec<&'k Kept>; 2] {
    let mut state = seed;
    let mut sides = [Vec::new(), Vec::new()];
    for round in pair.concat().chunks_exact(2) {
        let first = usize::from(splitmix(&mut state) >> 63 == 1);
        sides[first].push(round[0]);
        sides[1 - first].push(round[1]);
    }
    sides
}

/// A part of a chunk's loads from each of three boots, and from three others.
fn in_boots<'k>(boots: &[Vec<Vec<&'k Kept>>], chunk: usize) -> [Vec<&'k Kept>; 2] {
    let side = |first: usize| {
        let boots = (first..first + MANY_BOOTS).map(|boot| &boots[(chunk + boot) % boots.len()]);
        let loads = boots.flat_map(|boot| &boot[chunk][..LOADS / MANY_BOOTS]);
        loads.copied().collect()
    };
    [side(0), side(MANY_BOOTS)]
}

/// The next number of a stream (`SplitMix64`).
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Pairs of boots, each boot in one; others in every round (a round robin).
fn matches(boots: usize, round: usize) -> Vec<(usize, usize)> {
    let circle = boots - 1;
    let place = |n: usize| (round + n) % circle;
    let others = (1..boots / 2).map(|n| (place(n), place(circle - n)));
    std::iter::once((place(0), circle)).chain(others).collect()
}

fn conclude(
    results: &Results,
    condition: &str,
    boots: usize,
    counts: &BTreeMap<(Kind, &str), Count>,
) {
    let mut table = String::from("| sides | comparisons | false alarms |\n|---|---:|---:|\n");
    let of = |kinds: &[Kind]| {
        let those = counts.iter().filter(|((kind, _), _)| kinds.contains(kind));
        those.fold(Count::default(), |sum, (_, count)| Count {
            all: sum.all + count.all,
            alarms: sum.alarms + count.alarms,
        })
    };
    for kind in [Kind::Within, Kind::Across, Kind::Rounds, Kind::Boots] {
        let Count { all, alarms } = of(&[kind]);
        writeln!(table, "| {} | {all} | {alarms} |", kind.words()).expect("a string");
    }
    fs::write(results.path(&format!("{condition}-table.md")), table).expect("a table");
    let mut wrong = Vec::new();
    let mut figures = Vec::new();
    // Rounds and several boots use the loads of the others once more.
    for (kinds, what) in [
        (&[Kind::Within, Kind::Across][..], "compare"),
        (&[Kind::Rounds], "rounds"),
        (&[Kind::Boots], "three boots each"),
    ] {
        let Count { all, alarms } = of(kinds);
        figures.push(format!("{what} {alarms} of {all}"));
        if alarms * 100 > all * FALSE_ALARMS {
            wrong.push(format!(
                "{what}: {alarms} false alarms in {all} comparisons"
            ));
        }
    }
    let figures = figures.join(", ");
    results.keep_figures(condition, &format!("{condition}, {boots} boots: {figures}"));
    none_of(&wrong);
}

#[test]
fn every_boot_is_matched_once() {
    for round in 0..12 {
        let mut seen: Vec<_> = matches(10, round)
            .into_iter()
            .flat_map(|(a, b)| [a, b])
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>(), "round {round}");
    }
}
