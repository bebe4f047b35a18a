//! The kernel's log, as far as the loading task wrote it.

use std::collections::BTreeMap;

use kmodtrace_common::wire::{BLOB_LOG, BLOB_LOG_RECORD};

use crate::{
    assemble::material::Material,
    event::{BlobRecord, Name},
    model::LogLine,
};

/// Its lines, in order of time.
pub(super) fn lines(material: &Material) -> Vec<LogLine> {
    let mut lines: Vec<_> = material.every(BLOB_LOG).filter_map(line).collect();
    let mut records: BTreeMap<u64, LogLine> = BTreeMap::new();
    for (id, line) in material.every(BLOB_LOG_RECORD).filter_map(record) {
        // A record that went on is told again, whole: it keeps the time of its beginning.
        records
            .entry(id)
            .and_modify(|before| before.text.clone_from(&line.text))
            .or_insert(line);
    }
    lines.extend(records.into_values());
    lines.sort_by_key(|line| line.time_ns);
    lines
}

/// A record of the log, with its id.
fn record(blob: &BlobRecord) -> Option<(u64, LogLine)> {
    let mut rest = &blob.bytes[..];
    let mut number = || {
        let (number, behind) = rest.split_first_chunk()?;
        rest = behind;
        Some(u64::from_ne_bytes(*number))
    };
    let (time_ns, id, log_ns, facility) = (number()?, number()?, number()?, number()?);
    let line = LogLine {
        time_ns,
        text: Name(rest.trim_ascii_end().to_vec()),
        probable: false,
        log_ns: Some(log_ns),
        level: u8::try_from(facility >> 13).ok(),
    };
    Some((id, line))
}

/// A line that reached the console.
fn line(blob: &BlobRecord) -> Option<LogLine> {
    let (time, text) = blob.bytes.split_first_chunk()?;
    // Older kernels tell of a line when it reaches the console, whoever wrote it, with its time in front.
    let flushed = after_time(text);
    Some(LogLine {
        time_ns: u64::from_ne_bytes(*time),
        text: Name(flushed.unwrap_or(text).trim_ascii_end().to_vec()),
        probable: flushed.is_some(),
        log_ns: None,
        level: None,
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
    use crate::event::LoadKey;

    #[test]
    fn a_time_in_front_is_cut_off() {
        assert_eq!(
            after_time(b"[   12.345678] kt: hello"),
            Some(&b"kt: hello"[..])
        );
        assert_eq!(after_time(b"[kt] hello"), None);
        assert_eq!(after_time(b"kt: hello"), None);
    }

    fn told(numbers: [u64; 4], text: &str) -> BlobRecord {
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_ne_bytes()).collect();
        bytes.extend_from_slice(text.as_bytes());
        BlobRecord {
            key: LoadKey {
                pid_tgid: 1,
                start_ns: 1,
            },
            what: BLOB_LOG_RECORD,
            truncated: false,
            offset: 0,
            bytes,
        }
    }

    #[test]
    fn a_record_that_goes_on_is_one_line() {
        let mut material = Material::default();
        let (kern_err, kern_info) = (3 << 13, 6 << 13);
        assert!(material.blob(told([20, 7, 5, kern_info], "one")));
        assert!(material.blob(told([30, 7, 5, kern_info], "one two")));
        assert!(material.blob(told([10, 6, 4, kern_err], "before\n")));
        let lines: Vec<_> = lines(&material);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.time_ns, &line.text.0[..], line.log_ns, line.level))
            .collect();
        assert_eq!(
            told,
            [
                (10, &b"before"[..], Some(4), Some(3)),
                (20, &b"one two"[..], Some(5), Some(6)),
            ]
        );
        assert!(lines.iter().all(|line| !line.probable));
    }

    #[test]
    fn a_record_that_is_cut_off_is_none() {
        let mut cut = told([1, 2, 3, 4], "");
        cut.bytes.pop();
        assert_eq!(record(&cut), None);
    }
}
