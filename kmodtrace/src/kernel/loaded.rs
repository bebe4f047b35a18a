//! A module that is loaded: what `/proc/modules` and `/sys/module/NAME` tell of it.

use std::{ffi::OsStr, fs, io, os::unix::ffi::OsStrExt as _, path::Path};

use super::{file, modules};

/// Sections that one module can have; ELF counts them with 16 bits.
const MAX_SECTIONS: usize = 1 << 16;

/// What the kernel tells of a loaded module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LoadedModule {
    /// Its name, as the kernel has it.
    pub name: Vec<u8>,
    /// Section names and addresses, in order of address. Those of init stay listed after their memory
    /// was freed.
    pub sections: Vec<(Vec<u8>, u64)>,
    /// True if the memory that only init needs was freed.
    pub init_freed: bool,
    /// `srcversion` of the file that was loaded.
    pub srcversion: Option<String>,
    /// Its build id.
    pub build_id: Option<Vec<u8>>,
}

/// Why that is not known.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoadedError {
    /// No such module is loaded.
    #[error("no module {0} is loaded (/proc/modules does not list it), and no file has that name")]
    NotLoaded(String),
    /// The kernel does not tell.
    #[error(
        "this kernel does not list sections of modules (CONFIG_KALLSYMS and CONFIG_SYSFS do that)"
    )]
    NoSections,
    /// An ordinary user.
    #[error("where a module lies is told to root only: try again with sudo")]
    NotPermitted,
    /// Even root sees zeros.
    #[error("the kernel hides addresses (kernel.kptr_restrict is 2, or CAP_SYSLOG is missing)")]
    Hidden,
    /// Something could not be read.
    #[error("{0}")]
    Unreadable(String),
}

/// Looks at the module below `root`, `/` for the running kernel. `-` in a name is `_`.
///
/// # Errors
/// When it is not loaded, or the kernel does not tell where it lies.
pub fn read(root: &Path, name: &[u8]) -> Result<LoadedModule, LoadedError> {
    let name: Vec<u8> = name
        .iter()
        .map(|&b| if b == b'-' { b'_' } else { b })
        .collect();
    let modules = modules::list(root)
        .map_err(|why| LoadedError::Unreadable(file::told(&root.join("proc/modules"), &why)))?;
    let mut lines = modules.split(|&byte| byte == b'\n');
    if !lines.any(|line| modules::name(line) == name) {
        let name = String::from_utf8_lossy(&name).into_owned();
        return Err(LoadedError::NotLoaded(name));
    }
    let dir = root.join("sys/module").join(OsStr::from_bytes(&name));
    let mut sections = sections(&dir.join("sections"))?;
    if sections.iter().all(|&(_, address)| address == 0) {
        return Err(LoadedError::Hidden);
    }
    sections.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    Ok(LoadedModule {
        name,
        sections,
        // Without the file (before Linux 2.6.20) nothing is known of it.
        init_freed: file::number(&dir.join("initsize")).is_none_or(|bytes| bytes == 0),
        srcversion: file::text(&dir.join("srcversion")),
        build_id: build_id(&dir.join("notes/.note.gnu.build-id")),
    })
}

/// What the note holds behind its header and the name `GNU`.
fn build_id(note: &Path) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"GNU\0";
    let note = file::read(note).ok()?;
    let (header, rest) = note.split_at_checked(12)?;
    let bytes = u32::from_ne_bytes(header.get(4..8)?.try_into().ok()?);
    let id = rest
        .strip_prefix(NAME)?
        .get(..usize::try_from(bytes).ok()?)?;
    Some(id.to_vec())
}

fn sections(dir: &Path) -> Result<Vec<(Vec<u8>, u64)>, LoadedError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => LoadedError::NoSections,
        io::ErrorKind::PermissionDenied => LoadedError::NotPermitted,
        _ => LoadedError::Unreadable(format!("{}: {}", dir.display(), file::reason(&error))),
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)?.take(MAX_SECTIONS) {
        let entry = entry.map_err(failed)?;
        let text = fs::read_to_string(entry.path()).map_err(failed)?;
        let digits = text.trim().trim_start_matches("0x");
        let address = u64::from_str_radix(digits, 16).map_err(|_| {
            LoadedError::Unreadable(format!("{} holds no address", entry.path().display()))
        })?;
        found.push((entry.file_name().as_bytes().to_vec(), address));
    }
    Ok(found)
}
