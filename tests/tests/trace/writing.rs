//! What can be written, and what is said where it cannot.

use std::io::{self, Write};

use kmodtrace::trace::{Frame, FrameWriter, TraceError, frame::MAX_PAYLOAD};

use crate::{
    blocks::{first, record},
    read,
};

#[test]
fn a_frame_that_could_not_be_read_is_not_written() {
    let mut writer = FrameWriter::new(Vec::new());
    writer.write(&first()).expect("a session");
    let longest = Frame::Record(vec![7; MAX_PAYLOAD]);
    let too_long = Frame::Record(vec![0; MAX_PAYLOAD + 1]);
    assert!(matches!(
        writer.write(&too_long),
        Err(TraceError::LongFrame(length)) if length == MAX_PAYLOAD + 1
    ));
    writer.write(&longest).expect("short enough");
    let file = writer.finish().expect("memory");
    let (frames, error) = read(file.as_slice());
    assert!(frames == [first(), longest] && error.is_none());
}

/// A disk that becomes full.
struct Disk {
    file: Vec<u8>,
    room: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room - self.file.len()).min(7);
        self.file.extend_from_slice(&bytes[..taken]);
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Wherever the disk ends, that is what is said.
#[test]
fn where_writing_failed_is_said() {
    let write = |room| {
        let file = Vec::new();
        let mut writer = FrameWriter::new(Disk { file, room });
        for frame in [first(), record(1), record(2)] {
            writer.write(&frame)?;
            writer.close_block()?;
        }
        writer.finish()
    };
    let whole = write(usize::MAX).expect("room").file;
    assert_eq!(read(whole.as_slice()).0.len(), 3);
    for room in 0..whole.len() {
        match write(room) {
            Err(TraceError::Io { offset, source }) => {
                let why = source.kind();
                assert_eq!((offset, why), (room as u64, io::ErrorKind::StorageFull));
            }
            Err(error) => panic!("{room}: {error}"),
            Ok(_) => panic!("{room}: written"),
        }
    }
}
