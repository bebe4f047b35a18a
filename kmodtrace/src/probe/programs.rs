//! What the kernel tells of the programs while they are attached.
//!
//! `/proc/self/fdinfo/N` of a program (`bpf_prog_show_fdinfo()`, `kernel/bpf/syscall.c`) tells how often and how long it
//! ran, as far as `kernel.bpf_stats_enabled` was on, and, from Linux 5.12 on, how often it was passed over because another
//! one was running on that CPU.

use std::{fs, os::fd::AsFd as _, os::fd::AsRawFd as _};

use aya::{Ebpf, programs::ProgramFd};

use crate::event::{ProgramStatistics, ProgramUse};

/// The kernel's switch of these statistics.
const SWITCH: &str = "/proc/sys/kernel/bpf_stats_enabled";

/// The programs of a tracer, by name; `None` for those of which there was no file descriptor left.
#[derive(Debug)]
pub(super) struct Held(Vec<(String, Option<ProgramFd>)>);

/// What the kernel told of one program; what it does not tell is `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Told {
    runs: Option<u64>,
    run_ns: Option<u64>,
    missed: Option<u64>,
}

impl Held {
    /// Those that were loaded.
    pub(super) fn of(ebpf: &Ebpf) -> Self {
        let loaded = ebpf.programs().filter_map(|(name, program)| {
            let held = program.fd().ok()?.try_clone();
            Some((name.to_owned(), held.ok()))
        });
        Self(loaded.collect())
    }

    /// What the kernel tells of them now.
    pub(super) fn told(&self) -> ProgramStatistics {
        let each = self.0.iter().map(|(name, program)| {
            let number = program.as_ref().map(|program| program.as_fd().as_raw_fd());
            let text =
                number.map(|number| fs::read_to_string(format!("/proc/self/fdinfo/{number}")));
            let text = text.and_then(Result::ok).unwrap_or_default();
            (name.as_str(), told(&text))
        });
        let switch = fs::read_to_string(SWITCH).unwrap_or_default();
        together(each, switch.trim() == "1")
    }
}

/// All programs together. What one of them does not tell of hits passed over is not known of all.
fn together<'n>(each: impl Iterator<Item = (&'n str, Told)>, timed: bool) -> ProgramStatistics {
    let mut all = ProgramStatistics {
        timed,
        missed: Some(0),
        ..ProgramStatistics::default()
    };
    for (name, told) in each {
        let sum = all.missed.zip(told.missed);
        all.missed = sum.map(|(sum, missed)| sum.saturating_add(missed));
        let of_it = ProgramUse {
            runs: told.runs.unwrap_or(0),
            run_ns: told.run_ns.unwrap_or(0),
            missed: told.missed.unwrap_or(0),
        };
        all.timed |= of_it.runs > 0;
        if of_it.runs > 0 || of_it.missed > 0 {
            all.programs.insert(name.to_owned(), of_it);
        }
    }
    all
}

/// Lines of a name, a colon and a value.
fn told(text: &str) -> Told {
    let mut told = Told::default();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let value = value.trim().parse().ok();
        match name {
            "run_cnt" => told.runs = value,
            "run_time_ns" => told.run_ns = value,
            "recursion_misses" => told.missed = value,
            _ => {}
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Linux 6.12 writes it.
    const OF_6_12: &str = "pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t1038\nprog_type:\t2\nprog_jited:\t1\n\
        prog_tag:\tf4d5ad2a9a5c07bc\nmemlock:\t4096\nprog_id:\t12\nrun_time_ns:\t8100\nrun_cnt:\t30\n\
        recursion_misses:\t2\nverified_insns:\t412\n";

    #[test]
    fn what_a_kernel_writes_is_read() {
        let (runs, run_ns, missed) = (Some(30), Some(8100), Some(2));
        let whole = Told {
            runs,
            run_ns,
            missed,
        };
        assert_eq!(told(OF_6_12), whole);
        let (of_5_10, _) = OF_6_12.split_once("recursion_misses").expect("a line");
        let without = Told {
            missed: None,
            ..whole
        };
        assert_eq!(told(of_5_10), without);
        assert_eq!(told("run_cnt:\tmany\n"), Told::default());
    }

    #[test]
    fn only_those_that_did_something_are_listed() {
        let idle = told("run_time_ns:\t0\nrun_cnt:\t0\nrecursion_misses:\t0\n");
        let all = together([("x_b", told(OF_6_12)), ("k_a", idle)].into_iter(), false);
        assert!(all.timed);
        assert_eq!(all.missed, Some(2));
        let listed: Vec<_> = all.programs.iter().collect();
        let [(name, of_it)] = listed.as_slice() else {
            panic!("{all:?}");
        };
        assert_eq!((name.as_str(), of_it.run_ns), ("x_b", 8100));
    }

    #[test]
    fn what_one_program_does_not_tell_is_not_known() {
        let each = [("x_b", told(OF_6_12)), ("k_a", Told::default())];
        let all = together(each.into_iter(), false);
        assert_eq!((all.missed, all.timed), (None, true));
    }
}
