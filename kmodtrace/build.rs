//! Builds the eBPF object with whichever toolchain can, and puts it into `OUT_DIR`.
//!
//! Two kinds of toolchain can: one with a prebuilt `core` for `bpfel-unknown-none` (Debian's
//! `libstd-rust-web-dev-bpf`), or one with Rust's own sources, from which cargo builds `core`
//! (rustup's `rust-src` component). Each candidate is asked, the first that can is taken.
//!
//! Environment:
//! - `KMODTRACE_BPF_OBJECT=FILE` takes a ready object.
//! - `KMODTRACE_BPF_RUSTC_DIR=DIR` uses the `cargo` and `rustc` in `DIR`.
//! - `KMODTRACE_BPF_TOOLCHAIN=NAME` uses `rustup run NAME`.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PACKAGE: &str = "kmodtrace-ebpf";

/// What would make a candidate fail although it can build BPF: settings of the outer cargo.
const OUTER: &[&str] = &[
    "CARGO",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

const HOW_TO_INSTALL: &str = "
No toolchain here can build the eBPF programs. Install one of:
  Debian 12:  apt-get install rustc-web cargo-web libstd-rust-web-dev-bpf
  rustup:     rustup toolchain install nightly --component rust-src
`cargo xtask build` does this by itself.";

const HOW_TO_INSTALL_LINKER: &str = "
bpf-linker is not on PATH. `cargo xtask build` installs it by itself; by hand, with LLVM 22:
  apt-get install llvm-22-dev libpolly-22-dev
  LLVM_PREFIX=/usr/lib/llvm-22 cargo install bpf-linker --version 0.13.0 --locked \\
    --no-default-features --features llvm-22";

/// Where a cargo and a rustc come from.
#[derive(Clone)]
enum Toolchain {
    Dir(PathBuf),
    Rustup(String),
}

impl Toolchain {
    fn command(&self, program: &str) -> Command {
        let mut command = match self {
            Self::Dir(dir) => Command::new(dir.join(program)),
            Self::Rustup(name) => {
                let mut command = Command::new("rustup");
                command.args(["run", name, program]);
                command
            }
        };
        for name in OUTER {
            command.env_remove(name);
        }
        if let Self::Dir(dir) = self {
            command.env("RUSTC", dir.join("rustc"));
        }
        command
    }

    fn name(&self) -> String {
        match self {
            Self::Dir(dir) => dir.display().to_string(),
            Self::Rustup(name) => format!("rustup run {name}"),
        }
    }
}

/// How a toolchain gets `core` for the target.
#[derive(Clone, Copy)]
enum Core {
    Prebuilt,
    FromSource,
}

fn main() -> Result<()> {
    for name in ["OBJECT", "RUSTC_DIR", "TOOLCHAIN"] {
        println!("cargo:rerun-if-env-changed=KMODTRACE_BPF_{name}");
    }
    println!("cargo:rerun-if-env-changed=PATH");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let object = out.join(PACKAGE);
    if let Some(ready) = env::var_os("KMODTRACE_BPF_OBJECT") {
        fs::copy(&ready, &object).map_err(|e| format!("KMODTRACE_BPF_OBJECT: {e}"))?;
        println!("cargo:rerun-if-changed={}", Path::new(&ready).display());
        return Ok(());
    }
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no manifest dir")?);
    let root = manifest
        .parent()
        .ok_or("the crate has no workspace around it")?;
    for dir in [PACKAGE, "kmodtrace-common"] {
        println!("cargo:rerun-if-changed={}", root.join(dir).display());
    }
    let target = match env::var("CARGO_CFG_TARGET_ENDIAN")?.as_str() {
        "big" => "bpfeb-unknown-none",
        _ => "bpfel-unknown-none",
    };
    if find_program("bpf-linker").is_none() {
        return Err(HOW_TO_INSTALL_LINKER.into());
    }
    for toolchain in candidates() {
        if let Some(core) = can_build(&toolchain, target) {
            build(&toolchain, core, target, root, &out)?;
            let built = out.join("bpf").join(target).join("release").join(PACKAGE);
            fs::copy(&built, &object).map_err(|e| format!("{}: {e}", built.display()))?;
            return Ok(());
        }
    }
    Err(HOW_TO_INSTALL.into())
}

fn candidates() -> Vec<Toolchain> {
    if let Some(dir) = env::var_os("KMODTRACE_BPF_RUSTC_DIR") {
        return vec![Toolchain::Dir(dir.into())];
    }
    if let Ok(name) = env::var("KMODTRACE_BPF_TOOLCHAIN") {
        return vec![Toolchain::Rustup(name)];
    }
    vec![
        Toolchain::Dir("/usr/bin".into()),
        Toolchain::Rustup("nightly".into()),
        Toolchain::Rustup("stable".into()),
    ]
}

fn can_build(toolchain: &Toolchain, target: &str) -> Option<Core> {
    let mut rustc = toolchain.command("rustc");
    let output = rustc
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let libdir = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let prebuilt = fs::read_dir(&libdir).is_ok_and(|mut files| {
        files
            .any(|file| file.is_ok_and(|f| f.file_name().to_string_lossy().starts_with("libcore-")))
    });
    if prebuilt {
        return Some(Core::Prebuilt);
    }
    // <sysroot>/lib/rustlib/<target>/lib
    let sysroot = libdir.ancestors().nth(4)?;
    let sources = sysroot.join("lib/rustlib/src/rust/library/core/src/lib.rs");
    sources.exists().then_some(Core::FromSource)
}

fn build(toolchain: &Toolchain, core: Core, target: &str, root: &Path, out: &Path) -> Result<()> {
    let arch = env::var("CARGO_CFG_TARGET_ARCH")?;
    // No debug information and so no BTF of the programs' own: maps are defined without it, offsets
    // come as globals, and DWARF would be four fifths of the object.
    let flags = format!("--cfg=bpf_target_arch=\"{arch}\"");
    let mut cargo = toolchain.command("cargo");
    cargo
        .current_dir(root)
        .args([
            "build",
            "--locked",
            "--release",
            "--bins",
            "--package",
            PACKAGE,
        ])
        .args(["--target", target, "--target-dir"])
        .arg(out.join("bpf"))
        // aya-ebpf and we use BPF assembly, which is unstable, whatever the channel.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags);
    if let Core::FromSource = core {
        cargo.args(["-Z", "build-std=core"]);
    }
    if env::var_os("CARGO_FEATURE_EBPF_LOG").is_some() {
        cargo.args(["--features", "log"]);
    }
    let output = cargo
        .output()
        .map_err(|e| format!("{}: {e}", toolchain.name()))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "building the eBPF programs with {} failed:\n{errors}",
        toolchain.name()
    )
    .into())
}

fn find_program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}
