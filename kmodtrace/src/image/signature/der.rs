//! DER (X.690): elements one after the other, each with a tag and a length.

/// One element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Element<'d> {
    /// Class, form and number in one byte.
    pub(super) tag: u8,
    /// What is inside.
    pub(super) content: &'d [u8],
}

impl<'d> Element<'d> {
    /// The elements inside.
    pub(super) fn inside(&self) -> Elements<'d> {
        Elements(self.content)
    }
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, with elements inside.
pub(super) const CONTEXT_0: u8 = 0xa0;
/// `[0]`, without.
pub(super) const CONTEXT_0_PRIMITIVE: u8 = 0x80;

/// Elements in order. Ends at the first that cannot be read: with a tag of several bytes, an indefinite
/// length, or cut off. Nothing recurses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'d>(pub(super) &'d [u8]);

impl<'d> Elements<'d> {
    /// The next element if it has this tag; else nothing is taken.
    pub(super) fn tagged(&mut self, tag: u8) -> Option<Element<'d>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element)
    }
}

impl<'d> Iterator for Elements<'d> {
    type Item = Element<'d>;

    fn next(&mut self) -> Option<Element<'d>> {
        let (&tag, rest) = self.0.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.is_empty() || bytes.len() > 4 {
                return None;
            }
            let length = bytes
                .iter()
                .fold(0, |sum, &byte| sum << 8 | u64::from(byte));
            (usize::try_from(length).ok()?, rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_short_and_long_lengths() {
        let data = [
            &[0x02, 1, 5, 0x04, 0x81, 2, 7, 8, 0x30, 0x82, 0, 0][..],
            &[0x30, 0x80],
        ]
        .concat();
        let mut elements = Elements(&data);
        assert_eq!(elements.tagged(OID), None);
        assert_eq!(elements.tagged(INTEGER).map(|e| e.content), Some(&[5][..]));
        assert_eq!(elements.next().map(|e| e.content), Some(&[7, 8][..]));
        assert_eq!(elements.next().map(|e| e.content), Some(&[][..]));
        assert_eq!(elements.next(), None);
    }

    #[test]
    fn what_is_cut_off_is_not_there() {
        for data in [
            &[0x30][..],
            &[0x30, 2, 1],
            &[0x1f, 1, 1],
            &[4, 0x85, 0, 0, 0, 0, 1, 1],
            &[4, 0x84, 255, 255, 255, 255],
        ] {
            assert_eq!(Elements(data).next(), None, "{data:x?}");
        }
    }
}
