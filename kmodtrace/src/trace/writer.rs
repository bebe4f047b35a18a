//! Writes recordings.

use std::io::{self, Write};

use serde::Serialize;

use super::frame::{
    FILE_HEADER_BYTES, FORMAT, FRAME_HEADER_BYTES, Frame, KIND_HOST, KIND_RECORD, KIND_SESSION,
    MAGIC, MAX_PAYLOAD, TraceError,
};

/// Writes the frames of one recording.
#[derive(Debug)]
pub struct FrameWriter<W> {
    out: W,
    offset: u64,
    begun: bool,
}

impl<W: Write> FrameWriter<W> {
    /// Begins a recording: writes the file header.
    ///
    /// # Errors
    ///
    /// If `out` fails.
    pub fn new(out: W) -> Result<Self, TraceError> {
        let mut writer = Self {
            out,
            offset: 0,
            begun: false,
        };
        let mut header = Vec::with_capacity(FILE_HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&FORMAT.to_le_bytes());
        header.resize(FILE_HEADER_BYTES, 0);
        writer.bytes(&header)?;
        Ok(writer)
    }

    /// Appends a frame; the first one must be the session.
    ///
    /// # Errors
    ///
    /// If the output fails, or the frame is too long or no session.
    pub fn write(&mut self, frame: &Frame) -> Result<(), TraceError> {
        if !self.begun && !matches!(frame, Frame::Session(_)) {
            return Err(TraceError::NoSession);
        }
        match frame {
            Frame::Session(session) => self.json(KIND_SESSION, session)?,
            Frame::Record(record) => self.payload(KIND_RECORD, record)?,
            Frame::Host(event) => self.json(KIND_HOST, event)?,
        }
        self.begun = true;
        Ok(())
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.offset
    }

    /// Hands what is buffered to the output's destination.
    ///
    /// # Errors
    ///
    /// If the output fails.
    pub fn flush(&mut self) -> Result<(), TraceError> {
        let offset = self.offset;
        self.out
            .flush()
            .map_err(|source| TraceError::Io { offset, source })
    }

    /// The output.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn json(&mut self, kind: u16, value: &impl Serialize) -> Result<(), TraceError> {
        let payload = serde_json::to_vec(value).map_err(|source| TraceError::Json {
            offset: self.offset,
            source,
        })?;
        self.payload(kind, &payload)
    }

    fn payload(&mut self, kind: u16, payload: &[u8]) -> Result<(), TraceError> {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        if payload.len() > MAX_PAYLOAD {
            return Err(TraceError::TooLong {
                offset: self.offset,
                length: length.into(),
            });
        }
        // One write per frame: a recording that is cut off is cut off inside one frame at most.
        let mut frame = Vec::with_capacity(FRAME_HEADER_BYTES + payload.len());
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&kind.to_le_bytes());
        frame.extend_from_slice(&[0; 2]);
        frame.extend_from_slice(payload);
        self.bytes(&frame)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), TraceError> {
        let offset = self.offset;
        let io = |source: io::Error| TraceError::Io { offset, source };
        self.out.write_all(bytes).map_err(io)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}
