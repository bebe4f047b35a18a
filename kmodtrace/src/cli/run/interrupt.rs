//! Ctrl-C, SIGTERM, and SIGHUP unless it is ignored (`nohup`): the first one ends the run in order, a second one ends
//! the process.

use std::{
    io,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
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
    /// SIGTERM, or a terminal that went away.
    Terminate,
}

/// Listens from its making on.
pub(in crate::cli) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
    asked: bool,
}

impl Interrupts {
    /// Listens, and lets a second signal end the process at once, whatever it is waiting for: the
    /// kernel detaches the probes of a process that is gone.
    pub(in crate::cli) fn listen() -> io::Result<Self> {
        let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
        for number in [SIGINT, SIGTERM].into_iter().chain(hangup) {
            let armed = Arc::new(AtomicBool::new(false));
            // In this order: what arms must come after what asks. The exit code is a shell's.
            flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&armed))?;
            flag::register(number, armed)?;
        }
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match hangup {
                Some(_) => Some(signal(SignalKind::hangup())?),
                None => None,
            },
            asked: false,
        })
    }

    /// Another one that waits for the same signals, from now on. Must not outlive that which [`Interrupts::listen`] made.
    pub(in crate::cli) fn also(&self) -> io::Result<Self> {
        let hangup = self.hangup.as_ref();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: hangup.map(|_| signal(SignalKind::hangup())).transpose()?,
            asked: false,
        })
    }

    /// Waits for a signal.
    pub(in crate::cli) async fn wait(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
            () = came(self.hangup.as_mut()) => Asked::Terminate,
        }
    }

    /// True once a signal has come, also when that was asked before.
    pub(in crate::cli) async fn is_asked(&mut self) -> bool {
        self.asked = self.asked || timeout(Duration::ZERO, self.wait()).await.is_ok();
        self.asked
    }
}

/// Waits for a signal that may not be listened to.
async fn came(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether whoever started this process had it ignore a signal (`SigIgn` in `proc_pid_status(5)`); false if unknown.
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| (mask >> (number - 1)) & 1 == 1)
}
