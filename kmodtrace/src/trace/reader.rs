//! Reads recordings: total, whatever the bytes.

use std::io::Read;

use serde::de::DeserializeOwned;

use super::frame::{
    FILE_HEADER_BYTES, FORMAT, FRAME_HEADER_BYTES, Frame, KIND_HOST, KIND_RECORD, KIND_SESSION,
    MAGIC, MAX_PAYLOAD, TraceError,
};

/// Reads the frames of one recording.
#[derive(Debug)]
pub struct FrameReader<R> {
    input: R,
    offset: u64,
    first: bool,
    ended: bool,
}

impl<R: Read> FrameReader<R> {
    /// Reads the file header.
    ///
    /// # Errors
    ///
    /// If `input` fails or does not begin as a recording of this format.
    pub fn new(input: R) -> Result<Self, TraceError> {
        let mut reader = Self {
            input,
            offset: 0,
            first: true,
            ended: false,
        };
        let header = reader.bytes(FILE_HEADER_BYTES)?;
        let magic = &header[..header.len().min(MAGIC.len())];
        if magic.is_empty() || !MAGIC.starts_with(magic) {
            return Err(TraceError::NotARecording);
        }
        let &[_, _, _, _, _, _, _, _, v0, v1, f0, f1, r0, r1, r2, r3] = header.as_slice() else {
            return Err(TraceError::Truncated { offset: 0 });
        };
        let (version, flags) = (u16::from_le_bytes([v0, v1]), u16::from_le_bytes([f0, f1]));
        if version != FORMAT || flags != 0 || [r0, r1, r2, r3] != [0; 4] {
            return Err(TraceError::Format { version, flags });
        }
        reader.offset = FILE_HEADER_BYTES as u64;
        Ok(reader)
    }

    /// The next frame; `None` at the end. The first one is the session.
    ///
    /// # Errors
    ///
    /// If the input fails, ends inside a frame, or holds what is no frame; nothing follows then. A
    /// malformed payload alone ([`TraceError::Json`]) does not end the recording.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TraceError> {
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
        let frame = match kind {
            KIND_SESSION => Frame::Session(Box::new(json(offset, &payload)?)),
            KIND_HOST => {
                self.ended = false;
                Frame::Host(json(offset, &payload)?)
            }
            _ => Frame::Record(payload),
        };
        self.ended = false;
        self.first = false;
        Ok(Some(frame))
    }

    /// Where the next frame begins, bytes from the beginning.
    pub fn offset(&self) -> u64 {
        self.offset
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

fn json<T: DeserializeOwned>(offset: u64, payload: &[u8]) -> Result<T, TraceError> {
    serde_json::from_slice(payload).map_err(|source| TraceError::Json { offset, source })
}
