//! Reads format 1: frames one after the other.

use std::io::Read;

use crate::trace::frame::{
    FILE_HEADER_1_BYTES, FRAME_HEADER_BYTES, Frame, KIND_HOST, KIND_RECORD, KIND_SESSION,
    MAX_PAYLOAD, TraceError, parse,
};

/// Reads frames behind a file header.
#[derive(Debug)]
pub(super) struct Frames<R> {
    input: R,
    offset: u64,
    first: bool,
    ended: bool,
}

impl<R: Read> Frames<R> {
    /// Reads on behind the file header.
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            offset: FILE_HEADER_1_BYTES as u64,
            first: true,
            ended: false,
        }
    }

    /// The next frame; `None` at the end. The first one is the session.
    ///
    /// # Errors
    ///
    /// If the input fails, ends inside a frame, or holds what is no frame; nothing follows then. A
    /// malformed payload alone ([`TraceError::Json`]) does not end the recording.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, TraceError> {
        if self.ended {
            return Ok(None);
        }
        // Whatever makes this return early is the end, unless the frame was whole.
        self.ended = true;
        let offset = self.offset;
        let header = self.bytes(FRAME_HEADER_BYTES)?;
        if header.is_empty() {
            return if self.first {
                Err(TraceError::NoSession)
            } else {
                Ok(None)
            };
        }
        let &[l0, l1, l2, l3, k0, k1, r0, r1] = header.as_slice() else {
            return Err(TraceError::Truncated { offset });
        };
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        let kind = u16::from_le_bytes([k0, k1]);
        let known = matches!(kind, KIND_SESSION | KIND_RECORD | KIND_HOST);
        if !known || [r0, r1] != [0; 2] {
            let kind = u32::from_le_bytes([k0, k1, r0, r1]);
            return Err(TraceError::Kind { offset, kind });
        }
        if self.first && kind != KIND_SESSION {
            return Err(TraceError::NoSession);
        }
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        if bytes > MAX_PAYLOAD {
            let length = length.into();
            return Err(TraceError::TooLong { offset, length });
        }
        let payload = self.bytes(bytes)?;
        if payload.len() < bytes {
            return Err(TraceError::Truncated { offset });
        }
        self.offset += (FRAME_HEADER_BYTES + bytes) as u64;
        // A malformed host event hides nothing but itself.
        self.ended = kind == KIND_SESSION;
        let frame = parse(kind, &payload, offset)?;
        self.ended = false;
        self.first = false;
        Ok(Some(frame))
    }

    /// Up to `count` bytes; fewer only at the end of the input.
    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, TraceError> {
        let mut bytes = Vec::new();
        let mut limited = self.input.by_ref().take(count as u64);
        match limited.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(source) => Err(TraceError::Io {
                offset: self.offset,
                source,
            }),
        }
    }
}
