//! Why an unload failed.

use super::{
    Card, Cause, Culprit, Finding,
    errno::{EAGAIN, EBUSY, EINTR, ENOENT, EPERM, ERESTARTSYS},
};
use crate::model::{Errno, Held, Outcome, Unload};

/// Explains an unload that failed; `None` for any other.
#[must_use]
pub fn explain_unload(unload: &Unload) -> Option<Card> {
    let Outcome::Returned(Err(Errno(errno))) = unload.outcome else {
        return None;
    };
    let held = unload.held_by.as_ref();
    let users = held.map(|held| held.used_by.clone()).unwrap_or_default();
    let found = match errno {
        EAGAIN if !users.is_empty() => Finding {
            culprits: users.into_iter().map(Culprit::new).collect(),
            ..Finding::certain(Cause::UsedByModules)
        },
        EAGAIN => Finding::certain(Cause::InUse),
        EBUSY if held.is_some_and(Held::between_states) => Finding::certain(Cause::BetweenStates),
        EBUSY => Finding::likely(Cause::NoExit),
        ENOENT => Finding::certain(Cause::NotLoaded),
        EPERM => Finding::likely(Cause::UnloadNotPermitted),
        EINTR | ERESTARTSYS => Finding::certain(Cause::Interrupted),
        _ => Finding::likely(Cause::Unknown),
    };
    Some(found.card())
}
