//! `/proc/modules`: the modules that are loaded, one line each.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Seek},
    path::Path,
};

/// Bytes that are asked for at once. The kernel gives a page of them at most.
const WINDOW: usize = 64 << 10;

/// Times that the list is read to get it twice alike.
const TRIES: usize = 4;

/// No list is longer: a limit for whatever else lies at its place.
const LIMIT: usize = 16 << 20;

/// The whole list below `root`, see [`read`].
///
/// # Errors
/// When the file cannot be opened or read.
pub fn list(root: &Path) -> io::Result<Vec<u8>> {
    read(&mut File::open(root.join("proc/modules"))?)
}

/// The whole list, from its beginning.
///
/// Only what one read gets is of one moment: the kernel finds where the next one goes on by counting
/// (`seq_list_start()`), so a module that went away in between makes it pass over another. A list that takes more than
/// one read is therefore read until it comes twice alike. Where modules come and go all the time, a line that only the
/// last list but one has is given as well.
///
/// # Errors
/// When the file cannot be read.
pub fn read(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    let (mut before, mut last) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        before = last;
        let of_one_moment;
        (last, of_one_moment) = once(file)?;
        if of_one_moment || last == before {
            return Ok(last);
        }
    }
    Ok(both(&before, last))
}

/// Reads it once, and tells whether one read got it all.
fn once(file: &mut (impl Read + Seek)) -> io::Result<(Vec<u8>, bool)> {
    file.rewind()?;
    let (mut list, mut reads) = (vec![0; WINDOW], 0);
    let mut filled = 0;
    loop {
        match file.read(&mut list[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        reads += 1;
        if filled > LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        list.resize(filled + WINDOW, 0);
    }
    list.truncate(filled);
    Ok((list, reads <= 1))
}

/// The later list, and what only the one before it has.
fn both(before: &[u8], mut later: Vec<u8>) -> Vec<u8> {
    fn lines(list: &[u8]) -> impl Iterator<Item = &[u8]> {
        list.split_inclusive(|&byte| byte == b'\n')
    }
    let listed: HashSet<&[u8]> = lines(&later).map(name).collect();
    let hidden = lines(before).filter(|line| !listed.contains(name(line)));
    let hidden: Vec<u8> = hidden.flatten().copied().collect();
    later.extend(hidden);
    later
}

/// The name that a line begins with.
#[must_use]
pub fn name(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel gives its list: a few lines at a time, found by counting; what the list is from one read to the
    /// next, `moments` tells.
    struct Kernel {
        moments: Vec<Vec<&'static str>>,
        reads: usize,
        line: usize,
        at_once: usize,
    }

    impl Kernel {
        fn new(at_once: usize, moments: &[&[&'static str]]) -> Self {
            Self {
                moments: moments.iter().map(|moment| moment.to_vec()).collect(),
                reads: 0,
                line: 0,
                at_once,
            }
        }
    }

    impl Read for Kernel {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let moment = &self.moments[self.reads.min(self.moments.len() - 1)];
            self.reads += 1;
            let lines = moment.iter().skip(self.line).take(self.at_once);
            let text: String = lines
                .map(|name| format!("{name} 1 0 - Live 0x0\n"))
                .collect();
            self.line += self.at_once;
            into[..text.len()].copy_from_slice(text.as_bytes());
            Ok(text.len())
        }
    }

    impl Seek for Kernel {
        fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
            self.line = 0;
            Ok(0)
        }
    }

    fn names(list: &[u8]) -> Vec<String> {
        let lines = String::from_utf8(list.to_vec()).unwrap();
        let names = lines.lines().map(|line| name(line.as_bytes()).to_vec());
        names.map(|name| String::from_utf8(name).unwrap()).collect()
    }

    #[test]
    fn what_one_read_gets_is_not_asked_for_again() {
        let mut kernel = Kernel::new(9, &[&["a", "b"]]);
        assert_eq!(names(&read(&mut kernel).unwrap()), ["a", "b"]);
        assert_eq!(kernel.reads, 2);
    }

    #[test]
    fn a_module_that_goes_hides_no_other() {
        // "b" goes after the first read, which hides "d".
        let before: &[_] = &["a", "b", "c", "d", "e"];
        let after: &[_] = &["a", "c", "d", "e"];
        let mut kernel = Kernel::new(3, &[before, after]);
        assert_eq!(names(&read(&mut kernel).unwrap()), after);
    }

    #[test]
    fn where_it_never_rests_nothing_is_missing() {
        let one: &[_] = &["a", "b", "c", "d", "e"];
        let other: &[_] = &["a", "c", "d", "e"];
        // Each time it is read three times, the last of which is its end; the fourth time "d" is hidden.
        let moments = [&[one; 3][..], &[other; 3], &[one; 4], &[other; 2]].concat();
        let list = names(&read(&mut Kernel::new(3, &moments)).unwrap());
        assert_eq!(list, ["a", "b", "c", "e", "d"]);
    }
}
