//! What the system tells of a load that was refused: who would provide the symbols that it misses, what is
//! wrong with its file, and whether any module is taken at all.
//!
//! Looked at for failed loads only, once the record of their end has come.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use kmodtrace_common::{
    catalogue::HookId,
    wire::{BLOB_LOG, BLOB_LOG_RECORD, BLOB_PATH, KNOWN_FILE, SEGMENT_FINAL},
};

use super::file;
use crate::{
    event::{
        BlobRecord, FactsRecord, FileProblem, HostEvent, LoadKey, MissingSymbol, Name,
        SegmentRecord,
    },
    explain::unknown_symbol,
};

/// Loads in flight of which unknown symbols are remembered, and symbols of one load.
const MOST_LOADS: usize = 64;
const MOST_SYMBOLS: usize = 256;
/// How often in a run the kernel's symbols are looked through, which takes a while.
const MOST_LOOKS: usize = 16;
/// How many files are read in a run: whoever drains the ring reads them.
const MOST_FILES: usize = 64;
/// Bytes of a table that are read.
const MOST_BYTES: u64 = 64 << 20;
/// "Operation not permitted", "No such file or directory", "Exec format error", "Invalid argument".
const EPERM: i64 = -1;
const ENOENT: i64 = -2;
const ENOEXEC: i64 = -8;
const EINVAL: i64 = -22;

/// What is known of a load in flight.
#[derive(Debug, Default)]
struct Flight {
    missing: Vec<Name>,
    path: Option<Name>,
    inode: Option<u64>,
}

/// Remembers loads in flight.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    flights: BTreeMap<LoadKey, Flight>,
    /// Modules by the symbols that they export, `None` before it was read.
    providers: Option<HashMap<Name, Name>>,
    looks: usize,
    files: usize,
}

impl Refusals {
    /// Bytes of a load: its file's path, or a line of the kernel's log, which may name an unknown symbol.
    pub(super) fn blob(&mut self, blob: &BlobRecord) {
        /// What stands in front of a line: its time, or four numbers.
        const TIME: usize = 8;
        const RECORD: usize = 32;
        match blob.what {
            BLOB_PATH => self.flight(blob.key).path = blob.path(),
            BLOB_LOG | BLOB_LOG_RECORD => {
                let head = if blob.what == BLOB_LOG { TIME } else { RECORD };
                let name = blob.bytes.get(head..).and_then(unknown_symbol);
                let missing = &mut self.flight(blob.key).missing;
                if let Some(name) = name
                    && missing.len() < MOST_SYMBOLS
                    && !missing.contains(&name)
                {
                    missing.push(name);
                }
            }
            _ => {}
        }
    }

    /// Facts of a load: which file it is.
    pub(super) fn facts(&mut self, record: &FactsRecord) {
        let facts = &record.facts;
        self.flight(record.key).inode = (facts.known & KNOWN_FILE != 0).then_some(facts.inode);
    }

    /// Of too many loads in flight the oldest is forgotten: its end may have been lost.
    fn flight(&mut self, key: LoadKey) -> &mut Flight {
        if self.flights.len() >= MOST_LOADS && !self.flights.contains_key(&key) {
            let oldest = self.flights.keys().min_by_key(|key| key.start_ns);
            if let Some(oldest) = oldest.copied() {
                self.flights.remove(&oldest);
            }
        }
        self.flights.entry(key).or_default()
    }

    /// What there is to say of a load whose last record this is.
    pub(super) fn ended(&mut self, segment: &SegmentRecord) -> Option<HostEvent> {
        let facts = &segment.facts;
        if facts.flags & SEGMENT_FINAL == 0 {
            return None;
        }
        let flight = self.flights.remove(&segment.key).unwrap_or_default();
        if facts.ret >= 0 || facts.syscall == u32::from(HookId::SYS_DELETE_MODULE.0) {
            return None;
        }
        // An error of the module's own init function says nothing of symbols.
        let before_init = facts.init_memory == [0; 3];
        let unnamed = facts.module_name[0] == 0;
        let path = flight.path.as_ref();
        let missing = match path {
            // Kernels whose log is not seen do not name them.
            Some(path) if facts.ret == ENOENT && before_init && flight.missing.is_empty() => {
                self.absent(path, flight.inode)
            }
            _ => self.looked_up(flight.missing),
        };
        let path = path.filter(|_| facts.ret == ENOEXEC || facts.ret == EINVAL && unnamed);
        let file = path.and_then(|path| self.problem(path, flight.inode));
        let modules_disabled = (facts.ret == EPERM).then(modules_disabled).flatten();
        if missing.is_empty() && file.is_none() && modules_disabled.is_none() {
            return None;
        }
        Some(HostEvent::Refused {
            key: segment.key,
            missing,
            modules_disabled,
            file,
        })
    }

    /// What is wrong with the file.
    fn problem(&mut self, path: &Name, inode: Option<u64>) -> Option<FileProblem> {
        self.files += 1;
        (self.files <= MOST_FILES).then(|| file::problem(path, inode))?
    }

    /// What the file needs and nobody exports.
    fn absent(&mut self, path: &Name, inode: Option<u64>) -> Vec<MissingSymbol> {
        self.files += 1;
        if self.files > MOST_FILES || self.looks >= MOST_LOOKS {
            return Vec::new();
        }
        let needed = file::undefined(path, inode).unwrap_or_default();
        let mut symbols = self.looked_up(needed);
        symbols.retain(|symbol| !symbol.exported);
        symbols.truncate(MOST_SYMBOLS);
        symbols
    }

    fn looked_up(&mut self, names: Vec<Name>) -> Vec<MissingSymbol> {
        if names.is_empty() {
            return Vec::new();
        }
        let providers = self.providers.get_or_insert_with(providers);
        self.looks += 1;
        let exported = if self.looks <= MOST_LOOKS {
            exported(&names)
        } else {
            HashSet::new()
        };
        let symbol = |name: Name| MissingSymbol {
            provider: providers.get(&name).cloned(),
            exported: exported.contains(&name),
            name,
        };
        names.into_iter().map(symbol).collect()
    }
}

fn modules_disabled() -> Option<bool> {
    let state = fs::read_to_string("/proc/sys/kernel/modules_disabled").ok()?;
    Some(state.trim() != "0")
}

/// The running kernel's `modules.symbols`, as depmod writes it: `alias symbol:NAME MODULE`.
fn providers() -> HashMap<Name, Name> {
    let mut found = HashMap::new();
    let Some(path) = table() else { return found };
    let _ = lines(&path, |line| {
        let mut words = line.split(|&byte| byte == b' ');
        if let (Some(b"alias"), Some(alias), Some(module)) =
            (words.next(), words.next(), words.next())
            && let Some(symbol) = alias.strip_prefix(b"symbol:")
        {
            found.insert(Name(symbol.to_vec()), Name(module.to_vec()));
        }
        ControlFlow::Continue(())
    });
    found
}

fn table() -> Option<PathBuf> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(
        Path::new("/lib/modules")
            .join(release.trim())
            .join("modules.symbols"),
    )
}

/// Which of the symbols the kernel or a loaded module exports: each has an entry in a table of exports.
fn exported(names: &[Name]) -> HashSet<Name> {
    const ENTRY: &[u8] = b"__ksymtab_";
    let mut left: HashSet<&[u8]> = names.iter().map(|name| &name.0[..]).collect();
    let mut found = HashSet::new();
    let _ = lines(Path::new("/proc/kallsyms"), |line| {
        let symbol = line.split(u8::is_ascii_whitespace).nth(2);
        if let Some(name) = symbol.and_then(|symbol| symbol.strip_prefix(ENTRY))
            && left.remove(name)
        {
            found.insert(Name(name.to_vec()));
        }
        if left.is_empty() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    found
}

/// Calls `each` with the lines of a file, until it has enough.
fn lines(path: &Path, mut each: impl FnMut(&[u8]) -> ControlFlow<()>) -> std::io::Result<()> {
    let mut file = BufReader::new(File::open(path)?.take(MOST_BYTES));
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        if each(line.trim_ascii_end()).is_break() {
            break;
        }
        line.clear();
    }
    Ok(())
}
