//! Strings from outside in JSON, and which of them had to be escaped.

use std::borrow::Cow;

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
pub(in crate::render) fn address(address: u64) -> String {
    format!("{address:#x}")
}
