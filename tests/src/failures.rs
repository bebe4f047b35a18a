//! The loads of `tests/guest/failures.sh`, and what kernels made of them (`tests/data/expect/failures.toml`), as the
//! tables of `docs/failures.md`.

use std::{fmt::Write as _, fs, path::Path};

use toml::Table;

/// One kind of load that fails.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// What the guest's script calls it.
    pub label: &'static str,
    /// What was done, for people.
    pub what: &'static str,
    /// The cause that must be told.
    pub cause: &'static str,
    /// Part of a line that the kernel logs; empty if it logs none.
    pub log: &'static str,
}

macro_rules! failures {
    ($($label:literal $cause:ident $what:literal $log:literal;)+) => {
        /// Every one, in the order of the guest's script.
        pub const FAILURES: &[Failure] = &[$(Failure {
            label: $label,
            what: $what,
            cause: stringify!($cause),
            log: $log,
        }),+];
    };
}

failures! {
    "empty" empty "an empty file" "";
    "huge" too_large "a sparse file of 3 GiB" "";
    "garbage" not_elf "a text file" "Invalid ELF header magic";
    "cut-head" empty "cut off in the ELF header (40 bytes)" "Invalid ELF header len";
    "cut-body" damaged "cut off in a section" "Invalid ELF section header";
    "cut-table" damaged "cut off in the section table" "Invalid ELF section header";
    "overrun" damaged "a section that ends beyond the file" "Invalid ELF section in module";
    "machine" wrong_architecture "ELF for aarch64" "Invalid architecture in ELF header";
    "elf32" wrong_architecture "ELF of 32 bits, for i386" "Invalid architecture in ELF header";
    "executable" not_relocatable "ELF type executable" "Invalid ELF header type";
    "vermagic" version_magic "another version magic" "version magic";
    "cut-image" damaged "cut off in a section, by init_module" "Invalid ELF section header";
    "packed" compressed "gzip, without the flag for it" "Invalid ELF header magic";
    "not-packed" not_compressed "not compressed, with the flag for it" "";
    "directory" bad_file "a directory" "";
    "pipe" bad_file "a pipe" "";
    "no-file" bad_file "a file descriptor that is not open" "";
    "write-only" bad_file "a file open for writing only" "";
    "writing" file_busy "a file that somebody has open for writing" "";
    "flags" bad_flags "an unknown flag" "";
    "bad-image" bad_address "an image at an address that cannot be read" "";
    "no-image" empty "an image of no bytes" "";
    "bad-params" bad_address "parameters at an address that cannot be read" "";
    "layout-crc" symbol_version "another CRC of module_layout" "disagrees about version of symbol module_layout";
    "symbol-crc" symbol_version "another CRC of a symbol" "disagrees about version of symbol alloc_netdev_mqs";
    "bad-content" signature_wrong "changed after it was signed" "";
    "bad-signature" signature_broken "a signature that is no PKCS#7" "";
    "bad-signature-size" signature_broken "a signature larger than the file" "";
    "loaded" already_loaded "loaded already" "";
    "unknown" unknown_symbol "without the module that it needs" "Unknown symbol nft_";
    "licence" gpl_only_symbol "another licence than the GPL" "Unknown symbol";
    "namespace" symbol_namespace "without the import of a namespace" "but does not import it";
    "bad-value" parameter_value "a word for a number" "`x' invalid for parameter `numdummies'";
    "no-value" parameter_without_value "a parameter without a value" "`' invalid for parameter `numdummies'";
    "out-of-range" parameter_value "a number that is too large" "invalid for parameter `numdummies'";
    "long-value" parameter_too_long "a string of 1100 characters" "str: string parameter too long";
    "blacklisted" blacklisted "in `module_blacklist=`" "Module nlmon is blacklisted";
    "powerless" not_permitted "by a process without capabilities" "";
    "no-device" no_device "init of a driver without its device" "";
    "enodev" no_device "init returns -ENODEV" "";
    "einval" init_failed "init returns -EINVAL" "";
    "eexist" init_failed "init returns -EEXIST" "";
    "enoent" init_failed "init returns -ENOENT" "";
    "interrupted" interrupted "a signal while it waits for another load of the module" "";
    "killed" interrupted "killed while it waits for another load of the file" "";
    "loses-twin" other_load_failed "another file of the module is being loaded, and fails" "";
    "loses-kt_fail" other_load_failed "the same file is being loaded, and fails" "";
    "too-large" larger_than_module_area ".bss of 3000 MiB" "";
    "area-full" no_memory ".bss of 760 MiB, and 260 MiB of the area's 1008 are taken" "";
    "locked-down" locked_down "lockdown=integrity, not signed" "Lockdown: failures: unsigned module loading";
    "locked-down-key" locked_down "lockdown=integrity, an unknown key" "Lockdown: failures: unsigned module loading";
    "enforced" signature_missing "module.sig_enforce, not signed" "Loading of unsigned module is rejected";
    "enforced-key" signature_key_unknown "module.sig_enforce, an unknown key" "module with unavailable key is rejected";
    "enforced-digest" signature_crypto_unknown "module.sig_enforce, an unknown digest" "module with unsupported crypto is rejected";
    "enforced-content" signature_wrong "module.sig_enforce, changed after it was signed" "";
    "disabled" modules_disabled "kernel.modules_disabled" "";
}

/// Loads of the script that succeed, and a taint that the module then has (empty: none is looked for).
pub const LOADED: &[(&str, &str)] = &[
    ("no-crcs", "FORCED_MODULE"),
    ("bad-key", "UNSIGNED_MODULE"),
    ("unsigned", "UNSIGNED_MODULE"),
    ("ns", ""),
    ("unknown-param", ""),
    ("positive", ""),
    ("long", ""),
    ("longer", ""),
    ("some", ""),
];

/// The expectations: kernel series, then label, then what [`Told::line`] makes of the record.
///
/// # Panics
/// When they cannot be read.
#[must_use]
pub fn expected() -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/expect/failures.toml");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().expect("failures.toml is a table")
}

/// The fields of a line of the expectations.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Told {
    /// Name of the error.
    pub error: String,
    /// The phase that failed.
    pub phase: String,
    /// The cause.
    pub cause: String,
    /// `certain` or `likely`.
    pub how: String,
    /// The call that returned the error; empty if it was not seen.
    pub call: String,
    /// What is to blame, with who provides it.
    pub culprits: String,
    /// Phases that cannot be looked into.
    pub unseen: String,
}

impl Told {
    /// All in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let fields = [
            &self.error,
            &self.phase,
            &self.cause,
            &self.how,
            &self.call,
            &self.culprits,
            &self.unseen,
        ];
        fields.map(String::as_str).join(" | ")
    }

    /// Reads a line.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(" | ").map(str::to_owned).collect();
        let [error, phase, cause, how, call, culprits, unseen] = fields.try_into().ok()?;
        Some(Self {
            error,
            phase,
            cause,
            how,
            call,
            culprits,
            unseen,
        })
    }
}

/// The table of `docs/failures.md`: a row for each failure and for each thing that kernels tell of it.
///
/// # Panics
/// When the expectations are not understood.
#[must_use]
pub fn table(expected: &Table) -> String {
    let mut text = String::from(
        "| what was done | kernels | error | phase | cause | known | call | culprits |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for failure in FAILURES {
        let mut what = failure.what;
        for (told, kernels) in results(expected, failure.label) {
            let quoted = |text: &str| match text {
                "" => String::new(),
                text => format!("`{text}`"),
            };
            let known = match told.unseen.as_str() {
                "" => told.how.clone(),
                phases => format!("{}: nothing shows inside `{phases}`", told.how),
            };
            let _ = writeln!(
                text,
                "| {what} | {} | {} | {} | {} | {known} | {} | {} |",
                kernels.join(", "),
                told.error,
                quoted(&told.phase),
                quoted(&told.cause),
                quoted(&told.call),
                shortened(&told.culprits),
            );
            what = "";
        }
    }
    text
}

/// What kernels told of a failure, each with the kernels that did.
fn results<'e>(expected: &'e Table, label: &str) -> Vec<(Told, Vec<&'e str>)> {
    let mut found: Vec<(Told, Vec<&str>)> = Vec::new();
    let mut kernels: Vec<&String> = expected.keys().collect();
    kernels.sort_by_key(|kernel| order(kernel));
    for kernel in kernels {
        let Some(line) = expected[kernel].get(label) else {
            continue;
        };
        let line = line.as_str().expect("a string");
        let told = Told::parse(line).unwrap_or_else(|| panic!("{kernel} {label}: {line}"));
        match found.iter_mut().find(|(other, _)| *other == told) {
            Some((_, kernels)) => kernels.push(kernel),
            None => found.push((told, vec![kernel])),
        }
    }
    found
}

/// Versions by their numbers, then what is none.
fn order(kernel: &str) -> (bool, Vec<u32>) {
    let numbers: Vec<u32> = kernel
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    (numbers.is_empty(), numbers)
}

/// Three culprits at most.
fn shortened(culprits: &str) -> String {
    let all: Vec<_> = culprits.split(", ").collect();
    let first = all.iter().take(3).filter(|culprit| !culprit.is_empty());
    let first: Vec<_> = first.map(|culprit| format!("`{culprit}`")).collect();
    match all.len() {
        0..=3 => first.join(", "),
        more => format!("{} and {} more", first.join(", "), more - 3),
    }
}
