//! Loads made by hand.

use std::collections::BTreeMap;

use kmodtrace::{
    catalogue::phase::Phase,
    compare::{
        Build, Comparison, Ended, Group, Key, Options, Phases, Round, Sample, Samples, Setup,
        compare,
    },
    event::Name,
    model::RegionKind,
};

/// The phases that loads made by hand have, and how long they take, ns.
pub(crate) const PHASES: [(Phase, u64); 6] = [
    (Phase::Read, 5_000_000),
    (Phase::Elf, 150_000),
    (Phase::Relocate, 2_000_000),
    (Phase::Ftrace, 900_000),
    (Phase::Init, 400_000),
    (Phase::Return, 4_000),
];

pub(crate) fn key(module: &str) -> Key {
    Key {
        module: Name(module.as_bytes().to_vec()),
        params: Some(Name::default()),
        ended: Ended::Loaded,
    }
}

/// Numbers from 0 to 999 that look like chance, the same every time.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % 1000
    }
}

/// So many loads whose phases vary by up to 2 %, with one phase longer by so many per mille.
pub(crate) fn loads(count: usize, seed: u64, longer: Option<(Phase, i64)>) -> Vec<Sample> {
    let mut noise = Noise(seed);
    let mut start_ns = 1_000_000_000;
    (0..count)
        .map(|_| {
            let phases = PHASES.map(|(phase, ns)| {
                let ns = ns + ns * noise.next() / 50_000;
                let permille = longer
                    .filter(|(it, _)| *it == phase)
                    .map_or(0, |(_, by)| by);
                let ns = ns.saturating_add_signed(ns.cast_signed() * permille / 1000);
                (Phases::of([phase]), ns)
            });
            start_ns += 100_000_000;
            Sample {
                start_ns,
                total_ns: phases.iter().map(|(_, ns)| ns).sum::<u64>() + 300,
                unattributed_ns: 300,
                phases: phases.into(),
                cached: Some(true),
                round: None,
            }
        })
        .collect()
}

pub(crate) fn build(text_bytes: u64) -> Build {
    Build {
        build_id: Some(text_bytes.to_be_bytes().to_vec()),
        memory: BTreeMap::from([(RegionKind::Text, text_bytes), (RegionKind::Data, 4096)]),
        symbols: 12,
        relocations: Some(text_bytes / 8),
        write_xor_execute: "holds",
        ..Build::default()
    }
}

pub(crate) fn group(boots: impl IntoIterator<Item = (&'static str, Vec<Sample>)>) -> Group {
    let boots = boots
        .into_iter()
        .map(|(boot, loads)| (boot.to_owned(), loads));
    Group {
        boots: boots.collect(),
        builds: BTreeMap::from([(build(8192), 1)]),
        ..Group::default()
    }
}

pub(crate) fn setup() -> Setup {
    Setup {
        kernel: "6.12.0".to_owned(),
        machine: "x86_64".to_owned(),
        cpus: 2,
        kmodtrace: "0.1.0".to_owned(),
        ..Setup::default()
    }
}

pub(crate) fn side(groups: impl IntoIterator<Item = (Key, Group)>) -> Samples {
    Samples {
        groups: groups.into_iter().collect(),
        setups: vec![setup()],
        ..Samples::default()
    }
}

/// A side with one module in one boot.
pub(crate) fn one(boot: &'static str, loads: Vec<Sample>) -> Samples {
    side([(key("m"), group([(boot, loads)]))])
}

/// In rounds of the benchmark that began then.
pub(crate) fn in_rounds(run_ns: u64, mut loads: Vec<Sample>) -> Vec<Sample> {
    for (load, round) in loads.iter_mut().zip(1..) {
        load.round = Some(Round { run_ns, round });
    }
    loads
}

pub(crate) fn compared(base: &Samples, new: &Samples) -> Comparison {
    with(base, new, &Options::default())
}

pub(crate) fn with(base: &Samples, new: &Samples, options: &Options) -> Comparison {
    compare(
        ["base.kmt", "new.kmt"].map(str::to_owned),
        base,
        new,
        options,
    )
}
