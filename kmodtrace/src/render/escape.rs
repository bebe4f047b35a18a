//! Strings from outside, made safe to print.
//!
//! Names of modules, files, tasks and symbols and parameter strings are bytes that whoever loads a
//! module chooses. None of them may move the cursor, change colours, reverse the reading direction
//! or vanish.

use std::{borrow::Cow, fmt::Write as _};

use unicode_width::UnicodeWidthChar;

/// For a terminal: `\x1b` for control characters and bytes that are not UTF-8, `\u{202e}` for
/// everything without a width of its own (direction overrides, joiners, combining marks) and, with
/// `ascii`, for everything beyond ASCII.
#[must_use]
pub fn printable(bytes: &[u8], ascii: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_printable(&mut text, c, ascii);
        }
        push_hex(&mut text, chunk.invalid());
    }
    text
}

fn push_printable(text: &mut String, c: char, ascii: bool) {
    // Writing to a String cannot fail.
    let _ = match c {
        ' '..='~' => {
            text.push(c);
            Ok(())
        }
        '\0'..='\x7f' => write!(text, "\\x{:02x}", u32::from(c)),
        _ if ascii || is_treacherous(c) => write!(text, "\\u{{{:x}}}", u32::from(c)),
        _ => {
            text.push(c);
            Ok(())
        }
    };
}

/// True for characters that are invisible, that join their neighbours or that break the line.
fn is_treacherous(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{a0}' | '\u{ad}' | '\u{2028}' | '\u{2029}' | '\u{fffc}'
    );
    invisible || c.is_whitespace() || c.width().is_none_or(|width| width == 0)
}

/// For JSON: the text itself if it is UTF-8. Otherwise bytes that are not become `\xff`, every
/// backslash is doubled, and the second value is true: so the bytes can be had back.
#[must_use]
pub fn json_text(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        push_hex(&mut text, chunk.invalid());
    }
    (Cow::Owned(text), true)
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn ordinary_names_stay() {
        assert_eq!(
            printable(b"snd_hda-intel.ko.zst", false),
            "snd_hda-intel.ko.zst"
        );
        assert_eq!(printable("größe=模块".as_bytes(), false), "größe=模块");
        assert_eq!(printable("größe".as_bytes(), true), "gr\\u{f6}\\u{df}e");
    }

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(
            printable(b"a\x1b[31mb\r\n\x7f", false),
            "a\\x1b[31mb\\x0d\\x0a\\x7f"
        );
        assert_eq!(printable(b"\xff\xc3", false), "\\xff\\xc3");
        let sly =
            "a\u{202e}b\u{200b}c\u{9b}d\u{301}\u{2028}\u{feff}\u{2066}\u{e0041}\u{ad}\u{3000}";
        let shown = printable(sly.as_bytes(), false);
        assert!(shown.is_ascii(), "{shown}");
        assert!(shown.starts_with("a\\u{202e}b\\u{200b}c\\u{9b}d\\u{301}\\u{2028}"));
    }

    #[test]
    fn every_character_has_a_width_after_escaping() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let shown = printable(c.to_string().as_bytes(), false);
            assert!(shown.width() > 0, "U+{:04X}", u32::from(c));
            assert!(
                !shown.chars().any(char::is_control),
                "U+{:04X}",
                u32::from(c)
            );
        }
    }

    #[test]
    fn json_keeps_bytes_recoverable() {
        assert_eq!(json_text(b"C:\\x"), (Cow::Borrowed("C:\\x"), false));
        let (text, escaped) = json_text(b"a\\\xffb");
        assert_eq!((text.as_ref(), escaped), ("a\\\\\\xffb", true));
    }
}
