//! What to print, and how: shared by `run` and `report`.

use clap::{Args, ValueEnum, builder::PossibleValue};

use crate::{
    cli::filter::NameGlob,
    plan::Preference,
    render::{Format, Style},
};

/// What to print, and how.
#[derive(Clone, Debug, Default, Args)]
pub struct OutputArgs {
    /// Which loads.
    #[command(flatten)]
    pub filter: FilterArgs,

    /// Stop after N loads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Filters")]
    pub count: Option<u64>,

    /// Print one line per load
    #[arg(long, conflicts_with = "json", help_heading = "Output")]
    pub brief: bool,

    /// Print JSON Lines
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Show the ends of every phase and the calls inside
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,

    /// Draw where the module lies in memory
    #[arg(long, help_heading = "Output")]
    pub map: bool,

    /// List every symbol that was looked up; `run` records them only then
    #[arg(long, help_heading = "Output")]
    pub symbols: bool,

    /// List the relocation sections
    #[arg(long, help_heading = "Output")]
    pub relocs: bool,

    /// Take kernel addresses out of what is printed and recorded
    ///
    /// Those inside of a module's memory become distances from its lowest address, others small numbers
    /// that mean nothing, symbols have none. A load's records reach the recording when it ends.
    #[arg(long, help_heading = "Output")]
    pub redact: bool,

    /// How text looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// Which loads to print: those that match one of each kind of filter that is given.
#[derive(Clone, Debug, Default, Args)]
pub struct FilterArgs {
    /// Only these modules (- and _ are the same)
    #[arg(long, value_name = "GLOB", value_parser = NameGlob::module, help_heading = "Filters")]
    pub module: Vec<NameGlob>,

    /// Only loads by this process
    #[arg(long, value_name = "PID", help_heading = "Filters")]
    pub pid: Vec<u32>,

    /// Only loads by tasks of this name
    #[arg(long, value_name = "GLOB", value_parser = NameGlob::exact, help_heading = "Filters")]
    pub comm: Vec<NameGlob>,
}

/// How text looks: shared by everything that prints for people.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct LookArgs {
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub color: ColorArg,

    /// Print ASCII only
    #[arg(long, help_heading = "Output")]
    pub ascii: bool,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum ColorArg {
    /// On a terminal that can show them, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ValueEnum for Preference {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Kprobe, Self::Fentry]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => (
                "auto",
                "The cheapest that the kernel offers, probe by probe",
            ),
            Self::Kprobe => ("kprobe", "Only kprobes and kretprobes"),
            Self::Fentry => ("fentry", "BPF trampolines wherever possible"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// What the caller knows of the place the output goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Surroundings {
    /// Columns of the terminal; `None` if the output goes elsewhere.
    pub columns: Option<usize>,
    /// True if `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// True if `TERM` is `dumb` or not set.
    pub dumb: bool,
    /// True if the locale's characters are UTF-8.
    pub utf8: bool,
}

impl LookArgs {
    /// Lines are no longer than this on wide terminals: the eye has to find its way back.
    const MAX_WIDTH: usize = 100;

    /// The style asked for, as far as the surroundings allow it, without details.
    #[must_use]
    pub fn style(&self, surroundings: Surroundings) -> Style {
        let usual = Style::default();
        let width = surroundings
            .columns
            .map_or(usual.width, |columns| columns.min(Self::MAX_WIDTH));
        let able = surroundings.columns.is_some() && !surroundings.dumb;
        Style {
            width,
            unicode: surroundings.utf8 && !self.ascii,
            color: match self.color {
                ColorArg::Auto => able && !surroundings.no_color,
                ColorArg::Always => true,
                ColorArg::Never => false,
            },
            ..usual
        }
    }
}

impl OutputArgs {
    /// The format asked for.
    #[must_use]
    pub fn format(&self) -> Format {
        match (self.json, self.brief) {
            (true, _) => Format::Json,
            (_, true) => Format::Brief,
            _ => Format::Terminal,
        }
    }

    /// The style asked for, as far as the surroundings allow it.
    #[must_use]
    pub fn style(&self, surroundings: Surroundings) -> Style {
        Style {
            verbose: self.verbose,
            map: self.map,
            relocs: self.relocs,
            symbols: self.symbols,
            ..self.look.style(surroundings)
        }
    }
}
