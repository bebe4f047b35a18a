//! What follows from a row.

use std::str::FromStr;

use super::{Design, design::Evidence};

/// What is said of a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// NEW takes longer.
    Slower,
    /// NEW takes less time.
    Faster,
    /// Nothing that could not be noise.
    Unclear,
    /// No difference, however large, would be known from noise.
    TooFew,
}

/// Chance that anything is said where nothing has changed, and share of what is said that is by chance, as far as chance
/// is all there is.
pub const ALPHA: f64 = 0.01;

/// Changes below this are not told, whatever the numbers say.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Floor {
    /// Of the smaller median, %.
    pub percent: f64,
    /// ns
    pub ns: f64,
    /// What the sides differ by in a typical phase, %; where the floor had to rise for that.
    pub typical_percent: Option<f64>,
}

/// A floor that was asked for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum MinChange {
    /// %
    Percent(f64),
    /// ns
    Ns(u64),
}

impl Verdict {
    /// Its name in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Unclear => "no_clear_change",
            Self::TooFew => "too_few_loads",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Unclear => "no clear change",
            Self::TooFew => "too few loads",
        }
    }

    /// True if something has changed.
    #[must_use]
    pub fn is_change(self) -> bool {
        matches!(self, Self::Slower | Self::Faster)
    }

    /// The verdict on a row: it takes a corrected p-value below [`ALPHA`], and an interval that lies beyond the floor.
    #[must_use]
    pub fn of(evidence: &Evidence, corrected_p: f64, smaller_ns: f64, floor: Floor) -> Self {
        let least = (smaller_ns * floor.percent / 100.0).max(floor.ns);
        let beyond = |end: f64| end > 0.0 && end >= least;
        if corrected_p >= ALPHA {
            return Self::Unclear;
        }
        if beyond(evidence.interval.low) && evidence.change > 0.0 {
            return Self::Slower;
        }
        if beyond(-evidence.interval.high) && evidence.change < 0.0 {
            return Self::Faster;
        }
        Self::Unclear
    }
}

impl Floor {
    /// What is usual for a design; measured, see `docs/compare.md`.
    #[must_use]
    pub fn usual(design: Design) -> Self {
        let (percent, ns) = match design {
            Design::Rounds => (1.0, 1000.0),
            Design::OneBoot | Design::ManyBoots => (2.0, 2000.0),
            Design::FewBoots => (10.0, 20_000.0),
        };
        Self {
            percent,
            ns,
            typical_percent: None,
        }
    }

    /// At least so many ns.
    #[must_use]
    pub fn above(mut self, ns: f64) -> Self {
        self.ns = self.ns.max(ns);
        self
    }

    /// With what was asked for instead.
    #[must_use]
    pub fn asked(mut self, asked: &[MinChange]) -> Self {
        for floor in asked {
            match *floor {
                MinChange::Percent(percent) => {
                    self.percent = percent;
                    self.typical_percent = None;
                }
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "below 2⁵³ ns, which are 104 days"
                )]
                MinChange::Ns(ns) => self.ns = ns as f64,
            }
        }
        self
    }
}

impl FromStr for MinChange {
    type Err = String;

    /// `2%` or `5us`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(percent) = text.strip_suffix('%') {
            let percent: f64 = percent.parse().map_err(|_| wrong(text))?;
            return (percent.is_finite() && percent >= 0.0)
                .then_some(Self::Percent(percent))
                .ok_or_else(|| wrong(text));
        }
        duration(text).map(Self::Ns).map_err(|_| wrong(text))
    }
}

fn wrong(text: &str) -> String {
    format!("{text:?} is neither a share (`2%`) nor a time (`5us`)")
}

/// A time with its unit: `200us`, `1.5ms`; ns.
///
/// # Errors
/// With what is expected.
pub fn duration(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no time: a number and ns, us, ms or s (`200us`)");
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic() || c == 'µ');
    let (number, unit) = text.split_at(digits.len());
    let scale = match unit {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let ns = (number * scale).round();
    if !(0.0..=9e15).contains(&ns) {
        return Err(wrong());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the bounds that were just checked"
    )]
    Ok(ns as u64)
}
