//! What the kernel's BTF says of the names in the catalogue.

use std::{collections::BTreeMap, path::Path};

use kmodtrace_common::offsets::{OFFSETS, SIZES};
use serde::{Deserialize, Serialize};

use crate::kernel::{
    btf::{Btf, BtfError},
    file, wanted,
};

/// What the kernel's BTF says of functions and structures that the catalogue names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct BtfFacts {
    /// Length of the file, bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Functions → number of arguments.
    pub functions: BTreeMap<String, u8>,
    /// Functions → their type ids in this very file, which is why nothing records them.
    #[serde(skip)]
    pub type_ids: BTreeMap<String, u32>,
    /// Global of [`kmodtrace_common::offsets`] → offset, bytes; those that were found; and those of
    /// [`SIZES`] → size, bytes.
    pub offsets: BTreeMap<String, u32>,
}

impl BtfFacts {
    /// What a raw BTF file says of the names in the catalogue.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BtfError> {
        let btf = Btf::parse(bytes, &wanted::in_btf())?;
        let mut facts = Self {
            bytes: bytes.len().try_into().unwrap_or(u64::MAX),
            ..Self::default()
        };
        for function in wanted::functions() {
            if let Some(args) = btf.function_args(function)? {
                let args = u8::try_from(args).unwrap_or(u8::MAX);
                facts.functions.insert(function.to_owned(), args);
                let id = btf.function_id(function);
                facts
                    .type_ids
                    .extend(id.map(|id| (function.to_owned(), id)));
            }
        }
        for offset in OFFSETS {
            facts.keep(
                offset.global,
                btf.offset_of(offset.structure, offset.member),
            )?;
        }
        for size in SIZES {
            facts.keep(size.global, btf.size_of(size.structure))?;
        }
        Ok(facts)
    }

    fn keep(&mut self, global: &str, found: Result<u32, BtfError>) -> Result<(), BtfError> {
        match found {
            Ok(offset) => {
                self.offsets.insert(global.to_owned(), offset);
                Ok(())
            }
            Err(BtfError::NoStructure(_) | BtfError::NoMember { .. } | BtfError::BitField(_)) => {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

pub(super) fn read(path: &Path) -> Result<BtfFacts, String> {
    let bytes = file::read(path)?;
    BtfFacts::from_bytes(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// BTF from a file, which is that of this kernel if the kernel can be asked: with that of another one,
/// trampolines would be put on other functions, and structures be read at wrong places.
pub(super) fn given(path: &Path, own: &Path) -> Result<BtfFacts, String> {
    let found = read(path)?;
    if file::read(own).is_ok_and(|own| file::read(path).is_ok_and(|given| own != given)) {
        let (path, own) = (path.display(), own.display());
        return Err(format!(
            "{path} is of another kernel: that of this one is {own}"
        ));
    }
    Ok(found)
}
