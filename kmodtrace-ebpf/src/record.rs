//! Small records of fixed size, sent as they happen.

use kmodtrace_common::{
    config::{Counter, NO_WAKEUP},
    wire::{Freed, Header, Helper, KIND_FREED, WIRE_VERSION},
};

use crate::{
    load,
    maps::{EVENTS, count},
};

/// Sends a record of fixed size. False if there was no room, which is counted.
#[inline(always)]
pub(crate) fn send<T: Copy + 'static>(record: &T) -> bool {
    let sent = EVENTS.output::<T>(record, NO_WAKEUP).is_ok();
    count(if sent {
        Counter::Sent
    } else {
        Counter::LostRecords
    });
    sent
}

/// The header of a record.
#[inline(always)]
pub(crate) fn header(kind: u16, pid_tgid: u64, start_ns: u64) -> Header {
    Header {
        kind,
        version: WIRE_VERSION,
        count: 0,
        pid_tgid,
        start_ns,
    }
}

/// Sends that a load asks for a helper process, or that one begins to exist.
#[inline(always)]
pub(crate) fn helper(kind: u16, pid_tgid: u64, start_ns: u64, time_ns: u64, subprocess: u64) {
    send(&Helper {
        header: header(kind, pid_tgid, start_ns),
        time_ns,
        subprocess,
    });
}

/// Sends that init memory is about to be freed.
#[inline(always)]
pub(crate) fn freed(pid_tgid: u64, batch_ns: u64, address: u64) {
    send(&Freed {
        header: header(KIND_FREED, pid_tgid, 0),
        batch_ns,
        time_ns: load::now(),
        address,
    });
}
