//! Builds the project's own test modules (`tests/modules`) for a kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache};
use crate::headers;
use crate::kernel::Kernel;
use crate::process;
use crate::rootfs::Root;
use crate::setup::{self, Need};

/// How many modules `kt_cNN` there are.
const NUMBERED: u32 = 25;
/// Changes whenever the modules would be built differently.
const VERSION: &str = "4";
/// Directories of twins begin so; by how many percent they do more follows.
const GROW: &str = "grow-";
/// The kinds of modules `kt_grow_KIND`, and by how many percent their twins do more.
const GROWING: &[(&str, &[u32])] = &[
    ("relocs", &[0, 1, 5, 10]),
    ("symbols", &[0, 1, 5]),
    ("init", &[0, 1, 2, 3, 5, 8, 10, 20, 50]),
    ("params", &[0, 1, 5]),
    ("sysfs", &[0, 1, 5]),
    ("funcs", &[0, 1, 5]),
    ("data", &[0, 1, 5]),
    ("file", &[0, 1, 5]),
];

/// The test modules for `kernel`, built unless they are in the cache; none for a kernel whose
/// series has none. Modules that do much of one thing, and their twins, only if they are asked for: they take a minute.
pub(crate) fn built(
    cache: &Cache,
    root: &Root,
    kernel: &Kernel,
    with_twins: bool,
) -> Result<Vec<PathBuf>> {
    let Some(series) = kernel.series.as_ref().filter(|series| series.own_modules) else {
        return Ok(Vec::new());
    };
    let release = &kernel.release;
    let sources = cache::files_below(&cache::workspace().join("tests/modules"))?;
    let with_twins = with_twins && series.twins;
    let twins: Vec<_> = twins().filter(|_| with_twins).collect();
    let all = if with_twins { "-twins" } else { "" };
    let name = format!("testmods/{release}-{}{all}", source_key(&sources)?);
    let dir = cache.make(&name, &format!("test modules for {release}"), |part| {
        setup::ensure(cache, &[Need::Modules])?;
        let build = headers::fetch(cache, root, series, release)?;
        compile(&build, &sources, &twins, part)
    })?;
    let mut modules = cache::files_below(&dir)?;
    modules.retain(|path| path.extension().is_some_and(|ext| ext == "ko"));
    Ok(modules)
}

/// Where a guest has a test module, below the directory of all: twins are in directories `grow-NN`.
pub(crate) fn place(module: &Path) -> String {
    let name = |path: Option<&Path>| {
        let name = path.and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let (file, dir) = (name(Some(module)), name(module.parent()));
    if dir.starts_with(GROW) {
        format!("{dir}/{file}")
    } else {
        file
    }
}

/// A key of all that the built modules depend on, kernel aside.
fn source_key(sources: &[PathBuf]) -> Result<String> {
    let mut parts = vec![VERSION.as_bytes().to_vec()];
    for path in sources {
        parts.push(
            path.file_name()
                .unwrap_or_default()
                .as_encoded_bytes()
                .to_vec(),
        );
        parts.push(fs::read(path)?);
    }
    Ok(cache::key(parts.iter().map(Vec::as_slice)))
}

/// Compiles `sources`, and `twins`, with the kernel's build directory and leaves the modules in `out`.
fn compile(build: &Path, sources: &[PathBuf], twins: &[Twin], out: &Path) -> Result<()> {
    let work = cache::with_suffix(out, ".work");
    cache::remove(&work)?;
    fs::create_dir_all(&work)?;
    for source in sources {
        let name = source.file_name().context("a source without a name")?;
        fs::copy(source, work.join(name))?;
    }
    let mut kbuild =
        fs::read_to_string(work.join("Kbuild")).context("tests/modules has no Kbuild")?;
    for id in 0..NUMBERED {
        kbuild.push_str(&format!("obj-m += kt_c{id:02}.o\n"));
        let text = format!("#define KT_ID {id}\n#include \"kt_c.h\"\n");
        fs::write(work.join(format!("kt_c{id:02}.c")), text)?;
    }
    for twin in twins {
        let Twin { name, grow } = twin;
        let kind = name.to_uppercase();
        kbuild.push_str(&format!("obj-m += {}.o\n", twin.built()));
        let text = format!("#define KT_GROW {grow}\n#define {kind}\n#include \"kt_grow.h\"\n");
        fs::write(work.join(format!("{}.c", twin.built())), text)?;
    }
    fs::write(work.join("Kbuild"), kbuild)?;
    let mut make = Command::new("make");
    make.arg("-C")
        .arg(build)
        .arg(format!("M={}", work.display()));
    make.arg(format!(
        "-j{}",
        std::thread::available_parallelism().map_or(1, usize::from)
    ));
    // The headers name the compiler that built the kernel; any recent one will do. Kernels are
    // configured for options of that compiler, and for pahole, that this machine may not have.
    make.args(["CC=gcc", "CROSS_COMPILE=", "CONFIG_DEBUG_INFO_BTF_MODULES="]);
    make.args(["CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=", "modules"]);
    make.env_remove("MAKEFLAGS")
        .env_remove("CARGO_MAKEFLAGS")
        .env("LC_ALL", "C");
    process::quiet(&mut make)?;
    fs::create_dir_all(out)?;
    let mut count = 0;
    for path in fs::read_dir(&work)? {
        let path = path?.path();
        if path.extension().is_some_and(|ext| ext == "ko") {
            let to = out.join(path.file_name().unwrap_or_default());
            process::quiet(Command::new("strip").args(["-g", "-o"]).arg(to).arg(&path))?;
            count += 1;
        }
    }
    if count == 0 {
        bail!("make built no module in {}", work.display());
    }
    for twin in twins {
        twin.rename(out)?;
    }
    cache::remove(&work)
}

/// One of several modules of one name.
struct Twin {
    /// The module's name.
    name: String,
    /// By how many percent it does more than the first.
    grow: u32,
}

/// All of them.
fn twins() -> impl Iterator<Item = Twin> {
    GROWING.iter().flat_map(|(kind, grows)| {
        grows.iter().map(move |&grow| Twin {
            name: format!("kt_grow_{kind}"),
            grow,
        })
    })
}

impl Twin {
    /// The name that it is built by, as no two modules of one build may have the same.
    fn built(&self) -> String {
        format!("{}_g{:02}", self.name, self.grow)
    }

    /// Gives the module built in `dir` its name, and puts it into a directory of its own.
    fn rename(&self, dir: &Path) -> Result<()> {
        let built = self.built();
        let from = dir.join(format!("{built}.ko"));
        let mut bytes = fs::read(&from).with_context(|| format!("no {}", from.display()))?;
        // Strings with zero bytes behind them: of modules that is as good.
        let ends = built.len() - self.name.len();
        let mut at = 0;
        while let Some(found) = find(&bytes[at..], built.as_bytes()) {
            at += found + built.len();
            bytes[at - ends..at].fill(0);
        }
        let to = dir.join(format!("{GROW}{:02}", self.grow));
        fs::create_dir_all(&to)?;
        fs::write(to.join(format!("{}.ko", self.name)), bytes)?;
        fs::remove_file(from)?;
        Ok(())
    }
}

/// Where `part` begins in `bytes`.
fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
