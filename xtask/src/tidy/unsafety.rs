//! Where `unsafe` may stand, with its argument, and that nothing is cast by hand.

/// Where user space may have unsafe code.
const ROOMS: &[&str] = &["kmodtrace-common/src/wire", "kmodtrace/src/probe"];
/// The programs in the kernel: every helper is unsafe there, and clippy asks for each argument.
const PROGRAMS: &str = "kmodtrace-ebpf/";
/// What follows the word where it is no part of a sentence.
const FORMS: &[&str] = &["{", "impl ", "fn ", "extern ", "trait "];
/// What zerocopy does, with a proof.
const CASTS: &[&str] = &[
    concat!("trans", "mute"),
    concat!("from_raw", "_parts"),
    concat!("read", "_unaligned"),
    concat!(" as *", "const "),
    concat!(" as *", "mut "),
    concat!(".cast::", "<"),
];

/// Which rules a source file breaks.
pub(super) fn check(name: &str, text: &str) -> Vec<String> {
    if name.starts_with(PROGRAMS) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut broken = Vec::new();
    for (index, line) in lines.iter().enumerate().filter(|(_, l)| !is_comment(l)) {
        let mut say = |what: &str| broken.push(format!("{name}:{}: {what}", index + 1));
        if is_unsafe(line) {
            if !ROOMS.iter().any(|room| name.starts_with(room)) {
                say("unsafe code outside of the wire and probe rooms");
            } else if !has_argument(&lines[..index]) {
                say("unsafe code without a `SAFETY:` comment in front of it");
            }
        }
        if let Some(cast) = CASTS.iter().find(|cast| line.contains(**cast)) {
            say(&format!("`{}` is for zerocopy", cast.trim()));
        }
    }
    broken
}

fn is_comment(line: &str) -> bool {
    line.starts_with("//")
}

fn is_unsafe(line: &str) -> bool {
    let mut parts = line.split(concat!("un", "safe ")).skip(1);
    parts.any(|rest| FORMS.iter().any(|form| rest.starts_with(form)))
}

/// Whether the comment that these lines end with says why it is sound.
fn has_argument(before: &[&str]) -> bool {
    let comment = before.iter().rev().take_while(|line| is_comment(line));
    comment.into_iter().any(|line| line.contains("SAFETY:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_bite() {
        let broken = |name: &str, text: &str| check(name, text).len();
        let marker = concat!("un", "safe impl Pod for Slot {}\n");
        let argued = format!("// SAFETY: no padding,\n// nowhere.\n{marker}");
        assert_eq!(broken("kmodtrace/src/probe/state.rs", marker), 1);
        assert_eq!(broken("kmodtrace/src/probe/state.rs", &argued), 0);
        assert_eq!(broken("kmodtrace/src/cli/run.rs", &argued), 1);
        assert_eq!(broken("xtask/src/main.rs", &argued), 1);
        assert_eq!(broken("kmodtrace-ebpf/src/load.rs", marker), 0);
        assert_eq!(broken("tests/src/lib.rs", "// unsafe code is bad\n"), 0);
        for cast in CASTS {
            let line = format!("let x = f{cast}u8;\n");
            assert_eq!(broken("kmodtrace/src/event/decode.rs", &line), 1, "{cast}");
        }
    }
}
