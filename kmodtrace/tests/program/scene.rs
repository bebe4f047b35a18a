//! A module's file, a recording of its load, a system on which it is loaded.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use kmodtrace::{
    event::LoadKey,
    image::{ModuleImage, layout::Kind},
    trace::{Frame, FrameWriter},
};
use kmodtrace_common::{
    catalogue::HookId,
    wire::{
        BLOB_MODINFO, BLOB_PATH, BLOB_SECTION_NAMES, BLOB_SECTIONS, Facts, KNOWN_MEMORY,
        SEGMENT_FINAL,
    },
};
use serde_json::Value;

use crate::records;

/// Where the module's text, data, read-only data and init text lie.
pub(crate) const TEXT: u64 = 0xffff_ffff_c0a0_0000;
pub(crate) const STEP: u64 = 0x10_0000;

/// A module file of the tests' data.
pub(crate) fn module(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/modules");
    root.join(name)
}

/// Where a section of this kind, and so far into it, lies.
pub(crate) fn place(kind: Kind, offset: u64) -> Option<u64> {
    let index = Kind::MEMORY.iter().position(|&memory| memory == kind)?;
    Some(TEXT + index as u64 * STEP + offset)
}

/// Sections of an image with the addresses that its load gave them.
pub(crate) fn placed(image: &ModuleImage<'_>) -> Vec<Option<u64>> {
    let kinds = &image.layout.kinds;
    let mut ends = [0; Kind::MEMORY.len()];
    let sections = image.sections.iter().zip(kinds);
    sections
        .map(|(section, &kind)| {
            let index = Kind::MEMORY.iter().position(|&memory| memory == kind)?;
            let address = place(kind, ends[index]);
            ends[index] += section.size.next_multiple_of(16);
            address.filter(|_| section.size > 0)
        })
        .collect()
}

/// A recording of one load of an image.
pub(crate) fn recording(bytes: &[u8], path: &[&str]) -> Vec<u8> {
    let image = ModuleImage::parse(bytes).expect("a module");
    let at = |offset: usize| usize::from_le_bytes(bytes[offset..offset + 8].try_into().expect("8"));
    let table = at(0x28);
    let count = image.sections.len();
    let mut headers = bytes[table..table + 64 * count].to_vec();
    for (header, address) in headers.chunks_exact_mut(64).zip(placed(&image)) {
        // What is not kept is no longer allocated.
        let flags = if address.is_some() { 2_u64 } else { 0 };
        header[8..16].copy_from_slice(&flags.to_le_bytes());
        header[16..24].copy_from_slice(&address.unwrap_or(0).to_le_bytes());
    }
    let named = |name: &[u8]| {
        let mut sections = image.sections.iter();
        let section = sections
            .find(|section| section.name == name)
            .expect("a section");
        section.data(bytes).expect("inside").to_vec()
    };
    let names = image.header.names_index;
    let names = usize::from(names);
    let names = image.sections[names].data(bytes).expect("inside");
    let key = LoadKey {
        pid_tgid: 700 << 32 | 700,
        start_ns: 5_000_000_000,
    };
    let mut facts = Facts {
        known: KNOWN_MEMORY,
        ..Facts::default()
    };
    // `enum mod_mem_type`: text, data, rodata, ro_after_init, init text, init data, init rodata.
    let kinds = [
        Kind::Text,
        Kind::Data,
        Kind::Rodata,
        Kind::RoAfterInit,
        Kind::InitText,
    ];
    for (memory, kind) in facts.memory.iter_mut().zip(kinds) {
        memory.base = place(kind, 0).expect("memory");
        memory.size = 0x1000;
    }
    let mut end = records::facts(key);
    (end.flags, end.end_ns) = (SEGMENT_FINAL, 5_000_009_000);
    end.syscall = u32::from(HookId::SYS_FINIT_MODULE.0);
    let name = image.name.expect("a name");
    end.module_name[..name.len()].copy_from_slice(name);
    let path: Vec<u8> = path
        .iter()
        .rev()
        .flat_map(|name| [name.as_bytes(), b"\0"].concat())
        .collect();
    let records = [
        records::params(key, b"at=0xffffffff81234567"),
        records::blob(key, BLOB_PATH, &path),
        records::blob(key, BLOB_SECTIONS, &headers),
        records::blob(key, BLOB_SECTION_NAMES, names),
        records::blob(key, BLOB_MODINFO, &named(b".modinfo")),
        records::fixed(key, &facts),
        records::segment(&end, &[]),
    ];
    let mut writer = FrameWriter::new(Vec::new());
    let session = Frame::Session(Box::default());
    for frame in std::iter::once(session).chain(records.map(Frame::Record)) {
        writer.write(&frame).expect("memory can be written");
    }
    writer.finish().expect("memory can be written")
}

/// A directory with a recording of that file's load.
pub(crate) fn recorded(file: &str) -> (tempfile::TempDir, String) {
    let bytes = fs::read(module(file)).expect("test data");
    let dir = tempfile::tempdir().expect("a directory");
    let trace = dir.path().join("boot.kmt");
    let path = ["lib", "modules", "nf tables's.ko"];
    fs::write(&trace, recording(&bytes, &path)).expect("written");
    let trace = trace.to_str().expect("UTF-8").to_owned();
    (dir, trace)
}

/// What the program did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("one line of JSON")
    }
}

/// Runs the program.
pub(crate) fn run(args: &[&str]) -> Done {
    let done = Command::new(env!("CARGO_BIN_EXE_kmodtrace"))
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Done {
        code: done.status.code().expect("no signal"),
        out: text(done.stdout),
        err: text(done.stderr),
    }
}
