//! `deny.toml`: licences, versions and sources of the dependencies, checked by cargo-deny.
//!
//! Advisories are left out: their database would have to be fetched.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cache::{self, Cache};
use crate::process;
use crate::report::Outcome;
use crate::setup;

/// Release of cargo-deny that `deny.toml` was written for.
const CARGO_DENY: &str = "0.20.2";

/// A step of `cargo xtask test --full`.
pub(crate) fn step(cache: &Cache) -> Result<Outcome> {
    // It looks at all features, also at those of which nothing was built here.
    process::quiet(setup::cargo().args(["fetch", "--locked"]))?;
    let mut command = Command::new(cargo_deny(cache)?);
    command
        .args(["--offline", "--locked", "--manifest-path"])
        .arg(cache::workspace().join("Cargo.toml"))
        .args(["check", "bans", "licenses", "sources"]);
    Ok(match process::quiet(&mut command) {
        Ok(()) => Outcome::Passed(String::new()),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    })
}

/// cargo-deny of the tested release, built unless it is there: that takes minutes.
fn cargo_deny(cache: &Cache) -> Result<PathBuf> {
    let path = setup::tools_bin(cache).join("cargo-deny");
    let version = Command::new(&path).arg("--version").output();
    if version.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(CARGO_DENY)) {
        return Ok(path);
    }
    let _lock = cache.lock("cargo-deny")?;
    cache::step(&format!("build of cargo-deny {CARGO_DENY}"), || {
        let mut command = setup::cargo();
        command
            .args(["install", "--quiet", "--force", "cargo-deny"])
            .args(["--version", CARGO_DENY, "--locked"])
            .args(["--no-default-features", "--root"])
            .arg(cache.path("tools"))
            .env("CARGO_TARGET_DIR", cache.path("tools/build"))
            .env_remove("RUSTFLAGS");
        process::quiet(&mut command)?;
        cache::remove(&cache.path("tools/build"))
    })?;
    Ok(path)
}
