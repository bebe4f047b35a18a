//! What a run prints beside its loads.

use kmodtrace::{
    catalogue::HookId,
    event::{InFlight, Losses, ProgramStatistics, ProgramUse},
    model::{Overhead, Summary, Unfinished, Update},
};

use crate::loads::{all, key, name, success};

/// Init memory of the first load is freed.
pub(crate) fn update() -> Update {
    Update::FreeInit {
        id: success().id,
        module: success().module,
        batch_ns: 5_023_472_000_000,
        time_ns: 5_023_472_400_000,
        addresses: vec![0xffff_ffff_c0a2_0000, 0xffff_ffff_c0a2_4000],
    }
}

/// A run of all of them, with everything that can go wrong.
pub(crate) fn summary() -> Summary {
    let mut summary = Summary::default();
    for (_, load) in all() {
        summary.add(&load);
    }
    summary.losses = Losses {
        segments: 1,
        records: 2,
        untracked: 1,
        sent: 512,
    };
    summary.anomalies = 3;
    summary.overhead = Overhead {
        hits: Some(312),
        ns: Some(98_000),
        measured: false,
    };
    summary.programs = Some(programs());
    summary.command = Some(1);
    summary.in_flight = vec![
        in_flight("xfs", HookId::DO_INIT, "init"),
        in_flight("", HookId::READ_FILE, "read"),
    ];
    summary
}

/// Programs that ran, one of them with a name that no version of kmodtrace gives.
fn programs() -> ProgramStatistics {
    let each = [
        ("k_load_module", 12, 9_000, 0),
        ("k_vfree", 40, 61_000, 3),
        ("x_sys_finit_module", 12, 70_500, 0),
        ("k_\u{1b}[31mred", 1, 8_000, 0),
        ("k_do_init_module", 12, 2_500, 0),
    ];
    let of_it = |runs, run_ns, missed| ProgramUse {
        runs,
        run_ns,
        missed,
    };
    ProgramStatistics {
        timed: true,
        missed: Some(3),
        programs: each
            .map(|(name, runs, ns, missed)| (name.to_owned(), of_it(runs, ns, missed)))
            .into(),
    }
}

fn in_flight(module: &str, last: HookId, phase: &str) -> Unfinished {
    let load = InFlight {
        key: key(4720, 5_030_000_000_000),
        comm: name("systemd-modules"),
        module: name(module),
        file: name("xfs.ko.zst"),
        syscall: u32::from(HookId::SYS_FINIT_MODULE.0),
        marks: vec![(last.0, 0, 5_030_000_010_000, 0, 0)],
        seen_ns: 5_033_210_000_000,
    };
    Unfinished {
        load,
        phase: Some(phase.into()),
    }
}
