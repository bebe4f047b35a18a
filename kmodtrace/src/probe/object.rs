//! The eBPF object: built by `build.rs`, set up for one kernel.

use aya::{Ebpf, EbpfLoader, include_bytes_aligned};
use kmodtrace_common::config::{EVENTS_MAP, FLUSH_AFTER, TRACER_TGID};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Options, ProbeError};
use crate::plan::Plan;

static OBJECT: &[u8] = include_bytes_aligned!(concat!(env!("OUT_DIR"), "/kmodtrace-ebpf"));

/// Parses the object, sets its globals and creates its maps. No program is in the kernel yet.
pub(super) fn load(plan: &Plan, options: &Options) -> Result<Ebpf, ProbeError> {
    let mut loader = without_files(EbpfLoader::new);
    // The programs carry no CO-RE relocations: offsets come as globals.
    loader.btf(None);
    for (name, offset) in &plan.offsets {
        loader.override_global(name, offset, true);
    }
    let tracer = options.tracer_pid.unwrap_or(0);
    loader
        .override_global(FLUSH_AFTER, &options.flush_after, true)
        .override_global(TRACER_TGID, &tracer, true)
        .map_max_entries(EVENTS_MAP, options.ring_bytes)
        .load(OBJECT)
        .map_err(|error| ProbeError::Object(super::sentence::sentence(&error)))
}

/// Makes a loader while this process may open no file.
///
/// aya 0.14 reads and parses the kernel's BTF for every new loader, also for one that is then told to do without: a
/// quarter of a billion instructions and 20 MB by estimate, none of which comes about if there is no file to read.
fn without_files<T>(make: impl FnOnce() -> T) -> T {
    let limit = getrlimit(Resource::Nofile);
    let none = Rlimit {
        current: Some(0),
        ..limit
    };
    // Lowering the soft limit needs no right, nor does raising it to what it was.
    let lowered = setrlimit(Resource::Nofile, none).is_ok();
    let made = make();
    if lowered && let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays at 0");
    }
    made
}
