//! A second Ctrl-C ends the process at once, whatever it is waiting for.

use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// Exit code after a forced end: 128 + SIGINT.
const FORCED: i32 = 130;

/// The first signal only arms this; the run itself sees it and ends in order. The kernel detaches the
/// probes of a process that is gone.
pub(super) fn second_one_forces() -> io::Result<()> {
    let armed = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the handler that arms must come after the one that asks.
        flag::register_conditional_shutdown(signal, FORCED, Arc::clone(&armed))?;
        flag::register(signal, Arc::clone(&armed))?;
    }
    Ok(())
}
