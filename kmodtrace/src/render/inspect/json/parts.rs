//! The objects inside the object.

mod objects;

pub(in crate::render::inspect::json) use objects::*;

use super::object::Texts;
use crate::{
    image::{
        Appended, Header, ModuleImage,
        layout::{Layout, PAGE_BYTES, Region},
        relocations::{self, Kinds},
        signature::{Key, Signer},
    },
    render::inspect::{
        Inspection,
        words::{endian, hex, machine, relocation, section_kind},
    },
};

impl From<&Header> for ElfObject {
    fn from(header: &Header) -> Self {
        Self {
            class: header.encoding.bits(),
            endian: endian(header),
            machine: machine(header),
            machine_id: header.machine,
        }
    }
}

impl<'i> InfoObject<'i> {
    pub(super) fn all(image: &ModuleImage<'i>, texts: &mut Texts) -> Vec<Self> {
        let entries = image.info.iter().map(|entry| Self {
            key: texts.text("info.key", entry.key),
            value: texts.text("info.value", entry.value),
        });
        entries.collect()
    }
}

impl<'i> ParameterObject<'i> {
    pub(super) fn all(image: &ModuleImage<'i>, texts: &mut Texts) -> Vec<Self> {
        let parameters = image.parameters.iter().map(|parameter| Self {
            name: texts.text("parameters.name", parameter.name),
            r#type: texts.known("parameters.type", parameter.kind),
            description: texts.known("parameters.description", parameter.description),
        });
        parameters.collect()
    }
}

impl<'i> SectionObject<'i> {
    pub(super) fn all(image: &ModuleImage<'i>, texts: &mut Texts) -> Vec<Self> {
        let sections = image.sections.iter().zip(&image.layout.kinds);
        let objects = sections
            .enumerate()
            .skip(1)
            .map(|(index, (section, kind))| Self {
                index,
                name: texts.text("sections.name", section.name),
                r#type: section_kind(section),
                flags: section.flags,
                flag_letters: section.flag_letters(),
                bytes: section.size,
                align_bytes: section.align,
                offset: section.offset,
                memory: kind.name(),
            });
        objects.collect()
    }
}

impl From<&Layout> for LayoutObject {
    fn from(layout: &Layout) -> Self {
        let regions = layout.regions.iter();
        let memory = regions.map(|(kind, region)| {
            let Region { sections, bytes } = *region;
            MemoryObject {
                name: kind.name(),
                sections,
                bytes,
                pages: region.pages(),
                freed: kind.is_freed(),
            }
        });
        Self {
            page_bytes: PAGE_BYTES,
            memory: memory.collect(),
            percpu_bytes: layout.percpu.bytes,
            not_kept_bytes: layout.not_kept.bytes,
            core_bytes: layout.core.bytes,
            init_bytes: layout.init.bytes,
        }
    }
}

impl From<&ModuleImage<'_>> for RelocationsObject {
    fn from(image: &ModuleImage<'_>) -> Self {
        let machine = image.header.machine;
        let tables = image.relocations.iter();
        let sections = tables.map(|table| TableObject {
            section: table.section,
            target: table.target,
            applied: table.applied,
            count: table.count,
            kinds: kinds(machine, &table.kinds),
        });
        let total = relocations::total(&image.relocations);
        Self {
            count: total.values().sum(),
            kinds: kinds(machine, &total),
            sections: sections.collect(),
        }
    }
}

fn kinds(machine: u16, kinds: &Kinds) -> Vec<KindObject> {
    let objects = kinds.iter().map(|(&kind, &count)| KindObject {
        r#type: relocation(machine, kind),
        type_id: kind,
        count,
    });
    objects.collect()
}

impl<'i> UndefinedObject<'i> {
    pub(super) fn all(inspection: &Inspection<'i>, texts: &mut Texts) -> Vec<Self> {
        let symbols = inspection.image.undefined.iter().map(|symbol| {
            let provider = inspection.providers.and_then(|by| by.get(symbol.name));
            Self {
                name: texts.text("undefined.name", symbol.name),
                weak: symbol.is_weak(),
                provider: texts.known("undefined.provider", provider.map(Vec::as_slice)),
            }
        });
        symbols.collect()
    }
}

impl<'i> ExportObject<'i> {
    pub(super) fn all(image: &ModuleImage<'i>, texts: &mut Texts) -> Vec<Self> {
        let exports = image.exports.iter().map(|export| Self {
            name: texts.text("exports.name", export.name),
            gpl: export.gpl,
            namespace: texts.known("exports.namespace", export.namespace),
        });
        exports.collect()
    }
}

impl<'i> SignatureObject<'i> {
    pub(super) fn of(appended: &'i Appended<'i>, texts: &mut Texts) -> Option<Self> {
        match appended {
            Appended::Nothing => None,
            Appended::Damaged(error) => Some(Self {
                problem: Some(error.to_string()),
                id_type: None,
                appended_bytes: None,
                signature_bytes: None,
                signers: Vec::new(),
            }),
            Appended::Signature(signature) => Some(Self {
                problem: None,
                id_type: signature.id_type,
                appended_bytes: Some(signature.appended_bytes),
                signature_bytes: Some(signature.signature_bytes),
                signers: signature
                    .signers
                    .iter()
                    .map(|signer| SignerObject::of(signer, texts))
                    .collect(),
            }),
        }
    }
}

impl<'i> SignerObject<'i> {
    fn of(signer: &'i Signer<'i>, texts: &mut Texts) -> Self {
        let hexed = hex(signer.key.bytes());
        let (serial, key_id) = match signer.key {
            Key::Serial(_) => (Some(hexed), None),
            Key::Id(_) => (None, Some(hexed)),
        };
        Self {
            issuer: texts.known("signature.signers.issuer", signer.issuer.as_deref()),
            serial,
            key_id,
            hash: &signer.hash,
            algorithm: &signer.algorithm,
        }
    }
}
