//! Protobuf's wire format, as its documentation has it: enough to read what was written without knowing how.

use std::collections::BTreeMap;

/// A field's value.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

/// A message: its fields by number, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message(BTreeMap<u64, Vec<Field>>);

impl Message {
    pub(crate) fn parse(mut bytes: &[u8]) -> Self {
        let mut message = Self::default();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let field = match tag & 7 {
                0 => Field::Number(varint(&mut bytes)),
                1 => {
                    let (number, rest) = bytes.split_first_chunk().expect("eight bytes");
                    bytes = rest;
                    Field::Number(u64::from_le_bytes(*number))
                }
                2 => {
                    let length = usize::try_from(varint(&mut bytes)).expect("a length");
                    let (inner, rest) = bytes.split_at(length);
                    bytes = rest;
                    Field::Bytes(inner.to_vec())
                }
                other => panic!("wire type {other}"),
            };
            message.0.entry(tag >> 3).or_default().push(field);
        }
        message
    }

    fn fields(&self, number: u64) -> &[Field] {
        self.0.get(&number).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn number(&self, number: u64) -> Option<u64> {
        self.fields(number).last().map(|field| match field {
            Field::Number(number) => *number,
            Field::Bytes(bytes) => panic!("{number} holds {bytes:?}"),
        })
    }

    pub(crate) fn messages(&self, number: u64) -> Vec<Self> {
        let fields = self.fields(number).iter();
        fields
            .map(|field| match field {
                Field::Bytes(bytes) => Self::parse(bytes),
                Field::Number(value) => panic!("{number} holds {value}"),
            })
            .collect()
    }

    pub(crate) fn message(&self, number: u64) -> Option<Self> {
        self.messages(number).pop()
    }

    pub(crate) fn text(&self, number: u64) -> Option<String> {
        self.fields(number).last().map(|field| match field {
            Field::Bytes(bytes) => String::from_utf8(bytes.clone()).expect("UTF-8"),
            Field::Number(value) => panic!("{number} holds {value}"),
        })
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let (&byte, rest) = bytes.split_first().expect("more");
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    number
}
