//! The kernel's log, as far as a loading task writes it.
//!
//! `kernel/printk/printk_ringbuffer.c`: a record is a descriptor, an info and a block of text, found by
//! the record's id.

use kmodtrace_common::wire::{BLOB_LOG, BLOB_LOG_RECORD, LoadState};

use super::Seen;
use crate::{args::Args, blob, maps, read};

/// Rings are no larger than this: 2 to the power of it.
const MOST_BITS: u32 = 31;
/// In `printk_info`, whose layout has been the same since Linux 5.10, the writer (`caller_id`) follows the
/// facility and the level. Its highest bit: it was no task, but an interrupt.
const CALLER_BEHIND_FACILITY: u32 = 2;
const NO_TASK: u32 = 1 << 31;
/// Bytes of the id in front of each block's text.
const ID_BYTES: u64 = size_of::<u64>() as u64;

/// Tracepoint `console(const char *text, size_t len)`; the text has no NUL
#[inline(always)]
pub(crate) fn log(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    blob::numbered(load, BLOB_LOG, [now], args.arg(0), args.arg(1));
    None
}

/// `prb_final_commit(struct prb_reserved_entry *e)`, `prb_commit(struct prb_reserved_entry *e)`
#[inline(always)]
pub(crate) fn log_record(load: &mut LoadState, args: &impl Args, now: u64) -> Option<Seen> {
    let entry = args.arg(0);
    let ring: u64 = read::at(entry, maps::RESERVED_RING.load())?;
    let id: u64 = read::at(entry, maps::RESERVED_ID.load())?;
    let bits: u32 = read::at(ring, maps::RING_COUNT_BITS.load())?;
    let index = id & ((1 << (bits & MOST_BITS)) - 1);
    let infos: u64 = read::at(ring, maps::RING_INFOS.load())?;
    let info = element(infos, index, maps::INFO_SIZE.load());
    let length: u16 = read::at(info, maps::INFO_LENGTH.load())?;
    let time: u64 = read::at(info, maps::INFO_TIME.load())?;
    // The facility; in the byte behind it the level, above five bits of flags.
    let facility: u16 = read::at(info, maps::INFO_FACILITY.load())?;
    let caller = maps::INFO_FACILITY
        .load()
        .wrapping_add(CALLER_BEHIND_FACILITY);
    if read::at::<u32>(info, caller)? & NO_TASK != 0 {
        return None;
    }
    let text = text(ring, index)?;
    let numbers = [now, id, time, u64::from(facility)];
    blob::numbered(load, BLOB_LOG_RECORD, numbers, text, u64::from(length));
    None
}

/// Where the text of a descriptor lies, `get_data()`.
#[inline(always)]
fn text(ring: u64, index: u64) -> Option<u64> {
    let descriptors: u64 = read::at(ring, maps::RING_DESCS.load())?;
    let descriptor = element(descriptors, index, maps::DESC_SIZE.load());
    let begin: u64 = read::at(descriptor, maps::DESC_BEGIN.load())?;
    let next: u64 = read::at(descriptor, maps::DESC_NEXT.load())?;
    // Odd positions: there is no text.
    if begin & 1 != 0 {
        return None;
    }
    let bits: u32 = read::at(ring, maps::RING_TEXT_BITS.load())?;
    let size = 1 << (bits & MOST_BITS);
    let data: u64 = read::at(ring, maps::RING_TEXT.load())?;
    // A block that does not fit at the ring's end lies at its beginning.
    let wraps = begin & !(size - 1) != next & !(size - 1) && next & (size - 1) != 0;
    let at = if wraps { 0 } else { begin & (size - 1) };
    Some(data.wrapping_add(at).wrapping_add(ID_BYTES))
}

#[inline(always)]
fn element(array: u64, index: u64, size: u32) -> u64 {
    array.wrapping_add(index.wrapping_mul(u64::from(size)))
}
