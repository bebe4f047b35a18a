//! Host packages and tools: finds what is missing for a verb and installs just that.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache, step};
use crate::process;

/// What a verb is about to do, hence which host packages it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Unpack packages, make file system images, boot a virtual machine.
    Vm,
    /// Compile kmodtrace with its eBPF object.
    Build,
    /// Compile kernel modules.
    Modules,
    /// Format and lint every crate.
    Lint,
    /// Build fuzz targets.
    Fuzz,
    /// Compare with other programs that read modules.
    Compare,
    /// Read exports with other programs.
    Exports,
    /// Open pages in a browser.
    Browser,
    /// Read completions and manual pages.
    Packaging,
}

/// Release of bpf-linker that the build was tested with.
const BPF_LINKER: &str = "0.13.0";
/// Where Debian's LLVM 22 lies.
const LLVM: &str = "/usr/lib/llvm-22";

/// The host packages behind a need.
fn packages(need: Need) -> Vec<&'static str> {
    match need {
        Need::Vm => {
            vec!["apt", "dpkg", "e2fsprogs", "util-linux", "xz-utils", "zstd"]
        }
        Need::Modules => vec!["apt", "binutils", "dpkg", "gcc", "make"],
        Need::Lint => {
            let mut list = Vec::new();
            if !subcommand("fmt") {
                list.push("rustfmt-web");
            }
            if !subcommand("clippy") || debian_rustc_is_web() {
                list.push("rust-web-clippy");
            }
            list
        }
        Need::Fuzz => vec!["g++"],
        Need::Compare => vec!["binutils", "kmod"],
        Need::Exports => absent(&[
            ("java", "default-jre-headless"),
            ("node", "nodejs"),
            ("npm", "npm"),
            ("python3", "python3-venv"),
        ]),
        Need::Browser => {
            let mut list = absent(&[("node", "nodejs"), ("npm", "npm")]);
            // Pictures of text need a font.
            list.extend(["chromium", "fonts-dejavu-core"]);
            list
        }
        Need::Packaging => vec!["fish", "groff", "mandoc", "zsh"],
        Need::Build => {
            let mut list = vec!["gcc", "libc6-dev"];
            if !debian_rustc_makes_bpf() {
                list.extend(["rustc-web", "cargo-web", "libstd-rust-web-dev-bpf"]);
            }
            list
        }
    }
}

/// The packages of the programs that are not on `$PATH`: some machines have them from elsewhere.
fn absent(programs: &[(&str, &'static str)]) -> Vec<&'static str> {
    let absent = programs
        .iter()
        .filter(|(program, _)| which(program).is_none());
    absent.map(|(_, package)| *package).collect()
}

/// Makes everything ready for `needs`, installing what is missing.
pub(crate) fn ensure(cache: &Cache, needs: &[Need]) -> Result<()> {
    let mut wanted: Vec<&str> = needs.iter().flat_map(|need| packages(*need)).collect();
    let linker = needs.contains(&Need::Build) && find_bpf_linker(cache).is_none();
    if linker {
        wanted.extend(["llvm-22-dev", "libpolly-22-dev"]);
    }
    wanted.sort_unstable();
    wanted.dedup();
    let missing: Vec<&str> = wanted.into_iter().filter(|name| !installed(name)).collect();
    if !missing.is_empty() {
        let _lock = cache.lock("host-packages")?;
        install(&missing)?;
    }
    if linker {
        install_bpf_linker(cache)?;
    }
    Ok(())
}

/// Whether dpkg has the package installed.
fn installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["-W", "-f", "${db:Status-Status}", package])
        .output();
    query.is_ok_and(|out| out.status.success() && out.stdout == b"installed")
}

/// Whether the compiler of Debian's rustc packages has the eBPF target's core library.
fn debian_rustc_makes_bpf() -> bool {
    let query = Command::new("/usr/bin/rustc")
        .args(["--print", "target-libdir", "--target", "bpfel-unknown-none"])
        .output();
    let Ok(out) = query else { return false };
    let dir = PathBuf::from(String::from_utf8_lossy(&out.stdout).trim());
    let Ok(entries) = fs::read_dir(dir) else {
        return false;
    };
    entries
        .filter_map(Result::ok)
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
}

/// Whether /usr/bin/rustc comes from the packages whose linter is `rust-web-clippy`.
fn debian_rustc_is_web() -> bool {
    installed("rustc-web") && debian_rustc_makes_bpf()
}

/// Whether cargo knows a subcommand.
fn subcommand(name: &str) -> bool {
    cargo()
        .args([name, "--version"])
        .output()
        .is_ok_and(|out| out.status.success())
}

/// Debian's `cargo clippy`, set up for the eBPF crate; none if it lacks the target or the linter.
///
/// The linter is named by its path: cargo would look for it in `~/.cargo/bin` first.
pub(crate) fn clippy_for_bpf(cache: &Cache) -> Result<Option<Command>> {
    let clippy = Path::new("/usr/bin/cargo-clippy");
    if !debian_rustc_makes_bpf() || !clippy.exists() {
        return Ok(None);
    }
    let mut command = Command::new(clippy);
    command.current_dir(cache::workspace());
    command
        .env("CARGO", "/usr/bin/cargo")
        .env("RUSTC", "/usr/bin/rustc");
    let path = env::join_paths([tools_bin(cache), "/usr/bin".into(), "/bin".into()])
        .context("$PATH cannot be made")?;
    command.env("PATH", path);
    command.env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_DIR", cache.path("clippy-ebpf"));
    command.env(
        "CARGO_ENCODED_RUSTFLAGS",
        "--cfg=bpf_target_arch=\"x86_64\"",
    );
    for name in ["LD_LIBRARY_PATH", "RUSTFLAGS", "RUSTUP_TOOLCHAIN"] {
        command.env_remove(name);
    }
    Ok(Some(command))
}

/// Installs host packages with apt-get, as root or through sudo.
fn install(missing: &[&str]) -> Result<()> {
    let apt_get = |args: &[&str]| -> Result<()> {
        let root = rustix::process::geteuid().is_root();
        let mut command = Command::new(if root { "apt-get" } else { "sudo" });
        if !root {
            command.arg("apt-get");
        }
        command.env("DEBIAN_FRONTEND", "noninteractive");
        process::quiet(command.args(args))
    };
    let by_hand = format!(
        "apt-get update && apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    if !rustix::process::geteuid().is_root() && which("sudo").is_none() {
        bail!("host packages are missing and there is no sudo; as root, run: {by_hand}");
    }
    step("apt-get update", || apt_get(&["-q", "update"]))?;
    step(&format!("installation of {}", missing.join(" ")), || {
        let mut args = vec![
            "-q",
            "-y",
            "--no-install-recommends",
            "--no-remove",
            "install",
        ];
        args.extend(missing);
        apt_get(&args)
    })
    .with_context(|| format!("host packages could not be installed; try by hand: {by_hand}"))
}

/// The first executable file `name` on `$PATH`.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok())
}

/// Where xtask keeps the tools it builds.
pub(crate) fn tools_bin(cache: &Cache) -> PathBuf {
    cache.path("tools/bin")
}

/// A bpf-linker of the tested release: xtask's own, or the one on `$PATH`.
fn find_bpf_linker(cache: &Cache) -> Option<PathBuf> {
    let own = tools_bin(cache).join("bpf-linker");
    [Some(own), which("bpf-linker")]
        .into_iter()
        .flatten()
        .find(|path| {
            let version = Command::new(path).arg("--version").output();
            version.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(BPF_LINKER))
        })
}

/// Builds bpf-linker against Debian's LLVM into the cache.
fn install_bpf_linker(cache: &Cache) -> Result<()> {
    let _lock = cache.lock("bpf-linker")?;
    if find_bpf_linker(cache).is_some() {
        return Ok(());
    }
    step(&format!("build of bpf-linker {BPF_LINKER}"), || {
        let mut command = cargo();
        command
            .args([
                "install",
                "--quiet",
                "bpf-linker",
                "--version",
                BPF_LINKER,
                "--locked",
            ])
            .args(["--no-default-features", "--features", "llvm-22", "--root"])
            .arg(cache.path("tools"))
            .env("LLVM_PREFIX", LLVM)
            .env("CARGO_TARGET_DIR", cache.path("tools/build"))
            .env_remove("RUSTFLAGS");
        process::quiet(&mut command)?;
        cache::remove(&cache.path("tools/build"))
    })
}

/// The cargo that runs xtask, else the one on `$PATH`, else Debian's.
pub(crate) fn cargo() -> Command {
    let named = env::var_os("CARGO")
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    let mut command = Command::new(
        named
            .or_else(|| which("cargo"))
            .unwrap_or_else(|| Path::new("/usr/bin/cargo").to_path_buf()),
    );
    command.current_dir(cache::workspace());
    command
}

/// Cargo with xtask's tools in front of `$PATH`.
pub(crate) fn cargo_with_tools(cache: &Cache) -> Result<Command> {
    let mut dirs: Vec<PathBuf> = vec![tools_bin(cache)];
    dirs.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let path: OsString = env::join_paths(dirs).context("$PATH cannot be extended")?;
    let mut command = cargo();
    command.env("PATH", path);
    Ok(command)
}
