//! What the image's own tables say.

use kmodtrace_common::wire::{
    self, BLOB_IMAGE_END, BLOB_MODINFO, BLOB_SECTION_NAMES, BLOB_SECTIONS, KNOWN_MODULE,
};

use super::{Source, known};
use crate::{
    event::{BlobRecord, Name},
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
    let parts = source.material.every(BLOB_MODINFO);
    let entries: Vec<_> = parts.flat_map(modinfo_entries).collect();
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

/// The entries in one part; what a cut went through is no entry.
fn modinfo_entries(part: &BlobRecord) -> impl Iterator<Item = modinfo::Entry<'_>> {
    let begins_cut = part.offset > 0;
    let first = part.bytes.iter().position(|&byte| byte == 0);
    let begin = first.filter(|_| begins_cut).unwrap_or(0);
    let last = part.bytes.iter().rposition(|&byte| byte == 0);
    let end = last.filter(|_| part.truncated).unwrap_or(part.bytes.len());
    modinfo::parse(part.bytes.get(begin..end).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cut_went_through_is_no_entry() {
        let part = |offset, truncated, bytes: &[u8]| BlobRecord {
            key: crate::event::LoadKey {
                pid_tgid: 1,
                start_ns: 1,
            },
            what: BLOB_MODINFO,
            truncated,
            offset,
            bytes: bytes.to_vec(),
        };
        let keys = |part: &BlobRecord| {
            let entries = modinfo_entries(part);
            entries.map(|entry| entry.key.to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(
            keys(&part(0, true, b"license=GPL\0alias=pci:v0")),
            [b"license"]
        );
        assert_eq!(keys(&part(9, false, b"as=x\0name=a\0")), [b"name"]);
        assert_eq!(keys(&part(0, false, b"name=a")), [b"name"]);
    }
}
