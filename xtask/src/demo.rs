//! `cargo xtask demo`: kmodtrace at work in a guest, and how to use it on this machine.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::build;
use crate::cache::Cache;
use crate::vm::{self, Output, Status, VmSpec};

/// Options of `cargo xtask demo`.
#[derive(clap::Args, Debug)]
pub(crate) struct DemoArgs {
    /// Kernel series to boot: 5.10, 6.1, 6.12, 6.18 or newest.
    #[arg(long, default_value = "6.12")]
    kernel: String,
}

/// Runs `cargo xtask demo` and returns its exit status.
pub(crate) fn main(cache: &Cache, args: &DemoArgs) -> Result<u8> {
    let binary = build::kmodtrace(cache, "")?;
    let mut spec = VmSpec::new(&args.kernel, &["sh", "/guest/demo.sh"]);
    spec.binary = Some(binary.clone());
    spec.output = Output::Inherit;
    spec.timeout = Duration::from_secs(180);
    eprintln!("xtask: booting kernel {}", args.kernel);
    let outcome = vm::run(cache, &spec)?;
    if let Status::Failed(why) = &outcome.status {
        eprintln!("xtask: {why}");
        eprint!("{}", outcome.console_tail(40));
        return Ok(outcome.status.code());
    }
    println!();
    println!(
        "That ran on Linux {}: up after {:.1} s, done after {:.1} s.",
        outcome.release,
        outcome.boot.unwrap_or_default().as_secs_f64(),
        outcome.wall.as_secs_f64()
    );
    if let Some(warning) = &outcome.warning {
        println!("Note: {warning}.");
    }
    println!("{}", host_advice(Path::new("/"), &binary));
    Ok(outcome.status.code())
}

/// How to trace on this machine, or what stands against it.
fn host_advice(root: &Path, binary: &Path) -> String {
    let has = |path: &str| root.join(path).exists();
    let mut against = Vec::new();
    if !has("proc/modules") {
        against.push("its kernel is built without loadable modules");
    }
    if !has("sys/kernel/btf/vmlinux") {
        against.push("its kernel has no BTF (/sys/kernel/btf/vmlinux)");
    }
    if !has("sys/bus/event_source/devices/kprobe") {
        against.push("its kernel has no kprobes (CONFIG_KPROBE_EVENTS)");
    }
    if lockdown(root) {
        against.push("its kernel is locked down to confidentiality, which forbids tracing");
    }
    if against.is_empty() {
        let sudo = if rustix::process::geteuid().is_root() {
            ""
        } else {
            "sudo "
        };
        return format!(
            "To trace a module load on this machine:\n  {sudo}{} run -- modprobe dummy",
            binary.display()
        );
    }
    format!(
        "This machine itself cannot be traced: {}.",
        against.join("; ")
    )
}

/// Whether the kernel is locked down so far that nothing can be traced.
fn lockdown(root: &Path) -> bool {
    let state = fs::read_to_string(root.join("sys/kernel/security/lockdown"));
    state.is_ok_and(|state| state.contains("[confidentiality]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_what_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        make("proc/modules");
        make("sys/bus/event_source/devices/kprobe");
        let text = host_advice(root.path(), Path::new("/kmodtrace"));
        assert!(text.contains("BTF") && !text.contains("kprobes"), "{text}");
        make("sys/kernel/btf/vmlinux");
        let text = host_advice(root.path(), Path::new("/kmodtrace"));
        assert!(text.contains("/kmodtrace run"), "{text}");
    }
}
