//! What is drawn of a load, and in which row.

use std::collections::BTreeMap;

use crate::{
    export::{
        lanes::Lanes,
        palette::{self, Look},
        subject::Subject,
    },
    model::{LoadId, Outcome},
    render::errno_name,
};

/// Children of children of … are drawn this deep.
const MAX_DEPTH: usize = 50;

/// A load or unload.
#[derive(Debug)]
pub(super) struct Bar {
    id: LoadId,
    parent: Option<LoadId>,
    pub(super) name: String,
    pub(super) start_ns: u64,
    pub(super) total_ns: u64,
    /// How it failed.
    pub(super) failed: Option<String>,
    pub(super) unload: bool,
    pub(super) phases: Vec<Piece>,
    /// From above, set by [`rows`].
    pub(super) row: usize,
    /// How many rows above its parent is.
    pub(super) below: usize,
}

/// A phase of a bar.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) look: Look,
    pub(super) offset_ns: u64,
    pub(super) duration_ns: u64,
}

fn failed(outcome: &Outcome) -> Option<String> {
    match *outcome {
        Outcome::Returned(Ok(())) => None,
        Outcome::Returned(Err(errno)) => Some(errno_name(errno)),
        Outcome::Unknown => Some("end unknown".to_owned()),
        Outcome::TaskGone => Some("task gone".to_owned()),
    }
}

impl Bar {
    pub(super) fn new(subject: Subject<'_>) -> Self {
        let start_ns = subject.start_ns();
        let phases = subject.spans().into_iter().map(|span| Piece {
            look: palette::look(span.covers[0]),
            offset_ns: span.start_ns.saturating_sub(start_ns),
            duration_ns: span.duration_ns,
        });
        let parent = subject.load().and_then(|load| load.parent);
        Self {
            id: subject.id(),
            parent: parent.map(|parent| parent.id),
            name: subject.shown(),
            start_ns,
            total_ns: subject.total_ns(),
            failed: failed(subject.outcome()),
            unload: subject.unload().is_some(),
            phases: phases.collect(),
            row: 0,
            below: 0,
        }
    }

    pub(super) fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.total_ns)
    }
}

/// Sorts bars by their beginning and gives each its row: concurrent ones have rows of their own, children lie below
/// their parents. Returns how many rows there are.
pub(super) fn rows(bars: &mut [Bar]) -> usize {
    bars.sort_by_key(|bar| (bar.start_ns, u64::MAX - bar.total_ns));
    let places: BTreeMap<LoadId, usize> =
        bars.iter().zip(0..).map(|(bar, at)| (bar.id, at)).collect();
    let mut children = vec![Vec::new(); bars.len()];
    let mut depths = vec![0; bars.len()];
    let mut roots = Vec::new();
    for at in 0..bars.len() {
        // A parent begins before its children, whatever a recording says.
        let parent = bars[at].parent.and_then(|id| places.get(&id).copied());
        match parent.filter(|&parent| parent < at && depths[parent] < MAX_DEPTH) {
            Some(parent) => {
                depths[at] = depths[parent] + 1;
                children[parent].push(at);
            }
            None => roots.push(at),
        }
    }
    // Children come behind their parents, so blocks are known from the last to the first.
    let mut blocks: Vec<(usize, u64)> = bars.iter().map(|bar| (1, bar.end_ns())).collect();
    for at in (0..bars.len()).rev() {
        let mut lanes = Lanes::default();
        for &child in &children[at] {
            let (high, end_ns) = blocks[child];
            bars[child].below = 1 + lanes.place(bars[child].start_ns, end_ns, high);
            blocks[at].1 = blocks[at].1.max(end_ns);
        }
        blocks[at].0 = 1 + lanes.rows();
    }
    let mut lanes = Lanes::default();
    for &at in &roots {
        bars[at].row = lanes.place(bars[at].start_ns, blocks[at].1, blocks[at].0);
    }
    for at in 0..bars.len() {
        for &child in &children[at] {
            bars[child].row = bars[at].row + bars[child].below;
        }
    }
    lanes.rows()
}
