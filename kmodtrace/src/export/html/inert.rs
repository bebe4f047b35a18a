//! Data elements that no text can leave.

use std::io::{self, Write};

use serde::Serialize;

/// JSON without a character that means something to HTML: within JSON, `<` only stands in strings, where it can be
/// written as `\u003c`. Without it there is neither `</script` nor `<!--`.
pub(super) fn escaped(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len());
    for &byte in json {
        if byte == b'<' {
            text.extend(br"\u003c");
        } else {
            text.push(byte);
        }
    }
    text
}

/// A data element with an object.
pub(super) fn json(class: &str, object: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_vec(object)?;
    element(class, "application/json", &escaped(&json), out)
}

/// A data element; `text` is [`escaped`], or of an alphabet without `<`.
pub(super) fn element(class: &str, kind: &str, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<script type=\"{kind}\" class=\"{class}\">")?;
    out.write_all(text)?;
    out.write_all(b"</script>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_string_ends_the_element() {
        let mut out = Vec::new();
        let text = "</script><!--<script>\u{2028}\0";
        json("x", &text, &mut out).expect("memory can be written");
        let out = String::from_utf8(out).expect("UTF-8");
        let inside = out.strip_prefix("<script type=\"application/json\" class=\"x\">");
        let inside = inside.and_then(|rest| rest.strip_suffix("</script>\n"));
        let inside = inside.expect("an element");
        assert!(!inside.contains('<'), "{inside}");
        assert_eq!(serde_json::from_str::<String>(inside).expect("JSON"), text);
    }
}
