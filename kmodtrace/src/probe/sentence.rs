//! What the kernel said, in one line.

use std::error::Error;

/// How the lines begin with which the verifier ends its log: they count, and say nothing of why (`print_verification_stats()`).
const STATISTICS: [&str; 3] = ["processed ", "verification time ", "stack depth "];

/// An error and its causes; of a verifier's log the end.
pub(super) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    let says = |line: &&str| {
        let counts = STATISTICS.iter().any(|begin| line.starts_with(begin));
        !line.is_empty() && !counts
    };
    let lines: Vec<_> = text.lines().map(str::trim).filter(says).collect();
    match lines.as_slice() {
        [first, .., before_last, last] => format!("{first} … {before_last} / {last}"),
        _ => lines.join(": "),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_log_ends_with_why() {
        let log = "the kernel refused it: Permission denied. Verifier output:\n0: R1=ctx() R10=fp0\n\
            0: (79) r3 = *(u64 *)(r1 +0)\nfunc 'vfree' arg0 type UNKNOWN is not a struct\n\
            invalid bpf_context access off=0 size=8\nverification time 60 usec\nstack depth 0+0\n\
            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";
        let told = sentence(&io::Error::other(log));
        let end = "Verifier output: … func 'vfree' arg0 type UNKNOWN is not a struct / invalid bpf_context access off=0 size=8";
        assert!(told.ends_with(end), "{told}");
    }

    #[test]
    fn a_short_one_is_told_whole() {
        assert_eq!(sentence(&io::Error::other("refused")), "refused");
    }
}
