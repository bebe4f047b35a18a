//! What user space knows of loads and the kernel's records do not: it becomes host events, in front of
//! the record that completes the load.

mod file;
mod refusal;

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, File},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use crate::{
    event::{Event, HostEvent, Name, SegmentRecord, decode},
    kernel::modules,
};
use kmodtrace_common::{catalogue::HookId, wire::SEGMENT_FINAL};
use refusal::Refusals;

/// Directories of cgroups that are looked at to find one.
const MOST_CGROUPS: usize = 16384;

/// Looks at the system where records give reason to.
#[derive(Debug, Default)]
pub(super) struct Witness {
    /// Cgroups that were told.
    told: HashSet<u64>,
    /// `/proc/modules`: whoever opens it with the right to see addresses sees them when reading later.
    list: Option<File>,
    /// What stood there when the ring was looked into.
    modules: Option<Vec<u8>>,
    refusals: Refusals,
}

impl Witness {
    /// Opens what cannot be opened later as well as now.
    pub(super) fn begin() -> Self {
        Self {
            list: File::open("/proc/modules").ok(),
            ..Self::default()
        }
    }

    /// Records of a new look into the ring follow: what was seen before is old.
    pub(super) fn look_again(&mut self) {
        self.modules = None;
    }

    /// What there is to say before `record` is passed on.
    pub(super) fn see(&mut self, record: &[u8]) -> Option<HostEvent> {
        match decode(record).ok()? {
            Event::Facts(facts) => {
                self.refusals.facts(&facts);
                self.cgroup(facts.facts.cgroup)
            }
            Event::Blob(blob) => {
                self.refusals.blob(&blob);
                None
            }
            Event::Segment(segment) => {
                let refused = self.refusals.ended(&segment);
                refused.or_else(|| self.registered(&segment))
            }
            _ => None,
        }
    }

    fn cgroup(&mut self, id: u64) -> Option<HostEvent> {
        if id == 0 || !self.told.insert(id) {
            return None;
        }
        let path = cgroup_path(id)?;
        Some(HostEvent::Cgroup { id, path })
    }

    fn registered(&mut self, segment: &SegmentRecord) -> Option<HostEvent> {
        let facts = &segment.facts;
        // Of a module that is loaded now, or could not be unloaded.
        let unload = facts.syscall == u32::from(HookId::SYS_DELETE_MODULE.0);
        if facts.flags & SEGMENT_FINAL == 0 || (facts.ret != 0) != unload {
            return None;
        }
        let name = Name::until_nul(&facts.module_name);
        if name.is_empty() {
            return None;
        }
        let modules = self.modules.get_or_insert_with(|| {
            let list = self.list.as_mut().map(modules::read);
            list.and_then(Result::ok).unwrap_or_default()
        });
        let (line, uses) = listed(modules, &name.0);
        Some(HostEvent::Registered {
            key: segment.key,
            line,
            uses,
            build_id: build_id(&name).unwrap_or_default(),
        })
    }
}

/// The build id of a loaded module: what its note holds behind the header and the name `GNU`.
fn build_id(module: &Name) -> Option<Vec<u8>> {
    const BEGINNING: [u8; 16] = *b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0";
    let name = OsStr::from_bytes(&module.0);
    let dir = Path::new("/sys/module").join(name).join("notes");
    let note = fs::read(dir.join(".note.gnu.build-id")).ok()?;
    note.strip_prefix(&BEGINNING).map(<[u8]>::to_vec)
}

/// A module's line of `/proc/modules`, and the modules in whose lines it stands as a user.
fn listed(modules: &[u8], name: &[u8]) -> (Option<Name>, Vec<Name>) {
    let (mut own, mut uses) = (None, Vec::new());
    for line in modules.split(|&byte| byte == b'\n') {
        let mut fields = line.split(|&byte| byte == b' ');
        let Some(module) = fields.next().filter(|module| !module.is_empty()) else {
            continue;
        };
        let users = fields.nth(2).unwrap_or_default();
        if module == name {
            own = Some(Name(line.to_vec()));
        } else if users.split(|&byte| byte == b',').any(|user| user == name) {
            uses.push(Name(module.to_vec()));
        }
    }
    (own, uses)
}

/// The path of the cgroup whose directory has this inode number, below the root of the version 2
/// hierarchy. Nearest first: most loads come from few levels below.
fn cgroup_path(id: u64) -> Option<Name> {
    let root = cgroup_root()?;
    let mut level = vec![root.clone()];
    let mut seen = 0;
    while !level.is_empty() {
        let mut below = Vec::new();
        for dir in level {
            seen += 1;
            if seen > MOST_CGROUPS {
                return None;
            }
            if fs::metadata(&dir).is_ok_and(|meta| meta.ino() == id) {
                let path = dir.strip_prefix(&root).unwrap_or(&dir);
                return Some(Name([b"/", path.as_os_str().as_bytes()].concat()));
            }
            let entries = fs::read_dir(&dir).into_iter().flatten().flatten();
            let dirs = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            below.extend(dirs.map(|entry| entry.path()));
        }
        level = below;
    }
    None
}

/// Where the version 2 hierarchy is mounted.
fn cgroup_root() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let mut mounts = mounts.lines().map(|line| line.split(' '));
    mounts.find_map(|mut fields| {
        let (_, place, kind) = (fields.next()?, fields.next()?, fields.next()?);
        (kind == "cgroup2").then(|| Path::new(place).to_path_buf())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_and_what_it_uses() {
        let text =
            b"crc16 16384 1 ext4, Live 0x0\next4 1 2 - Live 0x0\njbd2 9 2 ocfs2,ext4, Live 0x0\n";
        let (line, uses) = listed(text, b"ext4");
        assert_eq!(line, Some(Name(b"ext4 1 2 - Live 0x0".to_vec())));
        assert_eq!(uses, [Name(b"crc16".to_vec()), Name(b"jbd2".to_vec())]);
        assert_eq!(listed(text, b"ext"), (None, Vec::new()));
    }
}
