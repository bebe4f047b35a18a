//! The loads of a recording, for verbs that look at them one by one.

use std::path::Path;

use super::recordings::Recordings;
use crate::{
    assemble::{Assembler, Output},
    error::Failure,
    event::{Event, Session},
    model::Load,
    source::Source as _,
};

/// What recordings tell.
pub(super) enum Seen<'e> {
    /// A run begins.
    Session(&'e Session),
    /// A load has ended.
    Load(&'e Load),
}

/// Shows each load of a recording, in the order in which they ended.
///
/// # Errors
/// When the file is no recording, or damaged (after all loads that can be read), and those of `show`,
/// which end it.
pub(super) fn each(
    path: &Path,
    mut show: impl FnMut(&Load) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut recordings = Recordings::open(&[path.to_owned()])?;
    all(&mut recordings, |seen| match seen {
        Seen::Load(load) => show(load),
        Seen::Session(_) => Ok(()),
    })
}

/// As [`each`], of recordings that are read as one, with their sessions.
///
/// # Errors
/// When one is damaged (after all that can be read), and those of `show`, which end it.
pub(super) fn all(
    recordings: &mut Recordings,
    mut show: impl FnMut(Seen<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut assembler = Assembler::new();
    let mut outputs = Vec::new();
    loop {
        let end = match recordings.next() {
            Ok(Some(frame)) => {
                // Records that are not understood are `report`'s to tell.
                if let Ok(event) = frame.decode() {
                    if let Event::Session(session) = &event {
                        show(Seen::Session(session))?;
                    }
                    assembler.push(event, &mut outputs);
                }
                None
            }
            Ok(None) => Some(Ok(())),
            Err(error) => Some(Err(Failure::Damaged(error.to_string()))),
        };
        if end.is_some() {
            assembler.finish(&mut outputs);
        }
        for output in outputs.drain(..) {
            if let Output::Load(load) = output {
                show(Seen::Load(&load))?;
            }
        }
        if let Some(end) = end {
            return end;
        }
    }
}
