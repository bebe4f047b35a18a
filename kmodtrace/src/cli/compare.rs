//! `kmodtrace compare`: what has changed between two recordings.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufWriter, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    args::{FilterArgs, LookArgs},
    filter::Filter,
    loads::{self, Seen},
    output,
    recordings::Recordings,
};
use crate::{
    compare::{self, Budget, Comparison, MinChange, Options, Samples},
    error::{Exit, Failure},
    event::Side,
    render::{Style, compare_json, compare_markdown, compare_text, printable},
};

/// `kmodtrace compare`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct CompareArgs {
    /// What was: a recording, also compressed or rotated, or a directory of recordings
    #[arg(value_name = "BASE")]
    pub base: PathBuf,

    /// What is now; without it BASE is a benchmark of two modules (`bench --against`)
    #[arg(value_name = "NEW")]
    pub new: Option<PathBuf>,

    /// Which loads.
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Tell no change below this share (`2%`) or time (`5us`); may be given for both
    ///
    /// Both have to be exceeded. Usual are 1% and 1 µs for rounds of a benchmark, 2% and 2 µs within a boot or
    /// for three boots and more on each side, 10% and 20 µs for fewer; the share rises where all phases differ.
    #[arg(long, value_name = "SHARE|TIME", help_heading = "Comparison")]
    pub min_change: Vec<MinChange>,

    /// Compare what cannot be compared: other machines, other probes
    #[arg(long, help_heading = "Comparison")]
    pub force: bool,

    /// Exit with 1 if a total or a phase has become slower
    #[arg(long, help_heading = "Gates")]
    pub fail_on_regression: bool,

    /// Exit with 1 if the median of NEW is above this: total=5ms, relocate=200us
    #[arg(long, value_name = "PHASE=TIME", help_heading = "Gates")]
    pub max: Vec<Budget>,

    /// Print one line of JSON
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Print tables for a pull request
    #[arg(long, help_heading = "Output", conflicts_with = "json")]
    pub markdown: bool,

    /// Show every phase of every module
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// How text looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Compares two sides.
///
/// # Errors
/// When a side cannot be read or holds no loads, the sides have nothing in common or cannot be compared, or the
/// output cannot be written. A damaged recording is compared as far as it can be read, then fails.
pub(super) fn compare(args: &CompareArgs) -> Result<Exit, Failure> {
    let filter = Filter::new(&args.filter);
    let base = SideFiles::read(&args.base, &filter)?;
    let mut damage = base.damage.clone();
    let options = Options {
        min_change: args.min_change.clone(),
        budgets: args.max.clone(),
        benchmark: args.new.is_none(),
    };
    let comparison = if let Some(path) = &args.new {
        let new = SideFiles::read(path, &filter)?;
        if base.ids == new.ids {
            let why = "BASE and NEW are the same: there is nothing to compare";
            return Err(Failure::Compare(why.to_owned()));
        }
        damage = damage.or(new.damage.clone());
        let names = [name(&args.base), name(path)];
        let [base, new] =
            [(&args.base, &base), (path, &new)].map(|(path, side)| side.measured(path));
        compare::compare(names, base, new, &options)
    } else {
        of_benchmark(&args.base, &base.sides, &options)?
    };
    check(args, &comparison)?;
    let style = Style {
        verbose: args.verbose,
        ..args.look.style(output::surroundings(&io::stdout()))
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = match (args.json, args.markdown) {
        (true, _) => compare_json(&comparison, &mut out),
        (_, true) => compare_markdown(&comparison, &mut out),
        _ => compare_text(&comparison, style, &mut out),
    };
    printed
        .and_then(|()| out.flush())
        .map_err(Failure::Output)?;
    if let Some(damage) = damage {
        return Err(Failure::Damaged(damage));
    }
    let regression = args.fail_on_regression && comparison.has_regression();
    if regression || !comparison.overruns.is_empty() {
        return Ok(Exit::Gate);
    }
    if args.fail_on_regression && !comparison.can_tell() {
        let why =
            "too few loads of every module: no change, however large, would be known from noise";
        return Err(Failure::Compare(why.to_owned()));
    }
    Ok(Exit::Ok)
}

/// Both sides of one benchmark.
fn of_benchmark(
    path: &Path,
    sides: &[Samples; 2],
    options: &Options,
) -> Result<Comparison, Failure> {
    if sides.iter().any(Samples::has_none) {
        let path = path.display();
        return Err(Failure::Compare(format!(
            "{path} is no benchmark of two modules (`kmodtrace bench --against`): name what to compare it with"
        )));
    }
    let [new, base] = sides;
    let name = name(path);
    let names = [format!("{name} (--against)"), name];
    Ok(compare::compare(names, base, new, options))
}

/// Whether there is something to say at all.
fn check(args: &CompareArgs, comparison: &Comparison) -> Result<(), Failure> {
    if comparison.is_refused() && !args.force {
        let differences = comparison.differences.iter().filter(|it| it.refused);
        let told = differences.map(|it| match it.name {
            "probes" => "other probes were attached".to_owned(),
            name => {
                let (base, new) = (it.base.join(", "), it.new.join(", "));
                format!("{} differs ({base}; {new})", name.replace('_', " "))
            }
        });
        let told: Vec<String> = told.collect();
        return Err(Failure::Compare(format!(
            "these times cannot be compared: {}; --force compares them all the same",
            told.join(", ")
        )));
    }
    if comparison.modules.is_empty() && comparison.overruns.is_empty() {
        let only = comparison.only.iter();
        let named = |side| {
            let only = only.clone().filter(|only| only.side == side);
            let names: BTreeSet<_> = only.map(|only| &only.key.module).collect();
            let shown = names.iter().take(5);
            let mut shown: Vec<_> = shown.map(|name| printable(&name.0, false)).collect();
            if names.len() > shown.len() {
                shown.push(format!("{} more", names.len() - shown.len()));
            }
            shown.join(", ")
        };
        return Err(Failure::Compare(format!(
            "no module was loaded on both sides, with the same parameters and outcome: BASE has {}, NEW has {}",
            named(Side::A),
            named(Side::B)
        )));
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// A side, read.
struct SideFiles {
    /// Loads that no benchmark made.
    plain: Samples,
    /// Loads of benchmarks: of what was measured, and of what it was measured against.
    sides: [Samples; 2],
    /// Device and inode of its files.
    ids: BTreeSet<(u64, u64)>,
    /// What could not be read.
    damage: Option<String>,
}

impl SideFiles {
    fn read(path: &Path, filter: &Filter) -> Result<Self, Failure> {
        let paths = if path.is_dir() {
            in_directory(path)?
        } else {
            Recordings::rotated(path)?
        };
        let ids = paths.iter().filter_map(|path| fs::metadata(path).ok());
        let ids = ids.map(|about| (about.dev(), about.ino())).collect();
        let mut recordings = Recordings::open(&paths)?;
        let mut plain = Samples::default();
        let mut sides = [Samples::default(), Samples::default()];
        let end = loads::all(&mut recordings, |seen| {
            match seen {
                Seen::Session(session) => {
                    plain.session(session);
                    sides.iter_mut().for_each(|side| side.session(session));
                }
                Seen::Load(load) if filter.matches(load) => match load.iteration {
                    None => plain.add(load, None),
                    Some(it) => sides[usize::from(it.side == Side::B)].add(load, Some(it)),
                },
                Seen::Load(_) => {}
            }
            Ok(())
        });
        let damage = match end {
            Err(Failure::Damaged(why)) => Some(why),
            end => end.map(|()| None)?,
        };
        for remark in recordings.remarks() {
            eprintln!("kmodtrace: {}", printable(remark.as_bytes(), false));
        }
        let all = || std::iter::once(&plain).chain(&sides);
        if all().all(Samples::is_empty) {
            let path = path.display();
            return Err(Failure::Compare(match &damage {
                Some(why) => format!("{path} holds no such loads, and is damaged: {why}"),
                None => format!("{path} holds no such loads"),
            }));
        }
        plain.settle();
        sides.iter_mut().for_each(Samples::settle);
        Ok(Self {
            plain,
            sides,
            ids,
            damage,
        })
    }

    /// Of benchmarks what was measured, not what it was measured against; else all loads. `path` is the side's.
    fn measured(&self, path: &Path) -> &Samples {
        let [measured, _] = &self.sides;
        if measured.has_none() {
            return &self.plain;
        }
        if !self.plain.has_none() {
            let path = path.display().to_string();
            eprintln!(
                "kmodtrace: {}: loads that no benchmark made are left out",
                printable(path.as_bytes(), false)
            );
        }
        measured
    }
}

/// The recordings of a directory; other files are not minded.
fn in_directory(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unread = |error| Failure::open(path, error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(path).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        // A pipe would have to be waited for.
        if !fs::metadata(&path).is_ok_and(|about| about.is_file()) {
            continue;
        }
        match Recordings::open(std::slice::from_ref(&path)) {
            Ok(_) => paths.push(path),
            Err(Failure::NotRecording(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    if paths.is_empty() {
        let path = path.display();
        return Err(Failure::Compare(format!("{path} holds no recordings")));
    }
    paths.sort();
    Ok(paths)
}
