//! Object identifiers of algorithms.

use std::borrow::Cow;

/// The common name of an X.520 attribute (2.5.4.3), as DER has it.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// Digest and signature algorithms, named as in the kernel's crypto API.
const NAMES: [(&str, &str); 25] = [
    ("1.2.840.113549.2.5", "md5"),
    ("1.3.14.3.2.26", "sha1"),
    ("2.16.840.1.101.3.4.2.4", "sha224"),
    ("2.16.840.1.101.3.4.2.1", "sha256"),
    ("2.16.840.1.101.3.4.2.2", "sha384"),
    ("2.16.840.1.101.3.4.2.3", "sha512"),
    ("2.16.840.1.101.3.4.2.8", "sha3-256"),
    ("2.16.840.1.101.3.4.2.9", "sha3-384"),
    ("2.16.840.1.101.3.4.2.10", "sha3-512"),
    ("1.2.156.10197.1.401", "sm3"),
    ("1.2.643.7.1.1.2.2", "streebog256"),
    ("1.2.643.7.1.1.2.3", "streebog512"),
    ("1.2.840.113549.1.1.1", "rsa"),
    ("1.2.840.113549.1.1.5", "rsa"),
    ("1.2.840.113549.1.1.10", "rsa-pss"),
    ("1.2.840.113549.1.1.11", "rsa"),
    ("1.2.840.10045.4.1", "ecdsa"),
    ("1.2.840.10045.4.3.2", "ecdsa"),
    ("1.2.840.10045.4.3.3", "ecdsa"),
    ("1.2.840.10045.4.3.4", "ecdsa"),
    ("2.16.840.1.101.3.4.3.10", "ecdsa"),
    ("2.16.840.1.101.3.4.3.17", "mldsa44"),
    ("2.16.840.1.101.3.4.3.18", "mldsa65"),
    ("2.16.840.1.101.3.4.3.19", "mldsa87"),
    ("1.3.101.112", "ed25519"),
];

/// The algorithm's name, or its number.
pub(super) fn name(oid: &[u8]) -> Cow<'static, str> {
    let number = dotted(oid);
    let known = NAMES.iter().find(|(known, _)| *known == number);
    known.map_or(Cow::Owned(number), |(_, name)| Cow::Borrowed(name))
}

/// `1.2.840`: each part in base 128, the first two in one. What is longer than an identifier of any
/// algorithm ends in `…`.
fn dotted(oid: &[u8]) -> String {
    const MOST: usize = 32;
    let mut parts: Vec<u64> = Vec::new();
    let mut part = 0_u64;
    for &byte in oid.iter().take(MOST) {
        part = part.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if parts.is_empty() {
                let first = (part / 40).min(2);
                parts.push(first);
                part -= first * 40;
            }
            parts.push(part);
            part = 0;
        }
    }
    let mut text = parts
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(".");
    if oid.len() > MOST {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(name(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]), "sha256");
        assert_eq!(name(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]), "ecdsa");
        assert_eq!(name(&[0x2b, 6, 1]), "1.3.6.1");
        assert_eq!(name(&[]), "");
        assert!(name(&[0xff; 400]).ends_with('…'));
    }
}
