//! Unknown symbols: who would provide them, and whether the licence hides them.

use super::{Cause, Culprit, Finding};
use crate::model::Load;

/// Licences that give access to symbols for GPL-compatible modules (`include/linux/license.h`).
const COMPATIBLE: [&[u8]; 6] = [
    b"GPL",
    b"GPL v2",
    b"GPL and additional rights",
    b"Dual BSD/GPL",
    b"Dual MIT/GPL",
    b"Dual MPL/GPL",
];

/// Adds what is known of symbols that were not found.
pub(super) fn known(load: &Load, found: Finding) -> Finding {
    if found.cause != Cause::UnknownSymbol {
        return found;
    }
    let missing = &load.facts.refusal.missing;
    let licence = load.facts.identity.license.as_ref();
    let compatible = licence.is_none_or(|licence| COMPATIBLE.contains(&&licence.0[..]));
    let hidden = missing.iter().filter(|symbol| symbol.exported);
    let hidden: Vec<_> = hidden
        .map(|symbol| Culprit::new(symbol.name.clone()))
        .collect();
    if !compatible && !hidden.is_empty() {
        return Finding {
            culprits: hidden,
            ..Finding::certain(Cause::GplOnly)
        };
    }
    if !compatible && found.culprits.is_empty() && missing.is_empty() {
        return Finding::likely(Cause::GplOnly);
    }
    let provided = |culprit: Culprit| {
        let symbol = missing.iter().find(|symbol| symbol.name == culprit.name);
        Culprit {
            provider: symbol.and_then(|symbol| symbol.provider.clone()),
            ..culprit
        }
    };
    // Where the kernel named none, those that nobody exports.
    let unnamed = missing
        .iter()
        .filter(|symbol| found.culprits.is_empty() && !symbol.exported);
    let unnamed: Vec<_> = unnamed
        .map(|symbol| Culprit::new(symbol.name.clone()))
        .collect();
    let culprits = found.culprits.into_iter().chain(unnamed);
    Finding {
        culprits: culprits.map(provided).collect(),
        ..found
    }
}
