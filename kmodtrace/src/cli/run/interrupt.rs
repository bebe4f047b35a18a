//! Ctrl-C and SIGTERM: the first one ends the run in order, a second one ends the process.

use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};

/// Which signal asked for the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::cli) enum Asked {
    /// Ctrl-C, or SIGINT sent to this process alone.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Listens from its making on.
pub(in crate::cli) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    asked: bool,
}

impl Interrupts {
    /// Listens, and lets a second signal end the process at once, whatever it is waiting for: the
    /// kernel detaches the probes of a process that is gone.
    pub(in crate::cli) fn listen() -> io::Result<Self> {
        for number in [SIGINT, SIGTERM] {
            let armed = Arc::new(AtomicBool::new(false));
            // In this order: what arms must come after what asks. The exit code is a shell's.
            flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&armed))?;
            flag::register(number, armed)?;
        }
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            asked: false,
        })
    }

    /// Waits for a signal.
    pub(in crate::cli) async fn wait(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
        }
    }

    /// True once a signal has come, also when that was asked before.
    pub(in crate::cli) async fn is_asked(&mut self) -> bool {
        self.asked = self.asked || timeout(Duration::ZERO, self.wait()).await.is_ok();
        self.asked
    }
}
