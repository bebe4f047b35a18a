//! Kernel addresses in what should hold none. Nothing here uses kmodtrace's own idea of an address.

use std::collections::BTreeSet;

use kmodtrace::trace::Frame;
use serde_json::Value;

/// Everything in the upper half but error numbers.
#[must_use]
pub fn is_address(value: u64) -> bool {
    (0xffff_8000_0000_0000..=0xffff_ffff_ffff_f000).contains(&value)
}

/// Kernel addresses written out: 16 hexadecimal digits, or a decimal number.
#[must_use]
pub fn in_text(text: &[u8]) -> Vec<String> {
    let words = text.split(|byte| !byte.is_ascii_hexdigit());
    let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
    words
        .filter(|word| {
            let hexadecimal = u64::from_str_radix(word, 16)
                .ok()
                .filter(|_| word.len() >= 16);
            let decimal = word.parse().ok();
            hexadecimal.is_some_and(is_address) || decimal.is_some_and(is_address)
        })
        .collect()
}

/// Kernel addresses among the numbers of a ring record: these are aligned.
#[must_use]
pub fn in_record(record: &[u8]) -> Vec<u64> {
    let numbers = record.chunks_exact(8).map(|bytes| {
        let bytes = <[u8; 8]>::try_from(bytes).unwrap_or_default();
        u64::from_le_bytes(bytes)
    });
    numbers.filter(|&number| is_address(number)).collect()
}

/// What a frame leaks, as a recording would hold it.
///
/// # Panics
/// When a frame cannot be written.
#[must_use]
pub fn in_frame(frame: &Frame) -> Vec<String> {
    let json = match frame {
        Frame::Session(session) => serde_json::to_value(session),
        Frame::Host(event) => serde_json::to_value(event),
        Frame::Record(record) => {
            let mut found = in_text(record);
            found.extend(in_record(record).iter().map(|leak| format!("{leak:#x}")));
            return found;
        }
    };
    let mut found = Vec::new();
    in_json(&json.expect("frames can be written"), &mut found);
    found
}

fn in_json(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(is_address) => {
            found.push(number.to_string());
        }
        Value::String(text) => found.extend(in_text(text.as_bytes())),
        Value::Array(items) => {
            items.iter().for_each(|item| in_json(item, found));
            // Names are arrays of bytes.
            let bytes = items.iter().map(|item| u8::try_from(item.as_u64()?).ok());
            if let Some(bytes) = bytes.collect::<Option<Vec<u8>>>() {
                found.extend(in_text(&bytes));
            }
        }
        Value::Object(fields) => fields.values().for_each(|item| in_json(item, found)),
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Every kernel address among the numbers of a recording's ring records.
#[must_use]
pub fn of_records(frames: &[Frame]) -> BTreeSet<u64> {
    let records = frames.iter().filter_map(|frame| match frame {
        Frame::Record(record) => Some(record),
        Frame::Session(_) | Frame::Host(_) => None,
    });
    records.flat_map(|record| in_record(record)).collect()
}

/// Those of `addresses` that stand anywhere in `bytes`, aligned or not.
#[must_use]
pub fn anywhere(bytes: &[u8], addresses: &BTreeSet<u64>) -> Vec<u64> {
    let windows = bytes.windows(8);
    let numbers = windows.map(|bytes| {
        let bytes = <[u8; 8]>::try_from(bytes).unwrap_or_default();
        u64::from_le_bytes(bytes)
    });
    numbers
        .filter(|number| addresses.contains(number))
        .collect()
}
