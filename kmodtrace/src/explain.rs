//! Why a load failed, in plain words: error number, phase, calls, file and kernel log to a cause and a next step.
//!
//! Pure. What the kernel's code paths return is `kernel/module/main.c` and `kernel/module/signing.c`;
//! what they log is matched by the constant parts of their messages.

mod call;
mod cause;
mod errno;
mod file;
mod log;
mod missing;
mod signature;
mod unload;
mod words;

pub use cause::Cause;
pub use log::{ignored_parameters, unknown_symbol};
pub use unload::explain_unload;

use crate::{
    event::Name,
    model::{Errno, Load, Outcome},
};

/// A failed load or unload, explained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// Why.
    pub cause: Cause,
    /// What that means, one sentence.
    pub meaning: &'static str,
    /// What to do next, one sentence.
    pub next: &'static str,
    /// What is to blame: symbols, a parameter, modules.
    pub culprits: Vec<Culprit>,
    /// False if the kernel said no more than the error number: then this is the likeliest cause.
    pub certain: bool,
    /// The hook of the call that returned the error, if that was seen.
    pub call: Option<&'static str>,
    /// The phases, as one name, that this kernel lets no probe look into, if the cause lies in there.
    pub unseen: Option<String>,
}

/// What is to blame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Culprit {
    /// A symbol, parameter or module.
    pub name: Name,
    /// The module that would provide the symbol, if it is known.
    pub provider: Option<Name>,
}

impl Culprit {
    fn new(name: Name) -> Self {
        Self {
            name,
            provider: None,
        }
    }
}

/// A cause, and how it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Finding {
    cause: Cause,
    culprits: Vec<Culprit>,
    certain: bool,
}

impl Finding {
    fn certain(cause: Cause) -> Self {
        Self {
            cause,
            culprits: Vec::new(),
            certain: true,
        }
    }

    fn likely(cause: Cause) -> Self {
        Self {
            certain: false,
            ..Self::certain(cause)
        }
    }

    fn card(self) -> Card {
        Card {
            cause: self.cause,
            meaning: self.cause.meaning(),
            next: self.cause.next(),
            culprits: self.culprits,
            certain: self.certain,
            call: None,
            unseen: None,
        }
    }
}

/// Explains a load that failed; `None` for any other.
#[must_use]
pub fn explain(load: &Load) -> Option<Card> {
    let Outcome::Returned(Err(Errno(errno))) = load.outcome else {
        return None;
    };
    // What the kernel says itself comes first, except that init functions may log whatever they like.
    let found = errno::by_init(load, errno)
        .or_else(|| log::by_log(load, errno))
        .or_else(|| signature::by_signature(load, errno))
        .or_else(|| file::by_file(load, errno))
        .unwrap_or_else(|| errno::by_errno(load, errno));
    let found = missing::known(load, file::known(load, found));
    let unseen = if found.certain {
        None
    } else {
        load.failed_in()
            .filter(|span| span.covers.len() > 1)
            .map(|span| span.name().into_owned())
    };
    Some(Card {
        call: call::returned(load, errno),
        unseen,
        ..found.card()
    })
}

#[cfg(test)]
mod tests;
