//! The objects inside the object.

use std::borrow::Cow;

use serde::Serialize;

/// The ELF header.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct ElfObject {
    /// 64 or 32.
    pub(in crate::render::inspect::json) class: u8,
    /// Byte order.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["little", "big"])))]
    pub(in crate::render::inspect::json) endian: &'static str,
    /// The machine, by name.
    pub(in crate::render::inspect::json) machine: Cow<'static, str>,
    /// `e_machine`.
    pub(in crate::render::inspect::json) machine_id: u16,
}

/// An entry of modinfo.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct InfoObject<'i> {
    /// Its key.
    pub(in crate::render::inspect::json) key: Cow<'i, str>,
    /// Its value.
    pub(in crate::render::inspect::json) value: Cow<'i, str>,
}

/// A parameter.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct ParameterObject<'i> {
    /// Its name.
    pub(in crate::render::inspect::json) name: Cow<'i, str>,
    /// Its type.
    pub(in crate::render::inspect::json) r#type: Option<Cow<'i, str>>,
    /// What it is for.
    pub(in crate::render::inspect::json) description: Option<Cow<'i, str>>,
}

/// A section.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct SectionObject<'i> {
    /// Index in the file, from 0.
    pub(in crate::render::inspect::json) index: usize,
    /// Its name.
    pub(in crate::render::inspect::json) name: Cow<'i, str>,
    /// Its type, as readelf names it.
    pub(in crate::render::inspect::json) r#type: Cow<'static, str>,
    /// `sh_flags`.
    pub(in crate::render::inspect::json) flags: u64,
    /// The same as readelf's letters, `x` for others.
    pub(in crate::render::inspect::json) flag_letters: String,
    /// Its size, bytes.
    pub(in crate::render::inspect::json) bytes: u64,
    /// Its alignment, bytes.
    pub(in crate::render::inspect::json) align_bytes: u64,
    /// Where it begins in the image, bytes.
    pub(in crate::render::inspect::json) offset: u64,
    /// Where it goes: `text`, `rodata`, `ro_after_init`, `data`, `init_text`, `init_rodata`, `init_data`, `percpu`, `not_kept`.
    pub(in crate::render::inspect::json) memory: &'static str,
}

/// The memory that a load will take.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct LayoutObject {
    /// Size of a page, bytes.
    pub(in crate::render::inspect::json) page_bytes: u64,
    /// By kind of memory, Linux 6.4 and later.
    pub(in crate::render::inspect::json) memory: Vec<MemoryObject>,
    /// Per-CPU memory for each CPU, bytes.
    pub(in crate::render::inspect::json) percpu_bytes: u64,
    /// What is not kept, bytes.
    pub(in crate::render::inspect::json) not_kept_bytes: u64,
    /// The core area before Linux 6.4, bytes.
    pub(in crate::render::inspect::json) core_bytes: u64,
    /// The init area before Linux 6.4, bytes.
    pub(in crate::render::inspect::json) init_bytes: u64,
}

/// Memory of one kind.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct MemoryObject {
    /// The kind.
    pub(in crate::render::inspect::json) name: &'static str,
    /// How many sections are in it.
    pub(in crate::render::inspect::json) sections: usize,
    /// Its size, bytes.
    pub(in crate::render::inspect::json) bytes: u64,
    /// The same in pages.
    pub(in crate::render::inspect::json) pages: u64,
    /// It is freed after init.
    pub(in crate::render::inspect::json) freed: bool,
}

/// Relocations.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct RelocationsObject {
    /// All of them.
    pub(in crate::render::inspect::json) count: u64,
    /// By type.
    pub(in crate::render::inspect::json) kinds: Vec<KindObject>,
    /// By relocation section.
    pub(in crate::render::inspect::json) sections: Vec<TableObject>,
}

/// A relocation section.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct TableObject {
    /// Its index.
    pub(in crate::render::inspect::json) section: usize,
    /// Index of the section that it changes.
    pub(in crate::render::inspect::json) target: usize,
    /// The kernel applies it.
    pub(in crate::render::inspect::json) applied: bool,
    /// Number of relocations.
    pub(in crate::render::inspect::json) count: u64,
    /// By type.
    pub(in crate::render::inspect::json) kinds: Vec<KindObject>,
}

/// Relocations of one type.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct KindObject {
    /// The type, by name.
    pub(in crate::render::inspect::json) r#type: Cow<'static, str>,
    /// The type.
    pub(in crate::render::inspect::json) type_id: u32,
    /// How many.
    pub(in crate::render::inspect::json) count: u64,
}

/// A symbol that others must provide.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct UndefinedObject<'i> {
    /// Its name.
    pub(in crate::render::inspect::json) name: Cow<'i, str>,
    /// It may be missing.
    pub(in crate::render::inspect::json) weak: bool,
    /// The module that provides it; null if it is the kernel, another module, or not known.
    pub(in crate::render::inspect::json) provider: Option<Cow<'i, str>>,
}

/// A symbol for others.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct ExportObject<'i> {
    /// Its name.
    pub(in crate::render::inspect::json) name: Cow<'i, str>,
    /// For modules with a GPL-compatible licence only.
    pub(in crate::render::inspect::json) gpl: bool,
    /// Its namespace.
    pub(in crate::render::inspect::json) namespace: Option<Cow<'i, str>>,
}

/// What is appended to an image.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct SignatureObject<'i> {
    /// What is wrong with it; null if nothing is.
    pub(in crate::render::inspect::json) problem: Option<String>,
    /// Its kind: `PKCS#7`.
    pub(in crate::render::inspect::json) id_type: Option<&'static str>,
    /// All that is appended, bytes.
    pub(in crate::render::inspect::json) appended_bytes: Option<u64>,
    /// The signature, bytes.
    pub(in crate::render::inspect::json) signature_bytes: Option<u64>,
    /// Who signed.
    pub(in crate::render::inspect::json) signers: Vec<SignerObject<'i>>,
}

/// A signer.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::render::inspect::json) struct SignerObject<'i> {
    /// Common name in its certificate.
    pub(in crate::render::inspect::json) issuer: Option<Cow<'i, str>>,
    /// Serial number of its certificate, hexadecimal.
    pub(in crate::render::inspect::json) serial: Option<String>,
    /// Id of its key, hexadecimal.
    pub(in crate::render::inspect::json) key_id: Option<String>,
    /// Digest algorithm.
    pub(in crate::render::inspect::json) hash: &'i str,
    /// Signature algorithm.
    pub(in crate::render::inspect::json) algorithm: &'i str,
}
