//! The kernel's optimizer of kprobes, kept out of the way while many of them come or go.
//!
//! Some ticks after a kprobe was set the kernel begins to make a jump of it (`kernel/kprobes.c`, `kprobe_optimizer`), and
//! holds the lock that setting and removing take until every task has been rescheduled: with fifty probes more than half
//! of the time that it takes to attach them. So `/proc/sys/debug/kprobes-optimization` is switched off for that moment,
//! and on again behind it, whereupon all become jumps in one go.
//!
//! The switch is the whole system's. Who switches it back is therefore not this process alone, which may be killed, but
//! also a shell that waits for its end.

use std::{
    fs::{self, File},
    io,
    os::unix::{fs::FileExt as _, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
};

/// The switch, `Documentation/trace/kprobes.rst`: `1` or `0`.
const SWITCH: &str = "/proc/sys/debug/kprobes-optimization";
/// What the shell runs: the end of its input is the end of this process. Signals to all processes of a terminal or of a
/// service are not for it.
const GUARD: &str = "trap '' HUP INT QUIT TERM; read -r end; echo 1 >\"$0\"";

/// The switch, if it is on and may be used.
#[derive(Debug)]
pub(super) struct Optimizer {
    switch: File,
    guard: Child,
}

impl Optimizer {
    /// Gets hold of the switch. `None` where there is none, it is off, or it may not be used: then everything takes longer.
    pub(super) fn open() -> Option<Self> {
        Self::at(Path::new(SWITCH))
            .inspect_err(|error| tracing::debug!(%error, "kprobes are optimized meanwhile"))
            .ok()
    }

    fn at(path: &Path) -> io::Result<Self> {
        if fs::read(path)?.trim_ascii() != b"1" {
            return Err(io::Error::other("it is switched off already"));
        }
        let switch = File::options().write(true).open(path)?;
        let guard = Command::new("sh")
            .args(["-c", GUARD])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { switch, guard })
    }

    /// Does something while the optimizer rests.
    pub(super) fn rests<T>(optimizer: &mut Option<Self>, work: impl FnOnce() -> T) -> T {
        let set = |optimizer: &mut Option<Self>, value: &[u8]| {
            if let Some(Self { switch, .. }) = optimizer
                // Always at the beginning: elsewhere the kernel takes no number.
                && let Err(error) = switch.write_all_at(value, 0)
            {
                tracing::debug!(%error, "the optimizer of kprobes cannot be switched");
            }
        };
        set(optimizer, b"0");
        let done = work();
        set(optimizer, b"1");
        done
    }
}

impl Drop for Optimizer {
    fn drop(&mut self) {
        // Its input ends: it sets what is set already, and goes.
        drop(self.guard.stdin.take());
        if let Err(error) = self.guard.wait() {
            tracing::debug!(%error, "the guard of the optimizer's switch");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(content: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("switch");
        fs::write(&path, content).expect("a file");
        (dir, path)
    }

    fn value(path: &Path) -> u8 {
        fs::read(path).expect("a file")[0]
    }

    #[test]
    fn it_rests_and_goes_on() {
        let (_dir, path) = switch("1\n");
        let mut optimizer = Optimizer::at(&path).ok();
        assert!(optimizer.is_some());
        let seen = Optimizer::rests(&mut optimizer, || value(&path));
        assert_eq!((seen, value(&path)), (b'0', b'1'));
    }

    #[test]
    fn somebody_else_switches_it_on_again() {
        let (_dir, path) = switch("1\n");
        let mut optimizer = Optimizer::at(&path).expect("a switch");
        fs::write(&path, "0").expect("a file");
        drop(optimizer.guard.stdin.take());
        optimizer.guard.wait().expect("a shell");
        assert_eq!(value(&path), b'1');
    }

    #[test]
    fn one_that_is_off_stays_off() {
        let (_dir, path) = switch("0\n");
        assert!(Optimizer::at(&path).is_err());
        let mut none = None;
        assert_eq!(Optimizer::rests(&mut none, || 3), 3);
        assert_eq!(value(&path), b'0');
    }
}
