//! PKCS#7 signed data (RFC 2315; RFC 5652 calls it CMS), as far as it says who signed.

use std::borrow::Cow;

use super::{
    Key, Signer,
    der::{
        CONTEXT_0, CONTEXT_0_PRIMITIVE, Element, Elements, INTEGER, OCTET_STRING, OID, SEQUENCE,
        SET,
    },
    oid,
};

/// `signedData`: 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// Modules have one signer; more than that are not listed.
const MOST_SIGNERS: usize = 8;

/// The signers; `None` if the data is no PKCS#7 signed data.
pub(super) fn signers(data: &[u8]) -> Option<Vec<Signer<'_>>> {
    let mut content = Elements(data).tagged(SEQUENCE)?.inside();
    if content.tagged(OID)?.content != SIGNED_DATA {
        return None;
    }
    let mut signed = content
        .tagged(CONTEXT_0)?
        .inside()
        .tagged(SEQUENCE)?
        .inside();
    signed.tagged(INTEGER)?;
    signed.tagged(SET)?;
    signed.tagged(SEQUENCE)?;
    // Certificates and revocation lists, [0] and [1], may come first.
    let infos = signed.find(|element| element.tag == SET)?;
    let infos = infos.inside().take(MOST_SIGNERS);
    Some(infos.filter_map(|info| signer(&info)).collect())
}

fn signer<'d>(info: &Element<'d>) -> Option<Signer<'d>> {
    if info.tag != SEQUENCE {
        return None;
    }
    let mut fields = info.inside();
    fields.tagged(INTEGER)?;
    let (issuer, key) = match fields.tagged(CONTEXT_0_PRIMITIVE) {
        Some(id) => (None, Key::Id(id.content)),
        None => {
            let mut certificate = fields.tagged(SEQUENCE)?.inside();
            let issuer = certificate.tagged(SEQUENCE)?;
            let serial = certificate.tagged(INTEGER)?.content;
            (name(issuer), Key::Serial(serial))
        }
    };
    let hash = fields.tagged(SEQUENCE)?.inside().tagged(OID)?;
    // Attributes that are signed too.
    fields.tagged(CONTEXT_0);
    let algorithm = fields.tagged(SEQUENCE)?.inside().tagged(OID)?;
    let signature = fields.tagged(OCTET_STRING)?.content;
    Some(Signer {
        issuer,
        key,
        hash: oid::name(hash.content),
        algorithm: oid::name(algorithm.content),
        signature,
    })
}

/// The common name, else all values of a distinguished name, separated by commas.
fn name<'d>(issuer: Element<'d>) -> Option<Cow<'d, [u8]>> {
    let attributes = issuer.inside().filter_map(|set| {
        let mut attribute = set.inside().tagged(SEQUENCE)?.inside();
        let kind = attribute.tagged(OID)?.content;
        Some((kind, attribute.next()?.content))
    });
    let attributes: Vec<_> = attributes.take(16).collect();
    let common = attributes
        .iter()
        .find(|(kind, _)| *kind == oid::COMMON_NAME);
    if let Some((_, common)) = common {
        return Some(Cow::Borrowed(common));
    }
    let values: Vec<_> = attributes.iter().map(|(_, value)| *value).collect();
    (!values.is_empty()).then(|| Cow::Owned(values.join(&b", "[..])))
}
