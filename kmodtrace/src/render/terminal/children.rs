//! Loads that ran inside another load's init: they end, and are written, before it does.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
};

use crate::{
    model::{Load, LoadId},
    render::{
        canvas::{Canvas, piece},
        facts::{known, plural},
        style::Tone,
    },
};

/// Parents and children remembered at most: a parent that never ends must not cost memory for ever.
const PARENTS: usize = 64;
const CHILDREN: usize = 8;

/// Children whose parent was not written yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Children {
    by_parent: BTreeMap<LoadId, Family>,
}

#[derive(Clone, Debug, Default)]
struct Family {
    /// The first ones, as they are shown.
    shown: Vec<String>,
    others: u64,
}

impl Children {
    /// Remembers a load for its parent's block.
    pub(super) fn remember(&mut self, load: &Load, canvas: &Canvas<'_>) {
        let Some(parent) = load.parent else { return };
        let full = self.by_parent.len() >= PARENTS;
        let family = match self.by_parent.entry(parent.id) {
            Entry::Vacant(_) if full => return,
            entry => entry.or_default(),
        };
        if family.shown.len() < CHILDREN {
            let name = known(load.module.as_ref()).map(|module| canvas.outside(module));
            let name = name.unwrap_or_else(|| String::from("?"));
            family
                .shown
                .push(format!("{name} {}", canvas.time(load.total_ns)));
        } else {
            family.others += 1;
        }
    }

    /// Says which loads this one's init time includes.
    pub(super) fn write(&mut self, parent: LoadId, canvas: &mut Canvas<'_>) -> io::Result<()> {
        let Some(family) = self.by_parent.remove(&parent) else {
            return Ok(());
        };
        let shown = family.shown.into_iter();
        let mut items: Vec<_> = shown.map(|child| piece(child, Tone::Plain)).collect();
        if family.others > 0 {
            items.push(piece(plural(family.others, "other", "others"), Tone::Plain));
        }
        let head = piece("  init includes the loads of ", Tone::Dim);
        canvas.flow(head, &items, canvas.glyphs.separator)
    }
}
