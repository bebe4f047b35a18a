//! Files made by hand, and files that are none.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Btf, BtfError};

const INT: u8 = 1;
const PTR: u8 = 2;
const STRUCT: u8 = 4;
const UNION: u8 = 5;
const TYPEDEF: u8 = 8;
const CONST: u8 = 10;
const FUNC: u8 = 12;
const FUNC_PROTO: u8 = 13;
const KFLAG: u32 = 1 << 31;

/// A BTF file in the making.
struct File {
    types: Vec<u8>,
    strings: Vec<u8>,
    layout: Vec<u8>,
    next: u32,
}

impl File {
    fn new() -> Self {
        Self {
            types: Vec::new(),
            strings: vec![0],
            layout: Vec::new(),
            next: 1,
        }
    }

    fn name(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        let at = u32::try_from(self.strings.len()).unwrap();
        self.strings.extend_from_slice(name.as_bytes());
        self.strings.push(0);
        at
    }

    fn put(&mut self, words: &[u32]) {
        for word in words {
            self.types.extend_from_slice(&word.to_ne_bytes());
        }
    }

    fn add(&mut self, kind: u8, name: &str, vlen: u32, size_or_type: u32, extra: &[u32]) -> u32 {
        let name = self.name(name);
        self.put(&[name, u32::from(kind) << 24 | vlen, size_or_type]);
        self.put(extra);
        self.next += 1;
        self.next - 1
    }

    fn int(&mut self) -> u32 {
        self.add(INT, "int", 0, 4, &[32])
    }

    /// Members: name, type, offset in bits.
    fn compound(&mut self, kind: u8, name: &str, size: u32, members: &[(&str, u32, u32)]) -> u32 {
        let words: Vec<u32> = members
            .iter()
            .flat_map(|&(name, of, bits)| [self.name(name), of, bits])
            .collect();
        let vlen = u32::try_from(members.len()).unwrap();
        self.add(kind, name, vlen, size, &words)
    }

    fn function(&mut self, name: &str, args: u32) -> u32 {
        let words = vec![0; usize::try_from(args).unwrap() * 2];
        let prototype = self.add(FUNC_PROTO, "", args, 0, &words);
        self.add(FUNC, name, 0, prototype, &[])
    }

    fn bytes(&self) -> Vec<u8> {
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap();
        let header_length = if self.layout.is_empty() { 24 } else { 32 };
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&0xeb9f_u16.to_ne_bytes());
        bytes.extend_from_slice(&[1, 0]);
        let (types, strings) = (length(&self.types), length(&self.strings));
        let mut header = vec![header_length, 0, types, types, strings];
        if !self.layout.is_empty() {
            header.extend([types + strings, length(&self.layout)]);
        }
        for word in header {
            bytes.extend_from_slice(&word.to_ne_bytes());
        }
        bytes.extend_from_slice(&self.types);
        bytes.extend_from_slice(&self.strings);
        bytes.extend_from_slice(&self.layout);
        bytes
    }
}

fn wanted() -> BTreeSet<&'static str> {
    BTreeSet::from(["file", "path", "loop", "vfree", "load_module"])
}

fn offset(bytes: &[u8], structure: &str, path: &str) -> Result<u32, BtfError> {
    Btf::parse(bytes, &wanted())?.offset_of(structure, path)
}

/// `struct file { int a; union { const path_t f_path; int b; }; }` with a named structure behind a
/// typedef behind a qualifier.
fn nested() -> File {
    let mut file = File::new();
    let int = file.int();
    let pointer = file.add(PTR, "", 0, int, &[]);
    let path = file.compound(
        STRUCT,
        "path",
        16,
        &[("mnt", pointer, 0), ("dentry", pointer, 64)],
    );
    let named = file.add(TYPEDEF, "path_t", 0, path, &[]);
    let fixed = file.add(CONST, "", 0, named, &[]);
    let either = file.compound(UNION, "", 16, &[("f_path", fixed, 0), ("b", int, 0)]);
    file.compound(STRUCT, "file", 24, &[("a", int, 0), ("", either, 64)]);
    file
}

#[test]
fn offsets_lead_through_unnamed_unions_typedefs_and_qualifiers() {
    let bytes = nested().bytes();
    assert_eq!(offset(&bytes, "file", "a"), Ok(0));
    assert_eq!(offset(&bytes, "file", "f_path"), Ok(8));
    assert_eq!(offset(&bytes, "file", "f_path.dentry"), Ok(16));
    assert_eq!(offset(&bytes, "file", "b"), Ok(8));
    let btf_names = wanted();
    let btf = Btf::parse(&bytes, &btf_names).unwrap();
    assert_eq!(btf.size_of("file"), Ok(24));
    assert_eq!(btf.types(), 7);
}

#[test]
fn what_is_not_there_is_named() {
    let bytes = nested().bytes();
    let missing = BtfError::NoMember {
        structure: "file".to_owned(),
        member: "inode".to_owned(),
    };
    assert_eq!(offset(&bytes, "file", "f_path.inode"), Err(missing));
    // A path does not lead through a pointer.
    assert!(offset(&bytes, "file", "f_path.dentry.name").is_err());
    assert!(offset(&bytes, "file", "a.b").is_err());
    let missing = BtfError::NoStructure("loop".to_owned());
    assert_eq!(offset(&bytes, "loop", "a"), Err(missing));
}

#[test]
fn a_kind_flag_splits_width_and_offset() {
    let mut file = File::new();
    let int = file.int();
    let names = ["plain", "bits"].map(|name| file.name(name));
    let info = KFLAG | u32::from(STRUCT) << 24 | 2;
    let name = file.name("file");
    file.put(&[name, info, 8]);
    file.put(&[names[0], int, 32, names[1], int, 3 << 24 | 32]);
    let bytes = file.bytes();
    assert_eq!(offset(&bytes, "file", "plain"), Ok(4));
    let bits = BtfError::BitField("file.bits".to_owned());
    assert_eq!(offset(&bytes, "file", "bits"), Err(bits));
}

#[test]
fn functions_have_as_many_arguments_as_their_prototype() {
    let mut file = File::new();
    file.function("vfree", 1);
    file.function("load_module", 3);
    let bytes = file.bytes();
    let names = wanted();
    let btf = Btf::parse(&bytes, &names).unwrap();
    assert_eq!(btf.function_args("vfree"), Ok(Some(1)));
    assert_eq!(btf.function_args("load_module"), Ok(Some(3)));
    assert_eq!(btf.function_args("parse_args"), Ok(None));
}

#[test]
fn functions_of_one_name_that_disagree_are_not_used() {
    let mut file = File::new();
    file.function("vfree", 1);
    file.function("vfree", 2);
    let bytes = file.bytes();
    assert_eq!(
        Btf::parse(&bytes, &wanted())
            .unwrap()
            .function_args("vfree"),
        Ok(None)
    );
}

#[test]
fn structures_that_contain_themselves_end() {
    let mut file = File::new();
    file.compound(STRUCT, "loop", 8, &[("", 1, 0), ("", 1, 0)]);
    assert_eq!(offset(&file.bytes(), "loop", "x"), Err(BtfError::TooDeep));

    let mut file = File::new();
    file.add(TYPEDEF, "t", 0, 1, &[]);
    file.compound(STRUCT, "loop", 8, &[("", 1, 0)]);
    assert_eq!(offset(&file.bytes(), "loop", "x"), Err(BtfError::TooDeep));
}

#[test]
fn structures_of_many_unnamed_structures_end() {
    // Each level holds the one below 16 times: 16^20 ways down.
    let mut file = File::new();
    let mut below = file.int();
    for _ in 0..20 {
        below = file.compound(STRUCT, "", 4, &[("", below, 0); 16]);
    }
    file.compound(STRUCT, "loop", 4, &[("", below, 0)]);
    assert_eq!(offset(&file.bytes(), "loop", "x"), Err(BtfError::TooDeep));
}

#[test]
fn an_unknown_kind_is_an_error_unless_the_file_describes_it() {
    let mut file = nested();
    file.add(77, "new", 2, 0, &[1, 2, 3]);
    file.function("vfree", 1);
    let expected = BtfError::UnknownKind { kind: 77, id: 8 };
    assert_eq!(Btf::parse(&file.bytes(), &wanted()).unwrap_err(), expected);

    // 4 bytes once, 4 bytes for each of the 2 elements.
    file.layout = vec![0; 77 * 4];
    file.layout.extend_from_slice(&[4, 4, 0, 0]);
    let bytes = file.bytes();
    let names = wanted();
    let btf = Btf::parse(&bytes, &names).unwrap();
    assert_eq!(btf.function_args("vfree"), Ok(Some(1)));
}

#[test]
fn other_files_are_told_apart() {
    let error = |bytes: &[u8]| Btf::parse(bytes, &wanted()).unwrap_err();
    assert_eq!(error(b""), BtfError::Truncated("header"));
    assert_eq!(error(b"\x7fELF..."), BtfError::Elf);
    assert_eq!(error(&[b'#'; 64]), BtfError::NotBtf(0x2323));
    let mut foreign = nested().bytes();
    foreign.swap(0, 1);
    assert_eq!(error(&foreign), BtfError::ForeignEndian);
    let mut newer = nested().bytes();
    newer[2] = 9;
    assert_eq!(error(&newer), BtfError::Version(9));
}

/// Asks everything; the answers do not matter, only that there are some.
fn ask_everything(bytes: &[u8]) {
    let names = wanted();
    let Ok(btf) = Btf::parse(bytes, &names) else {
        return;
    };
    for name in &names {
        let _ = btf.function_args(name);
        let _ = btf.size_of(name);
        for path in ["a", "f_path.dentry", "x.y.z", "", "."] {
            let _ = btf.offset_of(name, path);
        }
    }
}

proptest! {
    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        ask_everything(&bytes);
    }

    #[test]
    fn truncation_never_panics(length in 0_usize..400) {
        let mut bytes = nested().bytes();
        bytes.truncate(length);
        ask_everything(&bytes);
    }

    #[test]
    fn damage_never_panics(
        at in prop::collection::vec((0_usize..400, any::<u8>()), 1..8),
    ) {
        let mut bytes = nested().bytes();
        for (at, value) in at {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        ask_everything(&bytes);
    }

    #[test]
    fn garbage_types_never_panic(types in prop::collection::vec(any::<u8>(), 0..512)) {
        let mut file = nested();
        file.types.extend(types);
        ask_everything(&file.bytes());
    }
}
