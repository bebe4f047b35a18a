//! The kernel's memory as it is now: `/proc/kcore`, an ELF file with a segment per range of addresses.

use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use object::{
    Endianness, elf,
    read::elf::{FileHeader as _, ProgramHeader as _},
};

use super::file::reason;

/// Where the headers end at the latest, bytes: they stand at the file's beginning.
const HEADERS: usize = 64 << 10;
/// Nothing that is read here is longer, bytes.
const MOST: u64 = 4 << 20;

/// An open `/proc/kcore`.
#[derive(Debug)]
pub(super) struct Kcore {
    file: File,
    ranges: Vec<Range>,
}

/// Memory that the file holds.
#[derive(Clone, Copy, Debug)]
struct Range {
    address: u64,
    bytes: u64,
    offset: u64,
}

impl Kcore {
    /// Opens the file below `root`; if that cannot be, why.
    pub(super) fn open(root: &Path) -> Result<Self, String> {
        let path: PathBuf = root.join("proc/kcore");
        let why = |what: &str| format!("{}: {what}", path.display());
        let file = File::open(&path).map_err(|error| why(&reason(&error)))?;
        let mut headers = vec![0; HEADERS];
        let length = file
            .read_at(&mut headers, 0)
            .map_err(|error| why(&reason(&error)))?;
        headers.truncate(length);
        let ranges = ranges(&headers).map_err(|error| why(&error.to_string()))?;
        Ok(Self { file, ranges })
    }

    /// The memory from `from` to `to`; `None` if the file does not hold it.
    pub(super) fn read(&self, from: u64, to: u64) -> Option<Vec<u8>> {
        let bytes = to.checked_sub(from).filter(|&bytes| bytes <= MOST)?;
        let holds = |range: &&Range| {
            let before = from.checked_sub(range.address);
            before.is_some_and(|before| before <= range.bytes && bytes <= range.bytes - before)
        };
        let range = self.ranges.iter().find(holds)?;
        let mut read = vec![0; usize::try_from(bytes).ok()?];
        let offset = range.offset.checked_add(from - range.address)?;
        self.file.read_exact_at(&mut read, offset).ok()?;
        Some(read)
    }
}

fn ranges(headers: &[u8]) -> Result<Vec<Range>, object::read::Error> {
    let header = elf::FileHeader64::<Endianness>::parse(headers)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, headers)?.iter();
    Ok(segments
        .filter(|segment| segment.p_type(endian) == elf::PT_LOAD)
        .map(|segment| Range {
            address: segment.p_vaddr(endian),
            bytes: segment.p_memsz(endian),
            offset: segment.p_offset(endian),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file that holds 16 bytes from address 0x1000 on.
    fn kcore() -> Vec<u8> {
        let mut file = vec![0; 64];
        file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        file[16] = 4; // ET_CORE
        file[20] = 1;
        file[32] = 64; // e_phoff
        file[52] = 64; // e_ehsize
        file[54] = 56; // e_phentsize
        file[56] = 1; // e_phnum
        let (load, offset, address, bytes) = (1u64, 120u64, 0x1000u64, 16u64);
        for word in [load, offset, address, 0, bytes, bytes, 1] {
            file.extend(word.to_le_bytes());
        }
        file.extend(0..16);
        file
    }

    #[test]
    fn reads_what_the_file_holds_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("proc")).unwrap();
        fs::write(dir.path().join("proc/kcore"), kcore()).unwrap();
        let kcore = Kcore::open(dir.path()).unwrap();
        assert_eq!(kcore.read(0x1002, 0x1004), Some(vec![2, 3]));
        assert_eq!(kcore.read(0x1000, 0x1010).unwrap().len(), 16);
        assert_eq!(kcore.read(0x1000, 0x1011), None);
        assert_eq!(kcore.read(0xfff, 0x1001), None);
        assert_eq!(kcore.read(0x1004, 0x1002), None);
        assert_eq!(kcore.read(u64::MAX - 1, u64::MAX), None);
    }

    #[test]
    fn says_why_it_cannot_be_used() {
        let dir = tempfile::tempdir().unwrap();
        let why = |dir: &Path| Kcore::open(dir).map(|_| ()).unwrap_err();
        assert!(why(dir.path()).ends_with("proc/kcore: no such file or directory"));
        fs::create_dir(dir.path().join("proc")).unwrap();
        fs::write(dir.path().join("proc/kcore"), "nonsense").unwrap();
        assert!(why(dir.path()).contains("proc/kcore: "));
    }
}
