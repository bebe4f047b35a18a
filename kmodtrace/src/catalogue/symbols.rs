//! Names of the kernel that matter, but are no hooks.

/// Exists where BPF trampolines stay alive while a task sleeps in the traced function.
pub const TRAMPOLINE_IMAGE: &str = "__bpf_tramp_image_put_rcu";

/// In front of a tracepoint's name: its static data, its iterator. Where one exists, so does the
/// tracepoint.
pub const TRACEPOINT_PREFIXES: [&str; 2] = ["__tracepoint_", "__traceiter_"];

/// Exists where programs can have text formatted by the kernel: see
/// [`kmodtrace_common::offsets::CAN_FORMAT`].
pub const FORMAT_HELPER: &str = "bpf_snprintf";

/// Where functions jump to return, on processors that a plain return would lead astray. Which of them, the
/// kernel decides when it starts.
pub const RETURN_THUNKS: [&str; 7] = [
    "__x86_return_thunk",
    "__x86_return_skl",
    "call_depth_return_thunk",
    "its_return_thunk",
    "retbleed_return_thunk",
    "srso_alias_return_thunk",
    "srso_return_thunk",
];

/// Prints what was switched on to be printed. A function that ends with it has returned, for us.
pub const DEBUG_PRINT: &str = "__dynamic_pr_debug";

/// Beginning and end of the table of instructions that may fault, and where they go on then.
pub const FIXUPS: [&str; 2] = ["__start___ex_table", "__stop___ex_table"];

/// Beginning and end of the table of jumps that are switched on and off.
pub const JUMP_LABELS: [&str; 2] = ["__start___jump_table", "__stop___jump_table"];

/// Behind the name of a function: the part of it that is seldom run.
pub const SELDOM: &str = ".cold";

/// Compilers' marks on a function that was cloned or changed; all of them are followed by a number.
const SUFFIXES: [&str; 4] = ["isra", "part", "constprop", "llvm"];

/// The name that a function has in the source, if `symbol` is that or a compiler's variant of it:
/// `f`, `f.isra.0`, `f.part.0.constprop.1`, but not `f.cold`.
#[must_use]
pub fn source_name(symbol: &str) -> Option<&str> {
    let (name, suffixes) = symbol.split_once('.').unwrap_or((symbol, ""));
    let mut parts = suffixes.split('.').filter(|part| !part.is_empty());
    while let Some(suffix) = parts.next() {
        let number = parts.next()?;
        if !SUFFIXES.contains(&suffix) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::source_name;

    #[test]
    fn variants_of_a_function_bear_its_name() {
        for symbol in [
            "f",
            "f.isra.0",
            "f.part.12",
            "f.constprop.0.isra.1",
            "f.llvm.123456789",
        ] {
            assert_eq!(source_name(symbol), Some("f"), "{symbol}");
        }
    }

    #[test]
    fn cold_halves_and_other_names_do_not() {
        for symbol in [
            "f.cold",
            "f.isra.0.cold",
            "f.isra",
            "f.isra.x",
            "f.0",
            "",
            ".isra.0",
        ] {
            assert_eq!(source_name(symbol), None, "{symbol}");
        }
    }
}
