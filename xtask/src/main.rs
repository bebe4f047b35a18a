//! `cargo xtask`: builds kmodtrace, boots kernels in QEMU, and tests the one on the other.

mod apt;
mod build;
mod cache;
mod cpio;
mod headers;
mod initramfs;
mod kernel;
mod kernels;
mod moddep;
mod process;
mod rootfs;
mod setup;
mod testmods;
mod vm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use cache::Cache;
use setup::Need;

/// kmodtrace's build, VM and test driver.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Subcommand, Debug)]
enum Verb {
    /// Install the host packages and tools that building and booting need.
    Setup,
    /// Build the static release binary; the last line on standard output is its path.
    Build(build::BuildArgs),
    /// Boot a kernel in QEMU and run a command in it.
    Vm(vm::cli::VmArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse().verb) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(vm::NO_VERDICT)
        }
    }
}

/// Runs a verb and returns the exit status.
fn run(verb: Verb) -> Result<u8> {
    let cache = Cache::open()?;
    match verb {
        Verb::Setup => setup::ensure(&cache, &[Need::Vm, Need::Build, Need::Modules])?,
        Verb::Build(args) => build::main(&cache, &args)?,
        Verb::Vm(args) => return vm::cli::main(&cache, args),
    }
    Ok(0)
}
