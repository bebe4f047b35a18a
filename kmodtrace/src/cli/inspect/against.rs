//! The loads of a recording, to compare files with.

use std::{collections::HashMap, os::unix::ffi::OsStrExt as _, path::Path};

use crate::{
    cli::loads,
    error::Failure,
    image::ModuleImage,
    model::Load,
    render::{Against, differences},
};

/// Loads that are kept of each module: the last ones.
const MAX_LOADS: usize = 256;

/// Every load that knows its module.
#[derive(Debug)]
pub(super) struct Loads<'p> {
    path: &'p Path,
    /// By the module's name: how many there are, and the last ones.
    loads: HashMap<Vec<u8>, (usize, Vec<Load>)>,
}

impl<'p> Loads<'p> {
    /// Reads a recording.
    pub(super) fn read(path: &'p Path) -> Result<Self, Failure> {
        let mut loads: HashMap<Vec<u8>, (usize, Vec<Load>)> = HashMap::new();
        loads::each(path, |load| {
            if let Some(module) = &load.module {
                let (count, last) = loads.entry(module.0.clone()).or_default();
                *count += 1;
                if last.len() == MAX_LOADS {
                    last.remove(0);
                }
                last.push(load.clone());
            }
            Ok(())
        })?;
        Ok(Self { path, loads })
    }

    /// The load to compare a file with, and whether it was made from it.
    pub(super) fn of(&self, image: &ModuleImage<'_>) -> (Against<'_>, bool) {
        let name = image.name.unwrap_or_default();
        let (count, loads) = match self.loads.get(name) {
            Some((count, loads)) => (*count, loads.as_slice()),
            None => (0, &[][..]),
        };
        let made_from_it = |load: &&Load| differences(image, load).is_empty();
        let own = loads.iter().rev().find(made_from_it);
        let against = Against {
            recording: self.path.as_os_str().as_bytes(),
            loads: count,
            load: own.or(loads.last()),
        };
        (against, own.is_some())
    }
}
