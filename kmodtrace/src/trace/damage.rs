//! What of a recording cannot be read, and what was.

use std::fmt;

/// Places that are named.
const MAX_PLACES: usize = 8;

/// Damage of a recording, when everything that can be read was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Damage {
    /// The first places, in order.
    pub places: Vec<Place>,
    /// How many places there are.
    pub count: u64,
    /// Bytes of all places.
    pub bytes: u64,
    /// Blocks and frames that were read.
    pub read: Counts,
    /// Blocks and frames that are known to be lost, by the numbers of those that follow.
    pub lost: Counts,
    /// Frames in undamaged blocks that are not what they should be.
    pub malformed: u64,
    /// Frames that come before any session, and cannot be understood without.
    pub without_session: u64,
    /// True if the damage reaches to the end, so that more may be lost than is known.
    pub at_end: bool,
}

/// A place that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its first byte, from the beginning of the recording.
    pub begin: u64,
    /// The byte behind its last.
    pub end: u64,
    /// The latest time told before it and the earliest one told behind it, ns of `CLOCK_MONOTONIC`; 0
    /// where none is.
    pub between: (u64, u64),
}

/// Blocks, and frames in them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Blocks.
    pub blocks: u64,
    /// Frames.
    pub frames: u64,
}

impl Damage {
    /// True if there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let Self {
            count,
            malformed,
            without_session,
            lost,
            ..
        } = self;
        (*count, *malformed, *without_session, lost.frames) == (0, 0, 0, 0)
    }

    pub(super) fn add(&mut self, place: Place) {
        self.count += 1;
        self.bytes += place.end - place.begin;
        if self.places.len() < MAX_PLACES {
            self.places.push(place);
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { blocks, frames } = self.read;
        let mut between = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: &str| {
            write!(f, "{between}{text}")?;
            between = ", ";
            Ok(())
        };
        if self.count > 0 {
            part(f, &format!("{} bytes cannot be read:", self.bytes))?;
            for (n, place) in self.places.iter().enumerate() {
                let comma = if n == 0 { "" } else { "," };
                write!(f, "{comma} {place}")?;
            }
            let more = self.count - self.places.len() as u64;
            if more > 0 {
                write!(f, " and {more} more places")?;
            }
        }
        if self.lost.frames > 0 {
            let lost = self.lost;
            part(
                f,
                &format!("{} frames in {} blocks lost", lost.frames, lost.blocks),
            )?;
        }
        if self.at_end {
            part(f, "what came at the end is lost")?;
        }
        if self.malformed > 0 {
            part(f, &format!("{} malformed frames", self.malformed))?;
        }
        if self.without_session > 0 {
            part(
                f,
                &format!("{} frames without their session", self.without_session),
            )?;
        }
        write!(f, "; {frames} frames in {blocks} blocks were read")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.begin, self.end.saturating_sub(1))?;
        let time = |ns: u64| format!("[{}.{:06}]", ns / 1_000_000_000, ns % 1_000_000_000 / 1000);
        match self.between {
            (0, 0) => Ok(()),
            (before, 0) => write!(f, " (after {})", time(before)),
            (0, after) => write!(f, " (before {})", time(after)),
            (before, after) => write!(f, " (between {} and {})", time(before), time(after)),
        }
    }
}
