//! The object itself.

use std::{borrow::Cow, collections::BTreeSet};

use serde::Serialize;

use super::{
    INSPECT_SCHEMA,
    against::AgainstObject,
    parts::{
        ElfObject, ExportObject, InfoObject, LayoutObject, ParameterObject, RelocationsObject,
        SectionObject, SignatureObject, UndefinedObject,
    },
};
use crate::{
    image::compression::Compression,
    render::{
        escape::json_text,
        inspect::{Inspection, words::hex},
    },
};

/// Collects the names of the fields that were not UTF-8.
#[derive(Default)]
pub(super) struct Texts {
    escaped: BTreeSet<&'static str>,
}

impl Texts {
    pub(super) fn text<'i>(&mut self, field: &'static str, bytes: &'i [u8]) -> Cow<'i, str> {
        let (text, escaped) = json_text(bytes);
        if escaped {
            self.escaped.insert(field);
        }
        text
    }

    pub(super) fn known<'i>(
        &mut self,
        field: &'static str,
        bytes: Option<&'i [u8]>,
    ) -> Option<Cow<'i, str>> {
        bytes.map(|bytes| self.text(field, bytes))
    }
}

#[derive(Serialize)]
pub(super) struct InspectLine<'i> {
    schema: &'static str,
    file: Cow<'i, str>,
    file_bytes: u64,
    compression: Option<&'static str>,
    image_bytes: u64,
    elf: ElfObject,
    name: Option<Cow<'i, str>>,
    version: Option<Cow<'i, str>>,
    srcversion: Option<Cow<'i, str>>,
    license: Option<Cow<'i, str>>,
    vermagic: Option<Cow<'i, str>>,
    build_id: Option<String>,
    init: Option<Cow<'i, str>>,
    exit: Option<Cow<'i, str>>,
    info: Vec<InfoObject<'i>>,
    aliases: usize,
    parameters: Vec<ParameterObject<'i>>,
    sections: Vec<SectionObject<'i>>,
    layout: LayoutObject,
    relocations: RelocationsObject,
    symbols: usize,
    undefined: Vec<UndefinedObject<'i>>,
    exports: Vec<ExportObject<'i>>,
    signature: Option<SignatureObject<'i>>,
    against: Option<AgainstObject<'i>>,
    escaped: BTreeSet<&'static str>,
}

impl<'i> From<&Inspection<'i>> for InspectLine<'i> {
    fn from(inspection: &Inspection<'i>) -> Self {
        let image = inspection.image;
        let mut texts = Texts::default();
        let info = |texts: &mut Texts, key: &'static str| texts.known(key, image.info(key));
        Self {
            schema: INSPECT_SCHEMA,
            file: texts.text("file", inspection.path),
            file_bytes: inspection.file_bytes,
            compression: inspection.compression.map(Compression::name),
            image_bytes: image.bytes,
            elf: ElfObject::from(&image.header),
            name: texts.known("name", image.name),
            version: info(&mut texts, "version"),
            srcversion: info(&mut texts, "srcversion"),
            license: info(&mut texts, "license"),
            vermagic: info(&mut texts, "vermagic"),
            build_id: image.build_id.map(hex),
            init: texts.known("init", image.init),
            exit: texts.known("exit", image.exit),
            info: InfoObject::all(image, &mut texts),
            aliases: image.info.iter().filter(|e| e.key == b"alias").count(),
            parameters: ParameterObject::all(image, &mut texts),
            sections: SectionObject::all(image, &mut texts),
            layout: LayoutObject::from(&image.layout),
            relocations: RelocationsObject::from(image),
            symbols: image.symbols,
            undefined: UndefinedObject::all(inspection, &mut texts),
            exports: ExportObject::all(image, &mut texts),
            signature: SignatureObject::of(&image.appended, &mut texts),
            against: AgainstObject::of(inspection, &mut texts),
            escaped: texts.escaped,
        }
    }
}
