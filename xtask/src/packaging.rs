//! Completions and manual pages, read by the shells and programs that they are for.

use anyhow::{Result, bail};

use crate::cache::Cache;
use crate::process;
use crate::report::Outcome;
use crate::setup::{self, Need};

/// A step of `cargo xtask test --full`: the tests that need programs which a build does not.
pub(crate) fn step(cache: &Cache) -> Result<Outcome> {
    setup::ensure(cache, &[Need::Build, Need::Packaging])?;
    let mut test = setup::cargo_with_tools(cache)?;
    test.args(["test", "--quiet", "--locked", "--package", "kmodtrace"])
        .args(["--test", "program", "--", "--ignored", "packaging::"]);
    let count = process::passed(&process::output(&mut test)?);
    if count == 0 {
        bail!("there are no such tests");
    }
    Ok(Outcome::Passed(format!("{count} tests")))
}
