//! The facts that a plan is made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What kmodtrace needs to know of a kernel; only of symbols and members that the catalogue names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
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
    /// Those of them that kprobes refuse.
    pub blacklist: BTreeSet<String>,
    /// Tracepoints (`group:name`) that the catalogue names and the kernel has.
    pub tracepoints: BTreeSet<String>,
    /// What BTF says; `None` without BTF.
    pub btf: Option<BtfFacts>,
    /// True if BPF trampolines stay alive while a task sleeps in the traced function (Linux 5.12 and
    /// stable kernels since): only then is an fexit probe on a long-running function safe to remove.
    pub trampoline_images: bool,
    /// `CONFIG_` options that matter; `None` if the configuration could not be read.
    pub config: Option<BTreeMap<String, String>>,
    /// The active lockdown mode (`none`, `integrity`, `confidentiality`); `None` if there is no such file.
    pub lockdown: Option<String>,
    /// True if kernel addresses are hidden from us (`kptr_restrict`), so that symbols read as 0.
    pub addresses_hidden: bool,
}

/// What the kernel's BTF says of functions and structures that the catalogue names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BtfFacts {
    /// Functions → number of arguments.
    pub functions: BTreeMap<String, u8>,
    /// Global of [`kmodtrace_common::offsets`] → offset, bytes; those that were found.
    pub offsets: BTreeMap<String, u32>,
}
