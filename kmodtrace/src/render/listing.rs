//! What recordings hold, one line for each: `kmodtrace ls`.

pub(super) mod json;

use std::io::{self, Write};

use super::{
    Style,
    escape::printable,
    number::{size, time},
};
use crate::{
    event::{Name, Session},
    model::Summary,
};

pub use json::{RECORDING_SCHEMA, listing_json};

/// A recording's file.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Its path, as it was found.
    pub path: Name,
    /// Its size, bytes; as it is, also if it is compressed with gzip.
    pub bytes: u64,
    /// Version of its format.
    pub format: u16,
    /// Number of the file in its run, from 0; 0 before format 2.
    pub part: u32,
    /// How many runs it holds.
    pub runs: u64,
    /// The first run; `None` if it cannot be read.
    pub session: Option<Session>,
    /// When what it tells ends, as far as that is known: ns since the epoch.
    pub until_ns: Option<u64>,
    /// All that it tells.
    pub summary: Summary,
    /// True if its writer came to the end, or its format does not tell.
    pub ended: bool,
    /// What cannot be read.
    pub damage: Option<String>,
    /// A line for each load and unload, if that was asked for.
    pub lines: Vec<u8>,
}

impl Listing {
    /// When its first run began, ns since the epoch.
    #[must_use]
    pub fn began_ns(&self) -> Option<u64> {
        let session = self.session.as_ref();
        session.map(|session| session.clock.realtime_ns)
    }

    /// Loads and records that were lost.
    fn lost(&self) -> u64 {
        let losses = &self.summary.losses;
        let lost = [losses.segments, losses.records, losses.untracked];
        let lost = lost.into_iter().fold(0, u64::saturating_add);
        lost.saturating_add(self.summary.missing())
    }

    /// What else is to be known, in words.
    fn notes(&self) -> Vec<String> {
        let summary = &self.summary;
        let redacted = self.session.as_ref().is_some_and(|s| s.redacted);
        let notes = [
            (self.part > 0).then(|| format!("file {} of its run", self.part + 1)),
            (self.runs > 1).then(|| format!("{} runs", self.runs)),
            (summary.incomplete > 0).then(|| format!("{} incomplete", summary.incomplete)),
            redacted.then(|| "redacted".to_owned()),
            (!self.ended && self.damage.is_none()).then(|| "not ended".to_owned()),
            self.damage.as_ref().map(|why| format!("damaged: {why}")),
        ];
        notes.into_iter().flatten().collect()
    }

    fn cells(&self, style: Style) -> [String; 8] {
        let unknown = || "-".to_owned();
        let lasted = self.began_ns().zip(self.until_ns);
        let lasted = lasted.and_then(|(began, until)| until.checked_sub(began));
        let with_unit = |(number, unit): (String, &str)| format!("{number} {unit}");
        let kernel = self.session.as_ref();
        let kernel = kernel.map(|s| printable(s.release.as_bytes(), !style.unicode));
        [
            self.began_ns().map_or_else(unknown, date),
            lasted.map_or_else(unknown, |ns| with_unit(time(ns))),
            kernel.unwrap_or_else(unknown),
            self.summary.loads.to_string(),
            self.summary.failed.to_string(),
            self.summary.unloads.to_string(),
            self.lost().to_string(),
            with_unit(size(self.bytes)),
        ]
    }
}

/// Columns in front of the file's name, and whether they are numbers.
const COLUMNS: [(&str, bool); 8] = [
    ("began (UTC)", false),
    ("lasted", true),
    ("kernel", false),
    ("loads", true),
    ("failed", true),
    ("unloads", true),
    ("lost", true),
    ("size", true),
];

/// Writes a table, with the lines of each file below it.
///
/// # Errors
/// Those of `out`.
pub fn listing_text(files: &[Listing], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 8]> = files.iter().map(|file| file.cells(style)).collect();
    let head = COLUMNS.map(|(name, _)| name.to_owned());
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).map(|row| &row[column]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    let line = |row: &[String; 8]| {
        let cells = row.iter().zip(COLUMNS).zip(widths);
        let cells = cells.map(|((cell, (_, number)), width)| match number {
            true => format!("{cell:>width$}  "),
            false => format!("{cell:<width$}  "),
        });
        cells.collect::<String>()
    };
    if !files.is_empty() {
        writeln!(out, "{}file", line(&head))?;
    }
    for (file, row) in files.iter().zip(&rows) {
        let name = printable(&file.path.0, !style.unicode);
        write!(out, "{}{name}", line(row))?;
        let notes = file.notes();
        if !notes.is_empty() {
            let notes = printable(notes.join(", ").as_bytes(), !style.unicode);
            write!(out, "  ({notes})")?;
        }
        writeln!(out)?;
        for line in file.lines.split_inclusive(|&byte| byte == b'\n') {
            out.write_all(b"  ")?;
            out.write_all(line)?;
        }
    }
    Ok(())
}

/// `2026-01-31 12:34:56`, UTC, of ns since the epoch. Days to dates as in Howard Hinnant's
/// `civil_from_days`.
fn date(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01, in eras of 400 years.
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let day = day - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates() {
        for (seconds, said) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (1_798_761_599, "2026-12-31 23:59:59"),
        ] {
            assert_eq!(date(seconds * 1_000_000_000), said);
        }
    }
}
