//! What every byte of every record means, as far as it matters for redaction and for making recordings of others:
//! which fields are kernel addresses, which are text that may hold some, which are times.
//!
//! A record whose fields are not all declared here does not compile; a kind that has no row in
//! [`layout`] is not passed on by redaction.

use core::mem::offset_of;

use super::*;

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Neither an address nor a time: sizes, identities, flags, durations.
    Plain,
    /// When something was, ns of `CLOCK_MONOTONIC` or of the boot clock; 0 if that is not known. [`Header`] holds
    /// one too.
    Time,
    /// 0 or -errno.
    Status,
    /// A kernel address; 0 if there is none.
    Address,
    /// Address of a symbol that was looked up; 0 or -errno if it was not found.
    Symbol,
    /// An address that user space ignores, or that tells nothing without the kernel's own.
    Dropped,
    /// An array of [`Memory`].
    Memory,
    /// A string that ends at its first NUL.
    Text,
    /// A string of [`Header::count`] bytes; what lies behind it is whatever the ring held before.
    CountedText,
}

/// What follows a record's fixed part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// Nothing.
    None,
    /// [`Header::count`] marks.
    Marks,
    /// The bytes of a [`Blob`].
    Blob,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Where it lies, bytes from the beginning of the record.
    pub offset: usize,
    /// Its size, bytes.
    pub bytes: usize,
    /// What it holds.
    pub meaning: Meaning,
}

/// A kind of record.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Its fields, in order, without gaps.
    pub fields: &'static [Field],
    /// What follows them.
    pub tail: Tail,
    /// True if it says something of one load, and so precedes that load's final segment.
    pub of_load: bool,
}

/// What the bytes of a [`Blob`] are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlobMeaning {
    /// Strings, each with a NUL.
    Text,
    /// So many bytes of numbers without addresses, then a string.
    Numbered(usize),
    /// Section headers (`Elf64_Shdr`).
    Sections,
    /// Bytes of the file that are neither.
    Binary,
}

const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

/// The fields of a structure: every one of them, in order.
macro_rules! fields {
    ($type:ident { $($meaning:ident: $($($field:ident).+),+;)+ }) => {{
        const FIELDS: &[Field] = &[$($(Field {
            offset: offset_of!($type, $($field).+),
            bytes: size_of_field::<$type, _>(|record| &record.$($field).+),
            meaning: Meaning::$meaning,
        }),+),+];
        const _: () = assert!(without_gaps(FIELDS, size_of::<$type>()));
        FIELDS
    }};
}

const fn without_gaps(fields: &[Field], bytes: usize) -> bool {
    let (mut at, mut index) = (0, 0);
    while index < fields.len() {
        if fields[index].offset != at {
            return false;
        }
        at += fields[index].bytes;
        index += 1;
    }
    at == bytes
}

const SEGMENT: &[Field] = fields!(Segment {
    Plain: header, flags, number, lost, syscall, cpu_start, cpu_end;
    Time: end_ns;
    Status: ret;
    Time: task_start_ns;
    Plain: parent_pid, finit_flags, fd, own_ns, image_bytes, file_bytes;
    Address: module, copy;
    Dropped: load_info;
    Address: init_memory;
    Plain: symbols.count, symbols.total_ns, symbols.longest_ns;
    Dropped: symbols.longest_at;
    Time: symbols.last_ns;
    Dropped: symbols.last_at;
    Text: longest_symbol, comm, module_name, file_name;
});

const FACTS: &[Field] = fields!(Facts {
    Plain: header, known, user_since;
    Time: user_since_ns;
    Plain: uid, gid, cgroup, inode, cached_pages, device,
        state, references, exports, gpl_exports, signature_ok, taints;
    Address: init;
    Dropped: percpu;
    Plain: percpu_bytes;
    Memory: memory;
    Plain: build_id, hits;
});

const TEXT: &[Field] = fields!(Text {
    Plain: header, what, truncated, reserved;
    CountedText: bytes;
});

const BLOB: &[Field] = fields!(Blob {
    Plain: header, what, flags, offset;
});

const HELPER: &[Field] = fields!(Helper {
    Plain: header;
    Time: time_ns;
    Address: subprocess;
});

const FREED: &[Field] = fields!(Freed {
    Plain: header;
    Time: batch_ns, time_ns;
    Address: address;
});

const REQUEST: &[Field] = fields!(Request {
    Plain: header;
    Time: time_ns;
    Plain: wait, reserved;
    Text: comm, name;
});

const EXIT: &[Field] = fields!(Exit {
    Plain: header;
    Time: time_ns;
});

/// Firmware, parameters.
const CALL: &[Field] = fields!(NamedCall {
    Plain: header;
    Time: begin_ns, end_ns;
    Status: value;
    Text: name, owner;
});

const SYMBOL: &[Field] = fields!(NamedCall {
    Plain: header;
    Time: begin_ns, end_ns;
    Symbol: value;
    Text: name, owner;
});

const fn of_load(fields: &'static [Field], tail: Tail) -> Option<Layout> {
    Some(Layout {
        fields,
        tail,
        of_load: true,
    })
}

const fn alone(fields: &'static [Field]) -> Option<Layout> {
    Some(Layout {
        fields,
        tail: Tail::None,
        of_load: false,
    })
}

/// What records of a kind hold; `None` for a kind of which that is not declared.
#[must_use]
pub const fn layout(kind: u16) -> Option<Layout> {
    match kind {
        KIND_SEGMENT => of_load(SEGMENT, Tail::Marks),
        KIND_TEXT => of_load(TEXT, Tail::None),
        KIND_HELPER_REQUEST | KIND_HELPER_TASK => alone(HELPER),
        KIND_FREED => alone(FREED),
        KIND_FACTS => of_load(FACTS, Tail::None),
        KIND_BLOB => of_load(BLOB, Tail::Blob),
        KIND_REQUEST => alone(REQUEST),
        KIND_EXIT => alone(EXIT),
        KIND_FIRMWARE | KIND_PARAM => of_load(CALL, Tail::None),
        KIND_SYMBOL => of_load(SYMBOL, Tail::None),
        _ => None,
    }
}

/// What a blob's bytes are; `None` if that is not declared.
#[must_use]
pub const fn blob(what: u16) -> Option<BlobMeaning> {
    match what {
        BLOB_PATH | BLOB_COMMAND_LINE | BLOB_SECTION_NAMES | BLOB_MODINFO | BLOB_INIT_SYMBOL => {
            Some(BlobMeaning::Text)
        }
        BLOB_LOG => Some(BlobMeaning::Numbered(8)),
        BLOB_LOG_RECORD => Some(BlobMeaning::Numbered(32)),
        BLOB_SECTIONS => Some(BlobMeaning::Sections),
        BLOB_IMAGE_END => Some(BlobMeaning::Binary),
        _ => None,
    }
}
