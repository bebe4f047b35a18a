//! `cargo xtask`: builds kmodtrace, boots kernels in QEMU, and tests the one on the other.

mod apt;
mod bench;
mod browser;
mod build;
mod cache;
mod cpio;
mod demo;
mod deny;
mod emulator;
mod exports;
mod facts;
mod fuzz;
mod headers;
mod initramfs;
mod kernel;
mod kernels;
mod measure;
mod moddep;
mod modfiles;
mod npm;
mod packaging;
mod process;
mod python;
mod report;
mod rootfs;
mod setup;
mod stats;
mod test;
mod testmods;
mod tidy;
mod tree;
mod vm;
mod vmtests;

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
    /// Trace a few module loads in a guest, then tell how to trace on this machine.
    Demo(demo::DemoArgs),
    /// Run every check; the last line counts what passed and failed.
    Test(test::TestArgs),
    /// Measure what a load costs under kmodtrace and under other tools, in one boot.
    Bench(bench::BenchArgs),
    /// Read the facts that plans are tested with from real kernels again.
    Facts(facts::FactsArgs),
    /// Feed the fuzz targets of `tests/fuzz`; needs a nightly toolchain.
    Fuzz(fuzz::FuzzArgs),
    /// Check the rules of the repository that no compiler checks.
    Tidy,
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
        Verb::Setup => setup::ensure(&cache, &[Need::Vm, Need::Build, Need::Modules, Need::Lint])?,
        Verb::Build(args) => build::main(&cache, &args)?,
        Verb::Vm(args) => return vm::cli::main(&cache, args),
        Verb::Demo(args) => return demo::main(&cache, &args),
        Verb::Test(args) => return test::main(&cache, &args),
        Verb::Bench(args) => bench::main(&cache, &args)?,
        Verb::Facts(args) => return facts::main(&cache, &args),
        Verb::Fuzz(args) => fuzz::main(&cache, &args)?,
        Verb::Tidy => return tidy::main(),
    }
    Ok(0)
}
