//! `kmodtrace doctor`.

use super::args::DoctorArgs;
use crate::error::{Exit, Failure};

/// Placeholder.
///
/// # Errors
/// Never.
pub fn run(_args: &DoctorArgs) -> Result<Exit, Failure> {
    Ok(Exit::Ok)
}
