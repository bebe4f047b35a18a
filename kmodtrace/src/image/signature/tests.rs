//! Signatures made here by hand, byte by byte.

use super::*;

/// An element of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..0x80) => element.push(length),
        _ => {
            element.push(0x82);
            let length = u16::try_from(content.len()).unwrap();
            element.extend(length.to_be_bytes());
        }
    }
    element.extend(content);
    element
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    der(der::SEQUENCE, &elements.concat())
}

const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const SHA512: [u8; 9] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// PKCS#7 signed data with this signer identifier.
fn pkcs7(signer: Vec<u8>) -> Vec<u8> {
    let algorithm = |oid: &[u8]| sequence(&[der(der::OID, oid), vec![5, 0]]);
    let info = sequence(&[
        der(der::INTEGER, &[1]),
        signer,
        algorithm(&SHA512),
        algorithm(&RSA),
        der(der::OCTET_STRING, &[0xab; 256]),
    ]);
    let signed = sequence(&[
        der(der::INTEGER, &[1]),
        der(der::SET, &algorithm(&SHA512)),
        sequence(&[der(der::OID, &[0x2a, 3])]),
        der(0xa0, b"certificates"),
        der(der::SET, &info),
    ]);
    sequence(&[der(der::OID, &SIGNED_DATA), der(der::CONTEXT_0, &signed)])
}

fn attribute(kind: u8, value: &[u8]) -> Vec<u8> {
    let pair = sequence(&[der(der::OID, &[0x55, 4, kind]), der(0x0c, value)]);
    der(der::SET, &pair)
}

fn issued(names: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[sequence(names), der(der::INTEGER, &[0, 0xc0, 0xff])])
}

/// A signed image.
fn image(id_type: u8, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let header = [0, 0, id_type, 0, 0, 0, 0, 0];
    [b"the image", data, &header, &length, MARKER].concat()
}

#[test]
fn the_signer_is_read() {
    let names = [attribute(10, b"kmodtrace"), attribute(3, b"A key")];
    let data = pkcs7(issued(&names));
    let image = image(2, &data);
    let signature = parse(&image).unwrap().unwrap();
    assert_eq!(signature.before(&image), b"the image");
    assert_eq!(signature.id_type, Some("PKCS#7"));
    assert_eq!(signature.signature_bytes, data.len() as u64);
    assert_eq!(signature.appended_bytes, data.len() as u64 + 40);
    let [signer] = &signature.signers[..] else {
        panic!("{signature:?}")
    };
    assert_eq!(signer.issuer.as_deref(), Some(b"A key".as_slice()));
    assert_eq!(signer.key, Key::Serial(&[0, 0xc0, 0xff]));
    assert_eq!((&*signer.hash, &*signer.algorithm), ("sha512", "rsa"));
    assert_eq!(signer.signature, [0xab; 256]);
}

#[test]
fn without_a_common_name_all_names_are_the_issuer() {
    let names = [attribute(10, b"kmodtrace"), attribute(11, b"tests")];
    let image = image(2, &pkcs7(issued(&names)));
    let signature = parse(&image).unwrap().unwrap();
    let issuer = signature.signers[0].issuer.as_deref();
    assert_eq!(issuer, Some(b"kmodtrace, tests".as_slice()));
}

#[test]
fn a_key_may_be_named_by_its_identifier() {
    let image = image(2, &pkcs7(der(der::CONTEXT_0_PRIMITIVE, &[1, 2])));
    let signature = parse(&image).unwrap().unwrap();
    assert_eq!(signature.signers[0].issuer, None);
    assert_eq!(signature.signers[0].key, Key::Id(&[1, 2]));
}

#[test]
fn the_tail_suffices_and_less_is_refused() {
    let image = image(2, &pkcs7(issued(&[attribute(3, b"A key")])));
    let whole = parse(&image).unwrap().unwrap();
    let bytes = usize::try_from(whole.appended_bytes).unwrap();
    let tail = &image[image.len() - bytes..];
    assert_eq!(parse(tail).unwrap().unwrap(), whole);
    assert_eq!(parse(&tail[1..]), Err(SignatureError::Short(bytes as u64)));
    assert_eq!(parse(MARKER), Err(SignatureError::Short(40)));
    assert_eq!(parse(&image[..image.len() - 1]), Ok(None));
    assert_eq!(parse(b""), Ok(None));
}

#[test]
fn what_is_no_pkcs7_has_no_signer() {
    for (id_type, name) in [(0, Some("PGP")), (2, Some("PKCS#7")), (9, None)] {
        let image = image(id_type, b"nonsense");
        let signature = parse(&image).unwrap().unwrap();
        assert_eq!(signature.id_type, name);
        assert_eq!(signature.signers, []);
        assert_eq!(signature.before(&image), b"the image");
    }
}

#[test]
fn any_damage_is_survived() {
    let whole = image(2, &pkcs7(issued(&[attribute(3, b"A key")])));
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff, whole[at] ^ 0x20] {
            let mut image = whole.clone();
            image[at] = value;
            if let Ok(Some(signature)) = parse(&image) {
                assert!(signature.before(&image).len() < image.len());
            }
        }
    }
}
