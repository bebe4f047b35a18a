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

/// A module's file.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render) struct InspectLine<'i> {
    /// Kind and version of this object.
    #[cfg_attr(feature = "schema", schemars(extend("const" = INSPECT_SCHEMA)))]
    schema: &'static str,
    /// The path, as it was given.
    file: Cow<'i, str>,
    /// Size of the file, bytes.
    file_bytes: u64,
    /// `xz`, `zstd`, `gzip`; null if it is not compressed.
    compression: Option<&'static str>,
    /// Size of the image, decompressed, with its signature, bytes.
    image_bytes: u64,
    /// The ELF header.
    elf: ElfObject,
    /// Kernel name of the module.
    name: Option<Cow<'i, str>>,
    /// First `version` of modinfo.
    version: Option<Cow<'i, str>>,
    /// First `srcversion` of modinfo.
    srcversion: Option<Cow<'i, str>>,
    /// First `license` of modinfo.
    license: Option<Cow<'i, str>>,
    /// First `vermagic` of modinfo.
    vermagic: Option<Cow<'i, str>>,
    /// GNU build id, hexadecimal.
    build_id: Option<String>,
    /// Real name of the init function; null if there is none.
    init: Option<Cow<'i, str>>,
    /// Real name of the exit function; null if there is none.
    exit: Option<Cow<'i, str>>,
    /// Modinfo, in the order of the file.
    info: Vec<InfoObject<'i>>,
    /// How many entries of modinfo are aliases.
    aliases: usize,
    /// Parameters.
    parameters: Vec<ParameterObject<'i>>,
    /// Sections, without the empty first one.
    sections: Vec<SectionObject<'i>>,
    /// The memory that its load will take.
    layout: LayoutObject,
    /// Relocations by type and by section.
    relocations: RelocationsObject,
    /// Symbols in the symbol table.
    symbols: usize,
    /// Symbols that the kernel or other modules must provide.
    undefined: Vec<UndefinedObject<'i>>,
    /// Symbols for others.
    exports: Vec<ExportObject<'i>>,
    /// The signature that is appended; null if there is none.
    signature: Option<SignatureObject<'i>>,
    /// With `--against`: the recorded load that it was compared with.
    against: Option<AgainstObject<'i>>,
    /// Fields that are not literal: `\xff` stands for a byte, `\\` for a backslash.
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
