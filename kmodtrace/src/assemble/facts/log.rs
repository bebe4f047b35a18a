//! The kernel's log, as far as the loading task wrote it.

use kmodtrace_common::wire::BLOB_LOG;

use crate::{
    assemble::material::Material,
    event::{BlobRecord, Name},
    model::LogLine,
};

pub(super) fn lines(material: &Material) -> Vec<LogLine> {
    material.every(BLOB_LOG).filter_map(line).collect()
}

fn line(blob: &BlobRecord) -> Option<LogLine> {
    let (time, text) = blob.bytes.split_first_chunk()?;
    // Older kernels tell of a line when it reaches the console, whoever wrote it, with its time in front.
    let flushed = after_time(text);
    Some(LogLine {
        time_ns: u64::from_ne_bytes(*time),
        text: Name(flushed.unwrap_or(text).trim_ascii_end().to_vec()),
        probable: flushed.is_some(),
    })
}

/// What follows `[   12.345678] `, if the text begins so.
fn after_time(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"[")?.trim_ascii_start();
    let end = rest.iter().position(|&byte| byte == b']')?;
    let (time, rest) = rest.split_at(end);
    let is_time = time.contains(&b'.')
        && time
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    is_time.then(|| rest.strip_prefix(b"] "))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_front_is_cut_off() {
        assert_eq!(
            after_time(b"[   12.345678] kt: hello"),
            Some(&b"kt: hello"[..])
        );
        assert_eq!(after_time(b"[kt] hello"), None);
        assert_eq!(after_time(b"kt: hello"), None);
    }
}
