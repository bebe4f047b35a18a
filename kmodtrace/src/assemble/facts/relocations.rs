//! Relocation sections that were applied.

use kmodtrace_common::{
    catalogue::HookId,
    wire::{EDGE_ENTRY, Mark},
};

use super::Source;
use crate::model::{Relocation, Section};

/// `SHT_RELA`, `SHT_REL` and the sizes of their entries on 64-bit machines, bytes.
const RELA: (u32, u64) = (4, 24);
const REL: (u32, u64) = (9, 16);

pub(super) fn relocations(source: &Source<'_>, sections: &[Section]) -> Vec<Relocation> {
    let applied = source.marks.iter().enumerate();
    let applied = applied
        .filter(|(_, mark)| mark.hook == HookId::APPLY_RELOCATE.0 && mark.edge == EDGE_ENTRY);
    applied
        .map(|(at, mark)| relocation(mark, source.marks.get(at + 1), sections))
        .collect()
}

fn relocation(mark: &Mark, next: Option<&Mark>, sections: &[Section]) -> Relocation {
    let index = u32::try_from(mark.a).unwrap_or(u32::MAX);
    let section = sections.iter().find(|section| section.index == index);
    Relocation {
        section: index,
        name: section.map(|section| section.name.clone()),
        target: section.and_then(|section| section.info),
        entries: section.and_then(entries),
        start_ns: mark.time_ns,
        duration_ns: next.map(|next| next.time_ns.saturating_sub(mark.time_ns)),
    }
}

fn entries(section: &Section) -> Option<u64> {
    let mut sizes = [RELA, REL].into_iter();
    let (_, bytes) = sizes.find(|(kind, _)| *kind == section.kind)?;
    Some(section.bytes / bytes)
}
