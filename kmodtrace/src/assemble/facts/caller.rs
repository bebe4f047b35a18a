//! Who asked, and for which file.

use kmodtrace_common::wire::{
    self, BLOB_COMMAND_LINE, BLOB_PATH, KNOWN_FILE, SINCE_EXEC, SINCE_LOAD,
};

use super::{Source, known};
use crate::{
    event::{BlobRecord, Name},
    model::{Caller, FileFacts, Since, UserTime},
};

pub(super) fn caller(source: &Source<'_>, fixed: Option<&wire::Facts>) -> Caller {
    let command_line = source.material.first(BLOB_COMMAND_LINE);
    Caller {
        ids: fixed.map(|fixed| (fixed.uid, fixed.gid)),
        command_line: command_line.map(arguments),
        command_line_truncated: command_line.is_some_and(|blob| blob.truncated),
        cgroup: fixed.map(|fixed| fixed.cgroup).filter(|&id| id != 0),
        cgroup_path: None,
        user: fixed.and_then(|fixed| user_time(source, fixed)),
        request: None,
    }
}

fn arguments(blob: &BlobRecord) -> Vec<Name> {
    let bytes = blob.bytes.strip_suffix(b"\0").unwrap_or(&blob.bytes);
    let arguments = bytes.split(|&byte| byte == 0);
    arguments.map(|argument| Name(argument.to_vec())).collect()
}

fn user_time(source: &Source<'_>, fixed: &wire::Facts) -> Option<UserTime> {
    let since = match fixed.user_since {
        SINCE_EXEC => Since::Exec,
        SINCE_LOAD => Since::Load,
        _ => return None,
    };
    let before_ns = source
        .segment
        .header
        .start_ns
        .checked_sub(fixed.user_since_ns)?;
    Some(UserTime { before_ns, since })
}

pub(super) fn file(source: &Source<'_>, fixed: Option<&wire::Facts>) -> FileFacts {
    /// `MINORBITS`, `include/linux/kdev_t.h`.
    const MINOR_BITS: u32 = 20;
    let file = known(fixed, KNOWN_FILE);
    let device = |file: &wire::Facts| {
        let minor = file.device & ((1 << MINOR_BITS) - 1);
        (file.device >> MINOR_BITS, minor)
    };
    let path = source.material.first(BLOB_PATH);
    FileFacts {
        path: path.and_then(BlobRecord::path),
        inode: file.map(|file| file.inode),
        device: file.map(device),
        cached_pages: file.map(|file| file.cached_pages),
    }
}
