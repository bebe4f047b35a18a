//! The state of the current task's load: find it, begin it, mark in it, send it, end it.
//!
//! States lie in [`LOADS`], an array that user space can read while a load hangs. A task takes the
//! first free slot of the few that its thread id points to; [`CLAIMS`] makes that atomic on kernels
//! whose eBPF has no compare-and-exchange (before 5.12). Only the loading task writes to its slot.

use core::{mem::offset_of, ptr, slice};

use aya_ebpf::{
    bindings::BPF_NOEXIST,
    helpers::{
        bpf_get_current_comm, bpf_get_current_pid_tgid, bpf_get_smp_processor_id, bpf_ktime_get_ns,
    },
};
use kmodtrace_common::{
    catalogue::{HookId, Scope},
    config::{Counter, MEASURED_FIRST, MEASURED_OF, NO_WAKEUP, SLOT_PROBES, SLOTS},
    wire::{
        KIND_FACTS, KIND_SEGMENT, LoadState, Mark, SEGMENT_FINAL, SEGMENT_IN_INIT, SEGMENT_MARKS,
        SEGMENT_MEASURED, SEGMENT_STALE, Segment,
    },
};

use crate::{
    atomic::Shared,
    extract,
    maps::{CLAIMS, EVENTS, FLUSH_AFTER, FORGOTTEN, LOADS, count},
    record, words,
};

/// Loads begun and not ended. While no more than user space has given up, probes on shared functions
/// return without looking any further.
static IN_FLIGHT: Shared = Shared::new();

/// True while some task is inside a load.
#[inline(always)]
pub(crate) fn any_in_flight() -> bool {
    let begun = IN_FLIGHT.get();
    begun != 0 && FORGOTTEN.get(0) != Some(&begun)
}

/// The current time, ns of `CLOCK_MONOTONIC`.
#[inline(always)]
pub(crate) fn now() -> u64 {
    // SAFETY: the helper has no preconditions.
    unsafe { bpf_ktime_get_ns() }
}

/// The current task's load.
#[inline(always)]
pub(crate) fn current() -> Option<&'static mut LoadState> {
    if !any_in_flight() {
        return None;
    }
    find(bpf_get_current_pid_tgid())
}

/// The current task's load, if it is in the part that `scope` names.
#[inline(always)]
pub(crate) fn current_in(scope: Scope) -> Option<&'static mut LoadState> {
    let load = current()?;
    let init = load.segment.flags & SEGMENT_IN_INIT != 0;
    let counts = match scope {
        Scope::OutsideInit => !init,
        Scope::InInit => init,
        Scope::InUnload => is_unload(&load.segment),
        Scope::InLoad | Scope::Syscall | Scope::Anywhere => true,
    };
    counts.then_some(load)
}

/// True for `delete_module(2)`.
#[inline(always)]
pub(crate) fn is_unload(segment: &Segment) -> bool {
    segment.syscall == u32::from(HookId::SYS_DELETE_MODULE.0)
}

#[inline(always)]
fn find(pid_tgid: u64) -> Option<&'static mut LoadState> {
    for probe in 0..SLOT_PROBES {
        let load = slot(first_slot(pid_tgid) + probe)?;
        if load.segment.header.pid_tgid == pid_tgid {
            return Some(load);
        }
    }
    None
}

#[inline(always)]
fn first_slot(pid_tgid: u64) -> u32 {
    pid_tgid as u32
}

#[inline(always)]
fn slot(index: u32) -> Option<&'static mut LoadState> {
    // SAFETY: the map gave a valid pointer; a slot is written by its loading task alone.
    LOADS
        .get_ptr_mut(index % SLOTS)
        .map(|load| unsafe { &mut *load })
}

/// Begins a load of the current task. `None` if no slot is free, which is counted.
#[inline(always)]
pub(crate) fn begin(syscall: HookId) -> Option<&'static mut LoadState> {
    let start_ns = now();
    let pid_tgid = bpf_get_current_pid_tgid();
    if any_in_flight()
        && let Some(stale) = find(pid_tgid)
    {
        // The return of this task's last load was missed: send what there is.
        stale.segment.flags |= SEGMENT_STALE;
        end(stale, 0, start_ns);
    }
    for probe in 0..SLOT_PROBES {
        let index = (first_slot(pid_tgid) + probe) % SLOTS;
        if CLAIMS
            .insert(index, pid_tgid, u64::from(BPF_NOEXIST))
            .is_ok()
        {
            let load = slot(index)?;
            IN_FLIGHT.add(1);
            reset(load, syscall, pid_tgid, start_ns);
            extract::task(&mut load.segment, &mut load.facts);
            return Some(load);
        }
    }
    count(Counter::Untracked);
    None
}

#[inline(always)]
fn reset(load: &mut LoadState, syscall: HookId, pid_tgid: u64, start_ns: u64) {
    words::clear(&mut load.segment);
    words::clear(&mut load.facts);
    load.facts.header = record::header(KIND_FACTS, pid_tgid, start_ns);
    // A call of the slot's load before may have been seen to begin only.
    load.named.header.kind = 0;
    let segment = &mut load.segment;
    segment.header = record::header(KIND_SEGMENT, pid_tgid, start_ns);
    segment.syscall = u32::from(syscall.0);
    segment.cpu_start = cpu();
    segment.fd = -1;
    segment.comm = bpf_get_current_comm().unwrap_or_default();
    if syscall.0 != HookId::SYS_DELETE_MODULE.0 {
        let before = count(Counter::Begun);
        if before < MEASURED_FIRST || before.is_multiple_of(MEASURED_OF) {
            segment.flags = SEGMENT_MEASURED;
        }
    }
}

/// A program is done with a hit in the load that came at `since_ns`.
#[inline(always)]
pub(crate) fn spent(load: &mut LoadState, since_ns: u64) {
    load.facts.hits += 1;
    if load.segment.flags & SEGMENT_MEASURED != 0 {
        let ns = u64::from(load.segment.own_ns) + (now() - since_ns);
        let most = u64::from(u32::MAX);
        load.segment.own_ns = if ns > most { most } else { ns } as u32;
    }
}

#[inline(always)]
fn cpu() -> u32 {
    // SAFETY: the helper has no preconditions.
    unsafe { bpf_get_smp_processor_id() }
}

/// Appends a mark to the load, sending the marks before it if the list is full.
#[inline(always)]
pub(crate) fn mark(load: &mut LoadState, mark: Mark) {
    let count = load.segment.header.count as usize;
    if count < SEGMENT_MARKS {
        words::fill(&mut load.marks[count], mark);
        load.segment.header.count = count as u32 + 1;
    }
    if count + 1 >= SEGMENT_MARKS || count as u32 + 1 >= FLUSH_AFTER.load() {
        send(load);
    }
}

/// Sends what was collected of the load, and starts the next segment.
#[inline(always)]
fn send(load: &mut LoadState) {
    let marks = load.segment.header.count as usize;
    let marks = if marks > SEGMENT_MARKS {
        SEGMENT_MARKS
    } else {
        marks
    };
    let bytes = offset_of!(LoadState, marks) + marks * size_of::<Mark>();
    // SAFETY: `bytes` lies within the state, whose every byte is initialised.
    let record = unsafe { slice::from_raw_parts(ptr::from_ref(load).cast::<u8>(), bytes) };
    if EVENTS.output::<[u8]>(record, NO_WAKEUP).is_ok() {
        count(Counter::Sent);
    } else {
        load.segment.lost += 1;
        count(Counter::LostSegments);
    }
    load.segment.number += 1;
    load.segment.header.count = 0;
}

/// Ends the load: sends its last segment and frees its slot.
#[inline(always)]
pub(crate) fn end(load: &mut LoadState, ret: u64, end_ns: u64) {
    load.segment.flags |= SEGMENT_FINAL;
    load.segment.end_ns = end_ns;
    load.segment.ret = i64::from(ret as i32);
    load.segment.cpu_end = cpu();
    extract::at_end(load, end_ns);
    if load.named.header.kind != 0 {
        load.segment.lost += 1;
    }
    if !record::send(&load.facts) {
        load.segment.lost += 1;
    }
    send(load);
    free(load);
}

#[inline(always)]
fn free(load: &mut LoadState) {
    let pid_tgid = load.segment.header.pid_tgid;
    load.segment.header.pid_tgid = 0;
    IN_FLIGHT.add(u64::MAX);
    for probe in 0..SLOT_PROBES {
        let index = (first_slot(pid_tgid) + probe) % SLOTS;
        // SAFETY: the value is compared, not kept.
        if unsafe { CLAIMS.get(index) } == Some(&pid_tgid) {
            let _ = CLAIMS.remove(index);
            return;
        }
    }
}
