//! The line of JSON.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use serde::Serialize;

use super::Listing;
use crate::render::json::{self, text::Texts};

/// `schema` of a recording's line.
pub const RECORDING_SCHEMA: &str = "kmodtrace.recording/1";

/// A recording's file: what it holds.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct RecordingLine<'m> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = RECORDING_SCHEMA)))]
    schema: &'static str,
    /// Its path, as it was found.
    file: Cow<'m, str>,
    /// Its size, bytes.
    file_bytes: u64,
    /// Version of its format.
    format: u16,
    /// Number of the file in its run, from 0.
    part: u32,
    /// How many runs it holds; what follows is of the first one, up to `began_ns`, then of all.
    runs: u64,
    /// `uname -r`.
    kernel: Option<&'m str>,
    /// `uname -m`.
    machine: Option<&'m str>,
    /// The boot.
    boot_id: Option<&'m str>,
    /// Version of kmodtrace that recorded.
    kmodtrace: Option<&'m str>,
    /// The command that it started; null if it started none.
    command: Option<Vec<Cow<'m, str>>>,
    /// Addresses are not the kernel's: see `--redact`.
    redacted: bool,
    /// When the run began, ns since the epoch.
    began_ns: Option<u64>,
    /// When what the file tells ends, as far as that is known, ns since the epoch.
    until_ns: Option<u64>,
    /// Loads.
    loads: u64,
    /// Of these, those that failed.
    failed: u64,
    /// Of all loads, those of which something was lost.
    incomplete: u64,
    /// Unloads.
    unloads: u64,
    /// Of these, those that failed.
    failed_unloads: u64,
    /// Loads in flight at the end.
    in_flight: usize,
    /// Loads that were not followed, and records that were lost.
    lost: u64,
    /// Events that fit nowhere.
    anomalies: u64,
    /// Its writer came to the end; true also where the format does not tell.
    ended: bool,
    /// What of it cannot be read, in words; null if all can.
    damage: Option<&'m str>,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
    escaped: Vec<&'static str>,
}

/// Writes one line of JSON.
///
/// # Errors
/// Those of `out`.
pub fn listing_json(file: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut texts = Texts::default();
    let (session, summary) = (file.session.as_ref(), &file.summary);
    let words = session.and_then(|session| session.command.as_ref());
    let command = words.map(|words| {
        let words = words.iter().map(|word| texts.text("command", word));
        words.collect()
    });
    let line = RecordingLine {
        schema: RECORDING_SCHEMA,
        file: texts.text("file", &file.path),
        file_bytes: file.bytes,
        format: file.format,
        part: file.part,
        runs: file.runs,
        kernel: session.map(|session| session.release.as_str()),
        machine: session.map(|session| session.machine.as_str()),
        boot_id: session.map(|session| session.boot_id.as_str()),
        kmodtrace: session.map(|session| session.kmodtrace.as_str()),
        command,
        redacted: session.is_some_and(|session| session.redacted),
        began_ns: file.began_ns(),
        until_ns: file.until_ns,
        loads: summary.loads,
        failed: summary.failed,
        incomplete: summary.incomplete,
        unloads: summary.unloads,
        failed_unloads: summary.failed_unloads,
        in_flight: summary.in_flight.len(),
        lost: file.lost(),
        anomalies: summary.anomalies,
        ended: file.ended,
        damage: file.damage.as_deref(),
        escaped: texts.escaped,
    };
    json::line(&line, out)
}
