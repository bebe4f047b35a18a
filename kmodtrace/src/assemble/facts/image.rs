//! What the image's own tables say.

use kmodtrace_common::wire::{
    self, BLOB_IMAGE_END, BLOB_MODINFO, BLOB_SECTION_NAMES, BLOB_SECTIONS, KNOWN_MODULE,
};

use super::{Source, known};
use crate::{
    event::Name,
    image::{Encoding, modinfo, sections, signature},
    model::{Identity, Section, Signature},
};

/// `SHF_ALLOC`: the section is part of the module in memory.
const ALLOCATED: u64 = 2;

pub(super) fn sections(source: &Source<'_>) -> Vec<Section> {
    let headers = source.material.joined(BLOB_SECTIONS);
    let names = source.material.joined(BLOB_SECTION_NAMES);
    // Until the loader has moved a section its address is that of the copy.
    let (copy, bytes) = (source.segment.copy, source.segment.image_bytes);
    let in_copy = |address: u64| address.wrapping_sub(copy) < bytes;
    let sections = sections::parse(Encoding::LITTLE_64, &headers, &names);
    let described = (0..).zip(&sections).map(|(index, section)| Section {
        index,
        name: Name(section.name.to_vec()),
        kind: section.kind,
        flags: section.flags,
        bytes: section.size,
        address: Some(section.address)
            .filter(|&address| section.flags & ALLOCATED != 0 && address != 0 && !in_copy(address)),
        info: Some(section.info).filter(|&info| info != 0),
    });
    described.collect()
}

pub(super) fn identity(source: &Source<'_>, fixed: Option<&wire::Facts>) -> Identity {
    let bytes = source.material.joined(BLOB_MODINFO);
    let entries: Vec<_> = modinfo::parse(&bytes).collect();
    let value = |key| modinfo::value(&entries, key).map(|value| Name(value.to_vec()));
    let module = known(fixed, KNOWN_MODULE);
    // Few kernels keep it themselves.
    let registered = source.material.registered.as_ref();
    let listed = registered.map(|registered| registered.build_id.clone());
    let kept = module.map(|module| module.build_id.to_vec());
    let is_one = |id: &Vec<u8>| id.iter().any(|&byte| byte != 0);
    let build_id = listed.filter(is_one).or(kept.filter(is_one));
    Identity {
        version: value("version"),
        srcversion: value("srcversion"),
        vermagic: value("vermagic"),
        license: value("license"),
        depends: modinfo::value(&entries, "depends").map(list),
        build_id,
        taints: module.map(|module| module.taints),
    }
}

fn list(value: &[u8]) -> Vec<Name> {
    let items = value.split(|&byte| byte == b',');
    items
        .filter(|item| !item.is_empty())
        .map(|item| Name(item.to_vec()))
        .collect()
}

pub(super) fn signature(source: &Source<'_>, fixed: Option<&wire::Facts>) -> Option<Signature> {
    // The end of an image without a signature is not sent.
    source.material.first(BLOB_SECTIONS)?;
    let end = source.material.first(BLOB_IMAGE_END);
    let parsed = end.and_then(|end| signature::parse(&end.bytes).ok().flatten());
    let signer = parsed.as_ref().and_then(|found| found.signers.first());
    Some(Signature {
        present: end.is_some(),
        accepted: known(fixed, KNOWN_MODULE).map(|module| module.signature_ok != 0),
        signer: signer.and_then(|signer| Some(Name(signer.issuer.as_ref()?.to_vec()))),
        key: signer.map(|signer| signer.key.bytes().to_vec()),
        hash: signer.map(|signer| signer.hash.clone().into_owned()),
    })
}
