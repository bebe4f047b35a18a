//! The signature that may be appended to a module's image.
//!
//! `include/linux/module_signature.h`: the signature itself, `struct module_signature`, and the string
//! `~Module signature appended~`. Nothing is verified here.

mod der;
mod oid;
mod pkcs7;

use std::borrow::Cow;

/// `MODULE_SIG_STRING`: the last bytes of a signed image.
pub const MARKER: &[u8] = b"~Module signature appended~\n";

/// Bytes of `struct module_signature`.
const HEADER_BYTES: usize = 12;

/// `PKEY_ID_PKCS7`.
const PKCS7: u8 = 2;

/// So many bytes at the end of an image hold every signature that is in use (an RSA-4096 or an
/// ML-DSA-87 signature without certificates).
pub const TAIL_BYTES: usize = 8192;

/// A signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature<'i> {
    /// `PKCS#7`, or `PGP` and `X509` of kernels before 4.3; `None` for unknown numbers.
    pub id_type: Option<&'static str>,
    /// All that is appended to the image, in bytes: signature, header and marker.
    pub appended_bytes: u64,
    /// The signature with its packing (`sig_len`), in bytes.
    pub signature_bytes: u64,
    /// Who signed; empty if the signature's own structure cannot be read.
    pub signers: Vec<Signer<'i>>,
}

/// Who signed, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signer<'i> {
    /// The issuer of the certificate: its common name, else whatever it has; `None` if only a key is
    /// named.
    pub issuer: Option<Cow<'i, [u8]>>,
    /// The certificate's serial number, or the key's identifier.
    pub key: Key<'i>,
    /// The digest algorithm: `sha256`, or its number (`1.2.3`).
    pub hash: Cow<'static, str>,
    /// The signature algorithm: `rsa`, `ecdsa`, …, or its number.
    pub algorithm: Cow<'static, str>,
    /// The bare signature.
    pub signature: &'i [u8],
}

/// Which key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key<'i> {
    /// Serial number of the certificate, big-endian.
    Serial(&'i [u8]),
    /// Subject key identifier.
    Id(&'i [u8]),
}

impl<'i> Key<'i> {
    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &'i [u8] {
        match self {
            Self::Serial(bytes) | Self::Id(bytes) => bytes,
        }
    }
}

/// What ends as a signature does but is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignatureError {
    /// The bytes given end with the marker, but do not hold the whole signature: so many are needed.
    #[error("the signature takes {0} bytes, which are not there")]
    Short(u64),
}

impl Signature<'_> {
    /// The image without what is appended.
    #[must_use]
    pub fn before<'i>(&self, image: &'i [u8]) -> &'i [u8] {
        let appended = usize::try_from(self.appended_bytes).unwrap_or(usize::MAX);
        let end = image.len().saturating_sub(appended);
        image.get(..end).unwrap_or_default()
    }
}

/// Reads the signature at the end of `tail`, the last bytes of an image or the whole of it
/// ([`TAIL_BYTES`] suffice). `None` if there is none.
///
/// # Errors
/// When the signature is longer than `tail`.
pub fn parse(tail: &[u8]) -> Result<Option<Signature<'_>>, SignatureError> {
    let Some(before) = tail.strip_suffix(MARKER) else {
        return Ok(None);
    };
    let marker_bytes = MARKER.len() as u64;
    let Some((before, header)) = before.split_last_chunk::<HEADER_BYTES>() else {
        return Err(SignatureError::Short(marker_bytes + HEADER_BYTES as u64));
    };
    // algo, hash, id_type, signer_len, key_id_len, three bytes of padding, sig_len (big-endian).
    let [_, _, id_type, signer_bytes, key_bytes, _, _, _, length @ ..] = header;
    let length = u64::from(u32::from_be_bytes(*length));
    let named = u64::from(*signer_bytes) + u64::from(*key_bytes);
    let appended_bytes = named + length + HEADER_BYTES as u64 + marker_bytes;
    let short = SignatureError::Short(appended_bytes);
    let start = usize::try_from(named + length)
        .ok()
        .and_then(|bytes| before.len().checked_sub(bytes))
        .ok_or(short)?;
    let data = before.get(start..).ok_or(short)?;
    let signers = match *id_type {
        PKCS7 => pkcs7::signers(data).unwrap_or_default(),
        _ => Vec::new(),
    };
    Ok(Some(Signature {
        id_type: match id_type {
            0 => Some("PGP"),
            1 => Some("X509"),
            &PKCS7 => Some("PKCS#7"),
            _ => None,
        },
        appended_bytes,
        signature_bytes: length,
        signers,
    }))
}

#[cfg(test)]
mod tests;
