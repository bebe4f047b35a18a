//! Recordings that are read as one: several runs, or the files of one run.

use std::{
    cmp::Reverse,
    collections::VecDeque,
    fs::File,
    io::{BufRead as _, BufReader, Read},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use crate::{
    error::Failure,
    event::{HostEvent, Session},
    source::{Source, recorded::Recorded},
    trace::{Frame, TraceError},
};

/// What gzip's files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The frames of all files, in the order in which their runs began. A session that goes on in another
/// file is told once; damage is told when everything that can be read was.
pub(super) struct Recordings {
    files: VecDeque<Opened>,
    /// Device and inode of each, also of those that are left out.
    ids: Vec<(u64, u64)>,
    several: bool,
    session: Option<Session>,
    /// Ring records of this session so far, here and elsewhere.
    records: u64,
    /// To be told next.
    next: Option<Frame>,
    damage: Vec<String>,
    remarks: Vec<String>,
}

/// One file.
struct Opened {
    path: PathBuf,
    /// Device and inode.
    id: (u64, u64),
    bytes: u64,
    recorded: Recorded<Box<dyn Read>>,
    /// What was read of it to know its place among the others.
    first: Option<Result<Option<Frame>, TraceError>>,
    /// Ring records of its run in the files before.
    records_before: u64,
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
        let ids = files.iter().map(|file| file.id).collect();
        let several = files.len() > 1;
        let mut remarks = Vec::new();
        // Nothing is read ahead of a single file.
        if several {
            files.iter_mut().for_each(Opened::look);
            files.sort_by_key(Opened::began);
            files.dedup_by(|file, before| {
                let same = file.recorded.file().is_some() && file.whose() == before.whose();
                if same {
                    let (path, before) = (file.path.display(), before.path.display());
                    remarks.push(format!(
                        "{path} holds the same as {before}, or the beginning of it: it is left out"
                    ));
                }
                same
            });
        }
        Ok(Self {
            ids,
            several,
            files: files.into(),
            session: None,
            records: 0,
            next: None,
            damage: Vec::new(),
            remarks,
        })
    }

    /// FILE and, if its run was written to several files, the others beside it: FILE.1, FILE.2, …
    ///
    /// # Errors
    /// When FILE cannot be read or is no recording.
    pub(super) fn rotated(path: &Path) -> Result<Vec<PathBuf>, Failure> {
        let run = Opened::open(path)?.recorded.file();
        let mut paths = vec![path.to_owned()];
        for number in 1_u32.. {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{number}"));
            let Ok(file) = Opened::open(Path::new(&name)) else {
                break;
            };
            if run.is_some() && file.recorded.file() == run {
                paths.push(name.into());
            }
        }
        Ok(paths)
    }

    /// True if one of them is the file with this device and inode.
    pub(super) fn contain(&self, id: (u64, u64)) -> bool {
        self.ids.contains(&id)
    }

    /// Format of the first file, and its number in its run.
    pub(super) fn first_file(&self) -> (u16, u32) {
        let file = self.files.front().map(|file| &file.recorded);
        file.map_or((0, 0), |file| (file.format(), file.part().number))
    }

    /// What else there is to say when everything was read.
    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// A session begins, or goes on in another file: then it is not told again. What is in files that are
    /// not read is not missing.
    fn session(&mut self, session: Box<Session>, before: u64) -> Option<Frame> {
        let goes_on = self.session.as_ref() == Some(&*session);
        if !goes_on {
            self.session = Some((*session).clone());
            self.records = 0;
        }
        let records = before.saturating_sub(self.records);
        self.records = self.records.max(before);
        let elsewhere = (records > 0).then_some(Frame::Host(HostEvent::Elsewhere { records }));
        if goes_on {
            return elsewhere;
        }
        self.next = elsewhere;
        Some(Frame::Session(session))
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
        if let Some(frame) = self.next.take() {
            return Ok(Some(frame));
        }
        while let Some(file) = self.files.front_mut() {
            match file.next() {
                Ok(Some(Frame::Session(session))) => {
                    let before = std::mem::take(&mut file.records_before);
                    if let Some(frame) = self.session(session, before) {
                        return Ok(Some(frame));
                    }
                }
                Ok(Some(frame)) => {
                    let records = u64::from(matches!(frame, Frame::Record(_)));
                    self.records = self.records.saturating_add(records);
                    return Ok(Some(frame));
                }
                Ok(None) => {
                    self.remarks.extend(file.unfinished());
                    self.files.pop_front();
                }
                Err(error) => {
                    let path = file.path.clone();
                    self.remarks.extend(file.unfinished());
                    self.files.pop_front();
                    self.damaged(&path, &error);
                }
            }
        }
        match std::mem::take(&mut self.damage) {
            damage if damage.is_empty() => Ok(None),
            damage => Err(TraceError::SomeDamaged(damage.join("; "))),
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
        let recorded = Recorded::open(input).map_err(|error| {
            let why = format!("{}: {error}", path.display());
            match error {
                TraceError::NotARecording => Failure::NotRecording(why),
                _ => Failure::UnreadableRecording(why),
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            id: (about.dev(), about.ino()),
            bytes: about.len(),
            records_before: recorded.part().records_before,
            recorded,
            first: None,
        })
    }

    fn look(&mut self) {
        self.first = Some(self.recorded.next());
    }

    /// When its run began, ns since the epoch (0 if it does not tell), and its place in the run; of copies the
    /// longest comes first.
    fn began(&self) -> (u64, u32, Reverse<u64>) {
        let began = match &self.first {
            Some(Ok(Some(Frame::Session(session)))) => session.clock.realtime_ns,
            _ => 0,
        };
        (began, self.recorded.part().number, Reverse(self.bytes))
    }

    /// What there is to say of a file that does not say that it is complete.
    fn unfinished(&self) -> Option<String> {
        let path = self.path.display();
        self.recorded
            .is_unfinished()
            .then(|| format!("{path} was not ended: whoever wrote it was killed, or still does"))
    }

    /// What no two files have in common.
    fn whose(&self) -> (Option<u64>, u32) {
        (self.recorded.file(), self.recorded.part().number)
    }

    fn next(&mut self) -> Result<Option<Frame>, TraceError> {
        self.first.take().unwrap_or_else(|| self.recorded.next())
    }
}
