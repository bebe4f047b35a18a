//! How phases look in pictures.
//!
//! Two dozen colours cannot be told apart, by nobody. So phases of one kind of work share a hue of the palette
//! of Okabe and Ito (made for every kind of colour vision), and differ in lightness, from dark to light in
//! the order in which they come. All of them stand out from white and from nearly black.

use super::subject::Part;
use crate::catalogue::{phase::Phase, unload::UnloadPhase};

/// A phase in a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Its name, as in every output.
    pub(super) name: &'static str,
    /// Fill, `#rrggbb`.
    pub(super) color: &'static str,
    /// What the kernel does.
    pub(super) what: &'static str,
}

/// The look of a phase.
pub(super) fn look(part: Part) -> Look {
    let (color, what) = match part {
        Part::Load(phase) => load_phase(phase),
        Part::Unload(phase) => unload_phase(phase),
    };
    let name = part.name();
    Look { name, color, what }
}

fn load_phase(phase: Phase) -> (&'static str, &'static str) {
    match phase {
        Phase::Read => (
            "#0072b2",
            "the file is read, or the image copied from user space",
        ),
        Phase::Decompress => ("#3f97cf", "a compressed file is decompressed"),
        Phase::Signature => (
            "#56b4e9",
            "the appended signature is looked for and verified",
        ),
        Phase::Elf => ("#93d0f2", "the ELF file is validated; early checks"),
        Phase::Layout => ("#00775a", "sections are laid out"),
        Phase::Alloc => ("#009e73", "memory is allocated"),
        Phase::Copy => ("#35b993", "sections are copied into place"),
        Phase::Insert => (
            "#7ad1b7",
            "the module enters the module list and the address tree",
        ),
        Phase::Sections => ("#b3a429", "per-CPU area, section look-up, licence, modinfo"),
        Phase::Symbols => ("#d6c832", "undefined symbols are resolved"),
        Phase::Relocate => ("#f0e442", "relocations are applied"),
        Phase::Finalize => ("#f5ed8e", "kallsyms, alternatives, returns, jump labels"),
        Phase::Prepare => (
            "#b67d00",
            "parameters are copied, ftrace records and bug tables set up",
        ),
        Phase::Permissions => ("#cf8f00", "memory gets its final permissions"),
        Phase::Ftrace => ("#e69f00", "ftrace is enabled for the module's call sites"),
        Phase::Coming => ("#a65a88", "livepatch and COMING notifiers"),
        Phase::Params => ("#cc79a7", "parameters are parsed"),
        Phase::Sysfs => ("#dd9fc1", "sysfs entries are made"),
        Phase::Cleanup => ("#ecc5db", "the temporary copy of the image is freed"),
        Phase::Init => ("#d55e00", "the module's init function"),
        Phase::Live => (
            "#8b95a5",
            "LIVE notifiers, asynchronous work, read-only after init",
        ),
        Phase::Return => ("#b3bac6", "back to user space"),
        Phase::Wait => (
            "#6b7482",
            "another load of this module or file is waited for",
        ),
        Phase::Unwind => ("#8c4a8c", "the failed load is undone"),
    }
}

fn unload_phase(phase: UnloadPhase) -> (&'static str, &'static str) {
    match phase {
        UnloadPhase::Check => ("#56b4e9", "is it used, can it go?"),
        UnloadPhase::Exit => ("#d55e00", "the module's exit function"),
        UnloadPhase::Going => ("#a65a88", "GOING notifiers, livepatch, ftrace"),
        UnloadPhase::Sysfs => ("#dd9fc1", "sysfs entries and references are taken back"),
        UnloadPhase::Rcu => ("#6b7482", "readers of the module list are waited for"),
        UnloadPhase::Free => ("#009e73", "memory is freed"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// WCAG 2's relative luminance.
    fn luminance(color: &str) -> f64 {
        let part = |at: usize| {
            let value = u8::from_str_radix(&color[at..at + 2], 16).expect("hexadecimal");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn colours_differ_and_stand_out_from_the_dark() {
        let colors: BTreeSet<_> = Phase::ALL
            .into_iter()
            .map(|phase| load_phase(phase).0)
            .collect();
        assert_eq!(colors.len(), Phase::ALL.len());
        for look in Part::all().map(look) {
            // The page is #10151c in the dark.
            let contrast = (luminance(look.color) + 0.05) / (luminance("#10151c") + 0.05);
            assert!(contrast >= 2.9, "{}: {contrast}", look.name);
        }
    }
}
