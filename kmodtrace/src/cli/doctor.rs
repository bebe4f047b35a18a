//! `kmodtrace doctor`: what can be traced on a kernel, what cannot, and the way out.

mod options;
mod problems;
mod report;
mod system;
mod text;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::anyhow;

use crate::{
    catalogue::Detail,
    kernel::{environment::Environment, facts::KernelFacts},
    plan::{Plan, Preference, plan},
};
use report::{PlanLines, Report};

/// `kmodtrace doctor`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DoctorArgs {
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// Read this raw BTF file instead of the kernel's own
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
    /// Judge the kernel of this configuration (.config, plain or gzipped), not the running one
    #[arg(long, value_name = "FILE")]
    pub kernel_config: Option<PathBuf>,
    /// Judge the kernel of these symbols (System.map), not the running one
    #[arg(long, value_name = "FILE")]
    pub system_map: Option<PathBuf>,
    /// Print the facts themselves as JSON: what a plan is made of
    #[arg(long, conflicts_with = "json")]
    pub facts: bool,
    /// Look for /proc, /sys and /boot below this directory
    #[arg(long, value_name = "DIR", default_value = "/", hide = true)]
    pub root: PathBuf,
}

/// Prints the report; the exit code is 0 if everything can be traced, 1 if less than that, 3 if
/// something that can be changed forbids it, 4 if the kernel cannot.
///
/// # Errors
/// When a file that was named cannot be read, or the output not be written.
pub fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let offline = args.kernel_config.is_some() || args.system_map.is_some();
    let btf = args.btf.as_deref();
    let (facts, environment) = if offline {
        let (config, map) = (args.kernel_config.as_deref(), args.system_map.as_deref());
        let facts = KernelFacts::from_files(config, map, btf).map_err(|why| anyhow!(why))?;
        (facts, None)
    } else {
        let root: &Path = &args.root;
        let facts = KernelFacts::read(root, btf);
        (facts, Some(Environment::read(root)))
    };
    if args.facts {
        print(&serde_json::to_string_pretty(&facts)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = plan(&facts, Preference::Auto, &[Detail::Usual]);
    let report = Report::new(&facts, environment.as_ref(), &plan);
    if args.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        print(text::render(&report).trim_end())?;
    }
    Ok(ExitCode::from(report.verdict.code()))
}

/// What is attached how, what is missing and what that costs, on one line: `run --dry-run --json`.
pub(super) fn plan_as_json(plan: &Plan) -> String {
    serde_json::to_string(&PlanLines::new(plan)).unwrap_or_default()
}

/// JSON Schemas of both, as [`crate::render::schema::schemas`] has those of the others.
#[cfg(feature = "schema")]
#[must_use]
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    use crate::render::schema::of;
    use report::{DOCTOR_SCHEMA, PLAN_SCHEMA};

    vec![
        (DOCTOR_SCHEMA, of::<Report>(DOCTOR_SCHEMA)),
        (PLAN_SCHEMA, of::<PlanLines>(PLAN_SCHEMA)),
    ]
}

/// The same for people.
pub(super) fn plan_as_text(plan: &Plan) -> String {
    text::plan(&PlanLines::new(plan))
}

fn print(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

#[cfg(test)]
mod tests;
