//! Time and memory of a program.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// From start to end.
    pub(crate) wall: Duration,
    /// The most memory it had at a time, in KiB (`VmHWM`, looked at every two milliseconds).
    pub(crate) peak_kib: u64,
}

/// Runs a program to its end, its output thrown away.
pub(crate) fn run(command: &mut Command) -> Result<Cost> {
    let program = command.get_program().to_string_lossy().into_owned();
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let done = loop {
        if let Some(done) = child.try_wait()? {
            break done;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        peak_kib = peak_kib.max(high_water(&text).unwrap_or(0));
        thread::sleep(Duration::from_millis(2));
    };
    let wall = start.elapsed();
    if !done.success() {
        bail!("{program} failed ({done})");
    }
    Ok(Cost { wall, peak_kib })
}

/// `VmHWM:     12345 kB`
fn high_water(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_water_is_read() {
        assert_eq!(
            high_water("VmPeak:\t 9 kB\nVmHWM:\t  1234 kB\n"),
            Some(1234)
        );
        assert_eq!(high_water("Name:\tx\n"), None);
    }

    #[test]
    fn a_run_costs_something() {
        let cost = run(Command::new("sleep").arg("0.05")).unwrap();
        assert!(cost.wall >= Duration::from_millis(50) && cost.peak_kib > 0);
        assert!(run(&mut Command::new("false")).is_err());
    }
}
