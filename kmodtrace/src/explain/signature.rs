//! What became of the signature.

use super::{
    Cause, Finding,
    call::status_of,
    errno::{EBADMSG, EKEYREJECTED, ELIBBAD, ENOKEY, ENOPKG, EPERM, fails_in},
};
use crate::{
    catalogue::{HookId, phase::Phase},
    model::Load,
};

/// The errors that only the check of a signature returns (`kernel/module/signing.c`). What it logs besides
/// has been looked at before.
pub(super) fn by_signature(load: &Load, errno: i32) -> Option<Finding> {
    match errno {
        EKEYREJECTED => Some(rejected(load)),
        EBADMSG | ELIBBAD => Some(Finding::certain(Cause::SignatureBroken)),
        ENOKEY => Some(Finding::certain(Cause::KeyUnknown)),
        ENOPKG => Some(Finding::certain(Cause::CryptoUnknown)),
        EPERM if fails_in(load, Phase::Signature) => Some(Finding {
            // Behind it, and on some kernels not to be told from it, is the blacklist.
            certain: !fails_in(load, Phase::Elf),
            ..Finding::certain(Cause::LockedDown)
        }),
        _ => None,
    }
}

/// Rejected: the signature is wrong, or the kernel requires what is not there. The function that verifies is
/// hooked on kernels without a hook around the whole check; it is called only if there is a signature.
fn rejected(load: &Load) -> Finding {
    let verified = status_of(load, HookId::VERIFY_SIG);
    let checked = status_of(load, HookId::SIG_CHECK);
    match (checked, verified) {
        // Kernels that have this one log every other reason.
        (Some(_), _) if load.facts.log_followed => Finding::certain(Cause::SignatureWrong),
        (None, Some(status)) if status == -i64::from(EKEYREJECTED) => {
            Finding::certain(Cause::SignatureWrong)
        }
        (None, Some(status)) if status == -i64::from(ENOKEY) => Finding::certain(Cause::KeyUnknown),
        (None, Some(status)) if status == -i64::from(ENOPKG) => {
            Finding::certain(Cause::CryptoUnknown)
        }
        _ => Finding::likely(Cause::Signature),
    }
}
