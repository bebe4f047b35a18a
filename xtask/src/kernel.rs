//! A kernel ready to boot: its image, its module tree, and the file system image of that tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt::{self, Apt};
use crate::cache::{self, Cache};
use crate::kernels::{Kernels, Pick, Series};
use crate::process;
use crate::rootfs::{self, Root};

/// A kernel that can be booted.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// Release, as `uname -r` says it; for a kernel given by files, the name of its module tree.
    pub(crate) release: String,
    /// The boot image.
    pub(crate) vmlinuz: PathBuf,
    /// Directory that `/lib/modules/RELEASE` is, with `modules.dep`; none if there are no modules.
    pub(crate) modules: Option<PathBuf>,
    /// What is odd about the choice, for people to read.
    pub(crate) warning: Option<String>,
    /// The series it was picked for; none for a kernel given by files.
    pub(crate) series: Option<Series>,
}

impl Kernel {
    /// Fetches and unpacks the kernel of a series, unless that was done.
    pub(crate) fn fetch(cache: &Cache, root: &Root, name: &str) -> Result<Self> {
        let series = Kernels::load()?.booted(name)?.clone();
        let pick = choose(cache, &series)?;
        if let Some(warning) = &pick.warning {
            eprintln!("xtask: WARNING: {warning}");
        }
        let release = pick.release;
        let dir = cache.make(
            &format!("kernels/{release}"),
            &format!("kernel {release}"),
            |part| unpack(cache, root, &series, &release, part),
        )?;
        Ok(Self {
            vmlinuz: dir.join("vmlinuz"),
            modules: Some(dir.join("lib/modules").join(&release)),
            release,
            warning: pick.warning,
            series: Some(series),
        })
    }

    /// A kernel from files of the host. `modules` is `/lib/modules/RELEASE` of it, or a directory
    /// with `lib/modules/RELEASE` in it.
    pub(crate) fn from_files(vmlinuz: &Path, modules: Option<&Path>) -> Result<Self> {
        if !vmlinuz.is_file() {
            bail!("--vmlinuz {}: no such file", vmlinuz.display());
        }
        let modules = modules.map(find_modules).transpose()?;
        let release = modules.as_deref().and_then(Path::file_name).map_or_else(
            || "custom".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        Ok(Self {
            release,
            vmlinuz: vmlinuz.to_owned(),
            modules,
            warning: None,
            series: None,
        })
    }

    /// The file system image that holds the module tree.
    pub(crate) fn modules_image(&self, cache: &Cache) -> Result<Option<PathBuf>> {
        let Some(modules) = &self.modules else {
            return Ok(None);
        };
        let dep = fs::metadata(modules.join("modules.dep"))
            .with_context(|| format!("{} has no modules.dep: run depmod", modules.display()))?;
        let stamp = format!("{:?}", dep.modified()?);
        let key = cache::key([modules.as_os_str().as_encoded_bytes(), stamp.as_bytes()]);
        let name = format!("images/modules-{}-{key}.img", self.release);
        let what = format!("module image of {}", self.release);
        cache
            .make(&name, &what, |part| {
                let tree = cache::with_suffix(part, ".tree");
                cache::remove(&tree)?;
                fs::create_dir_all(&tree)?;
                process::quiet(
                    Command::new("cp")
                        .args(["-r", "-l", "--no-dereference", "--"])
                        .arg(modules)
                        .arg(tree.join(&self.release)),
                )
                .or_else(|_| {
                    let mut copy = Command::new("cp");
                    copy.args(["-r", "--no-dereference", "--remove-destination", "--"]);
                    process::quiet(copy.arg(modules).arg(&tree))
                })?;
                rootfs::ext4(&tree, part, 16)?;
                cache::remove(&tree)
            })
            .map(Some)
    }
}

/// `/lib/modules/RELEASE` behind what the user named.
fn find_modules(dir: &Path) -> Result<PathBuf> {
    let dir = dir
        .canonicalize()
        .with_context(|| format!("--modules {}", dir.display()))?;
    if dir.join("modules.dep").is_file() || dir.join("kernel").is_dir() {
        return Ok(dir);
    }
    cache::only_dir_in(&dir.join("lib/modules"))
        .or_else(|_| cache::only_dir_in(&dir))
        .with_context(|| {
            format!(
                "--modules {}: expected modules.dep or lib/modules/RELEASE",
                dir.display()
            )
        })
}

/// The release to use: what is unpacked already, else what the archive offers.
fn choose(cache: &Cache, series: &Series) -> Result<Pick> {
    let unpacked = |release: &str| cache.path("kernels").join(release).is_dir();
    if unpacked(&series.last_seen) {
        return Ok(Pick {
            release: series.last_seen.clone(),
            warning: None,
        });
    }
    let note = cache.path(format!("kernels/{}-{}.choice", series.series, series.arch));
    if let Ok(text) = fs::read_to_string(&note) {
        let (release, warning) = text.split_once('\n').unwrap_or((&text, ""));
        if unpacked(release) {
            let warning = Some(warning.to_owned()).filter(|warning| !warning.is_empty());
            return Ok(Pick {
                release: release.to_owned(),
                warning,
            });
        }
    }
    let names = Apt::open(cache, &series.suite, &series.arch)?.names(&series.search())?;
    let pick = series
        .pick(&names)
        .with_context(|| format!("{} has no kernel image package at all", series.suite))?;
    cache.dir("kernels")?;
    let part = cache::with_suffix(&note, &format!(".{}.part", std::process::id()));
    fs::write(
        &part,
        format!(
            "{}\n{}",
            pick.release,
            pick.warning.as_deref().unwrap_or("")
        ),
    )?;
    fs::rename(&part, &note)?;
    Ok(pick)
}

/// Fetches the packages of a kernel and lays them out in `dir`: `vmlinuz`, `config` (where the
/// packages have it) and `lib/modules/RELEASE`.
fn unpack(cache: &Cache, root: &Root, series: &Series, release: &str, dir: &Path) -> Result<()> {
    let debs = packages(cache, series, release)?;
    for deb in &debs {
        apt::unpack(deb, dir)?;
    }
    let tree = dir.join("lib/modules").join(release);
    let merged = dir.join("usr/lib/modules").join(release);
    if !tree.is_dir() {
        fs::create_dir_all(dir.join("lib/modules"))?;
        fs::rename(&merged, &tree)
            .with_context(|| format!("the packages of {release} have no module tree"))?;
    }
    let image = [
        dir.join(format!("boot/vmlinuz-{release}")),
        tree.join("vmlinuz"),
    ]
    .into_iter()
    .find(|path| path.is_file())
    .with_context(|| format!("the packages of {release} have no vmlinuz"))?;
    fs::rename(image, dir.join("vmlinuz"))?;
    let config = dir.join(format!("boot/config-{release}"));
    if config.is_file() {
        fs::rename(config, dir.join("config"))?;
    }
    for rest in ["boot", "usr", "etc"] {
        cache::remove(&dir.join(rest))?;
    }
    for link in ["build", "source"] {
        cache::remove(&tree.join(link))?;
    }
    process::quiet(
        root.program("/usr/sbin/depmod")
            .arg("-b")
            .arg(dir)
            .arg(release),
    )
}

/// The image package of a release, with those that newer images are split into.
fn packages(cache: &Cache, series: &Series, release: &str) -> Result<Vec<PathBuf>> {
    let apt = Apt::open(cache, &series.suite, &series.arch)?;
    let mut debs = apt.download(&[format!("linux-image-{release}")])?;
    let parts: Vec<String> = apt::depends(&debs[0])?
        .into_iter()
        .filter(|name| {
            ["linux-binary-", "linux-modules-"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .collect();
    debs.extend(apt.download(&parts)?);
    Ok(debs)
}
