//! The files of a recording: FILE, and before it FILE.1, FILE.2, …

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    head::Head,
    sync::{Syncer, Unsynced},
};
use crate::{
    cli::output,
    error::Failure,
    trace::{Block, BlockBuilder, BlockWriter, END_BYTES, Part, TraceError, block::split},
};

/// How a recording is divided into files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rotation {
    /// Longest file, bytes.
    pub(crate) bytes: u64,
    /// How many files are kept; `None` for all.
    pub(crate) files: Option<u32>,
}

/// Where a recording goes, before anything was written.
pub(crate) struct Files {
    path: PathBuf,
    rotation: Option<Rotation>,
    file: File,
}

impl Files {
    /// Creates the first file, so that a bad path fails at once. With rotation a file that is there makes
    /// room, unless it is empty (a run that did not begin has left it); without, it is emptied.
    ///
    /// # Errors
    /// When it cannot be created, or is to be rotated and is no file.
    pub(crate) fn create(path: &Path, rotation: Option<Rotation>) -> Result<Self, Failure> {
        let failed = |error| Failure::create(path, error);
        if let Some(rotation) = rotation
            && let Ok(old) = fs::symlink_metadata(path)
        {
            if !(old.is_file() || old.is_symlink()) {
                let why = "only a regular file can be rotated";
                return Err(failed(io::Error::other(why)));
            }
            if old.is_symlink() || old.len() > 0 {
                shift(path, rotation.files).map_err(failed)?;
            }
        }
        Ok(Self {
            file: output::create_private(path).map_err(failed)?,
            path: path.to_owned(),
            rotation,
        })
    }

    /// A file that is there.
    #[cfg(test)]
    pub(super) fn of(path: PathBuf, file: File) -> Self {
        Self {
            path,
            rotation: None,
            file,
        }
    }

    /// Begins to write.
    pub(super) fn begin(self) -> Result<Writer, TraceError> {
        let sync = Syncer::start().map_err(|source| TraceError::Io { offset: 0, source })?;
        let file = Arc::new(self.file);
        sync.written(&file, 0);
        let writer = Writer {
            out: BlockWriter::new(Arc::clone(&file), Part::default()),
            file,
            builder: BlockBuilder::default(),
            head: Head::default(),
            path: self.path,
            rotation: self.rotation,
            sync,
        };
        writer.sync_directory();
        Ok(writer)
    }
}

/// Writes blocks, and begins new files.
pub(super) struct Writer {
    path: PathBuf,
    rotation: Option<Rotation>,
    file: Arc<File>,
    out: BlockWriter<Arc<File>>,
    builder: BlockBuilder,
    head: Head,
    sync: Syncer,
}

impl Writer {
    /// Appends an encoded frame.
    pub(super) fn push(&mut self, frame: &[u8]) -> Result<(), TraceError> {
        self.builder.push_encoded(frame)?;
        if self.rotation.is_some() {
            self.head.see(frame);
        }
        if self.builder.is_full() {
            self.close_block()?;
        }
        Ok(())
    }

    /// Ends the block and writes it.
    pub(super) fn close_block(&mut self) -> Result<(), TraceError> {
        let Some(block) = self.builder.seal() else {
            return Ok(());
        };
        let written = self.out.written();
        if let Some(rotation) = self.rotation
            && written > 0
            && written + block.bytes() + END_BYTES > rotation.bytes
        {
            self.rotate(rotation)?;
            self.put_head()?;
        }
        self.put(&block)?;
        // Better between two loads than where the room ends.
        if let Some(rotation) = self.rotation
            && self.out.written() > rotation.bytes - rotation.bytes / 8
            && self.head.is_between_loads()
        {
            self.rotate(rotation)?;
            self.put_head()?;
        }
        Ok(())
    }

    /// Fails if something did not reach the disk.
    pub(super) fn check(&self) -> Result<(), TraceError> {
        self.sync
            .failed()
            .map_or(Ok(()), |failed| Err(unsynced(failed)))
    }

    /// Says that the recording is complete, and waits until it is on the disk.
    pub(super) fn finish(mut self) -> Result<(), TraceError> {
        self.close_block()?;
        self.out.end()?;
        self.written();
        self.sync.finish().map_err(unsynced)
    }

    fn put(&mut self, block: &Block) -> Result<(), TraceError> {
        self.out.put(block)?;
        self.written();
        Ok(())
    }

    /// The file is to be brought to the disk as it is now.
    fn written(&self) {
        self.sync.written(&self.file, self.out.written());
    }

    /// Ends the file and begins another one.
    fn rotate(&mut self, rotation: Rotation) -> Result<(), TraceError> {
        let offset = self.out.written();
        let io = |source: io::Error| TraceError::Io { offset, source };
        shift(&self.path, rotation.files).map_err(io)?;
        let file = Arc::new(output::create_new_private(&self.path).map_err(io)?);
        self.out.end()?;
        self.written();
        self.out = BlockWriter::new(Arc::clone(&file), self.out.next_part());
        self.file = file;
        self.sync_directory();
        Ok(())
    }

    /// Tells again what the file needs to be read alone.
    fn put_head(&mut self) -> Result<(), TraceError> {
        for frames in self.head.frames() {
            for frame in split(frames) {
                self.builder.push_encoded(frame)?;
            }
        }
        match self.builder.seal() {
            Some(block) => self.put(&block),
            None => Ok(()),
        }
    }

    /// So that a power cut does not take the file's name.
    fn sync_directory(&self) {
        if let Ok(directory) = File::open(output::parent(&self.path)) {
            self.sync.written(&Arc::new(directory), self.out.written());
        }
    }
}

fn unsynced(Unsynced { offset, source }: Unsynced) -> TraceError {
    TraceError::Unsynced { offset, source }
}

/// Makes room for a new FILE: what has that name becomes FILE.1, that FILE.2 and so on. Of `keep` files,
/// the new one included, the oldest are removed.
fn shift(path: &Path, keep: Option<u32>) -> io::Result<()> {
    let name = |number: u32| {
        let mut name = OsString::from(path);
        if number > 0 {
            name.push(format!(".{number}"));
        }
        PathBuf::from(name)
    };
    let there = |number: &u32| fs::symlink_metadata(name(*number)).is_ok();
    let count = (0..u32::MAX).take_while(there).count();
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let kept = keep.map_or(count, |keep| count.min(keep.saturating_sub(1)));
    for number in (kept..count).rev() {
        fs::remove_file(name(number))?;
    }
    for number in (0..kept).rev() {
        fs::rename(name(number), name(number + 1))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
