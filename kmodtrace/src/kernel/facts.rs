//! The facts that a plan is made of.

mod btf;

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::resume_unwind,
    path::Path,
    thread,
};

use serde::{Deserialize, Serialize};

pub use self::btf::BtfFacts;
use super::{
    code,
    config::Config,
    file,
    kallsyms::Symbols,
    kcore::Kcore,
    lockdown,
    text::{self, Layout},
    tracefs,
};

/// What kmodtrace needs to know of a kernel; only of symbols and members that the catalogue names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KernelFacts {
    /// `uname -r`.
    pub release: String,
    /// `uname -m`.
    pub machine: String,
    /// Symbols whose name, without a compiler suffix, the catalogue names: full name → how many
    /// text symbols bear it.
    pub symbols: BTreeMap<String, u32>,
    /// Those of them that ftrace can hook; `None` if the list could not be read.
    pub ftrace: Option<BTreeSet<String>>,
    /// Those whose ftrace site is known not to be at their beginning → how far behind it, bytes. A
    /// landing pad for indirect branches (`endbr64`) stands in front of it.
    pub ftrace_sites: BTreeMap<String, u32>,
    /// Those of them of which it is certain where they return (x86-64) → every place that is passed then. Empty unless
    /// [`KernelFacts::read_with_exits`] read them.
    #[serde(default)]
    pub exits: BTreeMap<String, Vec<Exit>>,
    /// Those of them that kprobes refuse.
    pub blacklist: BTreeSet<String>,
    /// Tracepoints that the catalogue names and the kernel has.
    pub tracepoints: BTreeSet<String>,
    /// What BTF says; `None` without BTF.
    pub btf: Option<BtfFacts>,
    /// True if BPF trampolines stay alive while a task sleeps in the traced function (Linux 5.12 and
    /// stable kernels since): only then is an fexit probe on a long-running function safe to remove.
    pub trampoline_images: bool,
    /// `CONFIG_` options that matter and are set; `None` if the configuration could not be read.
    pub config: Option<BTreeMap<String, String>>,
    /// The active lockdown mode (`none`, `integrity`, `confidentiality`); `None` if there is no such file.
    pub lockdown: Option<String>,
    /// True if kernel addresses are hidden from us (`kptr_restrict`), so that symbols read as 0.
    pub addresses_hidden: bool,
    /// What could not be read, and why.
    pub unread: BTreeMap<Source, String>,
}

/// A place that is passed when a function returns, with its return value in the register for that. It may lie
/// in another function, with which the first one goes on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Exit {
    /// The only symbol of its name.
    pub symbol: String,
    /// How far behind it the place is, bytes.
    pub offset: u32,
}

/// Where facts come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `/proc/kallsyms`.
    Symbols,
    /// What the functions begin with, else `available_filter_functions` of tracefs.
    Ftrace,
    /// `kprobes/blacklist` of debugfs.
    Blacklist,
    /// `available_events` of tracefs.
    Tracepoints,
    /// `/sys/kernel/btf/vmlinux`.
    Btf,
    /// The configuration.
    Config,
    /// The lockdown mode.
    Lockdown,
    /// `/proc/kcore`, on x86-64.
    Memory,
}

impl KernelFacts {
    /// Reads the facts of the kernel whose `/proc`, `/sys` and `/boot` are below `root` (`/` for the one
    /// we run on); `btf` is a BTF file to read instead of the kernel's own. What cannot be read is
    /// missing, with the reason in [`KernelFacts::unread`].
    #[must_use]
    pub fn read(root: &Path, btf: Option<&Path>) -> Self {
        Self::read_all(root, btf, false)
    }

    /// The same, and in [`KernelFacts::exits`] where functions return.
    #[must_use]
    pub fn read_with_exits(root: &Path, btf: Option<&Path>) -> Self {
        Self::read_all(root, btf, true)
    }

    fn read_all(root: &Path, btf: Option<&Path>, with_exits: bool) -> Self {
        let kernel = root.join("proc/sys/kernel");
        let mut facts = Self {
            release: file::text(&kernel.join("osrelease")).unwrap_or_default(),
            machine: machine(root),
            ..Self::default()
        };
        let own_btf = root.join("sys/kernel/btf/vmlinux");
        let found = || match btf {
            Some(path) => btf::given(path, &own_btf),
            None => btf::read(&own_btf),
        };
        // The kernel writes the list of symbols while it is read: what takes longest, beside the next longest.
        let (found, ()) = side_by_side(found, || {
            let list = root.join("proc/kallsyms");
            let read = match with_exits {
                true => symbols_and_layout(&list),
                false => symbols(&list).map(|symbols| (symbols, Layout::default())),
            };
            let (symbols, layout) = facts.note(Source::Symbols, read).unwrap_or_default();
            facts.take_symbols(&symbols);
            if with_exits {
                facts.read_exits(root, &symbols, &layout);
            }
            facts.read_tracefs(root, &symbols);
        });
        facts.btf = facts.note(Source::Btf, found);
        let blacklist = facts.note(Source::Blacklist, tracefs::kprobe_blacklist(root));
        facts.blacklist = blacklist.unwrap_or_default();
        let config = Config::find(root, &facts.release);
        facts.config = facts
            .note(Source::Config, config)
            .map(|config| config.options);
        facts.lockdown = facts.note(
            Source::Lockdown,
            file::read(&root.join("sys/kernel/security/lockdown")).map(|bytes| {
                let text = String::from_utf8_lossy(&bytes);
                lockdown::active(&text).unwrap_or("unknown").to_owned()
            }),
        );
        facts
    }

    /// The facts that can be known of a kernel from the files of its build; what ftrace and kprobes
    /// refuse cannot.
    ///
    /// # Errors
    /// When a file that was given cannot be read: why.
    pub fn from_files(
        config: Option<&Path>,
        system_map: Option<&Path>,
        btf: Option<&Path>,
    ) -> Result<Self, String> {
        const NO_FILE: &str = "no such file was given";
        let mut facts = Self::default();
        for source in [Source::Ftrace, Source::Blacklist, Source::Lockdown] {
            let why = "only the running kernel tells";
            facts.unread.insert(source, why.to_owned());
        }
        if let Some(path) = config {
            let config = Config::read(path)?;
            let (architecture, version) = config.header.unwrap_or_default();
            facts.release = version;
            facts.machine = machine_of(&config.options, architecture);
            facts.config = Some(config.options);
        } else {
            facts.unread.insert(Source::Config, NO_FILE.to_owned());
        }
        if let Some(path) = system_map {
            let symbols = symbols(path)?;
            facts.take_symbols(&symbols);
            facts.tracepoints = symbols.tracepoints;
        } else {
            facts.unread.insert(Source::Symbols, NO_FILE.to_owned());
            facts.unread.insert(Source::Tracepoints, NO_FILE.to_owned());
        }
        if let Some(path) = btf {
            facts.btf = Some(btf::read(path)?);
        } else {
            facts.unread.insert(Source::Btf, NO_FILE.to_owned());
        }
        Ok(facts)
    }

    /// True if the option is set; `None` if the configuration is not known.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<bool> {
        Some(self.config.as_ref()?.contains_key(name))
    }

    fn note<T>(&mut self, source: Source, found: Result<T, String>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(why) => {
                self.unread.insert(source, why);
                None
            }
        }
    }

    fn take_symbols(&mut self, symbols: &Symbols) {
        let functions = symbols.functions.iter();
        self.symbols = functions
            .map(|(name, function)| (name.clone(), function.count))
            .collect();
        self.trampoline_images = symbols.trampoline_images;
        self.addresses_hidden = symbols.addresses_hidden;
    }

    /// Looks into the kernel's code for where functions return.
    fn read_exits(&mut self, root: &Path, symbols: &Symbols, layout: &Layout) {
        if self.machine != "x86_64" || self.addresses_hidden {
            return;
        }
        let found =
            Kcore::open(root).map(|memory| text::exits(&symbols.functions, layout, &memory));
        self.exits = self.note(Source::Memory, found).unwrap_or_default();
    }

    fn read_tracefs(&mut self, root: &Path, symbols: &Symbols) {
        let Some(tracefs) = tracefs::mounted(root) else {
            let why = "tracefs is not mounted, or may not be entered";
            self.unread.insert(Source::Ftrace, why.to_owned());
            self.unread.insert(Source::Tracepoints, why.to_owned());
            self.tracepoints.clone_from(&symbols.tracepoints);
            return;
        };
        let shown = (self.machine == "x86_64").then(|| code::sites(root, symbols));
        let functions = match shown.flatten() {
            Some(functions) => Ok(functions),
            None => tracefs::functions(&tracefs),
        };
        if let Some(functions) = self.note(Source::Ftrace, functions) {
            self.ftrace_sites = sites(&functions, symbols);
            self.ftrace = Some(functions.into_keys().collect());
        }
        let tracepoints = self.note(Source::Tracepoints, tracefs::tracepoints(&tracefs));
        self.tracepoints = tracepoints.unwrap_or_else(|| symbols.tracepoints.clone());
    }
}

/// Does two things at the same time, the second one in this thread.
fn side_by_side<A: Send, B>(other: impl Fn() -> A + Sync, this: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let begun = thread::Builder::new().spawn_scoped(scope, &other);
        let this = this();
        let other = match begun {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // Where there can be no more threads.
            Err(_) => other(),
        };
        (other, this)
    })
}

/// How far behind a function's beginning its ftrace site lies, where that is known and not 0.
fn sites(functions: &BTreeMap<String, u64>, symbols: &Symbols) -> BTreeMap<String, u32> {
    /// A site further away belongs to something else.
    const FURTHEST: u64 = 64;
    let known = functions.iter().filter_map(|(name, &site)| {
        let address = symbols.functions.get(name)?.address;
        let distance = site.checked_sub(address).filter(|_| address != 0)?;
        let distance = u32::try_from(distance).ok()?;
        (distance > 0 && u64::from(distance) <= FURTHEST).then(|| (name.clone(), distance))
    });
    known.collect()
}

fn symbols(path: &Path) -> Result<Symbols, String> {
    some(Symbols::read(path)?, path)
}

/// The symbols, and where they lie; the list is read once.
fn symbols_and_layout(path: &Path) -> Result<(Symbols, Layout), String> {
    let list = file::read(path)?;
    let symbols = some(Symbols::parse(&list), path)?;
    Ok((symbols, Layout::parse(list)))
}

fn some(symbols: Symbols, path: &Path) -> Result<Symbols, String> {
    if symbols.total == 0 {
        return Err(format!(
            "{}: no symbols in it (some distributions put a stub there)",
            path.display()
        ));
    }
    Ok(symbols)
}

/// `uname -m`: newer kernels have a file for it, for others it is our own.
fn machine(root: &Path) -> String {
    file::text(&root.join("proc/sys/kernel/arch")).unwrap_or_else(|| {
        let uname = rustix::system::uname();
        uname.machine().to_string_lossy().into_owned()
    })
}

/// What `uname -m` will say on a kernel of this configuration.
fn machine_of(options: &BTreeMap<String, String>, architecture: String) -> String {
    if options.contains_key("CONFIG_X86_64") {
        "x86_64".to_owned()
    } else if options.contains_key("CONFIG_ARM64") {
        "aarch64".to_owned()
    } else {
        architecture
    }
}

#[cfg(test)]
mod tests;
