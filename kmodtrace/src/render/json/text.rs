//! Strings from outside in JSON, and which of them had to be escaped.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::{
    event::Name,
    render::{escape::json_text, facts::known},
};

/// Collects the names of the fields that were not UTF-8.
#[derive(Default)]
pub(in crate::render) struct Texts {
    /// Fields in which `\xff` stands for a byte and `\\` for a backslash.
    pub(in crate::render) escaped: Vec<&'static str>,
}

impl Texts {
    pub(in crate::render) fn text<'n>(
        &mut self,
        field: &'static str,
        name: &'n Name,
    ) -> Cow<'n, str> {
        let (text, escaped) = json_text(&name.0);
        if escaped && !self.escaped.contains(&field) {
            self.escaped.push(field);
        }
        text
    }

    /// `None` for a name that is unknown or empty.
    pub(in crate::render) fn known<'n>(
        &mut self,
        field: &'static str,
        name: Option<&'n Name>,
    ) -> Option<Cow<'n, str>> {
        known(name).map(|name| self.text(field, name))
    }
}

/// An address as JSON shows it: a string, for numbers beyond 2⁵³ do not survive most readers.
#[derive(Clone, Copy)]
pub(in crate::render) struct Address(pub(in crate::render) u64);

impl Serialize for Address {
    /// As `{:#x}` writes it, which takes several times as long: a load has a hundred addresses.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [b'0'; 18];
        let (mut begin, mut rest) = (text.len(), self.0);
        while rest != 0 || begin == text.len() {
            begin -= 1;
            text[begin] = b"0123456789abcdef"[(rest & 0xf) as usize];
            rest >>= 4;
        }
        text[begin - 1] = b'x';
        let text = str::from_utf8(&text[begin - 2..]);
        serializer.serialize_str(text.unwrap_or_default())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Address {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Address")
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": crate::render::schema::ADDRESS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_hexadecimal() {
        for address in [0, 9, 0x10, 0xffff_ffff_c0ab_1000, u64::MAX] {
            let text = serde_json::to_string(&Address(address)).unwrap();
            assert_eq!(text, format!("\"{address:#x}\""));
        }
    }
}
