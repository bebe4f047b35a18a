//! The first instructions of the kernel's functions, from `/proc/kcore`: they show an ftrace site, for much less than
//! ftrace's own list, which the kernel makes anew for each reader.

use std::{collections::BTreeMap, fs::File, io, os::unix::fs::FileExt as _, path::Path};

use object::{
    LittleEndian,
    elf::{FileHeader64, PT_LOAD, ProgramHeader64},
    pod,
};

use super::{kallsyms::Symbols, wanted};

type Header = FileHeader64<LittleEndian>;
type Segment = ProgramHeader64<LittleEndian>;

const ENDIAN: LittleEndian = LittleEndian;

/// What may stand in front of a site: `endbr64`, and what kernels write over those that nothing jumps to.
const PADS: [[u8; 4]; 3] = [
    [0xf3, 0x0f, 0x1e, 0xfa],
    [0x66, 0x0f, 0x1f, 0x00],
    [0x0f, 0x1f, 0x40, 0xd6],
];

/// A site that nothing hooks: a no-op as long as a call.
const SITE: [u8; 5] = [0x0f, 0x1f, 0x44, 0x00, 0x00];

/// Bytes of a pad and a site.
const BEGINNING: usize = PADS[0].len() + SITE.len();

/// Segments of a kernel's memory are not more: it has one per block of memory.
const SEGMENTS: usize = 1 << 12;

/// Where the ftrace sites of the catalogue's functions are, on x86-64.
///
/// `None` unless each of the functions shows its own: a function that begins otherwise is one that ftrace cannot hook,
/// or one that is hooked now, or this kernel may not be read.
pub(super) fn sites(root: &Path, symbols: &Symbols) -> Option<BTreeMap<String, u64>> {
    let memory = Memory::open(&root.join("proc/kcore")).ok()?;
    let functions = wanted::functions();
    let wanted = |name: &str| wanted::is_variant(name, &functions);
    let found = symbols.functions.iter().filter(|(name, _)| wanted(name));
    let sites = found.map(|(name, function)| {
        let site = site(memory.read(function.address)?)?;
        Some((name.clone(), function.address + site))
    });
    let sites: BTreeMap<_, _> = sites.collect::<Option<_>>()?;
    (!sites.is_empty()).then_some(sites)
}

/// How far behind a function's beginning its site stands.
fn site(beginning: [u8; BEGINNING]) -> Option<u64> {
    let (pad, behind) = beginning.split_at(PADS[0].len());
    if beginning.starts_with(&SITE) {
        Some(0)
    } else {
        let padded = PADS.iter().any(|one| one == pad) && behind == SITE;
        padded.then_some(pad.len() as u64)
    }
}

/// The kernel's memory, as an ELF core file.
struct Memory {
    file: File,
    segments: Vec<Segment>,
}

impl Memory {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut header = [0; size_of::<Header>()];
        file.read_exact_at(&mut header, 0)?;
        let (header, _) = pod::from_bytes::<Header>(&header).map_err(|()| odd())?;
        let ident = &header.e_ident;
        let bytes = usize::from(header.e_phentsize.get(ENDIAN));
        let is_ours = (ident.magic, ident.class, ident.data) == (*b"\x7fELF", 2, 1);
        if !is_ours || bytes != size_of::<Segment>() {
            return Err(odd());
        }
        let count = usize::from(header.e_phnum.get(ENDIAN)).min(SEGMENTS);
        let mut table = vec![0; count * bytes];
        file.read_exact_at(&mut table, header.e_phoff.get(ENDIAN))?;
        let (segments, _) = pod::slice_from_bytes::<Segment>(&table, count).map_err(|()| odd())?;
        let segments = segments.to_vec();
        Ok(Self { file, segments })
    }

    fn read(&self, address: u64) -> Option<[u8; BEGINNING]> {
        let inside = |segment: &&Segment| {
            let begin = segment.p_vaddr.get(ENDIAN);
            let size = segment.p_memsz.get(ENDIAN);
            segment.p_type.get(ENDIAN) == PT_LOAD
                && address
                    .checked_sub(begin)
                    .is_some_and(|distance| distance < size)
        };
        let segment = self.segments.iter().find(inside)?;
        let distance = address - segment.p_vaddr.get(ENDIAN);
        let offset = segment.p_offset.get(ENDIAN).checked_add(distance)?;
        let mut bytes = [0; BEGINNING];
        self.file.read_exact_at(&mut bytes, offset).ok()?;
        Some(bytes)
    }
}

fn odd() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TEXT: u64 = 0xffff_ffff_8100_0000;

    /// A core file with one segment, in which `text` lies at [`TEXT`].
    fn core(text: &[u8]) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(32, 0);
        file.extend(64_u64.to_le_bytes());
        file.resize(54, 0);
        file.extend(56_u16.to_le_bytes());
        file.extend(1_u16.to_le_bytes());
        file.resize(64, 0);
        file.extend(1_u32.to_le_bytes());
        file.extend([0; 4]);
        for number in [0x100, TEXT, 0, text.len() as u64, text.len() as u64, 0] {
            file.extend(number.to_le_bytes());
        }
        file.resize(0x100, 0);
        file.extend(text);
        file
    }

    fn looked_at(text: &[u8]) -> Option<Vec<(String, u64)>> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("proc")).unwrap();
        fs::write(root.path().join("proc/kcore"), core(text)).unwrap();
        let symbols = Symbols::parse(
            b"ffffffff81000000 t load_module\nffffffff81000010 T vfree\nffffffff81000020 T bpf_snprintf\n",
        );
        sites(root.path(), &symbols).map(|sites| sites.into_iter().collect())
    }

    fn text(first: &[u8], second: &[u8]) -> Vec<u8> {
        let mut text = first.to_vec();
        text.resize(0x10, 0x90);
        text.extend(second);
        text.resize(0x30, 0x90);
        text
    }

    #[test]
    fn sites_stand_at_the_beginning_or_behind_a_pad() {
        let plain = [&SITE[..], b"\x55"].concat();
        for pad in PADS {
            let padded = [&pad[..], &SITE].concat();
            let sites = looked_at(&text(&plain, &padded)).unwrap();
            let expected = [("load_module", TEXT), ("vfree", TEXT + 0x14)];
            assert_eq!(sites, expected.map(|(name, at)| (name.to_owned(), at)));
        }
    }

    #[test]
    fn one_function_without_makes_it_unknown() {
        let hooked = [0xe8, 0, 0, 0, 0];
        let unknown = [&[0x0f, 0x1f, 0x40, 0x00][..], &SITE].concat();
        for other in [&b"\x55\x48\x89\xe5"[..], &hooked, &unknown] {
            assert_eq!(looked_at(&text(&SITE, other)), None);
        }
    }

    #[test]
    fn memory_that_is_not_there_makes_it_unknown() {
        assert_eq!(looked_at(&SITE), None);
        let root = tempfile::tempdir().unwrap();
        assert_eq!(sites(root.path(), &Symbols::default()), None);
        fs::create_dir(root.path().join("proc")).unwrap();
        for bytes in [&b"short"[..], &[0; 200], &core(&[])[..70]] {
            fs::write(root.path().join("proc/kcore"), bytes).unwrap();
            assert_eq!(sites(root.path(), &Symbols::default()), None);
        }
    }
}
