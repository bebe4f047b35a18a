//! Recordings that are read as one: several runs, or the files of one run.

use std::{
    collections::VecDeque,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use crate::{
    error::Failure,
    event::Session,
    source::{Source, recorded::Recorded},
    trace::{Frame, TraceError},
};

/// What gzip's files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The frames of all files, in the order in which their runs began. A session that goes on in another
/// file is told once; damage is told when everything that can be read was.
pub(super) struct Recordings {
    files: VecDeque<Opened>,
    several: bool,
    session: Option<Session>,
    damage: Vec<String>,
}

/// One file.
struct Opened {
    path: PathBuf,
    /// Device and inode.
    id: (u64, u64),
    recorded: Recorded<Box<dyn Read>>,
    /// What was read of it to know its place among the others.
    first: Option<Result<Option<Frame>, TraceError>>,
}

impl Recordings {
    /// Opens files that `run -o` wrote, also compressed with gzip.
    ///
    /// # Errors
    /// When one cannot be read or is no recording.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut files = paths
            .iter()
            .map(|path| Opened::open(path))
            .collect::<Result<Vec<_>, _>>()?;
        // Nothing is read ahead of a single file.
        if files.len() > 1 {
            files.iter_mut().for_each(Opened::look);
            files.sort_by_key(Opened::began);
        }
        Ok(Self {
            several: files.len() > 1,
            files: files.into(),
            session: None,
            damage: Vec::new(),
        })
    }

    /// True if one of them is the file with this device and inode.
    pub(super) fn contain(&self, id: (u64, u64)) -> bool {
        self.files.iter().any(|file| file.id == id)
    }

    /// What there is to say of damage in a file.
    fn damaged(&mut self, path: &Path, error: &TraceError) {
        self.damage.push(if self.several {
            format!("{}: {error}", path.display())
        } else {
            error.to_string()
        });
    }
}

impl Source for Recordings {
    fn next(&mut self) -> Result<Option<Frame>, TraceError> {
        while let Some(file) = self.files.front_mut() {
            match file.next() {
                Ok(Some(Frame::Session(session))) => {
                    if self.session.as_ref() != Some(&*session) {
                        self.session = Some((*session).clone());
                        return Ok(Some(Frame::Session(session)));
                    }
                }
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {
                    self.files.pop_front();
                }
                Err(error) => {
                    let path = file.path.clone();
                    self.files.pop_front();
                    self.damaged(&path, &error);
                }
            }
        }
        match std::mem::take(&mut self.damage) {
            damage if damage.is_empty() => Ok(None),
            damage => Err(TraceError::Damaged(damage.join("; "))),
        }
    }
}

impl Opened {
    fn open(path: &Path) -> Result<Self, Failure> {
        let unread = |error| Failure::open(path, error);
        let file = File::open(path).map_err(unread)?;
        let about = file.metadata().map_err(unread)?;
        let mut file = BufReader::new(file);
        let compressed = file.fill_buf().map_err(unread)?.starts_with(&GZIP);
        let input: Box<dyn Read> = if compressed {
            Box::new(BufReader::new(MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        let recorded = Recorded::open(input)
            .map_err(|error| Failure::NotRecording(format!("{}: {error}", path.display())))?;
        Ok(Self {
            path: path.to_owned(),
            id: (about.dev(), about.ino()),
            recorded,
            first: None,
        })
    }

    fn look(&mut self) {
        self.first = Some(self.recorded.next());
    }

    /// When its run began, ns since the epoch; 0 if it does not tell.
    fn began(&self) -> u64 {
        match &self.first {
            Some(Ok(Some(Frame::Session(session)))) => session.clock.realtime_ns,
            _ => 0,
        }
    }

    fn next(&mut self) -> Result<Option<Frame>, TraceError> {
        self.first.take().unwrap_or_else(|| self.recorded.next())
    }
}
