//! Recordings of real kernels in which whoever loads modules means harm: every name, parameter, command line and
//! log line is replaced by what programs trip over, as long as there is room for.
//!
//! Which fields are text is what `wire::meaning` says, where no field can be left out. Only strings that others
//! point into keep their length.

use kmodtrace::trace::Frame;
use kmodtrace_common::wire::{
    BLOB_BYTES, BLOB_MODINFO, BLOB_SECTION_NAMES, Blob, KIND_BLOB,
    meaning::{BlobMeaning, Meaning, blob, layout},
};

use crate::recordings;

/// Markup, formulas, terminal escapes, quotes and separators, directions, bytes that are not UTF-8. Cut to the room
/// that there is, they are not UTF-8 in more ways.
const NASTY: [&[u8]; 12] = [
    b"</script><script>alert(1)</script>",
    b"=HYPERLINK(\"http://x\",\"y\")",
    b"\x1b[31mred\x1b]0;title\x07\x9b2J",
    b"\xff\xfe\x80\xc3(",
    "\u{202e}gnp.ok\u{2066}\u{feff}\u{0301}".as_bytes(),
    b"a,b;c\"d'e\r\nf\tg",
    b"+1-1*cmd|'/C calc'!A0",
    b"@SUM(1+1)\\x41\\\\",
    b"]]><!--&amp;<b onclick=x>",
    b"\t=1+1",
    "-1\u{9b}\u{2028}模块𝒳".as_bytes(),
    b"${x}`id`;--",
];

/// The frames of a recording with every text replaced.
#[must_use]
pub fn frames(kernel: &str) -> Vec<Frame> {
    let frames = recordings::frames(kernel).into_iter();
    frames
        .map(|frame| match frame {
            Frame::Record(bytes) => Frame::Record(record(bytes)),
            other => other,
        })
        .collect()
}

fn record(mut bytes: Vec<u8>) -> Vec<u8> {
    let number = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let (kind, what) = (number(0), number(size_of::<Blob>() - 8));
    let count = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
    let Some(layout) = layout(kind) else {
        return bytes;
    };
    for field in layout.fields {
        let part = field.offset..field.offset + field.bytes;
        match (field.meaning, bytes.get_mut(part)) {
            // The last byte stays NUL.
            (Meaning::Text, Some([text @ .., _]))
                if text.first().is_some_and(|&byte| byte != 0) =>
            {
                cycle(text, nasty(text));
            }
            (Meaning::CountedText, Some(text)) => strings(&mut text[..count]),
            _ => {}
        }
    }
    if kind != KIND_BLOB {
        return bytes;
    }
    let begin = size_of::<Blob>();
    let begin = match blob(what) {
        Some(BlobMeaning::Text) => begin,
        Some(BlobMeaning::Numbered(numbers)) => begin + numbers,
        _ => return bytes,
    };
    if what == BLOB_SECTION_NAMES || what == BLOB_MODINFO {
        strings(&mut bytes[begin..]);
        return bytes;
    }
    let text = bytes.split_off(begin);
    for (at, string) in text.split(|&byte| byte == 0).enumerate() {
        if at > 0 {
            bytes.push(0);
        }
        if !string.is_empty() {
            let nasty = nasty(string);
            let times = if string.len() % 16 == 0 {
                LONG / nasty.len()
            } else {
                1
            };
            bytes.extend(nasty.repeat(times));
        }
    }
    bytes.truncate(size_of::<Blob>() + BLOB_BYTES);
    let count = u32::try_from(bytes.len() - size_of::<Blob>()).expect("short");
    bytes[4..8].copy_from_slice(&count.to_le_bytes());
    bytes
}

/// Length of the long ones, bytes.
const LONG: usize = 10_000;

/// The same for the same.
fn nasty(string: &[u8]) -> &'static [u8] {
    let sum: usize = string.iter().map(|&byte| usize::from(byte)).sum();
    NASTY[sum % NASTY.len()]
}

fn cycle(to: &mut [u8], from: &[u8]) {
    let from = from.iter().cycle();
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// Replaces each string, and of `key=value` the value, by as many bytes.
fn strings(text: &mut [u8]) {
    for string in text.split_mut(|&byte| byte == 0) {
        let value = string.iter().position(|&byte| byte == b'=');
        let string = &mut string[value.map_or(0, |at| at + 1)..];
        cycle(string, nasty(string));
    }
}
