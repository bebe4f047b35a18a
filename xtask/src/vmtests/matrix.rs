//! Which script runs on which kernel.

use std::cmp::Reverse;

/// A script of `tests/guest`, without its suffix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// Its name; `tests/tests/vm_NAME.rs` holds the checks of its results.
    pub(super) name: &'static str,
    /// Kernels of every run.
    kernels: &'static [&'static str],
    /// Kernels added by `--full`.
    full: &'static [&'static str],
    /// Whether there are checks.
    pub(super) checked: bool,
    /// The program of `tests/guest` that it needs, as `/share/NAME/bin`.
    pub(super) program: Option<&'static str>,
    /// Whether it needs modules that do much of one thing, and their twins.
    pub(super) twins: bool,
    /// Whether it needs bpftrace and perf.
    pub(super) tools: bool,
    /// In which guest it runs.
    guest: Guest,
    /// How often it does what it does, in every run and with `--full`, if it can be asked for that.
    rounds: Option<(u64, u64)>,
    /// How long it may take, in seconds; with rounds, each of them.
    pub(super) timeout: u64,
    /// What it needs on the kernel's command line.
    append: &'static str,
}

/// A guest for scripts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Guest {
    /// One that runs every script that needs no other.
    Shared,
    /// One that counts instructions.
    Icount,
    /// One for this script alone.
    Own,
}

/// Every kernel that is booted.
const ALL: &[&str] = &["5.10", "6.1", "6.12", "6.18", "newest"];
/// Those for which the project's own modules are built.
const OWN: &[&str] = &["5.10", "6.1", "6.12", "newest"];

/// A script with checks.
const fn checked(name: &'static str, kernels: &'static [&'static str]) -> Script {
    Script {
        name,
        kernels,
        full: &[],
        checked: true,
        program: None,
        twins: false,
        tools: false,
        guest: Guest::Shared,
        rounds: None,
        timeout: 180,
        append: "",
    }
}

impl Script {
    /// How the guest is told to run it.
    pub(super) fn argument(&self) -> String {
        match self.rounds {
            Some((rounds, _)) => format!("{}:{rounds}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// As the tier asks for.
    fn of_tier(mut self, full: bool) -> Self {
        if let Some((rounds, many)) = self.rounds {
            let rounds = if full { many } else { rounds };
            self.rounds = Some((rounds, many));
            self.timeout *= rounds;
        }
        self
    }
}

/// The matrix; scripts of one guest run in this order.
const SCRIPTS: &[Script] = &[
    Script {
        checked: false,
        ..checked("smoke", ALL)
    },
    checked("ledger", ALL),
    Script {
        checked: false,
        ..checked("overrun", &["5.10", "newest"])
    },
    Script {
        program: Some("facts"),
        ..checked("facts", ALL)
    },
    checked("ftrace", ALL),
    checked("unload", ALL),
    Script {
        full: &["6.1", "newest"],
        ..checked("low", &["5.10", "6.12"])
    },
    Script {
        full: &["6.1", "newest"],
        ..checked("overhead", &["5.10", "6.12"])
    },
    Script {
        full: &["5.10", "6.1", "6.18", "newest"],
        ..checked("bench", &["6.12"])
    },
    Script {
        full: &["6.1", "6.12"],
        ..checked("delay", &["5.10", "newest"])
    },
    Script {
        timeout: 360,
        ..checked("cli", &["6.12"])
    },
    Script {
        program: Some("killed"),
        rounds: Some((3, 100)),
        timeout: 30,
        ..checked("killed", &["6.12"])
    },
    Script {
        full: &["6.1", "6.12"],
        program: Some("storm"),
        ..checked("storm", &["5.10", "newest"])
    },
    Script {
        checked: false,
        ..checked("modules", OWN)
    },
    Script {
        full: &["5.10", "6.1", "newest"],
        guest: Guest::Icount,
        ..checked("size", &["6.12"])
    },
    Script {
        full: &["6.12"],
        program: Some("reload"),
        guest: Guest::Icount,
        timeout: 900,
        twins: true,
        ..checked("twins", &[])
    },
    Script {
        full: &["6.12"],
        program: Some("reload"),
        guest: Guest::Own,
        rounds: Some((1, 20)),
        timeout: 120,
        twins: true,
        ..checked("effect", &[])
    },
    Script {
        full: &["6.1"],
        ..checked("trouble", &["5.10", "6.12", "newest"])
    },
    Script {
        full: OWN,
        checked: false,
        ..checked("sandbox", &[])
    },
    Script {
        full: OWN,
        checked: false,
        program: Some("privilege"),
        timeout: 600,
        ..checked("privilege", &[])
    },
    Script {
        full: OWN,
        tools: true,
        guest: Guest::Own,
        timeout: 600,
        ..checked("company", &[])
    },
    Script {
        full: &["5.10", "6.12", "newest"],
        program: Some("storms"),
        timeout: 1200,
        ..checked("storms", &[])
    },
    // What is left of a task that died in the middle of a load can take the kernel down at the next one.
    Script {
        guest: Guest::Own,
        append: "sysctl.kernel.panic_on_oops=0",
        ..checked("oops", OWN)
    },
    // Lockdown only gets stricter.
    Script {
        full: &["5.10", "6.12", "newest"],
        checked: false,
        guest: Guest::Own,
        timeout: 900,
        ..checked("outside", &[])
    },
    // The last one: no module can be loaded after it.
    Script {
        program: Some("failures"),
        append: "module_blacklist=nlmon",
        ..checked("failures", ALL)
    },
];

/// The same loads over and over; booted many times.
const AA: Script = Script {
    program: Some("reload"),
    rounds: Some((62, 62)),
    timeout: 15,
    ..checked("aa", &[])
};

/// One guest: a kernel and the scripts that run in it.
#[derive(Clone, Debug)]
pub(super) struct Boot {
    /// Kernel series.
    pub(super) kernel: &'static str,
    /// Whether instructions are counted.
    pub(super) icount: bool,
    /// Scripts, in order.
    pub(super) scripts: Vec<Script>,
}

impl Boot {
    /// One of many that load the same.
    pub(super) fn of_aa(kernel: &'static str, icount: bool) -> Self {
        Self {
            kernel,
            icount,
            scripts: vec![AA.of_tier(true)],
        }
    }

    /// Name of the row that tells how the kernel fared.
    pub(super) fn name(&self) -> String {
        let kernel = self.kernel;
        match &self.scripts[..] {
            _ if self.icount => format!("vm {kernel} (icount)"),
            [own] if own.guest == Guest::Own => format!("vm {kernel} ({})", own.name),
            _ => format!("vm {kernel}"),
        }
    }

    /// What its scripts need on the kernel's command line.
    pub(super) fn append(&self) -> String {
        let words = self.scripts.iter().map(|script| script.append);
        let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
        words.join(" ")
    }

    /// Name of a script's row.
    pub(super) fn script_name(&self, script: &Script) -> String {
        format!("vm {} {}", self.kernel, script.name)
    }
}

/// The guests for the scripts whose row's name contains `filter`.
pub(super) fn boots(full: bool, filter: &str) -> Vec<Boot> {
    let mut boots = Vec::new();
    for guest in [Guest::Icount, Guest::Shared, Guest::Own] {
        for &kernel in ALL {
            let boot = |scripts| Boot {
                kernel,
                icount: guest == Guest::Icount,
                scripts,
            };
            let none = boot(Vec::new());
            let runs = |script: &&Script| {
                let here =
                    script.kernels.contains(&kernel) || (full && script.full.contains(&kernel));
                here && script.guest == guest && none.script_name(script).contains(filter)
            };
            let scripts = SCRIPTS.iter().filter(runs);
            let scripts: Vec<_> = scripts.map(|script| script.of_tier(full)).collect();
            if guest == Guest::Own {
                boots.extend(scripts.into_iter().map(|script| boot(vec![script])));
            } else if !scripts.is_empty() {
                boots.push(boot(scripts));
            }
        }
    }
    // What takes longest begins first, so that two guests at a time end together.
    boots.sort_by_key(|boot| Reverse(boot.scripts.len()));
    boots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::workspace;
    use crate::kernels::Kernels;

    #[test]
    fn kernels_scripts_and_checks_exist() {
        let kernels = Kernels::load().unwrap();
        let tests = workspace().join("tests");
        for boot in boots(true, "") {
            kernels.booted(boot.kernel).unwrap();
            for script in boot.scripts {
                let file = tests.join(format!("guest/{}.sh", script.name));
                assert!(file.is_file(), "{}", file.display());
                if let Some(program) = script.program {
                    let program = tests.join(format!("guest/{program}.c"));
                    assert!(program.is_file(), "{}", program.display());
                }
                let checks = tests.join(format!("tests/vm_{}.rs", script.name));
                assert_eq!(checks.is_file(), script.checked, "{}", checks.display());
            }
        }
    }

    #[test]
    fn guests() {
        let named = |name: &str| {
            boots(false, "")
                .into_iter()
                .find(|boot| boot.name() == name)
        };
        let own = named("vm 6.12 (oops)").unwrap();
        assert_eq!(own.append(), "sysctl.kernel.panic_on_oops=0");
        assert!(!own.icount);
        assert!(named("vm 6.12 (icount)").unwrap().icount);
        let shared = named("vm 6.12").unwrap();
        assert!(shared.scripts.iter().all(|script| script.name != "oops"));
    }

    #[test]
    fn rounds() {
        let argument = |full| boots(full, "6.12 killed")[0].scripts[0].argument();
        assert_eq!(
            [argument(false), argument(true)],
            ["killed:3", "killed:100"]
        );
        assert_eq!(
            boots(true, "6.12 ledger")[0].scripts[0].argument(),
            "ledger"
        );
    }

    #[test]
    fn filters() {
        let boots = boots(false, "6.12 ledger");
        assert_eq!(boots.len(), 1);
        assert_eq!(boots[0].scripts.len(), 1);
        assert!(super::boots(false, "no such test").is_empty());
    }
}
