//! Addresses in text.

use super::is_kernel_address;

/// Digits of a decimal number that can be an address: 2⁶⁴ has twenty.
const DECIMAL_DIGITS: usize = 20;
/// How the digits of an address begin.
const BEGINNINGS: [&str; 2] = ["ffff", "18446"];

/// Replaces what can be a kernel address: hexadecimal numbers, with or without `0x`, and decimal ones.
/// `told` gives what is told instead. The text's length does not change. If it was `cut` off, neither
/// does the beginning of an address remain at its end.
pub(super) fn redact(text: &mut [u8], cut: bool, told: impl Fn(u64) -> u64) {
    let mut at = 0;
    while at < text.len() {
        let rest = text.get_mut(at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit());
        let count = digits.count();
        let ends = cut && count == rest.len();
        if let Some(run) = rest.get_mut(..count).filter(|run| !run.is_empty()) {
            number(run, ends, &told);
        }
        at += count + 1;
    }
}

fn number(run: &mut [u8], ends: bool, told: &impl Fn(u64) -> u64) {
    let digits = String::from_utf8_lossy(run).into_owned();
    let width = run.len();
    let hexadecimal = u64::from_str_radix(&digits, 16).ok();
    let decimal = digits.parse::<u64>().ok();
    let text = if let Some(address) = hexadecimal.filter(|&number| is_kernel_address(number)) {
        format!("{:0width$x}", told(address))
    } else if let Some(address) = decimal.filter(|&number| is_kernel_address(number)) {
        debug_assert!(width >= DECIMAL_DIGITS);
        format!("{:0width$}", told(address))
    } else if ends && begins(&digits) {
        "0".repeat(width)
    } else {
        return;
    };
    // What is told has no more digits than an address.
    if text.len() == width {
        run.copy_from_slice(text.as_bytes());
    } else {
        run.fill(b'0');
    }
}

fn begins(digits: &str) -> bool {
    let digits = digits.to_ascii_lowercase();
    let mut beginnings = BEGINNINGS.into_iter();
    beginnings.any(|beginning| digits.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str, cut: bool) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let told = |address| {
            if address == 0xffff_ffff_c0a0_1000 {
                0x1_0000_1000
            } else {
                0
            }
        };
        redact(&mut bytes, cut, told);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn addresses_in_every_notation() {
        for (text, wanted) in [
            (
                "Live 0xffffffffc0a01000 (OE)",
                "Live 0x0000000100001000 (OE)",
            ),
            ("[<FFFFFFFFC0A01000>]", "[<0000000100001000>]"),
            ("at=ffff888012345678,", "at=0000000000000000,"),
            ("0x00ffff888012345678", "0x000000000000000000"),
            ("18446744072646299648", "00000000004294971392"),
            ("=18446612682070000000;", "=00000000000000000000;"),
        ] {
            assert_eq!(redacted(text, false), wanted, "{text}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "",
            "-1 ffffffffffffffff fffffffffffffffe 18446744073709551615",
            "533BB7E5866E52F63B9ACCB ffffffffffffffffc0a01000ffff",
            "0x7fffffffe000 0000000012345678 4294967295 ffffffff deadbeef",
            "vermagic=6.12.9-amd64 SMP preempt mod_unload modversions ",
        ] {
            assert_eq!(redacted(text, false), text);
        }
    }

    #[test]
    fn a_beginning_at_a_cut_goes_too() {
        assert_eq!(redacted("at 0xffffffffc0", true), "at 0x0000000000");
        assert_eq!(redacted("at 0xffffffffc0", false), "at 0xffffffffc0");
        assert_eq!(redacted("18446744072646", true), "00000000000000");
        assert_eq!(redacted("0xffffffffc0 coffee", true), "0xffffffffc0 coffee");
    }
}
