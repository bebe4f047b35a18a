//! Ring records: every field as [`kmodtrace_common::wire::meaning`] declares it.

use kmodtrace_common::wire::{
    BLOB_TRUNCATED, Blob, EDGE_RETURN, Header, Mark, Memory,
    meaning::{BlobMeaning, Field, Layout, Meaning, Tail, blob},
};
use zerocopy::{FromBytes, IntoBytes};

use super::{
    address::{Place, Tokens, WITHHELD, is_kernel_address, status},
    modules::Modules,
    text,
};
use crate::catalogue::{
    HookId,
    values::{ValueKind, ValueOf, values_of},
};

/// Everything that tells what takes the place of an address.
pub(super) struct View<'v> {
    /// Where the module of the record's own load lies.
    pub(super) own: Option<&'v Place>,
    pub(super) modules: &'v Modules,
    pub(super) tokens: &'v mut Tokens,
}

impl View<'_> {
    fn inside(&self, address: u64) -> Option<u64> {
        let own = self.own.and_then(|own| own.told(address));
        own.or_else(|| self.modules.told(address))
            .or_else(|| self.own.and_then(|own| own.told_behind(address)))
    }

    pub(super) fn address(&mut self, address: u64) -> u64 {
        if !is_kernel_address(address) {
            return address;
        }
        self.inside(address)
            .unwrap_or_else(|| self.tokens.of(address))
    }

    pub(super) fn text(&self, bytes: &mut [u8], cut: bool) {
        text::redact(bytes, cut, |address| self.inside(address).unwrap_or(0));
    }

    /// The two values of a mark.
    pub(super) fn mark(&mut self, hook: u16, edge: u8, a: &mut u64, b: &mut u64) {
        let (of_a, of_b) = if edge == EDGE_RETURN {
            (ValueOf::Return, None)
        } else {
            (ValueOf::EntryA, Some(ValueOf::EntryB))
        };
        *a = self.value(kind(hook, of_a), *a);
        *b = self.value(of_b.and_then(|of| kind(hook, of)), *b);
    }

    fn value(&mut self, kind: Option<ValueKind>, value: u64) -> u64 {
        match kind {
            Some(ValueKind::Address) => self.address(value),
            Some(ValueKind::Status) => status(value),
            Some(ValueKind::Number) | None => plain(value),
        }
    }
}

fn kind(hook: u16, of: ValueOf) -> Option<ValueKind> {
    let mut rows = values_of(HookId(hook)).iter();
    let row = rows.find(|row| row.of == of)?;
    Some(row.kind)
}

/// A number that is no address: where one is found nevertheless, it goes.
fn plain(value: u64) -> u64 {
    if is_kernel_address(value) { 0 } else { value }
}

/// Redacts a record of which the length and the counts are right.
pub(super) fn record(record: &mut [u8], header: Header, layout: &Layout, view: &mut View<'_>) {
    let mut fixed = 0;
    for field in layout.fields {
        fixed = field.offset + field.bytes;
        if let Some(bytes) = record.get_mut(field.offset..fixed) {
            self::field(bytes, field, header, view);
        }
    }
    let head = Blob::read_from_prefix(record).ok().map(|(head, _)| head);
    let tail = record.get_mut(fixed..).unwrap_or_default();
    match (layout.tail, head) {
        (Tail::Marks, _) => marks(tail, view),
        (Tail::Blob, Some(head)) => blob_bytes(tail, &head, view),
        (Tail::Blob | Tail::None, _) => tail.fill(0),
    }
}

/// What is left of a record that is not understood: enough to say that it is not.
pub(super) fn stub(record: &[u8]) -> Vec<u8> {
    let Ok((header, _)) = Header::read_from_prefix(record) else {
        return Vec::new();
    };
    let header = Header {
        kind: header.kind,
        version: header.version,
        ..Header::default()
    };
    header.as_bytes().to_vec()
}

fn field(bytes: &mut [u8], field: &Field, header: Header, view: &mut View<'_>) {
    match field.meaning {
        Meaning::Plain if field.bytes == size_of::<Header>() && field.offset == 0 => {
            numbers(bytes.get_mut(8..).unwrap_or_default(), plain);
        }
        Meaning::Plain | Meaning::Time if field.bytes == size_of::<u64>() => numbers(bytes, plain),
        Meaning::Plain | Meaning::Time => {}
        Meaning::Status => numbers(bytes, status),
        Meaning::Address => numbers(bytes, |address| view.address(address)),
        Meaning::Symbol => numbers(bytes, |address| {
            if is_kernel_address(address) {
                WITHHELD
            } else {
                address
            }
        }),
        Meaning::Dropped => bytes.fill(0),
        Meaning::Memory => {
            for memory in bytes.chunks_exact_mut(size_of::<Memory>()) {
                let base = memory.get_mut(..size_of::<u64>()).unwrap_or_default();
                numbers(base, |address| view.address(address));
            }
        }
        Meaning::Text => string(bytes, view),
        Meaning::CountedText => {
            let count = usize::try_from(header.count).unwrap_or(usize::MAX);
            let (text, rest) = bytes.split_at_mut(count.min(bytes.len()));
            rest.fill(0);
            string(text, view);
        }
    }
}

fn numbers(bytes: &mut [u8], mut told: impl FnMut(u64) -> u64) {
    for number in bytes.chunks_exact_mut(size_of::<u64>()) {
        if let Ok(value) = u64::read_from_bytes(number) {
            number.copy_from_slice(told(value).as_bytes());
        }
    }
}

/// A string that ends at its first NUL; nobody reads what lies behind.
fn string(bytes: &mut [u8], view: &View<'_>) {
    let end = bytes.iter().position(|&byte| byte == 0);
    let (text, rest) = bytes.split_at_mut(end.unwrap_or(bytes.len()));
    // Where one byte is left at most the string may have been longer.
    view.text(text, rest.len() <= 1);
    rest.fill(0);
}

fn marks(bytes: &mut [u8], view: &mut View<'_>) {
    for bytes in bytes.chunks_exact_mut(size_of::<Mark>()) {
        let Ok(mut mark) = Mark::read_from_bytes(bytes) else {
            continue;
        };
        view.mark(mark.hook, mark.edge, &mut mark.a, &mut mark.b);
        mark.time_ns = plain(mark.time_ns);
        mark.reserved = 0;
        bytes.copy_from_slice(mark.as_bytes());
    }
}

fn blob_bytes(bytes: &mut [u8], head: &Blob, view: &mut View<'_>) {
    match blob(head.what) {
        Some(BlobMeaning::Text) => view.text(bytes, head.flags & BLOB_TRUNCATED != 0),
        Some(BlobMeaning::Numbered(before)) => {
            let (in_front, text) = bytes.split_at_mut(before.min(bytes.len()));
            numbers(in_front, plain);
            view.text(text, head.flags & BLOB_TRUNCATED != 0);
        }
        Some(BlobMeaning::Sections) => sections(bytes, view),
        Some(BlobMeaning::Binary) => {}
        None => bytes.fill(0),
    }
}

/// Section headers (`Elf64_Shdr`, elf(5)). Only those in the module's own memory keep an address:
/// those of others are of the image copy.
fn sections(bytes: &mut [u8], view: &View<'_>) {
    /// Bytes of a header, and where `sh_addr` lies.
    const HEADER: usize = 64;
    const ADDRESS: usize = 16;
    for header in bytes.chunks_mut(HEADER) {
        if header.len() < HEADER {
            header.fill(0);
        }
        let (before, from) = header.split_at_mut(ADDRESS.min(header.len()));
        let (address, behind) = from.split_at_mut(size_of::<u64>().min(from.len()));
        // An empty section may stand at the very end.
        let own = |address| {
            let told = view
                .own
                .and_then(|own| own.told(address).or(own.told_behind(address)));
            told.unwrap_or(0)
        };
        numbers(address, |address| {
            if is_kernel_address(address) {
                own(address)
            } else {
                address
            }
        });
        // Names, flags, offsets, sizes.
        numbers(before, plain);
        numbers(behind, plain);
    }
}
