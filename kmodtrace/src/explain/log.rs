//! What the kernel said itself, in its log.

use super::{
    Cause, Culprit, Finding,
    errno::{EINVAL, fails_in},
    words::{between, contains},
};
use crate::{
    catalogue::phase::Phase,
    event::Name,
    model::{Load, LogLine},
};

/// A message of the kernel's, and what it means.
struct Message {
    /// A constant part of it.
    says: &'static str,
    /// What that means.
    cause: Cause,
    /// What stands in front of the culprit's name and behind it; both empty where none is named.
    around: (&'static str, &'static str),
    /// The error, and the phase, if it may also be a warning after which the load goes on: a kernel with
    /// `CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS` says the same and returns no error.
    fails_with: Option<(i32, Phase)>,
}

impl Message {
    /// True if it can be why this load failed.
    fn fits(&self, load: &Load, errno: i32) -> bool {
        self.fails_with.is_none_or(|(error, phase)| {
            error == errno && (load.failed_in().is_none() || fails_in(load, phase))
        })
    }
}

const fn message(says: &'static str, cause: Cause) -> Message {
    naming(says, cause, ("", ""))
}

const fn naming(says: &'static str, cause: Cause, around: (&'static str, &'static str)) -> Message {
    Message {
        says,
        cause,
        around,
        fails_with: None,
    }
}

/// Every message, more special ones first: of a load that logs several, the first in this order counts.
const MESSAGES: &[Message] = &[
    message("Lockdown:", Cause::LockedDown),
    message("of unsigned module is rejected", Cause::SignatureMissing),
    message(
        "of module with unavailable key is rejected",
        Cause::KeyUnknown,
    ),
    message(
        "of module with unsupported crypto is rejected",
        Cause::CryptoUnknown,
    ),
    message("version magic", Cause::VersionMagic),
    naming(
        "disagrees about version of symbol",
        Cause::SymbolVersion,
        ("disagrees about version of symbol ", " "),
    ),
    Message {
        fails_with: Some((EINVAL, Phase::Symbols)),
        ..naming(
            "from namespace ",
            Cause::Namespace,
            ("uses symbol ", " from namespace"),
        )
    },
    naming(
        "gave up waiting for init of module",
        Cause::ProviderBusy,
        ("gave up waiting for init of module ", "."),
    ),
    naming(
        ": Unknown symbol ",
        Cause::UnknownSymbol,
        (": Unknown symbol ", " "),
    ),
    naming(
        "too large for parameter",
        Cause::ParameterLong,
        ("too large for parameter ", ""),
    ),
    naming(
        ": string parameter too long",
        Cause::ParameterLong,
        ("", ": string parameter too long"),
    ),
    naming(
        "`' invalid for parameter",
        Cause::ParameterMissing,
        ("invalid for parameter ", ""),
    ),
    naming(
        "invalid for parameter",
        Cause::ParameterValue,
        ("invalid for parameter ", ""),
    ),
    message("is blacklisted", Cause::Blacklisted),
    message("Invalid ELF header magic", Cause::NotElf),
    message("Invalid ELF header type", Cause::NotRelocatable),
    message("Invalid architecture in ELF header", Cause::Architecture),
    message("Invalid ELF header len", Cause::Empty),
    message("Invalid ELF ", Cause::Damaged),
    // Before Linux 6.0 this is all that is said, whatever is wrong.
    message("Module has invalid ELF structures", Cause::Format),
    message("has no symbols (stripped?)", Cause::Damaged),
    message("no .strtab section", Cause::Damaged),
    message("No module found in object", Cause::Damaged),
    message("vmap allocation for size", Cause::AreaFull),
    message("Address range restricted to", Cause::AreaFull),
    message("exceeds total pages", Cause::NoMemory),
];

/// What the kernel said of this load. A line of which only the time fits counts if it names the module, or
/// names none; then it is not certain.
pub(super) fn by_log(load: &Load, errno: i32) -> Option<Finding> {
    let own = own_name(load);
    let names = |line: &LogLine| {
        own.as_deref()
            .is_some_and(|own| contains(&line.text.0, own))
    };
    let lines = load.facts.log.iter();
    let lines: Vec<&LogLine> = lines
        .filter(|line| !line.probable || names(line) || !names_a_module(&line.text.0))
        .collect();
    let said = |message: &&Message| {
        let mut lines = lines.iter();
        lines.any(|line| contains(&line.text.0, message.says))
    };
    let mut fitting = MESSAGES.iter().filter(|message| message.fits(load, errno));
    let message = fitting.find(said)?;
    let mut saying = lines
        .iter()
        .filter(|line| contains(&line.text.0, message.says));
    let certain =
        message.cause != Cause::Format && saying.any(|line| !line.probable || names(line));
    let (before, after) = message.around;
    let mut culprits: Vec<Culprit> = Vec::new();
    if message.around != ("", "") {
        let saying = lines
            .iter()
            .filter(|line| contains(&line.text.0, message.says));
        for line in saying {
            let name = between(&line.text.0, before, after);
            let new = |name: &Name| culprits.iter().all(|culprit| culprit.name != *name);
            if let Some(name) = name.filter(new) {
                culprits.push(Culprit::new(name));
            }
        }
    }
    Some(Finding {
        culprits,
        certain,
        ..Finding::certain(message.cause)
    })
}

/// The module's name, else what its file is called.
fn own_name(load: &Load) -> Option<String> {
    if let Some(module) = &load.module {
        return String::from_utf8(module.0.clone()).ok();
    }
    let file = std::str::from_utf8(&load.file.as_ref()?.0).ok()?;
    let stem = file.split('.').next()?;
    (!stem.is_empty()).then(|| stem.replace('-', "_"))
}

/// True if the line begins with a module's name, as most of the loader's messages do, or with `Module NAME`.
fn names_a_module(line: &[u8]) -> bool {
    let word = line.split(|&byte| byte == b' ').next().unwrap_or_default();
    word.ends_with(b":") && word != b"Lockdown:" && word != b"execmem:"
        || contains(line, "is blacklisted")
}

/// The symbol that a line says is unknown.
#[must_use]
pub fn unknown_symbol(line: &[u8]) -> Option<Name> {
    between(line, ": Unknown symbol ", " ")
}

/// Parameters that the module does not know: the kernel logs them and goes on.
#[must_use]
pub fn ignored_parameters(load: &Load) -> Vec<Name> {
    let lines = load.facts.log.iter();
    let names = lines.filter_map(|line| between(&line.text.0, ": unknown parameter ", " ignored"));
    names.collect()
}
