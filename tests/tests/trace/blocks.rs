//! Format 2: blocks.

use kmodtrace::trace::{
    BlockBuilder, BlockWriter, Damage, Frame, FrameReader, FrameWriter, Part, TraceError,
    block::{BLOCK_HEADER_BYTES, BlockHeader, MARKER, checksum},
    frame::encode,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::{Dribble, any_frame, losses, read, session};

const FILE_HEADER: usize = 40;

pub(crate) fn first() -> Frame {
    Frame::Session(Box::new(session()))
}

/// A recording with a block for each group of frames, the session's alone in front, and where blocks end.
fn recording(blocks: &[Vec<Frame>]) -> (Vec<u8>, Vec<usize>) {
    let mut writer = FrameWriter::new(Vec::new());
    let mut ends = Vec::new();
    let session = [vec![first()]];
    for frames in session.iter().chain(blocks) {
        for frame in frames {
            writer.write(frame).expect("memory takes everything");
        }
        writer.close_block().expect("memory takes everything");
        ends.push(usize::try_from(writer.written()).expect("memory"));
    }
    (writer.finish().expect("memory takes everything"), ends)
}

fn any_blocks() -> impl Strategy<Value = Vec<Vec<Frame>>> {
    vec(vec(any_frame(), 1..6), 1..8)
}

/// Damage, which must have been told.
fn damage(error: Option<TraceError>) -> Damage {
    match error {
        Some(TraceError::Damaged(damage)) => *damage,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn record(byte: u8) -> Frame {
    Frame::Record(vec![byte; 40])
}

/// Bytes that cannot be compressed (xorshift).
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state.to_le_bytes()[3])
    };
    std::iter::from_fn(next).take(count).collect()
}

/// Three blocks behind that of the session.
fn three() -> (Vec<u8>, Vec<usize>) {
    recording(&[1, 2, 3].map(|byte| vec![record(byte), losses(byte.into())]))
}

/// docs/format.md, in other words.
#[test]
fn a_file_is_laid_out_as_documented() {
    let (file, ends) = three();
    assert_eq!(file[..16], *b"KMODTRC\0\x02\0\0\0\0\0\0\0");
    assert_eq!(file[36..40], checksum(&file[..36]).to_le_bytes());
    let mut at = FILE_HEADER;
    for (number, end) in ends.into_iter().enumerate() {
        assert_eq!(file[at..at + 8], MARKER);
        assert_eq!(file[at + 8..at + 16], file[16..24]);
        let header = BlockHeader::parse(&file[at..]).expect("a header");
        assert_eq!(header.number as usize, number);
        assert_eq!(header.frames, if number == 0 { 1 } else { 2 });
        assert_eq!(header.before, (2 * number as u64).saturating_sub(1));
        at += BLOCK_HEADER_BYTES + header.stored as usize;
        assert_eq!(at, end);
    }
    let last = BlockHeader::parse(&file[at..]).expect("an end");
    assert_eq!((last.flags, last.frames, last.stored), (1, 0, 0));
    assert_eq!(at + BLOCK_HEADER_BYTES, file.len());
}

#[test]
fn the_first_frame_must_be_the_session() {
    let mut writer = FrameWriter::new(Vec::new());
    assert!(matches!(
        writer.write(&losses(1)),
        Err(TraceError::NoSession)
    ));
    let empty = FrameWriter::new(Vec::new()).finish().expect("memory");
    assert!(matches!(
        read(empty.as_slice()).1,
        Some(TraceError::NoSession)
    ));
}

/// Every single byte, changed: all blocks but the one that it is in are read.
#[test]
fn a_changed_byte_costs_its_block() {
    let (file, ends) = three();
    for at in FILE_HEADER..file.len() {
        let mut file = file.clone();
        file[at] ^= 0x55;
        let (frames, error) = read(file.as_slice());
        let damage = damage(error);
        let block = ends.iter().position(|&end| at < end);
        match block {
            // Without the session nothing can be understood.
            Some(0) => assert_eq!((frames.len(), damage.without_session), (0, 6)),
            Some(_) => {
                assert_eq!(frames.len(), 5, "byte {at}");
                assert_eq!(
                    (damage.lost.frames, damage.lost.blocks, damage.count),
                    (2, 1, 1)
                );
            }
            None => assert!(frames.len() == 7 && damage.at_end),
        }
    }
}

/// A damaged file header costs nothing, but for its magic, version and flags.
#[test]
fn blocks_tell_whose_they_are() {
    let (mut file, _) = three();
    file[20] ^= 1;
    let (frames, error) = read(file.as_slice());
    let damage = damage(error);
    assert_eq!((frames.len(), damage.lost.frames, damage.bytes), (7, 0, 40));
}

/// Wherever something is missing or too much, at block borders and elsewhere.
#[test]
fn what_is_cut_out_or_put_in_costs_no_other_block() {
    let (file, ends) = three();
    let cut = [&file[..ends[1] + 10], &file[ends[2] - 3..]].concat();
    let (frames, error) = read(cut.as_slice());
    assert_eq!(frames.len(), 5);
    assert_eq!(damage(error).lost.frames, 2);
    let stuffed = [&file[..ends[1]], &[0; 4096], &MARKER, &file[ends[1]..]].concat();
    let (frames, error) = read(stuffed.as_slice());
    let damage = damage(error);
    assert_eq!(
        (frames.len(), damage.lost.frames, damage.bytes),
        (7, 0, 4104)
    );
    let place = damage.places[0];
    assert_eq!(
        (place.begin, place.end),
        (ends[1] as u64, ends[1] as u64 + 4104)
    );
}

/// A tail of zeros, as file systems leave after a power cut.
#[test]
fn a_tail_of_zeros_is_damage_at_the_end() {
    let (file, ends) = three();
    let cut = [&file[..ends[2]], &[0; 5000]].concat();
    let (frames, error) = read(cut.as_slice());
    let damage = damage(error);
    assert!(frames.len() == 5 && damage.at_end && damage.bytes == 5000);
}

/// A block in a record, of another file or out of turn, is not read when its surroundings are damaged.
#[test]
fn no_record_can_pass_for_a_block() {
    let mut other = session();
    other.release = "other".to_owned();
    let mut writer = FrameWriter::new(Vec::new());
    writer
        .write(&Frame::Session(Box::new(other)))
        .expect("memory");
    let forged = writer.finish().expect("memory");
    // In turn, but of another file.
    let mut header = BlockHeader::parse(&forged[FILE_HEADER..]).expect("a header");
    (header.number, header.before) = (1, 1);
    let stored = &forged[FILE_HEADER + BLOCK_HEADER_BYTES..forged.len() - BLOCK_HEADER_BYTES];
    let carrier = Frame::Record([&header.bytes(), stored].concat());
    let (file, ends) = recording(&[vec![carrier.clone()], vec![record(2)]]);
    // The same, not compressed.
    let mut raw = Vec::new();
    encode(&carrier, &mut raw).expect("short");
    let mut header = BlockHeader::parse(&file[ends[0]..]).expect("a header");
    (header.method, header.stored, header.checksum) = (0, header.raw, checksum(&raw));
    let mut file = [&file[..ends[0]], &header.bytes(), &raw, &file[ends[1]..]].concat();
    assert_eq!(read(file.as_slice()).0, [first(), carrier, record(2)]);
    file[ends[0] + BLOCK_HEADER_BYTES] ^= 1;
    let (frames, error) = read(file.as_slice());
    assert_eq!(frames, [first(), record(2)]);
    assert_eq!(damage(error).count, 1);
}

/// Claims of long blocks at every turn end soon.
#[test]
fn headers_without_blocks_do_not_hang() {
    let (mut file, ends) = three();
    let mut header = BlockHeader::parse(&file[ends[0]..]).expect("a header");
    (header.stored, header.raw, header.method) = (12 << 20, 12 << 20, 0);
    for _ in 0..100_000 {
        file.extend_from_slice(&header.bytes());
        header.number += 1;
    }
    file.resize(file.len() + (13 << 20), 1);
    let begin = std::time::Instant::now();
    let (frames, error) = read(file.as_slice());
    assert!(frames.len() == 7 && error.is_some());
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}

/// A block that claims to be what it is not.
#[test]
fn impossible_blocks_are_refused() {
    let (file, ends) = three();
    let header = BlockHeader::parse(&file[ends[0]..]).expect("a header");
    let stored = &file[ends[0] + BLOCK_HEADER_BYTES..ends[1]];
    let change: [fn(&mut BlockHeader); 5] = [
        |header| header.method = 9,
        |header| header.method = 0,
        |header| header.raw = u32::MAX,
        |header| header.raw += 1,
        |header| header.frames += 1,
    ];
    for change in change {
        let mut header = header;
        change(&mut header);
        let changed = [&file[..ends[0]], &header.bytes(), stored, &file[ends[1]..]].concat();
        let (frames, error) = read(changed.as_slice());
        assert_eq!(
            (frames.len(), damage(error).lost.frames),
            (5, 2),
            "{header:?}"
        );
    }
}

#[test]
fn the_session_is_told_again_and_read_once() {
    let mut writer = FrameWriter::new(Vec::new());
    let noise = noise(100_000);
    let frames: Vec<Frame> = (0..100).map(|_| Frame::Record(noise.clone())).collect();
    writer.write(&first()).expect("memory");
    writer.close_block().expect("memory");
    let end = usize::try_from(writer.written()).expect("memory");
    for frame in &frames {
        writer.write(frame).expect("memory");
    }
    let mut file = writer.finish().expect("memory");
    let (read_all, error) = read(file.as_slice());
    assert!(error.is_none() && read_all.len() == 101);
    // The first block is lost, and with it what comes before the session is told again.
    file[end - 1] ^= 1;
    let (rest, error) = read(file.as_slice());
    assert_eq!(rest[0], first());
    assert!(rest.len() > 40 && rest.len() < 70, "{}", rest.len());
    let without = damage(error).without_session;
    assert_eq!(without, 101 - rest.len() as u64);
}

#[test]
fn a_file_knows_its_part_and_its_end() {
    let part = Part {
        number: 3,
        records_before: 500,
    };
    let mut builder = BlockBuilder::default();
    builder.push(&first()).expect("short");
    builder.push(&record(1)).expect("short");
    let mut writer = BlockWriter::new(Vec::new(), part);
    writer
        .put(&builder.seal().expect("frames"))
        .expect("memory");
    let next = writer.next_part();
    assert_eq!((next.number, next.records_before), (4, 501));
    let file = writer.finish().expect("memory");
    for (bytes, unfinished) in [(file.len(), false), (file.len() - BLOCK_HEADER_BYTES, true)] {
        let mut reader = FrameReader::new(&file[..bytes]).expect("a recording");
        assert_eq!(reader.part(), part);
        while reader.next_frame().expect("no damage").is_some() {}
        assert_eq!(reader.is_unfinished(), unfinished);
    }
}

/// Whether `found` is `all` without some.
fn is_part(found: &[Frame], all: &[Frame]) -> bool {
    let mut all = all.iter();
    found.iter().all(|frame| all.any(|other| other == frame))
}

proptest! {
    #[test]
    fn what_was_written_is_read(blocks in any_blocks(), step in 1_usize..50) {
        let (file, _) = recording(&blocks);
        let (found, error) = read(Dribble(&file, step));
        prop_assert!(error.is_none());
        prop_assert_eq!(&found[0], &first());
        prop_assert_eq!(&found[1..], blocks.concat());
    }

    /// Wherever it is cut off: every whole block is read.
    #[test]
    fn a_truncated_recording_yields_what_it_holds(blocks in any_blocks(), cut in any::<Index>()) {
        let (file, ends) = recording(&blocks);
        let length = FILE_HEADER + cut.index(file.len() - FILE_HEADER + 1);
        let (found, error) = read(&file[..length]);
        let whole = ends.iter().filter(|&&end| end <= length).count();
        let expected: Vec<Frame> = [vec![first()]].iter().chain(&blocks).take(whole).flatten().cloned().collect();
        prop_assert_eq!(found, expected);
        let at_border = length == file.len() || ends[..whole].last() == Some(&length);
        prop_assert_eq!(error.is_none(), at_border);
    }

    /// However it is damaged behind the session: every block that is whole is read, and nothing else.
    #[test]
    fn undamaged_blocks_are_saved(
        blocks in any_blocks(),
        wounds in vec((any::<Index>(), 0_usize..200, vec(any::<u8>(), 0..200)), 1..4),
    ) {
        let (file, ends) = recording(&blocks);
        let begin = ends[0];
        let mut wounds: Vec<(usize, usize, Vec<u8>)> = wounds
            .into_iter()
            .map(|(at, cut, put)| {
                let at = begin + at.index(file.len() - begin);
                (at, (at + cut).min(file.len()), put)
            })
            .collect();
        wounds.sort();
        let mut damaged = Vec::new();
        let mut at = 0;
        for (from, to, put) in &wounds {
            damaged.extend_from_slice(&file[at..*from.max(&at)]);
            damaged.extend_from_slice(put);
            at = at.max(*to);
        }
        damaged.extend_from_slice(&file[at..]);
        let hurt = |from: usize, to: usize| wounds.iter().any(|(begin, end, _)| {
            *begin < to && (*end > from || *begin > from)
        });
        let whole: Vec<Frame> = blocks
            .iter()
            .zip(ends.windows(2))
            .filter(|(_, ends)| !hurt(ends[0], ends[1]))
            .flat_map(|(frames, _)| frames.clone())
            .collect();
        let (found, _) = read(damaged.as_slice());
        prop_assert!(is_part(&whole, &found), "{} whole, {} found", whole.len(), found.len());
        let all = [vec![first()], blocks.concat()].concat();
        prop_assert!(is_part(&found, &all));
    }

    #[test]
    fn any_bytes_end(bytes in vec(any::<u8>(), 0..500)) {
        let (file, ends) = recording(&[]);
        let _ = read(bytes.as_slice());
        for begin in [FILE_HEADER, ends[0]] {
            let _ = read([&file[..begin], &bytes].concat().as_slice());
        }
    }
}
