//! Whether tracing is allowed at all: asked before the first attempt, so that the answer has a name.

use super::Failure;
use crate::kernel::environment::Environment;

/// Says why tracing is not allowed, if it is not; `lockdown` is the active mode.
///
/// # Errors
///
/// [`Failure::NotRoot`], [`Failure::NotCapable`], [`Failure::Lockdown`], [`Failure::FtraceOff`] or
/// [`Failure::KprobesOff`].
pub fn may_trace(environment: &Environment, lockdown: Option<&str>) -> Result<(), Failure> {
    if !environment.may_trace() {
        return Err(match environment.euid {
            Some(0) => Failure::NotCapable,
            _ => Failure::NotRoot,
        });
    }
    // Integrity forbids changing the kernel, not reading it.
    if lockdown == Some("confidentiality") {
        return Err(Failure::Lockdown);
    }
    if environment.ftrace_enabled == Some(0) {
        return Err(Failure::FtraceOff);
    }
    if environment.kprobes_enabled == Some(false) {
        return Err(Failure::KprobesOff);
    }
    Ok(())
}
