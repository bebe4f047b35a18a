//! The module's image, at the last moment before the temporary copy is freed: by then the kernel has
//! written each section's final address into its header, and a load that failed has got as far as it got.
//!
//! Structures and constants: `elf(5)`; `scripts/sign-file.c` for the signature.

use kmodtrace_common::wire::{
    BLOB_BYTES, BLOB_IMAGE_END, BLOB_MODINFO, BLOB_SECTION_NAMES, BLOB_SECTIONS, LoadState,
};

use crate::{blob, maps, read};

/// `Elf64_Ehdr`: magic and class; offsets of `e_shoff`, `e_shnum` and `e_shstrndx`.
const ELF64: u64 = 0x02_464c_457f;
const FIVE_BYTES: u64 = 0xff_ffff_ffff;
const SHOFF: u32 = 0x28;
const SHNUM: u32 = 0x3c;
const SHSTRNDX: u32 = 0x3e;
/// `Elf64_Shdr`: its size; offsets of `sh_offset` and `sh_size`.
const SHDR: u64 = 64;
const SH_OFFSET: u32 = 0x18;
const SH_SIZE: u32 = 0x20;
/// Section headers in one record, and records.
const PER_PART: u64 = 127;
const PARTS: u64 = 4;
/// Bytes of the end of a `.modinfo` that is too long for one record.
const MODINFO_END: u64 = 4095;
/// The last eight bytes of a signed image.
const SIGNED: u64 = u64::from_ne_bytes(*b"pended~\n");
/// Bytes of the magic string and of `struct module_signature` in front of it, which ends with the
/// signature's length.
const MAGIC: u64 = 28;
const MODULE_SIGNATURE: u64 = 12;
/// The longest signature that is kept, bytes.
const LONGEST: u64 = 4095;

/// Sends sections, their names, module information and signature.
#[inline(always)]
pub(crate) fn send(load: &mut LoadState) {
    let (copy, bytes) = (load.segment.copy, load.segment.image_bytes);
    if read::at::<u64>(copy, 0).unwrap_or(0) & FIVE_BYTES != ELF64 {
        return;
    }
    let table = read::at::<u64>(copy, SHOFF).unwrap_or(0);
    let count = u64::from(read::at::<u16>(copy, SHNUM).unwrap_or(0));
    if count == 0 || table >= bytes || count * SHDR > bytes - table {
        return;
    }
    let headers = copy.wrapping_add(table);
    for part in 0..PARTS {
        let first = part * PER_PART;
        if first >= count {
            break;
        }
        let left = count - first;
        let here = if left > PER_PART { PER_PART } else { left };
        let offset = (first * SHDR) as u32;
        blob::part(load, BLOB_SECTIONS, headers, offset, here * SHDR);
    }
    let names = u64::from(read::at::<u16>(copy, SHSTRNDX).unwrap_or(0));
    if let Some((at, length)) = section(copy, bytes, headers, names, count) {
        blob::kernel(load, BLOB_SECTION_NAMES, at, length);
    }
    let info = read::at::<u32>(load.segment.load_info, maps::LOAD_INFO_MODINFO.load());
    let info = u64::from(info.unwrap_or(0));
    if let Some((at, length)) = section(copy, bytes, headers, info, count) {
        blob::kernel(load, BLOB_MODINFO, at, length);
        if length >= BLOB_BYTES as u64 {
            let offset = (length - MODINFO_END) as u32;
            blob::part(load, BLOB_MODINFO, at, offset, MODINFO_END);
        }
    }
    signature(load, copy, bytes);
}

/// Where a section lies in the copy, and its size; `None` for the null section and nonsense.
#[inline(always)]
fn section(copy: u64, bytes: u64, headers: u64, index: u64, count: u64) -> Option<(u64, u64)> {
    if index == 0 || index >= count {
        return None;
    }
    let header = headers.wrapping_add(index * SHDR);
    let offset: u64 = read::at(header, SH_OFFSET)?;
    let length: u64 = read::at(header, SH_SIZE)?;
    (offset < bytes && length <= bytes - offset).then(|| (copy.wrapping_add(offset), length))
}

#[inline(always)]
fn signature(load: &mut LoadState, copy: u64, bytes: u64) {
    let end = copy.wrapping_add(bytes);
    if bytes < MAGIC + MODULE_SIGNATURE || read::at(end.wrapping_sub(8), 0) != Some(SIGNED) {
        return;
    }
    let length = read::at::<u32>(end.wrapping_sub(MAGIC + 4), 0).unwrap_or(0);
    let length = u64::from(u32::from_be(length)) + MAGIC + MODULE_SIGNATURE;
    if length <= LONGEST && length <= bytes {
        blob::kernel(load, BLOB_IMAGE_END, end.wrapping_sub(length), length);
    }
}
