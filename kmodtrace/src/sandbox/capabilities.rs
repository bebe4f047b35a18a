//! Capabilities: all are dropped that the rest of a run gets along without.

use std::{io, path::Path};

use rustix::{
    fs::{Access, AtFlags, CWD, accessat},
    io::Errno,
    thread::{
        CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
        remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
    },
};

use super::Needs;

/// Drops capabilities, and every way to gain one.
///
/// Kept are `CAP_DAC_READ_SEARCH`, to say what is wrong with a module's file that only its owner may read;
/// with a command `CAP_KILL`, as it may run as another user; and, if it turns out that nothing goes without,
/// `CAP_BPF` for the maps and `CAP_DAC_OVERRIDE` for the directory of the recording.
pub(super) fn drop_unneeded(needs: &Needs, maps_work: impl Fn() -> bool) -> io::Result<()> {
    let had = capabilities(None)?.permitted;
    set_no_new_privs(true)?;
    // Kernels before 4.3 have none, which is as good as an empty one.
    let _ = clear_ambient_capability_set();
    drop_bounding_set()?;
    let mut kept = CapabilitySet::DAC_READ_SEARCH;
    if needs.child.is_some() {
        kept |= CapabilitySet::KILL;
    }
    let set = |effective, permitted| {
        let sets = CapabilitySets {
            effective,
            permitted,
            inheritable: CapabilitySet::empty(),
        };
        set_capabilities(None, sets)
    };
    set(had & kept, had)?;
    if !maps_work() {
        // Either of them will do; who has the finer one need not keep the other.
        kept |= if had.contains(CapabilitySet::BPF) {
            CapabilitySet::BPF
        } else {
            CapabilitySet::SYS_ADMIN
        };
    }
    if let Some(directory) = &needs.directory
        && !may_write(directory)
    {
        kept |= CapabilitySet::DAC_OVERRIDE;
    }
    set(had & kept, had & kept)?;
    Ok(())
}

/// Empties the bounding set, which takes `CAP_SETPCAP`: without it no program that is executed could gain
/// anything anyway, since no new privileges are granted.
fn drop_bounding_set() -> io::Result<()> {
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        match remove_capability_from_bounding_set(capability) {
            Ok(()) => {}
            // The kernel knows no more of them; or we may not.
            Err(Errno::INVAL | Errno::PERM) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether files can be created in the directory with the capabilities that are in effect.
fn may_write(directory: &Path) -> bool {
    let access = Access::WRITE_OK | Access::EXEC_OK;
    accessat(CWD, directory, access, AtFlags::EACCESS).is_ok()
}
