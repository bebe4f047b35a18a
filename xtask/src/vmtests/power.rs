//! Power cuts: a guest records to a disk, QEMU is killed, and the disk is looked at.
//!
//! What the guest has written without a flush survives in the host's cache, as on a disk that loses
//! nothing of its own. What it has not written yet is lost: that this is so, and that the checks would see it, shows
//! one cut more, of a recorder whose syncs do nothing.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use super::{checks, compile, never_came_up};
use crate::cache::{self, Cache};
use crate::process;
use crate::report::{Outcome, Report};
use crate::rootfs;
use crate::vm::{self, PowerCut, Status, VmSpec};

/// The kernel of the guests.
const KERNEL: &str = "6.12";
/// Name of the results, and of the checks.
const NAME: &str = "power";
/// Cuts in every run, and with `--full`; and one more without syncs.
const CUTS: (u32, u32) = (1, 10);
/// What the cut without syncs is called, and the program that makes them do nothing.
const NOSYNC: &str = "nosync";

/// Runs the test if its name contains `filter`, then the checks of what it left.
pub(super) fn run(
    cache: &Cache,
    binary: &Path,
    results: &Path,
    full: bool,
    filter: &str,
    report: &mut Report,
) {
    let row = format!("vm {KERNEL} {NAME}");
    if !row.contains(filter) {
        return;
    }
    let start = Instant::now();
    let cuts = if full { CUTS.1 } else { CUTS.0 };
    let cut = power_cuts(cache, binary, &results.join(KERNEL).join(NAME), cuts);
    let failed = |error: anyhow::Error| Outcome::Failed(format!("{error:#}\n"));
    let outcome = match cut {
        Ok(()) => Outcome::Passed(format!("cuts: {cuts}, without syncs 1")),
        Err(error) => failed(error),
    };
    report.add(&row, outcome, start.elapsed());
    let start = Instant::now();
    let outcome = checks::check(cache, results, KERNEL, NAME).unwrap_or_else(failed);
    report.add(&format!("{row}: checks"), outcome, start.elapsed());
}

/// Cuts the power so often, and once without syncs; cut N leaves N.out, what the guest said until then, N.kmt, what was
/// on its disk, and what `report` makes of that.
fn power_cuts(cache: &Cache, binary: &Path, dir: &Path, cuts: u32) -> Result<()> {
    cache::remove(dir)?;
    let empty = dir.join("empty");
    fs::create_dir_all(&empty)?;
    compile("killed", &dir.join("bin"))?;
    compile(NOSYNC, &dir.join(NOSYNC))?;
    let numbered = (0..cuts).map(|cut| cut.to_string());
    for cut in numbered.chain([NOSYNC.to_owned()]) {
        let image = dir.join("disk");
        rootfs::ext4(&empty, &image, 64)?;
        one_cut(cache, binary, dir, &image, &cut)?;
        fs::remove_file(image)?;
    }
    fs::write(dir.join("rounds"), format!("{cuts}\n"))?;
    fs::write(dir.join("status"), "0 0 0\n")?;
    Ok(())
}

fn one_cut(cache: &Cache, binary: &Path, dir: &Path, image: &Path, cut: &str) -> Result<()> {
    let mut spec = VmSpec::new(KERNEL, &["sh", "/guest/power.sh", cut]);
    spec.binary = Some(binary.to_path_buf());
    spec.share = Some(dir.to_path_buf());
    spec.disk = Some(image.to_path_buf());
    let ready = dir.join("ready");
    cache::remove(&ready)?;
    spec.power_cut = Some(PowerCut {
        ready,
        after: Duration::from_millis(6_000 + random() % 6_000),
    });
    let mut done = vm::run(cache, &spec)?;
    if never_came_up(&done) {
        eprintln!("xtask: vm {KERNEL} {NAME}: booting again");
        done = vm::run(cache, &spec)?;
    }
    if done.status != Status::PowerCut {
        bail!(
            "{:?}\n{}{}",
            done.status,
            process::tail(&String::from_utf8_lossy(&done.stderr), 10),
            done.console_tail(10)
        );
    }
    fs::write(dir.join(format!("{cut}.out")), done.stdout)?;
    // Replays the journal, as the next mount would.
    let fsck = Command::new("/sbin/e2fsck")
        .arg("-fy")
        .arg(image)
        .output()?;
    if fsck.status.code().is_none_or(|code| code > 1) {
        bail!("e2fsck: {}", String::from_utf8_lossy(&fsck.stdout));
    }
    let recording = dir.join(format!("{cut}.kmt"));
    let mut dump = Command::new("/sbin/debugfs");
    dump.arg("-R")
        .arg(format!("dump /power.kmt {}", recording.display()))
        .arg(image);
    process::quiet(&mut dump)?;
    if !recording.exists() {
        bail!("cut {cut}: there is no power.kmt on the disk");
    }
    let report = Command::new(binary)
        .args(["report", "--json"])
        .arg(&recording)
        .output()?;
    fs::write(dir.join(format!("{cut}.json")), report.stdout)?;
    fs::write(dir.join(format!("{cut}.err")), report.stderr)?;
    let code = report.status.code().unwrap_or(-1);
    fs::write(dir.join(format!("{cut}.status")), format!("{code}\n"))?;
    Ok(())
}

/// A number that differs from time to time.
fn random() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::from(now.subsec_nanos()) / 1_000)
}
