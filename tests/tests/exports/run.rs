//! A recording through an exporter, and what it has to tell.

use std::ops::Deref;

use kmodtrace::{
    export::{Format, exporter},
    render::{Renderer, json_text},
    trace::Frame,
};
use kmodtrace_tests::{
    hostile,
    recordings::{self, KERNELS},
    spoiled, told,
};

/// Everything that a recording tells.
pub(crate) struct Told {
    pub(crate) name: String,
    told: told::Told,
}

/// A load or unload, as every export can tell it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Call {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) module: Option<String>,
    pub(crate) start_ns: u64,
    pub(crate) total_ns: u64,
    pub(crate) unattributed_ns: u64,
    pub(crate) phases: Vec<(String, u64, u64)>,
}

/// The recordings of all kernels, their hostile twins, and one with hostile strings in all that is told.
pub(crate) fn all() -> Vec<Told> {
    let told = KERNELS.iter().flat_map(|kernel| {
        [
            Told::of((*kernel).to_owned(), recordings::frames(kernel)),
            Told::of(format!("hostile {kernel}"), hostile::frames(kernel)),
        ]
    });
    let spoiled = Told {
        name: "spoiled".to_owned(),
        told: spoiled::told("6.12"),
    };
    told.chain([spoiled]).collect()
}

impl Deref for Told {
    type Target = told::Told;

    fn deref(&self) -> &told::Told {
        &self.told
    }
}

impl Told {
    pub(crate) fn of(name: String, frames: Vec<Frame>) -> Self {
        let told = told::Told::of(frames);
        Self { name, told }
    }

    /// What it becomes in a format.
    pub(crate) fn exported(&self, format: Format) -> Vec<u8> {
        self.through(exporter(format).expect("this build has every format"))
    }

    pub(crate) fn through(&self, mut exporter: Box<dyn Renderer>) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut *exporter, &mut out).expect("written");
        out
    }

    /// Loads and unloads, sorted.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let module = |name: Option<&kmodtrace::event::Name>| {
            let name = name.filter(|name| !name.is_empty());
            name.map(|name| json_text(&name.0).0.into_owned())
        };
        let loads = self.loads().map(|load| Call {
            kind: "load".to_owned(),
            id: load.id.to_string(),
            module: module(load.module.as_ref()),
            start_ns: load.start_ns,
            total_ns: load.total_ns,
            unattributed_ns: load.unattributed_ns,
            phases: load
                .phases
                .iter()
                .map(|span| (span.name().into_owned(), span.start_ns, span.duration_ns))
                .collect(),
        });
        let unloads = self.unloads().map(|unload| Call {
            kind: "unload".to_owned(),
            id: unload.id.to_string(),
            module: module(unload.module.as_ref()),
            start_ns: unload.start_ns,
            total_ns: unload.total_ns,
            unattributed_ns: unload.unattributed_ns,
            phases: unload
                .phases
                .iter()
                .map(|span| (span.name().into_owned(), span.start_ns, span.duration_ns))
                .collect(),
        });
        sorted(loads.chain(unloads).collect())
    }

    /// Compares what an export tells with what it has to.
    pub(crate) fn holds(&self, found: Vec<Call>) {
        let (found, wanted) = (sorted(found), self.calls());
        assert!(wanted.len() > 20, "{}: {} calls", self.name, wanted.len());
        assert_eq!(found.len(), wanted.len(), "{}", self.name);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found, wanted, "{}", self.name);
        }
    }
}

fn sorted(mut calls: Vec<Call>) -> Vec<Call> {
    calls.sort();
    calls
}
