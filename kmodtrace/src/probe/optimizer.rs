//! The kernel's optimizer of kprobes, kept out of the way while many of them come or go.
//!
//! Some ticks after a kprobe was set the kernel begins to make a jump of it (`kernel/kprobes.c`, `kprobe_optimizer`). Until
//! every task has been rescheduled it holds two locks meanwhile: one that setting and removing kprobes takes, and one
//! that a loading module takes to have its own code patched. So `/proc/sys/debug/kprobes-optimization` is switched off for
//! that moment, and on again behind it, whereupon all become jumps in one go.
//!
//! The switch is the whole system's. Who switches it back is therefore not this process alone, which may be killed, but
//! also a shell that waits for its end, and knows whether the switch is off because of it.

use std::{
    fs::File,
    io::{self, Write as _},
    os::unix::{fs::FileExt as _, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// The switch, `Documentation/trace/kprobes.rst`: `1` or `0`.
const SWITCH: &str = "/proc/sys/debug/kprobes-optimization";
const ON: u8 = b'1';
const OFF: u8 = b'0';
/// What the shell runs: the end of its input is the end of this process. Signals to all processes of a terminal or of a
/// service are not for it.
const GUARD: &str = "trap '' HUP INT QUIT TERM
while read -r now; do last=$now; done
[ \"$last\" != rests ] || echo 1 >\"$0\"";
/// What it reads.
const RESTS: &[u8] = b"rests\n";
const WORKS: &[u8] = b"works\n";
/// How long after it was switched on the optimizer begins, unless the CPU has other work: `OPTIMIZE_DELAY`, 5 ticks, of at
/// most 10 ms.
const BEGINS: Duration = Duration::from_millis(60);

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
        let switch = File::options().read(true).write(true).open(path)?;
        if value(&switch)? != ON {
            return Err(io::Error::other("it is switched off already"));
        }
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

    /// Does something while the optimizer rests, unless somebody else has switched it off. Whoever does so meanwhile is
    /// overruled: nothing tells who it was.
    pub(super) fn rests<T>(optimizer: &mut Option<Self>, work: impl FnOnce() -> T) -> T {
        let rests = optimizer.as_mut().is_some_and(|it| is_done(it.rest()));
        tracing::debug!(rests, "whether kprobes are left as they are meanwhile");
        let done = work();
        if rests && let Some(it) = optimizer {
            is_done(it.work());
        }
        done
    }

    /// Waits until everything has been optimized that there is now: a load in that moment would wait for it.
    pub(super) fn settle(&self) {
        thread::sleep(BEGINS);
        // To switch on what is on does nothing, behind the lock that the optimizer holds.
        if value(&self.switch).is_ok_and(|value| value == ON) {
            is_done(set(&self.switch, ON));
        }
    }

    fn rest(&mut self) -> io::Result<()> {
        if value(&self.switch)? != ON {
            return Err(io::Error::other("somebody has switched it off"));
        }
        // In this order: what the guard does not know of it cannot undo.
        self.tell(RESTS)?;
        set(&self.switch, OFF).inspect_err(|_| {
            is_done(self.tell(WORKS));
        })
    }

    fn work(&mut self) -> io::Result<()> {
        set(&self.switch, ON)?;
        self.tell(WORKS)
    }

    fn tell(&mut self, word: &[u8]) -> io::Result<()> {
        let guard = self.guard.stdin.as_mut();
        guard.ok_or(io::ErrorKind::BrokenPipe)?.write_all(word)
    }
}

fn value(switch: &File) -> io::Result<u8> {
    let mut value = [0];
    switch.read_exact_at(&mut value, 0)?;
    Ok(value[0])
}

/// Always at the beginning: elsewhere the kernel takes no number.
fn set(switch: &File, value: u8) -> io::Result<()> {
    switch.write_all_at(&[value], 0)
}

fn is_done(done: io::Result<()>) -> bool {
    done.inspect_err(|error| tracing::debug!(%error, "the optimizer of kprobes"))
        .is_ok()
}

impl Drop for Optimizer {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        if let Err(error) = self.guard.wait() {
            tracing::debug!(%error, "the guard of the optimizer's switch");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    fn switch(content: &str) -> (tempfile::TempDir, PathBuf) {
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
        assert_eq!((seen, value(&path)), (OFF, ON));
    }

    #[test]
    fn whoever_dies_meanwhile_leaves_it_on() {
        let (_dir, path) = switch("1\n");
        let mut optimizer = Optimizer::at(&path).expect("a switch");
        optimizer.rest().expect("rest");
        assert_eq!(value(&path), OFF);
        drop(optimizer);
        assert_eq!(value(&path), ON);
    }

    #[test]
    fn one_that_is_off_stays_off() {
        let (_dir, path) = switch("0\n");
        assert!(Optimizer::at(&path).is_err());
        let mut none = None;
        assert_eq!(Optimizer::rests(&mut none, || 3), 3);
        assert_eq!(value(&path), OFF);
    }

    #[test]
    fn one_that_somebody_switches_off_stays_off() {
        let (_dir, path) = switch("1\n");
        let mut optimizer = Optimizer::at(&path).ok();
        Optimizer::rests(&mut optimizer, || ());
        fs::write(&path, "0\n").expect("a file");
        Optimizer::rests(&mut optimizer, || ());
        drop(optimizer);
        assert_eq!(value(&path), OFF);
    }

    #[test]
    fn what_cannot_be_switched_off_is_not_switched_on_at_the_end() {
        let (_dir, path) = switch("1\n");
        let mut optimizer = Optimizer::at(&path).expect("a switch");
        optimizer.switch = File::open(&path).expect("a file that cannot be written");
        optimizer.rest().expect_err("rest");
        fs::write(&path, "0\n").expect("a file");
        drop(optimizer);
        assert_eq!(value(&path), OFF);
    }

    #[test]
    fn nothing_is_switched_without_a_guard() {
        let (_dir, path) = switch("1\n");
        let mut optimizer = Optimizer::at(&path).expect("a switch");
        drop(optimizer.guard.stdin.take());
        let mut optimizer = Some(optimizer);
        let seen = Optimizer::rests(&mut optimizer, || value(&path));
        assert_eq!(seen, ON);
    }
}
