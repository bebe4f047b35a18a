//! ELF notes: the build id.

use object::Endianness;

use super::sections::Section;

/// The GNU build id: the note `NT_GNU_BUILD_ID` (3) of the owner `GNU`.
pub(super) fn build_id<'i>(
    sections: &[Section<'i>],
    image: &'i [u8],
    endian: Endianness,
) -> Option<&'i [u8]> {
    let section = sections.iter().find(|s| s.name == b".note.gnu.build-id")?;
    let mut notes = section.data(image)?;
    while let Some((note, rest)) = next(notes, endian) {
        if note.kind == 3 && note.owner == b"GNU\0" {
            return Some(note.description);
        }
        notes = rest;
    }
    None
}

struct Note<'i> {
    owner: &'i [u8],
    description: &'i [u8],
    kind: u32,
}

/// Three words (sizes of owner and description, type), then both, each filled up to words.
fn next(notes: &[u8], endian: Endianness) -> Option<(Note<'_>, &[u8])> {
    let word = |at: usize| {
        let bytes: [u8; 4] = notes.get(at..at + 4)?.try_into().ok()?;
        Some(match endian {
            Endianness::Little => u32::from_le_bytes(bytes),
            Endianness::Big => u32::from_be_bytes(bytes),
        })
    };
    let owner_bytes = usize::try_from(word(0)?).ok()?;
    let description_bytes = usize::try_from(word(4)?).ok()?;
    let kind = word(8)?;
    let rest = notes.get(12..)?;
    let owner = rest.get(..owner_bytes)?;
    let rest = rest.get(owner_bytes.checked_next_multiple_of(4)?..)?;
    let description = rest.get(..description_bytes)?;
    let padded = description_bytes.checked_next_multiple_of(4)?;
    let rest = rest.get(padded..).unwrap_or_default();
    let note = Note {
        owner,
        description,
        kind,
    };
    Some((note, rest))
}
