//! Times, sizes and shares with three significant digits, in integer arithmetic.

/// A time: its number and its unit (`ns`, `us`, `ms`, `s`, `h`, `d`, `y`).
#[must_use]
pub(super) fn time(ns: u64) -> (String, &'static str) {
    // Unit, ns per unit, largest number shown in it.
    const UNITS: [(&str, u64, u64); 7] = [
        ("ns", 1, 999),
        ("us", 1_000, 999),
        ("ms", 1_000_000, 999),
        ("s", 1_000_000_000, 9999),
        ("h", 3_600_000_000_000, 9999),
        ("d", 86_400_000_000_000, 9999),
        ("y", 31_557_600_000_000_000, u64::MAX),
    ];
    scaled(ns, &UNITS)
}

/// A time as one text: `184 ms`.
#[must_use]
pub fn time_text(ns: u64) -> String {
    match time(ns) {
        (number, "us") => format!("{number} µs"),
        (number, unit) => format!("{number} {unit}"),
    }
}

/// A size: its number and its unit (`B`, `KiB`, …).
#[must_use]
pub(super) fn size(bytes: u64) -> (String, &'static str) {
    const UNITS: [(&str, u64, u64); 7] = [
        ("B", 1, 1023),
        ("KiB", 1 << 10, 1023),
        ("MiB", 1 << 20, 1023),
        ("GiB", 1 << 30, 1023),
        ("TiB", 1 << 40, 1023),
        ("PiB", 1 << 50, 1023),
        ("EiB", 1 << 60, u64::MAX),
    ];
    scaled(bytes, &UNITS)
}

fn scaled(value: u64, units: &[(&'static str, u64, u64)]) -> (String, &'static str) {
    for &(name, unit, limit) in units {
        let decimals: &[u32] = if unit == 1 { &[0] } else { &[2, 1, 0] };
        for &places in decimals {
            let scale = 10_u128.pow(places);
            let unit = u128::from(unit);
            let rounded = (u128::from(value) * scale + unit / 2) / unit;
            if places == 0 && rounded <= u128::from(limit) {
                return (rounded.to_string(), name);
            }
            if places > 0 && rounded < 1000 {
                let width = places as usize;
                let (whole, part) = (rounded / scale, rounded % scale);
                return (format!("{whole}.{part:0width$}"), name);
            }
        }
    }
    (value.to_string(), "")
}

/// A share of a whole: `12.3%`, `<0.1%` for what is there but rounds to nothing.
#[must_use]
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::from("-");
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    match (part * 1000 + whole / 2) / whole {
        0 if part > 0 => String::from("<0.1%"),
        permille => format!("{}.{}%", permille / 10, permille % 10),
    }
}

/// A share of a whole without decimals: `12%`.
#[must_use]
pub(super) fn short_share(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole).max(1));
    format!("{}%", (part * 100 + whole / 2) / whole)
}

/// A time on `CLOCK_MONOTONIC` as the kernel log writes it: `[5023.451234]`.
#[must_use]
pub(super) fn stamp(ns: u64) -> String {
    format!("[{}.{:06}]", ns / 1_000_000_000, ns % 1_000_000_000 / 1000)
}

/// As [`stamp`], in milliseconds: `[5023.451]`.
pub(super) fn short_stamp(ns: u64) -> String {
    format!(
        "[{}.{:03}]",
        ns / 1_000_000_000,
        ns % 1_000_000_000 / 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ns: u64) -> String {
        let (number, unit) = time(ns);
        format!("{number} {unit}")
    }

    #[test]
    fn three_digits_and_carries() {
        assert_eq!(shown(0), "0 ns");
        assert_eq!(shown(999), "999 ns");
        assert_eq!(shown(1000), "1.00 us");
        assert_eq!(shown(9_994), "9.99 us");
        assert_eq!(shown(9_995), "10.0 us");
        assert_eq!(shown(99_949), "99.9 us");
        assert_eq!(shown(99_950), "100 us");
        assert_eq!(shown(999_499), "999 us");
        assert_eq!(shown(999_500), "1.00 ms");
        assert_eq!(shown(1_234_567_890), "1.23 s");
        assert_eq!(shown(9_999_000_000_000), "9999 s");
        assert_eq!(shown(u64::MAX), "585 y");
        let sized = size(23_456);
        assert_eq!(sized, (String::from("22.9"), "KiB"));
        assert_eq!(size(1023), (String::from("1023"), "B"));
        assert_eq!(size(u64::MAX), (String::from("16.0"), "EiB"));
    }

    #[test]
    fn numbers_fit_their_column() {
        let mut ns = 1_u64;
        while let Some(next) = ns.checked_mul(3) {
            for value in [ns - 1, ns, ns + 1] {
                let (number, unit) = time(value);
                assert!(
                    number.len() <= 4 && unit.len() <= 2,
                    "{value}: {number} {unit}"
                );
            }
            ns = next;
        }
    }

    #[test]
    fn shares() {
        assert_eq!(share(0, 0), "-");
        assert_eq!(share(0, 7), "0.0%");
        assert_eq!(share(1, 1_000_000), "<0.1%");
        assert_eq!(share(1, 8), "12.5%");
        assert_eq!(share(7, 7), "100.0%");
        assert_eq!(short_share(1, 3), "33%");
        assert_eq!(stamp(5_023_451_234_567), "[5023.451234]");
    }
}
