//! Format 1, which is read but not written any more: frames one after the other.

use kmodtrace::{
    event::Session,
    trace::{
        Frame, FrameReader, TraceError,
        frame::{MAGIC, MAX_PAYLOAD, encode},
    },
};
use proptest::{collection::vec, prelude::*};

use crate::{Dribble, any_frame, read, session};

fn recording(frames: &[Frame]) -> (Vec<u8>, Vec<u64>) {
    let mut file = [MAGIC.as_slice(), &[1, 0, 0, 0, 0, 0, 0, 0]].concat();
    let session = [Frame::Session(Box::new(session()))];
    let mut ends = Vec::new();
    for frame in session.iter().chain(frames) {
        encode(frame, &mut file).expect("short");
        ends.push(file.len() as u64);
    }
    (file, ends)
}

/// A valid file header and one frame header, then `payload`.
fn with_frame_header(length: u32, kind: u16, reserved: u16, payload: &[u8]) -> Vec<u8> {
    let mut file = recording(&[]).0;
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&kind.to_le_bytes());
    file.extend_from_slice(&reserved.to_le_bytes());
    file.extend_from_slice(payload);
    file
}

#[test]
fn the_file_begins_with_magic_version_and_session() {
    let (file, ends) = recording(&[]);
    assert_eq!(file[..16], *b"KMODTRC\0\x01\0\0\0\0\0\0\0");
    let payload = u32::from_le_bytes(file[16..20].try_into().unwrap());
    assert_eq!(file[20..24], [1, 0, 0, 0]);
    assert_eq!(ends, [24 + u64::from(payload)]);
    let read: Session = serde_json::from_slice(&file[24..]).unwrap();
    assert_eq!(read, session());
}

#[test]
fn what_is_no_recording_says_so() {
    for file in [
        &b""[..],
        b"\x7fELF",
        b"KMODTRX\0\x01\0\0\0\0\0\0\0",
        &[0; 100],
    ] {
        assert!(
            matches!(read(file).1, Some(TraceError::NotARecording)),
            "{file:?}"
        );
    }
    let cut_off = &recording(&[]).0[..10];
    assert!(matches!(
        read(cut_off).1,
        Some(TraceError::Truncated { offset: 0 })
    ));
    for (at, version, flags) in [(8, 3, 0), (10, 1, 3)] {
        let mut file = recording(&[]).0;
        file[at] = 3;
        let error = read(file.as_slice()).1;
        assert!(
            matches!(error, Some(TraceError::Format { version: v, flags: f }) if (v, f) == (version, flags)),
            "{error:?}"
        );
    }
}

#[test]
fn the_first_frame_must_be_the_session() {
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
    assert!(matches!(
        read(file.as_slice()).1,
        Some(TraceError::NoSession)
    ));
    file.extend_from_slice(&[1, 0, 0, 0, 2, 0, 0, 0, 9]);
    assert!(matches!(
        read(file.as_slice()).1,
        Some(TraceError::NoSession)
    ));
}

#[test]
fn garbage_is_refused_with_its_place() {
    let place = recording(&[]).1[0];
    let error = |file: Vec<u8>| {
        let (frames, error) = read(file.as_slice());
        assert_eq!(frames.len(), 1);
        error.unwrap()
    };
    let longest = u32::try_from(MAX_PAYLOAD).unwrap();
    assert!(matches!(
        error(with_frame_header(longest + 1, 2, 0, b"")),
        TraceError::TooLong { offset, length } if offset == place && length == u64::from(longest) + 1
    ));
    assert!(matches!(
        error(with_frame_header(longest, 2, 0, b"x")),
        TraceError::Truncated { offset } if offset == place
    ));
    assert!(matches!(
        error(with_frame_header(1, 4, 0, b"x")),
        TraceError::Kind { offset, kind: 4 } if offset == place
    ));
    assert!(matches!(
        error(with_frame_header(1, 2, 1, b"x")),
        TraceError::Kind { offset, .. } if offset == place
    ));
    assert!(matches!(
        error(with_frame_header(1, 3, 0, b"x")),
        TraceError::Json { offset, .. } if offset == place
    ));
}

/// One bad payload does not hide what follows it; a broken frame does.
#[test]
fn reading_goes_on_after_a_malformed_payload_only() {
    let mut file = with_frame_header(1, 3, 0, b"x");
    file.extend_from_slice(&[1, 0, 0, 0, 2, 0, 0, 0, 9]);
    file.extend_from_slice(&[1, 0, 0, 0, 9, 0, 0, 0, 9, 1, 0, 0, 0, 2, 0, 0, 0, 9]);
    let mut reader = FrameReader::new(file.as_slice()).unwrap();
    assert!(matches!(reader.next_frame(), Ok(Some(Frame::Session(_)))));
    assert!(matches!(reader.next_frame(), Err(TraceError::Json { .. })));
    assert!(matches!(reader.next_frame(), Ok(Some(Frame::Record(bytes))) if bytes == [9]));
    assert!(matches!(reader.next_frame(), Err(TraceError::Kind { .. })));
    assert!(matches!(reader.next_frame(), Ok(None)));
}

proptest! {
    #[test]
    fn what_was_written_is_read(frames in vec(any_frame(), 0..20), step in 1_usize..50) {
        let (file, _) = recording(&frames);
        let (found, error) = read(Dribble(&file, step));
        prop_assert!(error.is_none());
        prop_assert!(matches!(&found[0], Frame::Session(found) if **found == session()));
        prop_assert_eq!(&found[1..], frames);
    }

    /// Wherever it is cut off: the whole frames come, then the place of the broken one.
    #[test]
    fn a_truncated_recording_yields_what_it_holds(
        frames in vec(any_frame(), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let (file, ends) = recording(&frames);
        let length = 16 + cut.index(file.len() - 15);
        let (found, error) = read(&file[..length]);
        let whole = ends.iter().filter(|&&end| end <= length as u64).count();
        prop_assert_eq!(found.len(), whole);
        let place = ends[..whole].last().copied().unwrap_or(16);
        match error {
            None => prop_assert_eq!(place, length as u64),
            Some(TraceError::NoSession) => prop_assert_eq!(length, 16),
            Some(TraceError::Truncated { offset }) => prop_assert_eq!(offset, place),
            Some(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn any_bytes_end(bytes in vec(any::<u8>(), 0..500)) {
        let _ = read(bytes.as_slice());
        let mut after_header = recording(&[]).0;
        after_header.extend_from_slice(&bytes);
        let _ = read(after_header.as_slice());
    }

    /// Whatever one changed byte makes of it.
    #[test]
    fn a_changed_byte_ends(
        frames in vec(any_frame(), 0..5),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let (mut file, _) = recording(&frames);
        let at = at.index(file.len());
        file[at] = byte;
        let _ = read(file.as_slice());
    }
}
