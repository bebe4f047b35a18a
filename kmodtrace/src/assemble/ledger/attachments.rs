//! Which hooks are attached.

use std::collections::BTreeSet;

use crate::{
    catalogue::{
        HookId,
        borders::{Border, Edge},
    },
    event::Attached,
};

/// The hits that could have been seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attachments(BTreeSet<(HookId, Edge)>);

impl Attachments {
    /// What a session says is attached; edges of unknown names are left out.
    #[must_use]
    pub fn of_session(attached: &[Attached]) -> Self {
        let edges = [Edge::Entry, Edge::Return, Edge::Tracepoint];
        attached
            .iter()
            .filter_map(|probe| {
                let edge = edges.iter().find(|edge| edge.name() == probe.edge)?;
                Some((HookId(probe.hook), *edge))
            })
            .collect()
    }

    /// True if any hit of this hook could have been seen.
    #[must_use]
    pub fn has_hook(&self, hook: HookId) -> bool {
        self.0.iter().any(|&(attached, _)| attached == hook)
    }

    /// True if both the entry and the return of this hook could have been seen.
    #[must_use]
    pub fn has_span(&self, hook: HookId) -> bool {
        self.0.contains(&(hook, Edge::Entry)) && self.0.contains(&(hook, Edge::Return))
    }

    /// True if the hit that this border is about could have been seen.
    #[must_use]
    pub fn has_border(&self, border: &Border) -> bool {
        self.0.contains(&(border.hook, border.edge))
    }
}

impl FromIterator<(HookId, Edge)> for Attachments {
    fn from_iter<I: IntoIterator<Item = (HookId, Edge)>>(hits: I) -> Self {
        Self(hits.into_iter().collect())
    }
}
