//! The same loads in many boots, for comparisons in which nothing is to be found.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::Result;

use super::matrix::Boot;
use super::{checks, dir_of};
use crate::cache::{self, Cache};
use crate::report::{Outcome, Report};

/// The kernel of the guests.
const KERNEL: &str = "6.12";
/// Name of the script, its results and the checks.
const NAME: &str = "aa";
/// Boots without and with counting of instructions; a multiple of two.
const BOOTS: usize = 10;

/// Runs the test if its name contains `filter`, then the checks of what it left.
pub(super) fn run(cache: &Cache, binary: &Path, results: &Path, filter: &str, report: &mut Report) {
    let row = format!("vm {KERNEL} {NAME}");
    if !row.contains(filter) {
        return;
    }
    let start = Instant::now();
    let failed = |error: anyhow::Error| Outcome::Failed(format!("{error:#}\n"));
    let dir = dir_of(results, KERNEL, NAME);
    let outcome = boots(cache, binary, &dir).unwrap_or_else(failed);
    report.add(&row, outcome, start.elapsed());
    let start = Instant::now();
    let outcome = checks::check(cache, results, KERNEL, NAME).unwrap_or_else(failed);
    report.add(&format!("{row}: checks"), outcome, start.elapsed());
}

/// Boots them all, one of either kind at a time. Boot N of a kind leaves KIND/N/aa/aa.kmt.
fn boots(cache: &Cache, binary: &Path, dir: &Path) -> Result<Outcome> {
    cache::remove(dir)?;
    let wrong = thread::scope(|scope| {
        let of_kind = |icount: bool| {
            let kind = dir.join(if icount { "icount" } else { "smp" });
            move || -> Vec<String> {
                let boot = Boot::of_aa(KERNEL, icount);
                let shares = (0..BOOTS).map(|n| kind.join(format!("{n:02}")));
                let rows = shares.flat_map(|share| boot.rows(cache, binary, &share));
                let wrong = rows.filter_map(|(name, outcome, _)| match outcome {
                    Outcome::Failed(text) => Some(format!("{name}: {text}")),
                    _ => None,
                });
                wrong.collect()
            }
        };
        let kinds = [false, true].map(|icount| scope.spawn(of_kind(icount)));
        let wrong = kinds.map(|kind| kind.join().unwrap_or_else(|_| vec!["a panic".to_owned()]));
        wrong.concat()
    });
    if !wrong.is_empty() {
        return Ok(Outcome::Failed(wrong.concat()));
    }
    fs::write(dir.join("status"), "0 0 0\n")?;
    Ok(Outcome::Passed(format!("{BOOTS} boots of either kind")))
}
