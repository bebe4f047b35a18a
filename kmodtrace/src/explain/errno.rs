//! What an error number means in the phase that it came from.

use super::{Cause, Culprit, Finding, call::refused_bytes};
use crate::{
    catalogue::phase::Phase,
    model::{Load, Syscall},
};

// Error numbers, `include/uapi/asm-generic/errno*.h`; the last one is the kernel's own.
pub(super) const EPERM: i32 = 1;
pub(super) const ENOENT: i32 = 2;
pub(super) const EINTR: i32 = 4;
pub(super) const ENOEXEC: i32 = 8;
pub(super) const EBADF: i32 = 9;
pub(super) const EAGAIN: i32 = 11;
pub(super) const ENOMEM: i32 = 12;
pub(super) const EACCES: i32 = 13;
pub(super) const EFAULT: i32 = 14;
pub(super) const EBUSY: i32 = 16;
pub(super) const EEXIST: i32 = 17;
pub(super) const ENODEV: i32 = 19;
pub(super) const EISDIR: i32 = 21;
pub(super) const EINVAL: i32 = 22;
pub(super) const ETXTBSY: i32 = 26;
pub(super) const EFBIG: i32 = 27;
pub(super) const ENOSPC: i32 = 28;
pub(super) const ESPIPE: i32 = 29;
pub(super) const ERANGE: i32 = 34;
pub(super) const ENOPKG: i32 = 65;
pub(super) const EBADMSG: i32 = 74;
pub(super) const ELIBBAD: i32 = 80;
pub(super) const EOPNOTSUPP: i32 = 95;
pub(super) const ENOKEY: i32 = 126;
pub(super) const EKEYREJECTED: i32 = 129;
pub(super) const ERESTARTSYS: i32 = 512;

/// True if the phase that failed is this one, or one that cannot be told from it.
pub(super) fn fails_in(load: &Load, phase: Phase) -> bool {
    load.failed_in()
        .is_some_and(|span| span.covers.contains(&phase))
}

/// What the module's own init function returned.
pub(super) fn by_init(load: &Load, errno: i32) -> Option<Finding> {
    let status = load.facts.init.as_ref().and_then(|init| init.status);
    let only_init = load
        .failed_in()
        .is_some_and(|span| span.covers == [Phase::Init]);
    if !only_init && status != Some(-i64::from(errno)) {
        return None;
    }
    Some(Finding::certain(if errno == ENODEV {
        Cause::NoDevice
    } else {
        Cause::InitFailed
    }))
}

/// The likeliest cause; certain where the kernel returns this error for one reason only.
pub(super) fn by_errno(load: &Load, errno: i32) -> Finding {
    let early = fails_in(load, Phase::Read) || fails_in(load, Phase::Decompress);
    match errno {
        EINTR | ERESTARTSYS => Finding::certain(Cause::Interrupted),
        ENOEXEC => Finding::likely(Cause::Format),
        ENOENT if fails_in(load, Phase::Symbols) => unresolved(load, Cause::UnknownSymbol, true),
        EINVAL if fails_in(load, Phase::Symbols) => unresolved(load, Cause::SymbolVersion, false),
        EBUSY if fails_in(load, Phase::Symbols) => Finding::certain(Cause::ProviderBusy),
        EINVAL | ERANGE if fails_in(load, Phase::Params) => Finding::certain(Cause::ParameterValue),
        ENOSPC if fails_in(load, Phase::Params) => Finding::certain(Cause::ParameterLong),
        EEXIST => Finding::certain(Cause::Loaded),
        EBUSY => Finding::certain(Cause::OtherFailed),
        EPERM if fails_in(load, Phase::Elf) => Finding::certain(Cause::Blacklisted),
        EPERM if load.facts.refusal.modules_disabled == Some(true) => {
            Finding::certain(Cause::ModulesDisabled)
        }
        EPERM => Finding::likely(Cause::NotPermitted),
        ENOMEM if larger_than_the_area(load) => Finding::certain(Cause::AreaTooSmall),
        ENOMEM => Finding::likely(Cause::NoMemory),
        EFAULT => Finding::certain(Cause::Address),
        ETXTBSY => Finding::certain(Cause::FileBusy),
        EFBIG => Finding::certain(Cause::TooLarge),
        EBADF | EISDIR | ESPIPE | EACCES if early => Finding::certain(Cause::BadFile),
        EOPNOTSUPP if early => Finding::certain(Cause::Flags),
        EINVAL if early => by_argument(load),
        _ if fails_in(load, Phase::Wait) => Finding::certain(Cause::OtherFailed),
        _ => Finding::likely(Cause::Unknown),
    }
}

/// True if the kernel asked for more than the area for modules can hold.
fn larger_than_the_area(load: &Load) -> bool {
    let area = load.facts.memory.area;
    area.is_some_and(|(begin, end)| {
        refused_bytes(load).is_some_and(|bytes| bytes > end.saturating_sub(begin))
    })
}

/// Symbols that were looked up and not found, if look-ups were recorded.
fn unresolved(load: &Load, cause: Cause, certain: bool) -> Finding {
    let all = load.facts.symbols.iter().flatten();
    let missing = all.filter(|symbol| !symbol.found);
    Finding {
        culprits: missing
            .map(|symbol| Culprit::new(symbol.name.clone()))
            .collect(),
        certain,
        ..Finding::certain(cause)
    }
}

/// "Invalid argument", before there is an image: flags, or a file that is none.
fn by_argument(load: &Load) -> Finding {
    match load.syscall {
        // Flags are looked at before the file is.
        Syscall::FinitModule { flags, .. } if flags != 0 && load.file.is_none() => {
            Finding::certain(Cause::Flags)
        }
        Syscall::FinitModule { .. } => Finding::likely(Cause::BadFile),
        Syscall::InitModule => Finding::likely(Cause::Unknown),
    }
}
