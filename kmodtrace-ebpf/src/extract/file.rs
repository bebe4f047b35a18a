//! The module's file: what it is, where it lies, how much of it is in memory already.

use aya_ebpf::helpers::bpf_get_current_task;
use kmodtrace_common::{
    offsets::ABSENT,
    wire::{BLOB_PATH, KNOWN_FILE, LoadState},
};

use super::{Seen, seen};
use crate::{args::Args, blob, maps, read};

/// Components of a path and mounts crossed, together, that are followed.
const STEPS: usize = 32;

/// `kernel_read_file(struct file *file, ...)`
#[inline(always)]
pub(crate) fn read_file(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    let file = args.arg(0);
    if load.segment.file_name[0] == 0 {
        known(load, file);
    }
    load.segment.image_bytes = load.segment.file_bytes;
    seen(file, 0)
}

/// `idempotent_init_module(struct file *f, const char __user *uargs, int flags)`; where another load of the
/// file is under way nothing is read
#[inline(always)]
pub(crate) fn idempotent(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    known(load, args.arg(0));
    seen(0, 0)
}

#[inline(always)]
fn known(load: &mut LoadState, file: u64) {
    if let Some(inode) = read::at::<u64>(file, maps::FILE_INODE.load()) {
        load.segment.file_bytes = read::at(inode, maps::INODE_SIZE.load()).unwrap_or(0);
        inode_facts(load, inode);
    }
    if let Some(dentry) = read::at::<u64>(file, maps::FILE_DENTRY.load()) {
        if let Some(name) = read::at::<u64>(dentry, maps::DENTRY_NAME.load()) {
            read::name(name, 0, &mut load.segment.file_name);
        }
        path(load, file, dentry);
    }
}

#[inline(always)]
fn inode_facts(load: &mut LoadState, inode: u64) {
    let facts = &mut load.facts;
    let Some(number) = read::at(inode, maps::INODE_NUMBER.load()) else {
        return;
    };
    facts.inode = number;
    let sb = read::at(inode, maps::INODE_SB.load()).unwrap_or(0);
    facts.device = read::at(sb, maps::SB_DEVICE.load()).unwrap_or(0);
    let mapping = read::at(inode, maps::INODE_MAPPING.load()).unwrap_or(0);
    if let Some(pages) = read::at(mapping, maps::MAPPING_PAGES.load()) {
        facts.cached_pages = pages;
        facts.known |= KNOWN_FILE;
    }
}

/// Sends the path from the task's root, last component first, as `prepend_path` of the kernel's
/// `fs/d_path.c` walks it. A file that lies elsewhere gets its path from the root of all mounts.
#[inline(always)]
fn path(load: &mut LoadState, file: u64, dentry: u64) {
    let mnt = maps::MOUNT_MNT.load();
    let (Some(vfsmount), true) = (
        read::at::<u64>(file, maps::FILE_MNT.load()),
        mnt != ABSENT && maps::VFSMOUNT_ROOT.load() != ABSENT,
    ) else {
        return;
    };
    // SAFETY: the helper has no preconditions.
    let task = unsafe { bpf_get_current_task() };
    let fs = read::at(task, maps::TASK_FS.load()).unwrap_or(0);
    let own_mount: u64 = read::at(fs, maps::FS_ROOT_MNT.load()).unwrap_or(0);
    let own_root: u64 = read::at(fs, maps::FS_ROOT_DENTRY.load()).unwrap_or(0);
    let own_mount = own_mount.wrapping_sub(u64::from(mnt));
    let mut mount = vfsmount.wrapping_sub(u64::from(mnt));
    let mut dentry = dentry;
    blob::begin(load);
    let mut complete = false;
    for _ in 0..STEPS {
        if dentry == own_root && mount == own_mount {
            complete = true;
            break;
        }
        let root = read::at(mount, mnt + maps::VFSMOUNT_ROOT.load()).unwrap_or(0);
        if dentry == root {
            let parent = read::at(mount, maps::MOUNT_PARENT.load()).unwrap_or(mount);
            if parent == mount {
                complete = true;
                break;
            }
            dentry = read::at(mount, maps::MOUNT_POINT.load()).unwrap_or(0);
            mount = parent;
            continue;
        }
        let parent = read::at(dentry, maps::DENTRY_PARENT.load()).unwrap_or(dentry);
        let name = read::at(dentry, maps::DENTRY_NAME.load()).unwrap_or(0);
        if parent == dentry {
            break;
        }
        if !blob::append(load, name) {
            break;
        }
        dentry = parent;
    }
    blob::appended(load, BLOB_PATH, !complete);
}
