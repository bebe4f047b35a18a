//! Which hooks are attached.

use crate::{
    catalogue::{
        HookId,
        borders::{Border, Edge},
    },
    event::Attached,
};

/// The hits that could have been seen: at a hook's id its edges, a bit each. Every mark asks for some.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Attachments(Vec<u8>);

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
        self.edges(hook) != 0
    }

    /// True if both the entry and the return of this hook could have been seen.
    #[must_use]
    pub fn has_span(&self, hook: HookId) -> bool {
        let both = bit(Edge::Entry) | bit(Edge::Return);
        self.edges(hook) & both == both
    }

    /// True if the hit that this border is about could have been seen.
    #[must_use]
    pub fn has_border(&self, border: &Border) -> bool {
        self.edges(border.hook) & bit(border.edge) != 0
    }

    fn edges(&self, hook: HookId) -> u8 {
        self.0.get(usize::from(hook.0)).copied().unwrap_or(0)
    }
}

fn bit(edge: Edge) -> u8 {
    match edge {
        Edge::Entry => 1,
        Edge::Return => 2,
        Edge::Tracepoint => 4,
    }
}

impl FromIterator<(HookId, Edge)> for Attachments {
    fn from_iter<I: IntoIterator<Item = (HookId, Edge)>>(hits: I) -> Self {
        let mut edges = Vec::new();
        for (hook, edge) in hits {
            let at = usize::from(hook.0);
            if edges.len() <= at {
                edges.resize(at + 1, 0);
            }
            edges[at] |= bit(edge);
        }
        Self(edges)
    }
}
