//! Why a load failed, in plain words: error number, phase and kernel log to a meaning and a next step.
//!
//! Pure. What the kernel's code paths return is `kernel/module/main.c` and `kernel/module/signing.c`;
//! what they log is matched by the constant parts of their messages.

mod words;

use crate::{
    catalogue::phase::Phase,
    event::Name,
    model::{Errno, Load, Outcome, PhaseSpan, Unload},
};
use words::between;

/// A failed load, explained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// What the error means here, one sentence.
    pub meaning: String,
    /// What to do next, one sentence.
    pub next: String,
    /// What is to blame, as the kernel logged it: symbols, a parameter.
    pub culprits: Vec<Name>,
    /// False if this is read from the error number alone: the kernel said no more.
    pub certain: bool,
}

// Error numbers, `include/uapi/asm-generic/errno*.h`.
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EINTR: i32 = 4;
const ENOEXEC: i32 = 8;
const EAGAIN: i32 = 11;
const ENOMEM: i32 = 12;
const EFAULT: i32 = 14;
const EBUSY: i32 = 16;
const EEXIST: i32 = 17;
const ENODEV: i32 = 19;
const EINVAL: i32 = 22;
const EBADMSG: i32 = 74;
const EOPNOTSUPP: i32 = 95;
const ENOKEY: i32 = 126;
const EKEYREJECTED: i32 = 129;
const ERESTARTSYS: i32 = 512;

/// Explains a load that failed; `None` for any other.
#[must_use]
pub fn explain(load: &Load) -> Option<Card> {
    let Outcome::Returned(Err(Errno(errno))) = load.outcome else {
        return None;
    };
    let failed = load.failed_in();
    by_log(load).or_else(|| Some(by_errno(load, errno, failed)))
}

/// Explains an unload that failed; `None` for any other.
#[must_use]
pub fn explain_unload(unload: &Unload) -> Option<Card> {
    let Outcome::Returned(Err(Errno(errno))) = unload.outcome else {
        return None;
    };
    let held = unload.held_by.as_ref();
    let users = held.map(|held| held.used_by.clone()).unwrap_or_default();
    Some(match errno {
        EAGAIN if !users.is_empty() => Card {
            culprits: users,
            ..card(
                "other modules use it",
                "unload those first, as `modprobe -r` does",
            )
        },
        EAGAIN => card(
            "somebody holds a reference to it: an open device, a mount, a running program",
            "end what uses it; its reference count is in /proc/modules",
        ),
        EBUSY => guess(
            "the module has no exit function, or is being loaded or unloaded just now",
            "a module without an exit function stays until the next boot",
        ),
        ENOENT => card(
            "no module of this name is loaded",
            "see /proc/modules for the names of those that are",
        ),
        EPERM => guess(
            "unloading modules is not permitted: no CAP_SYS_MODULE, or kernel.modules_disabled",
            "unload as root; see /proc/sys/kernel/modules_disabled",
        ),
        EINTR | ERESTARTSYS => card("the process was interrupted by a signal", "unload it again"),
        _ => guess(
            "the kernel refused to unload the module",
            "see the kernel's log (dmesg) around this time",
        ),
    })
}

fn card(meaning: impl Into<String>, next: impl Into<String>) -> Card {
    Card {
        meaning: meaning.into(),
        next: next.into(),
        culprits: Vec::new(),
        certain: true,
    }
}

/// What the kernel said itself.
fn by_log(load: &Load) -> Option<Card> {
    let lines: Vec<&[u8]> = load.facts.log.iter().map(|line| &line.text.0[..]).collect();
    let said = |pattern: &str| {
        let mut lines = lines.iter();
        lines.any(|line| words::contains(line, pattern))
    };
    let all = |before: &str, after: &str| -> Vec<Name> {
        let found = lines.iter().filter_map(|line| between(line, before, after));
        found.collect()
    };
    let found = if said("version magic") {
        card(
            "the module was built for another kernel: its version magic differs",
            "build it for the running kernel, or install the kernel it was built for",
        )
    } else if said("from namespace") {
        Card {
            culprits: all("uses symbol ", " from namespace"),
            ..card(
                "the module uses a symbol of a namespace that it does not import",
                "add MODULE_IMPORT_NS() for that namespace to the module's source",
            )
        }
    } else if said("disagrees about version of symbol") {
        Card {
            culprits: all("disagrees about version of symbol ", " "),
            ..card(
                "a symbol has another version (CRC) than the one the module was built with",
                "rebuild the module against the headers and Module.symvers of the running kernel",
            )
        }
    } else if said("Unknown symbol") {
        Card {
            culprits: all("Unknown symbol ", " "),
            ..card(
                "the module needs symbols that neither the kernel nor a loaded module exports",
                "load the modules that provide them first, as modprobe does; `kmodtrace inspect FILE \
                 --modules DIR` names them",
            )
        }
    } else if said("invalid for parameter") {
        Card {
            culprits: all("invalid for parameter ", ""),
            ..card(
                "a parameter has a value that it does not accept",
                "correct the value; `kmodtrace inspect FILE` lists parameters and their types",
            )
        }
    } else if said("is blacklisted") {
        card(
            "the kernel's command line forbids this module (module_blacklist=)",
            "remove it from module_blacklist= and boot again",
        )
    } else if said("Lockdown:") {
        card(
            "the kernel is locked down and takes signed modules only",
            "sign the module with a key that the kernel trusts",
        )
    } else {
        return None;
    };
    Some(found)
}

/// What the error number means in the phase that it came from.
fn by_errno(load: &Load, errno: i32, failed: Option<&PhaseSpan>) -> Card {
    let in_phase = |phase| failed.is_some_and(|span| span.covers.contains(&phase));
    if in_phase(Phase::Init) && failed.is_some_and(|span| span.covers.len() == 1) {
        return by_init(errno);
    }
    match errno {
        ENOEXEC => by_format(load),
        ENOENT if in_phase(Phase::Symbols) => card(
            "a symbol that the module needs is not there",
            "load the modules that provide it first, as modprobe does",
        ),
        EINVAL if in_phase(Phase::Params) => card(
            "a parameter has a value that it does not accept",
            "correct the value; `kmodtrace inspect FILE` lists parameters and their types",
        ),
        EEXIST => card(
            "a module of this name is loaded already",
            "nothing, if it is the same one; else remove it first (rmmod)",
        ),
        EBUSY => card(
            "another load of this module is under way and did not end in time",
            "see why that load takes so long: it is listed as in flight",
        ),
        EKEYREJECTED => card(
            "the module's signature is wrong, or it has none and the kernel requires one",
            "sign the module with a key that the kernel trusts (scripts/sign-file)",
        ),
        ENOKEY => card(
            "the kernel does not know the key that the module was signed with",
            "enrol the key (mokutil --import), or sign with one that the kernel trusts",
        ),
        EBADMSG => card(
            "the signature's format is broken",
            "sign the module again; it may have been stripped after it was signed",
        ),
        EPERM => guess(
            "loading modules is not permitted: no CAP_SYS_MODULE, kernel.modules_disabled, lockdown or \
             a security module",
            "load as root; see /proc/sys/kernel/modules_disabled and /sys/kernel/security/lockdown",
        ),
        ENOMEM => guess(
            "there was no memory for it: the kernel's, or the area for modules is full",
            "see how much memory the module asks for (`kmodtrace inspect FILE`) and who fills the area \
             (/proc/modules)",
        ),
        EINTR | ERESTARTSYS => card(
            "the loading process was interrupted by a signal",
            "load it again",
        ),
        EFAULT => guess(
            "the image or the parameters could not be read from user space",
            "give init_module(2) valid addresses",
        ),
        EOPNOTSUPP => guess(
            "the kernel does not support what was asked for, such as a compressed file",
            "decompress the file first, or use a loader that does",
        ),
        _ => guess(
            "the kernel refused the module",
            "see the kernel's log (dmesg) around this time",
        ),
    }
}

fn guess(meaning: &str, next: &str) -> Card {
    Card {
        certain: false,
        ..card(meaning, next)
    }
}

fn by_init(errno: i32) -> Card {
    if errno == ENODEV {
        return card(
            "the module's init function found no device that it can serve",
            "nothing, if the hardware is not there; else see why it was not found (dmesg, lspci)",
        );
    }
    card(
        "the module's own init function returned this error",
        "see what the module logs (dmesg); its source knows what this error means",
    )
}

/// "Exec format error" has many causes.
fn by_format(load: &Load) -> Card {
    if load.facts.sections.is_empty() {
        return guess(
            "this is no module: not an ELF file, cut off, or of another architecture",
            "compare the file with the one that was built; `kmodtrace inspect FILE` tells what is wrong",
        );
    }
    guess(
        "the file is no valid module for this kernel: damaged, or built for another kernel or machine",
        "`kmodtrace inspect FILE` tells what it was built for",
    )
}

#[cfg(test)]
mod tests;
