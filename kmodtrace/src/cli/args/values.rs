//! Values with units.

use std::time::Duration;

/// `10s`, `500ms`, `1.5m`: a number and its unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 6] = [
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let at = text.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(at.unwrap_or(text.len()));
    let wanted = "expected a number and a unit, such as 10s, 500ms or 2m";
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let &(_, unit_ns) = known.ok_or(wanted)?;
    let ns = scaled(number, unit_ns).ok_or(wanted)?;
    if ns == 0 {
        return Err(String::from("must be longer than nothing"));
    }
    Ok(Duration::from_nanos(ns))
}

/// A decimal number times `unit`.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 9 {
        return None;
    }
    let whole: u128 = whole.parse().ok()?;
    let scale = 10_u128.pow(u32::try_from(part.len()).ok()?);
    let part: u128 = part.parse().ok()?;
    let total = whole.checked_mul(u128::from(unit))?;
    u64::try_from(total + part * u128::from(unit) / scale).ok()
}

/// `65536`, `512K`, `4M`: a power of two between 4 KiB and 1 GiB.
pub(super) fn ring_size(text: &str) -> Result<u32, String> {
    let bytes = u32::try_from(bytes(text)?).ok();
    bytes
        .filter(|bytes| bytes.is_power_of_two() && (1 << 12..=1 << 30).contains(bytes))
        .ok_or_else(|| String::from("must be a power of two between 4K and 1024M"))
}

/// `64M`, `1G`: at least 64 KiB.
pub(super) fn file_size(text: &str) -> Result<u64, String> {
    let bytes = Some(bytes(text)?);
    bytes
        .filter(|&bytes| bytes >= 1 << 16)
        .ok_or_else(|| String::from("must be at least 64K"))
}

/// A number of bytes with its unit.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..) {
        Some("") => 1,
        Some("K" | "k" | "KiB") => 1 << 10,
        Some("M" | "m" | "MiB") => 1 << 20,
        Some("G" | "g" | "GiB") => 1 << 30,
        _ => {
            return Err(String::from(
                "expected a number of bytes, with K, M or G if you like",
            ));
        }
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| String::from("expected a number of bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0.25us"), Ok(Duration::from_nanos(250)));
        for wrong in [
            "",
            "10",
            "s",
            "-1s",
            "1e3s",
            "1.s",
            ".5s",
            "0s",
            "99999999999999h",
            "1 s",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ring_sizes() {
        assert_eq!(ring_size("65536"), Ok(1 << 16));
        assert_eq!(ring_size("512K"), Ok(1 << 19));
        assert_eq!(ring_size("4M"), Ok(1 << 22));
        assert_eq!(ring_size("1G"), Ok(1 << 30));
        for wrong in [
            "",
            "0",
            "3M",
            "K",
            "2G",
            "2048",
            "2048M",
            "4294967296",
            "-4K",
            "4M4",
        ] {
            assert!(ring_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn file_sizes() {
        assert_eq!(file_size("65536"), Ok(1 << 16));
        assert_eq!(file_size("3M"), Ok(3 << 20));
        assert_eq!(file_size("100G"), Ok(100 << 30));
        for wrong in ["", "63K", "M", "1T", "-1M", "99999999999G"] {
            assert!(file_size(wrong).is_err(), "{wrong}");
        }
    }
}
