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
        known(load, file, maps::PATH_IS_KNOWN.load() == 0);
    }
    load.segment.image_bytes = load.segment.file_bytes;
    seen(file, 0)
}

/// `idempotent_init_module(struct file *f, const char __user *uargs, int flags)`; where another load of the
/// file is under way nothing is read
#[inline(always)]
pub(crate) fn idempotent(load: &mut LoadState, args: &impl Args, _now: u64) -> Option<Seen> {
    known(load, args.arg(0), true);
    seen(0, 0)
}

/// Everything of the file, its path only if that is wanted: the verifier takes long over it.
#[inline(always)]
fn known(load: &mut LoadState, file: u64, with_path: bool) {
    if let Some(inode) = read::at::<u64>(file, maps::FILE_INODE.load()) {
        load.segment.file_bytes = read::at(inode, maps::INODE_SIZE.load()).unwrap_or(0);
        inode_facts(load, inode);
    }
    if let Some(dentry) = read::at::<u64>(file, maps::FILE_DENTRY.load()) {
        if let Some(name) = read::at::<u64>(dentry, maps::DENTRY_NAME.load()) {
            read::name(name, 0, &mut load.segment.file_name);
        }
        if with_path {
            path(load, file, dentry);
        }
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
    if maps::BRIEF.load() != 0 {
        return;
    }
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
    let own = read::pair(fs, maps::FS_ROOT_MNT.load(), maps::FS_ROOT_DENTRY.load());
    let [own_mount, own_root] = own.unwrap_or_default();
    let own_mount = own_mount.wrapping_sub(u64::from(mnt));
    let mut mount = vfsmount.wrapping_sub(u64::from(mnt));
    let mut dentry = dentry;
    let root_of = |mount| read::at(mount, mnt + maps::VFSMOUNT_ROOT.load()).unwrap_or(0);
    let mut root = root_of(mount);
    blob::begin(load);
    let mut complete = false;
    for _ in 0..STEPS {
        if dentry == own_root && mount == own_mount {
            complete = true;
            break;
        }
        if dentry == root {
            let parent = read::at(mount, maps::MOUNT_PARENT.load()).unwrap_or(mount);
            if parent == mount {
                complete = true;
                break;
            }
            dentry = read::at(mount, maps::MOUNT_POINT.load()).unwrap_or(0);
            mount = parent;
            root = root_of(mount);
            continue;
        }
        let [parent, name] = parent_and_name(dentry);
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

/// The directory that an entry lies in, and the address of the entry's name. In one read where the name follows its
/// hash, and that the parent, as everywhere so far. An entry that cannot be read is its own parent.
#[inline(always)]
fn parent_and_name(dentry: u64) -> [u64; 2] {
    let (parent, name) = (maps::DENTRY_PARENT.load(), maps::DENTRY_NAME.load());
    if parent != ABSENT && name == parent.wrapping_add(2 * size_of::<u64>() as u32) {
        let [parent, _hash, name]: [u64; 3] = read::at(dentry, parent).unwrap_or([dentry, 0, 0]);
        return [parent, name];
    }
    let both = read::at(dentry, parent).zip(read::at(dentry, name));
    both.map_or([dentry, 0], |(parent, name)| [parent, name])
}
