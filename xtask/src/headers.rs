//! Kernel headers packages, unpacked privately and made to work from where they lie.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::apt::{self, Apt};
use crate::cache::{self, Cache};
use crate::kernels::Series;
use crate::rootfs::Root;

/// The build directory for modules of `release`, unpacked unless that was done.
pub(crate) fn fetch(cache: &Cache, root: &Root, series: &Series, release: &str) -> Result<PathBuf> {
    // The tools are bound to the root tree, whose name thus is part of theirs.
    let tree = root.tree.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("headers/{release}-{tree}");
    let home = cache.path(&name);
    let dir = cache.make(&name, &format!("headers of {release}"), |part| {
        for deb in packages(cache, series, release)? {
            apt::unpack(&deb, part)?;
        }
        relocate(part, &home, release)?;
        for file in cache::files_below(&part.join("usr/lib"))? {
            if is_program(&file)? {
                wrap(&file, part, &home, root)?;
            }
        }
        Ok(())
    })?;
    Ok(dir.join("usr/src").join(format!("linux-headers-{release}")))
}

/// The headers package of a release with its common part and its build tools.
fn packages(cache: &Cache, series: &Series, release: &str) -> Result<Vec<PathBuf>> {
    let apt = Apt::open(cache, &series.suite, &series.arch)?;
    let mut debs = apt.download(&[format!("linux-headers-{release}")])?;
    let parts: Vec<String> = apt::depends(&debs[0])?
        .into_iter()
        .filter(|name| name.starts_with("linux-headers-") || name.starts_with("linux-kbuild-"))
        .collect();
    debs.extend(apt.download(&parts)?);
    Ok(debs)
}

/// Points the absolute paths of the build directory's makefile below `home`.
fn relocate(part: &Path, home: &Path, release: &str) -> Result<()> {
    let makefile = part.join(format!("usr/src/linux-headers-{release}/Makefile"));
    let text = fs::read_to_string(&makefile)
        .with_context(|| format!("the headers of {release} have no makefile"))?;
    let src = format!("{}/usr/src/", home.display());
    fs::write(&makefile, text.replace("/usr/src/", &src))?;
    Ok(())
}

/// Whether the file is an executable ELF program.
fn is_program(file: &Path) -> Result<bool> {
    if fs::metadata(file)?.permissions().mode() & 0o100 == 0 {
        return Ok(false);
    }
    let mut magic = [0; 4];
    let read = fs::File::open(file)?.read(&mut magic)?;
    Ok(read == 4 && &magic == b"\x7fELF")
}

/// Replaces a build tool with a script that runs it with the root tree's libraries: tools of a
/// newer Debian need a newer libc than this machine may have.
///
/// Debian's modpost and objtool choose one of several programs `NAME.real-KIND` by the target;
/// the right one takes their place here, as they would look beside the dynamic loader.
fn wrap(file: &Path, part: &Path, home: &Path, root: &Root) -> Result<()> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let tool = match name.split_once(".real-") {
        Some((tool, "lsb-64" | "x86")) => tool.to_owned(),
        Some(_) => return Ok(()),
        None if has_kinds(file, &name)? => return Ok(()),
        None => name,
    };
    let binary = file.with_file_name(format!("{tool}.program"));
    fs::rename(file, &binary)?;
    let libraries = root.libraries();
    let script = file.with_file_name(&tool);
    cache::remove(&script)?;
    let text = format!(
        "#!/bin/sh\nexec '{0}/ld-linux-x86-64.so.2' --library-path '{0}' '{1}' \"$@\"\n",
        libraries.display(),
        home.join(binary.strip_prefix(part)?).display(),
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Whether programs `NAME.real-KIND` lie beside `file`.
fn has_kinds(file: &Path, name: &str) -> Result<bool> {
    let prefix = format!("{name}.real-");
    let dir = file.parent().context("a file without a directory")?;
    for entry in fs::read_dir(dir)? {
        if entry?.file_name().to_string_lossy().starts_with(&prefix) {
            return Ok(true);
        }
    }
    Ok(false)
}
