//! A private apt root per suite: this machine's mirrors and keys, none of its apt state.

pub(crate) mod sources;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache, step};
use crate::process;

/// Package lists older than this are fetched again before a name is looked up.
const FRESH: Duration = Duration::from_secs(24 * 3600);

/// Apt with its own lists and cache for one suite and architecture.
#[derive(Debug)]
pub(crate) struct Apt {
    suite: String,
    arch: String,
    dir: PathBuf,
    _lock: cache::Lock,
}

/// Debian codename of this machine.
fn host_codename() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("cannot read /etc/os-release")?;
    text.lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|name| name.trim_matches('"').to_owned())
        .context("/etc/os-release has no VERSION_CODENAME: xtask sets up VMs on Debian only")
}

impl Apt {
    /// Opens the apt root of `suite`, fetching its lists where they are missing or old.
    ///
    /// The root stays locked against other xtasks until the value is dropped.
    pub(crate) fn open(cache: &Cache, suite: &str, arch: &str) -> Result<Self> {
        let name = format!("apt/{suite}-{arch}");
        let lock = cache.lock(&name.replace('/', "_"))?;
        let dir = cache.dir(&name)?;
        for sub in ["lists/partial", "archives/partial", "sources.d", "none"] {
            fs::create_dir_all(dir.join(sub))?;
        }
        fs::write(dir.join("status"), "")?;
        let sources = sources::read_all(Path::new("/etc/apt"))?;
        let text = sources::rewrite(&sources, &host_codename()?, suite)?;
        fs::write(dir.join("sources.d/suite.sources"), text)?;
        let apt = Self {
            suite: suite.to_owned(),
            arch: arch.to_owned(),
            dir,
            _lock: lock,
        };
        if !apt.is_fresh() {
            apt.update()?;
        }
        Ok(apt)
    }

    /// Whether the lists were fetched lately.
    fn is_fresh(&self) -> bool {
        let stamp = fs::metadata(self.dir.join("updated")).and_then(|meta| meta.modified());
        stamp.is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|age| age < FRESH)
        })
    }

    /// A command of the apt family bound to this root.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let mut option = |name: &str, value: String| {
            command.arg("-o").arg(format!("{name}={value}"));
        };
        let path = |sub: &str| self.dir.join(sub).display().to_string();
        option("Dir::State", path(""));
        option("Dir::State::lists", path("lists"));
        option("Dir::State::status", path("status"));
        option("Dir::Cache", path(""));
        option("Dir::Cache::archives", path("archives"));
        option("Dir::Etc::sourcelist", "/dev/null".to_owned());
        option("Dir::Etc::sourceparts", path("sources.d"));
        option("Dir::Etc::preferences", "/dev/null".to_owned());
        option("Dir::Etc::preferencesparts", path("none"));
        option("APT::Architecture", self.arch.clone());
        option("APT::Architectures", self.arch.clone());
        option("APT::Install-Recommends", "false".to_owned());
        option("APT::Get::AllowUnauthenticated", "false".to_owned());
        option("APT::Sandbox::User", "root".to_owned());
        option("Acquire::AllowInsecureRepositories", "false".to_owned());
        option("Acquire::Languages", "none".to_owned());
        option("Acquire::Retries", "3".to_owned());
        command
            .env("LC_ALL", "C")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Fetches the package lists. A suite that is gone is an error only if none is left.
    fn update(&self) -> Result<()> {
        step(
            &format!("package lists of {} ({})", self.suite, self.arch),
            || {
                let result = process::quiet(self.command("apt-get").args(["-q", "update"]));
                let got_lists = fs::read_dir(self.dir.join("lists"))?
                    .filter_map(Result::ok)
                    .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"));
                match result {
                    Err(error) if got_lists => {
                        eprintln!(
                            "xtask: part of {} is missing, going on: {error:#}",
                            self.suite
                        );
                    }
                    other => other?,
                }
                fs::write(self.dir.join("updated"), "")?;
                Ok(())
            },
        )
    }

    /// Names of the packages that match a regular expression of `apt-cache search`.
    pub(crate) fn names(&self, regex: &str) -> Result<Vec<String>> {
        let text =
            process::output(
                self.command("apt-cache")
                    .args(["search", "--names-only", regex]),
            )?;
        Ok(text
            .lines()
            .filter_map(|l| l.split_whitespace().next())
            .map(str::to_owned)
            .collect())
    }

    /// Downloads exactly these packages and returns the files, in order.
    pub(crate) fn download(&self, packages: &[String]) -> Result<Vec<PathBuf>> {
        let into = self.dir.join("debs");
        fs::create_dir_all(&into)?;
        let have = |package: &String| newest_deb(&into, package);
        let missing: Vec<&String> = packages.iter().filter(|p| have(p).is_none()).collect();
        if !missing.is_empty() {
            let fetch = || {
                let mut command = self.command("apt-get");
                command
                    .args(["-q", "download"])
                    .args(&missing)
                    .current_dir(&into);
                process::quiet(&mut command)
            };
            let names = missing
                .iter()
                .map(|n| n.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            step(&format!("download of {names}"), || {
                fetch().or_else(|_| self.update().and_then(|()| fetch()))
            })?;
        }
        packages
            .iter()
            .map(|package| have(package).with_context(|| format!("apt left no {package}_*.deb")))
            .collect()
    }

    /// Downloads packages together with all they depend on.
    pub(crate) fn closure(&self, packages: &[&str]) -> Result<Vec<PathBuf>> {
        // Each set has a directory of its own: what lies there is the set.
        let key = cache::key(packages.iter().map(|name| name.as_bytes()));
        let archives = self.dir.join("archives").join(key);
        fs::create_dir_all(archives.join("partial"))?;
        let fetch = || {
            let mut command = self.command("apt-get");
            command
                .arg("-o")
                .arg(format!("Dir::Cache::archives={}", archives.display()))
                .args(["-q", "-y", "--download-only", "install"])
                .args(packages);
            process::quiet(&mut command)
        };
        step(
            &format!("download of {} and dependencies", packages.join(" ")),
            || fetch().or_else(|_| self.update().and_then(|()| fetch())),
        )?;
        let mut debs: Vec<PathBuf> = fs::read_dir(&archives)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|ext| ext == "deb"))
            .collect();
        debs.sort();
        if debs.is_empty() {
            bail!("apt downloaded nothing into {}", archives.display());
        }
        Ok(debs)
    }
}

/// The package's file in `dir`, if it was downloaded.
fn newest_deb(dir: &Path, package: &str) -> Option<PathBuf> {
    let prefix = format!("{package}_");
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&prefix) && name.ends_with(".deb")
        })
        .collect();
    found.sort();
    found.pop()
}

/// Unpacks a package file into `root`.
pub(crate) fn unpack(deb: &Path, root: &Path) -> Result<()> {
    process::quiet(Command::new("dpkg-deb").arg("-x").arg(deb).arg(root))
}

/// Names of the packages that `deb` depends on (alternatives included, versions dropped).
pub(crate) fn depends(deb: &Path) -> Result<Vec<String>> {
    let text = process::output(Command::new("dpkg-deb").arg("-f").arg(deb).arg("Depends"))?;
    Ok(depends_names(&text))
}

/// Package names in the text of a `Depends:` field.
fn depends_names(field: &str) -> Vec<String> {
    field
        .split([',', '|'])
        .filter_map(|part| part.split_whitespace().next())
        .map(|name| name.split(':').next().unwrap_or(name).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_depends_field() {
        let names = depends_names("a (>= 1.2), b:any | c, linux-modules-7.3.4+deb13-amd64 (= 7)");
        assert_eq!(names, ["a", "b", "c", "linux-modules-7.3.4+deb13-amd64"]);
    }
}
