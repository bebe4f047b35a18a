//! Reading of files that a kernel may or may not offer.

use std::{
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    path::Path,
};

/// No file that is read here is longer: a limit for whatever else lies at its place.
const LIMIT: u64 = 256 << 20;

/// Bytes of a list that are looked at together; no line of a kernel's is longer.
const WINDOW: usize = 64 << 10;

/// The whole file, or why not: short, for people.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let read = || {
        let file = File::open(path)?;
        // Where the length is known, exactly that is allocated.
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(LIMIT)).unwrap_or(0));
        file.take(LIMIT).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| told(path, &error))
}

/// Shows `see` the file line by line, without their ends, until it has seen enough. However long the file is,
/// little of it is in memory at a time.
pub(super) fn lines(path: &Path, see: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), String> {
    let read = || lines_of(File::open(path)?.take(LIMIT), see);
    read().map_err(|error| told(path, &error))
}

fn lines_of(
    mut list: impl io::Read,
    mut see: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut window = vec![0; WINDOW];
    // Of the window, what holds a line that has not ended yet.
    let mut held = 0;
    loop {
        let read = match list.read(&mut window[held..]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = held + read;
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', &window[..filled]) {
            if see(&window[begin..end]).is_break() {
                return Ok(());
            }
            begin = end + 1;
        }
        // The last line need not end; one that fills the window comes in pieces.
        let piece = begin == 0 && filled == window.len();
        if (read == 0 && begin < filled) || piece {
            if see(&window[begin..filled]).is_break() {
                return Ok(());
            }
            begin = filled;
        }
        if read == 0 {
            return Ok(());
        }
        window.copy_within(begin..filled, 0);
        held = filled - begin;
    }
}

pub(super) fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {}", path.display(), reason(error))
}

/// The file's text without white space at its ends; `None` if there is no such file.
pub(super) fn text(path: &Path) -> Option<String> {
    let bytes = read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The file's number; `None` if there is no such file or no number in it.
pub(super) fn number(path: &Path) -> Option<i64> {
    text(path)?.parse().ok()
}

/// What the system says of an error, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl io::Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = into.len().min(self.1);
            self.0.read(&mut into[..most])
        }
    }

    fn seen(text: &[u8], at_once: usize) -> Vec<Vec<u8>> {
        let mut seen = Vec::new();
        let see = |line: &[u8]| {
            seen.push(line.to_vec());
            ControlFlow::Continue(())
        };
        lines_of(Slow(text, at_once), see).unwrap();
        seen
    }

    #[test]
    fn lines_are_whole_however_they_come() {
        for at_once in 1..=9 {
            assert_eq!(
                seen(b"ab\n\ncde\nf", at_once),
                [&b"ab"[..], b"", b"cde", b"f"]
            );
            assert_eq!(seen(b"ab\n", at_once), [b"ab"]);
            assert!(seen(b"", at_once).is_empty());
        }
    }

    #[test]
    fn a_line_without_end_comes_in_pieces() {
        let mut text = vec![b'x'; 2 * WINDOW + 5];
        text.extend(b"\ny");
        let seen = seen(&text, usize::MAX);
        let lengths: Vec<_> = seen.iter().map(Vec::len).collect();
        assert_eq!(lengths, [WINDOW, WINDOW, 5, 1]);
    }

    #[test]
    fn nothing_is_read_behind_enough() {
        let mut count = 0;
        let see = |_: &[u8]| {
            count += 1;
            ControlFlow::Break(())
        };
        lines_of(Slow(b"a\nb\n", 100), see).unwrap();
        assert_eq!(count, 1);
    }
}
