//! Loads of recordings, cut into the sides of comparisons.

use std::{fs::File, io::BufReader, path::Path};

use kmodtrace::{
    assemble::{Assembler, Output},
    compare::{self, Comparison, Key, Module, Options, Round, Sample, Samples, Setup},
    event::{Event, Name},
    source::{Source as _, recorded::Recorded},
};

/// What is kept of a load.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What makes it comparable.
    pub key: Key,
    /// Its boot.
    pub boot: String,
    /// Path of the file.
    pub path: String,
    /// Its times.
    pub sample: Sample,
}

/// A recording.
#[derive(Debug)]
pub struct Recording {
    /// What it was made on.
    pub setup: Setup,
    /// All loads that can be compared, in the order in which they ended.
    pub loads: Vec<Kept>,
    /// How many cannot.
    pub left_out: usize,
}

impl Recording {
    /// Reads a file.
    ///
    /// # Panics
    /// When that is no whole recording.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let name = path.display();
        let file = File::open(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut frames = Recorded::open(BufReader::new(file)).expect("a recording");
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        let mut recording = Self {
            setup: Setup::default(),
            loads: Vec::new(),
            left_out: 0,
        };
        while let Some(frame) = frames
            .next()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
        {
            let event = frame.decode().expect("a known frame");
            if let Event::Session(session) = &event {
                recording.setup = Setup::of(session);
            }
            assembler.push(event, &mut outputs);
            recording.take(&mut outputs);
        }
        assembler.finish(&mut outputs);
        recording.take(&mut outputs);
        recording
    }

    fn take(&mut self, outputs: &mut Vec<Output>) {
        for output in outputs.drain(..) {
            let Output::Load(load) = output else { continue };
            match (Key::of(&load), Sample::of(&load, None)) {
                (Some(key), Ok(sample)) => self.loads.push(Kept {
                    key,
                    boot: load.boot_id.clone(),
                    path: load.facts.file.path.as_ref().map(text).unwrap_or_default(),
                    sample,
                }),
                _ => self.left_out += 1,
            }
        }
    }

    /// The loads of a module, or of those whose file's path ends so.
    #[must_use]
    pub fn of(&self, module_or_path: &str) -> Vec<&Kept> {
        let wanted = |kept: &&Kept| {
            text(&kept.key.module) == module_or_path || kept.path.ends_with(module_or_path)
        };
        self.loads.iter().filter(wanted).collect()
    }
}

fn text(name: &Name) -> String {
    String::from_utf8_lossy(&name.0).into_owned()
}

/// Compares loads with loads, as `kmodtrace compare` does with two recordings.
///
/// # Panics
/// When they are not all of one module.
#[must_use]
pub fn compared(setup: &Setup, base: &[&Kept], new: &[&Kept]) -> Module {
    let side = |loads: &[&Kept]| samples(setup, loads.iter().map(|kept| (*kept, None)));
    only(compare::compare(
        names(),
        &side(base),
        &side(new),
        &Options::default(),
    ))
}

/// Compares loads with loads, as `kmodtrace bench` does with those of its rounds: the first of one side belongs to the
/// first of the other.
///
/// # Panics
/// When they are not all of one module.
#[must_use]
pub fn compared_in_rounds(setup: &Setup, base: &[&Kept], new: &[&Kept]) -> Module {
    let side = |loads: &[&Kept]| {
        let run_ns = 0;
        let rounds = (0..).map(|round| Some(Round { run_ns, round }));
        samples(setup, loads.iter().copied().zip(rounds))
    };
    let options = Options {
        benchmark: true,
        ..Options::default()
    };
    let (base, new) = (side(base), side(new));
    only(compare::compare(names(), &base, &new, &options))
}

fn names() -> [String; 2] {
    ["base", "new"].map(str::to_owned)
}

fn samples<'k>(setup: &Setup, loads: impl Iterator<Item = (&'k Kept, Option<Round>)>) -> Samples {
    let mut samples = Samples::default();
    samples.setups.push(setup.clone());
    for (kept, round) in loads {
        let group = samples.groups.entry(kept.key.clone()).or_default();
        let mut sample = kept.sample.clone();
        sample.round = round;
        group
            .boots
            .entry(kept.boot.clone())
            .or_default()
            .push(sample);
    }
    samples
}

fn only(comparison: Comparison) -> Module {
    let [module] = <[Module; 1]>::try_from(comparison.modules).expect("one module");
    module
}

/// What is said of a comparison: the rows about which something is said, the largest change first, such as
/// `init slower +5.0 % (+200 µs)`.
#[must_use]
pub fn said(module: &Module) -> Vec<String> {
    let total = module.total().filter(|row| row.verdict.is_change());
    let rows = total.into_iter().chain(module.changed_phases());
    rows.map(|row| {
        let percent = row.percent.unwrap_or(f64::INFINITY);
        let change = row.change_ns / 1000;
        let (what, verdict) = (row.what.name(), row.verdict.name());
        format!("{what} {verdict} {percent:+.1} % ({change:+} µs)")
    })
    .collect()
}
