//! The eBPF object: built by `build.rs`, set up for one kernel.

use aya::{Ebpf, EbpfLoader, include_bytes_aligned};
use kmodtrace_common::config::{EVENTS_MAP, FLUSH_AFTER, TRACER_TGID};

use super::{Options, ProbeError};
use crate::plan::Plan;

static OBJECT: &[u8] = include_bytes_aligned!(concat!(env!("OUT_DIR"), "/kmodtrace-ebpf"));

/// Parses the object, sets its globals and creates its maps. No program is in the kernel yet.
pub(super) fn load(plan: &Plan, options: &Options) -> Result<Ebpf, ProbeError> {
    let mut loader = EbpfLoader::new();
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
        .map_err(|error| ProbeError::Object(super::attach::sentence(&error)))
}
