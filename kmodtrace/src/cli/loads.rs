//! The loads of a recording, for verbs that look at them one by one.

use std::{fs::File, io::BufReader, path::Path};

use crate::{
    assemble::{Assembler, Output},
    error::Failure,
    model::Load,
    source::{Source as _, recorded::Recorded},
};

/// Shows each load of a recording, in the order in which they ended.
///
/// # Errors
/// When the file is no recording, or damaged (after the loads in front of the damage), and those of
/// `show`, which end it.
pub(super) fn each(
    path: &Path,
    mut show: impl FnMut(&Load) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| Failure::open(path, error))?;
    let mut recorded = Recorded::open(BufReader::new(file))
        .map_err(|error| Failure::NotRecording(format!("{}: {error}", path.display())))?;
    let mut assembler = Assembler::new();
    let mut outputs = Vec::new();
    loop {
        let end = match recorded.next() {
            Ok(Some(frame)) => {
                // Records that are not understood are `report`'s to tell.
                if let Ok(event) = frame.decode() {
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
                show(&load)?;
            }
        }
        if let Some(end) = end {
            return end;
        }
    }
}
