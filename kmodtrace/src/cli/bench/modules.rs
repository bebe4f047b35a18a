//! Which modules are loaded, and what stands in the way of loading and unloading one.

use std::{fs, io, path::Path};

use crate::{cli::inspect::name_of, error::BenchError, kernel::modules};

/// A line of `/proc/modules`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Loaded {
    pub(super) name: String,
    /// References; `None` if the kernel cannot unload modules.
    references: Option<u64>,
    /// Modules that use it, and `[permanent]` if it cannot be unloaded.
    users: Vec<String>,
    /// `Live`, `Loading`, `Unloading`.
    state: String,
}

/// Reads `/proc/modules`.
pub(super) fn loaded(root: &Path) -> io::Result<Vec<Loaded>> {
    let text = modules::list(root)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().filter_map(Loaded::parse).collect())
}

impl Loaded {
    /// `nf_tables 372736 1 nft_reject,[permanent], Live 0x…`
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let name = fields.next()?.to_owned();
        let references = fields.nth(1)?.parse().ok();
        let users = fields.next()?.split(',');
        let users = users.filter(|user| !user.is_empty() && *user != "-");
        Some(Self {
            name,
            references,
            users: users.map(str::to_owned).collect(),
            state: fields.next()?.to_owned(),
        })
    }

    /// Why it cannot be unloaded, if that is known.
    pub(super) fn held(&self) -> Result<(), BenchError> {
        let name = || self.name.clone();
        let permanent = self.users.iter().any(|user| user == "[permanent]");
        if permanent || self.references.is_none() {
            return Err(BenchError::Permanent(name()));
        }
        if self.state != "Live" {
            return Err(BenchError::Moving(name()));
        }
        if !self.users.is_empty() {
            let users = self.users.join(", ");
            return Err(BenchError::InUse {
                name: name(),
                users,
            });
        }
        match self.references {
            Some(0) => Ok(()),
            _ => {
                let users = "something that holds a reference (a device, a mount, a socket)".into();
                Err(BenchError::InUse {
                    name: name(),
                    users,
                })
            }
        }
    }
}

/// True if the kernel has the module built in: it is not in `/proc/modules`, but known all the same.
pub(super) fn is_built_in(root: &Path, tree: &Path, name: &str) -> bool {
    let listed = fs::read_to_string(tree.join("modules.builtin")).unwrap_or_default();
    let mut names = listed.lines().map(name_of);
    let in_sysfs = root.join("sys/module").join(name);
    // Of a loaded module there is more: `initstate`.
    names.any(|built_in| built_in == name)
        || in_sysfs.is_dir() && !in_sysfs.join("initstate").exists()
}

/// What of the system forbids loading modules at all, or those without a signature.
pub(super) fn may_load(
    root: &Path,
    unsigned: Option<&Path>,
    lockdown: Option<&str>,
) -> Result<(), BenchError> {
    let set = |file: &str| {
        let text = fs::read_to_string(root.join(file)).unwrap_or_default();
        matches!(text.trim(), "1" | "Y")
    };
    if set("proc/sys/kernel/modules_disabled") {
        return Err(BenchError::Disabled);
    }
    let enforced = set("sys/module/module/parameters/sig_enforce");
    match unsigned {
        Some(file) if enforced || lockdown.is_some_and(|mode| mode != "none") => {
            Err(BenchError::Unsigned(file.to_owned()))
        }
        _ => Ok(()),
    }
}

/// What tells one build of a loaded module and its parameters from others: where it differs behind the benchmark,
/// that is said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Look {
    srcversion: Option<String>,
    note: Option<Vec<u8>>,
    parameters: Vec<(String, String)>,
}

impl Look {
    /// Looks at a loaded module.
    pub(super) fn at(root: &Path, name: &str) -> Self {
        let dir = root.join("sys/module").join(name);
        let entries = fs::read_dir(dir.join("parameters")).into_iter().flatten();
        let parameter = |entry: fs::DirEntry| {
            let value = fs::read(entry.path()).ok()?;
            let value = String::from_utf8_lossy(&value).trim_end().to_owned();
            Some((entry.file_name().to_string_lossy().into_owned(), value))
        };
        let mut parameters: Vec<_> = entries.flatten().filter_map(parameter).collect();
        parameters.sort();
        Self {
            srcversion: fs::read_to_string(dir.join("srcversion")).ok(),
            note: fs::read(dir.join("notes/.note.gnu.build-id")).ok(),
            parameters,
        }
    }

    /// What is not as before, in words.
    pub(super) fn differs(&self, before: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if (&self.srcversion, &self.note) != (&before.srcversion, &before.note) {
            differences.push("it is another build".to_owned());
        }
        for (name, value) in &before.parameters {
            let now = self.parameters.iter().find(|(other, _)| other == name);
            if now.is_none_or(|(_, now)| now != value) {
                let now = now.map_or("gone", |(_, now)| now);
                differences.push(format!("its parameter {name} was {value}, and is {now}"));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(line: &str) -> Result<(), BenchError> {
        Loaded::parse(line).unwrap().held()
    }

    #[test]
    fn lines_of_proc_modules() {
        assert!(held("dummy 16384 0 - Live 0x0000000000000000").is_ok());
        let why = |line| held(line).unwrap_err().to_string();
        let users = why("nf_tables 372736 2 nft_reject,nft_ct, Live 0x0 (E)");
        assert!(users.contains("nft_reject, nft_ct"), "{users}");
        let mounted = why("ext4 1 3 - Live 0x0");
        assert!(mounted.contains("holds a reference"), "{mounted}");
        assert!(why("kt_noexit 1 0 [permanent], Live 0x0").contains("cannot be unloaded"));
        assert!(why("x 1 - - Live 0x0").contains("cannot be unloaded"));
        assert!(why("x 1 0 - Loading 0x0").contains("being loaded"));
        assert_eq!(Loaded::parse("x 1 0"), None);
    }

    #[test]
    fn what_differs_is_said() {
        let one = |value: &str| Look {
            parameters: vec![("speed".into(), value.into())],
            ..Look::default()
        };
        assert!(one("1").differs(&one("1")).is_empty());
        assert_eq!(
            one("2").differs(&one("1")),
            ["its parameter speed was 1, and is 2"]
        );
        assert_eq!(
            Look::default().differs(&one("1")),
            ["its parameter speed was 1, and is gone"]
        );
    }
}
