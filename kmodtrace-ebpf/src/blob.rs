//! Records of any length, built in the room that each load has for them.

use core::{ffi::c_void, ptr, slice};

use aya_ebpf::helpers::generated::{
    bpf_probe_read_kernel, bpf_probe_read_kernel_str, bpf_probe_read_user, bpf_snprintf,
};
use kmodtrace_common::{
    config::{Counter, NO_WAKEUP},
    wire::{BLOB_BYTES, BLOB_TRUNCATED, Blob, Header, KIND_BLOB, LoadState, WIRE_VERSION},
};

use crate::{
    maps::{self, EVENTS, count},
    read,
};

/// The most that one record can hold: one less than a power of two, so that the verifier can follow.
const MOST: u64 = BLOB_BYTES as u64 - 1;
/// The same for a string that is put together piece by piece, and for one piece.
const MOST_JOINED: u64 = 4095;
const PIECE: u32 = 256;
/// Bytes of a number in front of a blob's bytes.
const NUMBER: usize = size_of::<u64>();

const _: () = assert!(MOST_JOINED as usize + PIECE as usize <= BLOB_BYTES);

/// Sends `length` bytes of kernel memory, as many as fit.
#[inline(always)]
pub(crate) fn kernel(load: &mut LoadState, what: u16, source: u64, length: u64) {
    let kept = if length > MOST { MOST } else { length };
    if read::bytes::<BLOB_BYTES, MOST>(source, kept, &mut load.blob_bytes) {
        send(load, what, 0, kept, length > MOST);
    }
}

/// Sends a few numbers and `length` bytes of kernel memory behind them, as many as fit.
#[inline(always)]
pub(crate) fn numbered<const N: usize>(
    load: &mut LoadState,
    what: u16,
    numbers: [u64; N],
    source: u64,
    length: u64,
) {
    const { assert!(N * NUMBER + MOST_JOINED as usize <= BLOB_BYTES) };
    let kept = if length > MOST_JOINED {
        MOST_JOINED
    } else {
        length
    };
    let bytes = read::within::<MOST_JOINED>(kept);
    for (index, number) in numbers.iter().enumerate() {
        load.blob_bytes[index * NUMBER..][..NUMBER].copy_from_slice(&number.to_ne_bytes());
    }
    // SAFETY: the helper checks the source and writes fewer bytes than there are behind the numbers.
    let status = unsafe {
        bpf_probe_read_kernel(
            load.blob_bytes
                .as_mut_ptr()
                .add(N * NUMBER)
                .cast::<c_void>(),
            bytes as u32,
            source as *const c_void,
        )
    };
    if status == 0 {
        let whole = kept + (N * NUMBER) as u64;
        send(load, what, 0, whole, length > MOST_JOINED);
    }
}

/// Sends the name of the symbol at a kernel address, as the kernel prints it, with its NUL. Nothing where
/// programs cannot have text formatted.
#[inline(always)]
pub(crate) fn symbol(load: &mut LoadState, what: u16, address: u64) {
    /// `Documentation/core-api/printk-formats.rst`: name of a symbol, without an offset.
    static NAME_OF_SYMBOL: [u8; 4] = *b"%ps\0";
    if maps::CAN_FORMAT.load() == 0 || maps::BRIEF.load() != 0 {
        return;
    }
    let mut arguments = [address];
    // SAFETY: the helper writes at most `PIECE` bytes, which there are, and reads one argument.
    let length = unsafe {
        bpf_snprintf(
            load.blob_bytes.as_mut_ptr().cast(),
            PIECE,
            NAME_OF_SYMBOL.as_ptr().cast(),
            arguments.as_mut_ptr().cast(),
            size_of_val(&arguments) as u32,
        )
    };
    if length > 0 {
        let whole = length as u64;
        let piece = u64::from(PIECE);
        let kept = if whole > piece { piece } else { whole };
        send(load, what, 0, kept, whole > piece);
    }
}

/// Sends part of a whole: `length` bytes, at most [`BLOB_BYTES`]` - 1`, that lie `offset` into it.
#[inline(always)]
pub(crate) fn part(load: &mut LoadState, what: u16, whole: u64, offset: u32, length: u64) {
    let source = whole.wrapping_add(u64::from(offset));
    if read::bytes::<BLOB_BYTES, MOST>(source, length, &mut load.blob_bytes) {
        send(load, what, offset, length, false);
    }
}

/// Sends `length` bytes of the task's own memory, as many as fit.
#[inline(always)]
pub(crate) fn user(load: &mut LoadState, what: u16, source: u64, length: u64) {
    let kept = if length > MOST_JOINED {
        MOST_JOINED
    } else {
        length
    };
    let bytes = read::within::<MOST_JOINED>(kept);
    // SAFETY: the helper checks the source and writes fewer bytes than there are.
    let status = unsafe {
        bpf_probe_read_user(
            load.blob_bytes.as_mut_ptr().cast::<c_void>(),
            bytes as u32,
            source as *const c_void,
        )
    };
    if status == 0 {
        send(load, what, 0, kept, length > MOST_JOINED);
    }
}

/// Begins to put a string together.
#[inline(always)]
pub(crate) fn begin(load: &mut LoadState) {
    load.blob.offset = 0;
}

/// Appends a NUL-terminated string. False if it cannot be read or there is no room.
///
/// Where it goes is kept in memory: in a register the verifier would tell every possible length apart.
#[inline(always)]
pub(crate) fn append(load: &mut LoadState, source: u64) -> bool {
    let at = u64::from(load.blob.offset);
    if at > MOST_JOINED {
        return false;
    }
    let place = read::within::<MOST_JOINED>(at);
    // SAFETY: `place` plus a piece lies within the room; the helper checks the source.
    let length = unsafe {
        bpf_probe_read_kernel_str(
            load.blob_bytes.as_mut_ptr().add(place).cast::<c_void>(),
            PIECE,
            source as *const c_void,
        )
    };
    load.blob.offset = (at + length as u64) as u32;
    length > 0
}

/// Sends what was appended.
#[inline(always)]
pub(crate) fn appended(load: &mut LoadState, what: u16, truncated: bool) {
    send(load, what, 0, u64::from(load.blob.offset), truncated);
}

#[inline(always)]
fn send(load: &mut LoadState, what: u16, offset: u32, length: u64, truncated: bool) {
    let Header {
        pid_tgid, start_ns, ..
    } = load.segment.header;
    let length = read::within::<MOST>(length);
    load.blob = Blob {
        header: Header {
            kind: KIND_BLOB,
            version: WIRE_VERSION,
            count: length as u32,
            pid_tgid,
            start_ns,
        },
        what,
        flags: if truncated { BLOB_TRUNCATED } else { 0 },
        offset,
    };
    // SAFETY: the bytes follow the blob's head in the load's state, and `length` of them are there.
    let record = unsafe {
        slice::from_raw_parts(
            ptr::from_ref(&load.blob).cast::<u8>(),
            size_of::<Blob>() + length,
        )
    };
    if EVENTS.output::<[u8]>(record, NO_WAKEUP).is_ok() {
        count(Counter::Sent);
    } else {
        load.segment.lost += 1;
        count(Counter::LostRecords);
    }
}
