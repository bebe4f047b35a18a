//! The kernel's configuration: `/proc/config.gz`, `/boot/config-RELEASE`, or a file given.

use std::{collections::BTreeMap, io::Read as _, path::Path};

use super::file;

/// The options that are kept: what tracing needs, and what decides which functions exist.
pub const OPTIONS: &[&str] = &[
    "CONFIG_64BIT",
    "CONFIG_ARM64",
    "CONFIG_BPF",
    "CONFIG_BPF_EVENTS",
    "CONFIG_BPF_JIT",
    "CONFIG_BPF_SYSCALL",
    "CONFIG_DEBUG_FS",
    "CONFIG_DEBUG_INFO_BTF",
    "CONFIG_DYNAMIC_FTRACE",
    "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
    "CONFIG_FTRACE",
    "CONFIG_FUNCTION_TRACER",
    "CONFIG_KALLSYMS",
    "CONFIG_KALLSYMS_ALL",
    "CONFIG_KPROBES",
    "CONFIG_KPROBE_EVENTS",
    "CONFIG_KPROBE_EVENTS_ON_NOTRACE",
    "CONFIG_KRETPROBES",
    "CONFIG_LIVEPATCH",
    "CONFIG_MODULES",
    "CONFIG_MODULE_DECOMPRESS",
    "CONFIG_MODULE_SIG",
    "CONFIG_OPTPROBES",
    "CONFIG_PERF_EVENTS",
    "CONFIG_RANDOMIZE_BASE",
    "CONFIG_SECURITY_LOCKDOWN_LSM",
    "CONFIG_TRACEPOINTS",
    "CONFIG_X86_64",
    "CONFIG_X86_KERNEL_IBT",
];

/// A configuration unpacked is not longer, bytes.
const LIMIT: u64 = 16 << 20;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// A kernel configuration, as far as it matters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// [`OPTIONS`] that are set: name → `y`, `m` or a value. Those that are off are not in it.
    pub options: BTreeMap<String, String>,
    /// Architecture and version of its first lines, `x86` and `6.1.0`, where they are there.
    pub header: Option<(String, String)>,
}

impl Config {
    /// Reads the configuration of the kernel `release` wherever a distribution may have put it.
    ///
    /// # Errors
    /// When there is none: where it was looked for.
    pub fn find(root: &Path, release: &str) -> Result<Self, String> {
        let places = [
            "proc/config.gz".to_owned(),
            format!("boot/config-{release}"),
            format!("lib/modules/{release}/config"),
            format!("usr/lib/modules/{release}/config"),
        ];
        places
            .iter()
            .find_map(|place| Self::read(&root.join(place)).ok())
            .ok_or_else(|| {
                format!("neither /proc/config.gz nor /boot/config-{release} can be read")
            })
    }

    /// Reads a configuration file, plain or compressed with gzip.
    ///
    /// # Errors
    /// When it cannot be read, or is no configuration: why.
    pub fn read(path: &Path) -> Result<Self, String> {
        let mut bytes = file::read(path)?;
        if bytes.starts_with(GZIP_MAGIC) {
            let mut plain = Vec::new();
            flate2::read::MultiGzDecoder::new(bytes.as_slice())
                .take(LIMIT)
                .read_to_end(&mut plain)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            bytes = plain;
        }
        let text = String::from_utf8_lossy(&bytes);
        if !text.lines().any(|line| line.starts_with("CONFIG_")) {
            return Err(format!("{}: no kernel configuration", path.display()));
        }
        Ok(Self::parse(&text))
    }

    /// Reads the text of a configuration.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut config = Self::default();
        for line in text.lines() {
            if let Some((option, value)) = line.split_once('=') {
                if OPTIONS.contains(&option) && value != "n" {
                    let value = value.trim().trim_matches('"').to_owned();
                    config.options.insert(option.to_owned(), value);
                }
            } else if config.header.is_none() {
                config.header = header(line);
            }
        }
        config
    }
}

/// `# Linux/x86 6.1.0 Kernel Configuration`
fn header(line: &str) -> Option<(String, String)> {
    let mut words = line.strip_prefix("# Linux/")?.split(' ');
    let (architecture, version) = (words.next()?, words.next()?);
    (words.next() == Some("Kernel")).then(|| (architecture.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const TEXT: &str = "#\n# Automatically generated file; DO NOT EDIT.\n\
        # Linux/x86 6.1.0 Kernel Configuration\n#\n\
        CONFIG_MODULES=y\n# CONFIG_KPROBES is not set\nCONFIG_LIVEPATCH=n\n\
        CONFIG_BPF_JIT=y\nCONFIG_OF_NO_INTEREST=y\n";

    #[test]
    fn keeps_the_options_that_matter_and_are_set() {
        let config = Config::parse(TEXT);
        let names: Vec<_> = config.options.keys().map(String::as_str).collect();
        assert_eq!(names, ["CONFIG_BPF_JIT", "CONFIG_MODULES"]);
        assert_eq!(config.header, Some(("x86".to_owned(), "6.1.0".to_owned())));
    }

    #[test]
    fn finds_it_compressed_in_proc_or_plain_in_boot() {
        let root = tempfile::tempdir().unwrap();
        let missing = Config::find(root.path(), "1.2.3").unwrap_err();
        assert!(missing.contains("config-1.2.3"), "{missing}");

        std::fs::create_dir_all(root.path().join("boot")).unwrap();
        std::fs::write(root.path().join("boot/config-1.2.3"), "CONFIG_BPF=y\n").unwrap();
        let plain = Config::find(root.path(), "1.2.3").unwrap();
        assert!(plain.options.contains_key("CONFIG_BPF"));

        std::fs::create_dir_all(root.path().join("proc")).unwrap();
        let file = std::fs::File::create(root.path().join("proc/config.gz")).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gzip.write_all(TEXT.as_bytes()).unwrap();
        gzip.finish().unwrap();
        let running = Config::find(root.path(), "1.2.3").unwrap();
        assert_eq!(running, Config::parse(TEXT));
    }

    #[test]
    fn other_files_are_no_configuration() {
        let root = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"hello\n", b"\x1f\x8bgarbage", b"\xff\xfe\0"] {
            let path = root.path().join("config");
            std::fs::write(&path, bytes).unwrap();
            assert!(Config::read(&path).is_err(), "{bytes:?}");
        }
    }
}
