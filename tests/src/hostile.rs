//! Recordings of real kernels in which whoever loads modules means harm: every name, parameter, command line and
//! log line is replaced, byte for byte, by what programs trip over.

use kmodtrace::trace::Frame;
use kmodtrace_common::wire::{
    Blob,
    meaning::{BlobMeaning, Meaning, blob, layout},
};

use crate::recordings;

/// Markup, formulas, terminal escapes, quotes and separators, directions, bytes that are not UTF-8. Cut to the length
/// of what they replace, they are not UTF-8 in more ways.
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
            (Meaning::Text, Some(text)) => strings(text),
            (Meaning::CountedText, Some(text)) => strings(&mut text[..count]),
            _ => {}
        }
    }
    if kind == kmodtrace_common::wire::KIND_BLOB {
        let tail = &mut bytes[size_of::<Blob>()..];
        match blob(what) {
            Some(BlobMeaning::Text) => strings(tail),
            Some(BlobMeaning::Numbered(bytes)) => strings(&mut tail[bytes..]),
            _ => {}
        }
    }
    bytes
}

/// Replaces each string, and of `key=value` the value; the same ones by the same.
fn strings(text: &mut [u8]) {
    for string in text.split_mut(|&byte| byte == 0) {
        let value = string.iter().position(|&byte| byte == b'=');
        let string = &mut string[value.map_or(0, |at| at + 1)..];
        let sum: usize = string.iter().map(|&byte| usize::from(byte)).sum();
        let nasty = NASTY[sum % NASTY.len()].iter().cycle();
        string
            .iter_mut()
            .zip(nasty)
            .for_each(|(to, from)| *to = *from);
    }
}
