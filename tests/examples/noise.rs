//! How often `compare` is wrong, on recordings of loads of which nothing has changed:
//! `cargo run --release -p kmodtrace-tests --example noise -- LOADS FILE...`, one file a boot.
//!
//! Loads of one boot are compared in rounds and one half after the other, and with those of the next boot; none is used
//! twice for the same question. Then each phase is made longer, to see how often that is found.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    fs,
};

use kmodtrace::{
    assemble::{Assembler, Output},
    compare::{Comparison, Group, Options, Phases, Round, Sample, Samples, What, compare},
    event::Event,
    image::compression::decompress,
    source::{Source as _, recorded::Recorded},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args().skip(1);
    let loads: usize = words.next().ok_or("usage: noise LOADS FILE...")?.parse()?;
    let boots = words
        .map(|file| read(&file))
        .collect::<Result<Vec<_>, _>>()?;
    let each = |pairs: &mut dyn FnMut(&Samples) -> Vec<[Samples; 2]>| {
        boots.iter().flat_map(pairs).collect::<Vec<_>>()
    };
    let rounds = each(&mut |boot| rounds(boot, loads));
    let halves = each(&mut |boot| halves(boot, loads));
    let across = boots.chunks_exact(2);
    let across: Vec<_> = across
        .flat_map(|pair| across_boots(&pair[0], &pair[1], loads))
        .collect();
    let many = boots.chunks_exact(6);
    let many: Vec<_> = many.map(|six| sides(six, loads)).collect();
    let questions = [
        ("rounds", rounds, true),
        ("one boot", halves, false),
        ("across boots", across, false),
        ("three boots each", many, false),
    ];
    for (name, pairs, benchmark) in &questions {
        alarms(name, pairs, *benchmark);
    }
    for (name, pairs, benchmark) in &questions {
        power(name, pairs, *benchmark);
    }
    Ok(())
}

fn read(file: &str) -> Result<Samples, Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let bytes = decompress(&bytes)?;
    let mut recorded = Recorded::open(bytes.as_ref())?;
    let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
    let mut samples = Samples::default();
    while let Some(frame) = recorded.next()? {
        let event = frame.decode()?;
        if let Event::Session(session) = &event {
            samples.session(session);
        }
        assembler.push(event, &mut outputs);
    }
    assembler.finish(&mut outputs);
    for output in &outputs {
        if let Output::Load(load) = output {
            samples.add(load, None);
        }
    }
    samples.settle();
    Ok(samples)
}

/// Parts of a side: of each group's loads those at these places.
fn part(samples: &Samples, keep: impl Fn(usize) -> Option<Option<Round>>) -> Samples {
    let mut part = Samples {
        setups: samples.setups.clone(),
        ..Samples::default()
    };
    for (key, group) in &samples.groups {
        let mut boots: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
        for (boot, loads) in &group.boots {
            let kept = loads.iter().enumerate().filter_map(|(place, sample)| {
                let round = keep(place)?;
                Some(Sample {
                    round,
                    ..sample.clone()
                })
            });
            let kept: Vec<_> = kept.collect();
            if !kept.is_empty() {
                boots.insert(boot.clone(), kept);
            }
        }
        let group = Group {
            boots,
            ..group.clone()
        };
        part.groups.insert(key.clone(), group);
    }
    part
}

fn longest(samples: &Samples) -> usize {
    let groups = samples.groups.values();
    groups.map(Group::len).max().unwrap_or(0)
}

/// One of two neighbours is the other side's, which one as by tossing a coin, as in a benchmark.
fn rounds(boot: &Samples, loads: usize) -> Vec<[Samples; 2]> {
    let count = longest(boot) / (2 * loads);
    let pairs = (0..count).map(|nth| {
        [true, false].map(|measured| {
            part(boot, |place| {
                let place = place.checked_sub(nth * 2 * loads)?;
                let round = u32::try_from(place / 2).ok()?;
                let first = (round.wrapping_mul(0x9e37_79b9) >> 31) == 0;
                let mine = ((place % 2 == 0) == first) == measured && place < 2 * loads;
                let run_ns = 0;
                mine.then_some(Some(Round { run_ns, round }))
            })
        })
    });
    pairs.collect()
}

/// One half after the other.
fn halves(boot: &Samples, loads: usize) -> Vec<[Samples; 2]> {
    let count = longest(boot) / (2 * loads);
    let pairs = (0..count).map(|nth| {
        [0, 1].map(|half| {
            let from = (2 * nth + half) * loads;
            part(boot, |place| {
                (from..from + loads).contains(&place).then_some(None)
            })
        })
    });
    pairs.collect()
}

/// Parts of two boots.
fn across_boots(one: &Samples, other: &Samples, loads: usize) -> Vec<[Samples; 2]> {
    let count = longest(one).min(longest(other)) / loads;
    let pairs = (0..count).map(|nth| {
        [one, other].map(|boot| {
            let from = nth * loads;
            part(boot, |place| {
                (from..from + loads).contains(&place).then_some(None)
            })
        })
    });
    pairs.collect()
}

/// Three boots on each side, every second one.
fn sides(boots: &[Samples], loads: usize) -> [Samples; 2] {
    [0, 1].map(|side| {
        let mut all = Samples::default();
        for boot in boots.iter().skip(side).step_by(2) {
            let boot = part(boot, |place| (place < loads).then_some(None));
            for (key, group) in boot.groups {
                let into = all.groups.entry(key).or_default();
                into.boots.extend(group.boots);
                into.builds.extend(group.builds);
            }
        }
        all
    })
}

fn compared([base, new]: &[Samples; 2], benchmark: bool) -> Comparison {
    let options = Options {
        benchmark,
        ..Options::default()
    };
    compare([String::new(), String::new()], base, new, &options)
}

fn told(comparison: &Comparison) -> Vec<String> {
    let modules = comparison.modules.iter();
    let rows = modules.flat_map(|module| module.rows.iter().map(move |row| (module, row)));
    rows.filter(|(_, row)| row.verdict.is_change())
        .map(|(module, row)| {
            let module_name = String::from_utf8_lossy(&module.keys[0].module.0).into_owned();
            let percent = row.percent.unwrap_or_default();
            let [a, b] = row.centres.map(|centre| centre.median_ns);
            format!(
                "{module_name} {} {a} {b} {percent:+.1}% p {:.1e} floor {:.1}%",
                row.what.name(),
                row.p,
                module.floor.percent
            )
        })
        .collect()
}

/// Verdicts where nothing has changed.
fn alarms(name: &str, pairs: &[[Samples; 2]], benchmark: bool) {
    let (mut alarms, mut all) = (0, 0);
    for pair in pairs {
        // Each module is a comparison of its own.
        for key in pair[0].groups.keys() {
            let alone = pair.each_ref().map(|side| Samples {
                groups: side
                    .groups
                    .iter()
                    .filter(|(it, _)| *it == key)
                    .map(|(k, g)| (k.clone(), g.clone()))
                    .collect(),
                ..side.clone()
            });
            let comparison = compared(&alone, benchmark);
            let told = told(&comparison);
            all += comparison.modules.len();
            alarms += usize::from(!told.is_empty());
            for alarm in told {
                println!("  {name}: {alarm}");
            }
        }
    }
    println!("{name}: {alarms} false alarms in {all} comparisons");
}

/// How often a phase that has become longer is found.
fn power(name: &str, pairs: &[[Samples; 2]], benchmark: bool) {
    println!("{name}");
    for percent in [1, 2, 5, 10, 20, 50] {
        let (mut found, mut tried) = (0, 0);
        for pair in pairs {
            for (phase, mut pair) in phases(pair).into_iter().map(|phase| (phase, pair.clone())) {
                lengthen(&mut pair[1], phase, percent);
                let comparison = compared(&pair, benchmark);
                for module in &comparison.modules {
                    let row = module
                        .rows
                        .iter()
                        .find(|row| row.what == What::Phase(phase));
                    // Below, the absolute floor hides what is asked for.
                    let Some(row) = row.filter(|row| row.centres[0].median_ns > 100_000) else {
                        continue;
                    };
                    tried += 1;
                    found += usize::from(row.verdict.is_change() && row.change_ns > 0);
                }
            }
        }
        println!("  +{percent}%: {found} of {tried} phases above 100 µs found");
    }
}

fn phases(pair: &[Samples; 2]) -> BTreeSet<Phases> {
    let groups = pair.iter().flat_map(|side| side.groups.values());
    let samples = groups.flat_map(Group::samples);
    samples
        .flat_map(|sample| sample.phases.iter().map(|(phases, _)| *phases))
        .collect()
}

fn lengthen(side: &mut Samples, phase: Phases, percent: u64) {
    for group in side.groups.values_mut() {
        for sample in group.boots.values_mut().flatten() {
            let mut more = 0;
            for (phases, ns) in &mut sample.phases {
                if *phases == phase {
                    let longer = *ns * percent / 100;
                    *ns += longer;
                    more += longer;
                }
            }
            sample.total_ns += more;
        }
    }
}
