//! Where frames go: through redaction, if that is asked for, into the recording, through the pipeline.

use std::{
    error::Error,
    io::{self, ErrorKind},
    mem,
};

use super::{
    pipeline::Pipeline,
    recorder::{Files, Pace, Recorder},
};
use crate::{
    error::Failure,
    model::Summary,
    redact::Redactor,
    trace::{Frame, TraceError},
};

/// The end of the way of a run, and of a report.
pub(super) struct Sink {
    recording: Option<Recorder>,
    recording_lost: bool,
    redactor: Option<Redactor>,
    pipeline: Pipeline<'static>,
    /// With a command the run ends with it, not with the output.
    with_command: bool,
    output_lost: bool,
}

impl Sink {
    /// Records into `files`, if there are any. A recording that cannot begin is one that fails.
    pub(super) fn new(
        files: Option<(Files, Pace)>,
        redact: bool,
        with_command: bool,
        pipeline: Pipeline<'static>,
    ) -> Self {
        let mut sink = Self {
            recording: None,
            recording_lost: false,
            redactor: redact.then(Redactor::new),
            pipeline,
            with_command,
            output_lost: false,
        };
        match files.map(|(files, pace)| Recorder::start(files, pace)) {
            Some(Ok(recorder)) => sink.recording = Some(recorder),
            Some(Err(error)) => sink.lost(error),
            None => {}
        }
        sink
    }

    /// Takes one frame; the first one is the session.
    pub(super) fn feed(&mut self, frame: Frame) -> Result<(), Failure> {
        self.feed_all([frame])
    }

    /// Takes frames. All are recorded before any is printed: whoever reads the output may be slow.
    pub(super) fn feed_all(
        &mut self,
        frames: impl IntoIterator<Item = Frame>,
    ) -> Result<(), Failure> {
        let frames: Vec<Frame> = match &mut self.redactor {
            None => frames.into_iter().collect(),
            Some(redactor) => {
                let mut redacted = Vec::new();
                for frame in frames {
                    redactor.push(frame, &mut redacted);
                }
                redacted
            }
        };
        self.pass_on(frames)
    }

    fn pass_on(&mut self, frames: Vec<Frame>) -> Result<(), Failure> {
        self.record(|recorder| recorder.write(&frames));
        for frame in frames {
            self.pipeline.feed(frame);
            self.check_output()?;
        }
        Ok(())
    }

    /// Hands what was printed to its reader.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.pipeline.flush();
        self.check_output()
    }

    /// True once as many loads were printed as were asked for.
    pub(super) fn is_full(&self) -> bool {
        self.pipeline.is_full()
    }

    /// Prints no more loads.
    pub(super) fn stop(&mut self) {
        self.pipeline.stop();
    }

    /// The whole, and whether the recording and every export are whole too.
    pub(super) fn finish(&mut self) -> Result<(Summary, bool), Failure> {
        let mut frames = Vec::new();
        if let Some(redactor) = &mut self.redactor {
            redactor.finish(&mut frames);
        }
        self.pass_on(frames)?;
        if let Some(recording) = self.recording.take()
            && let Err(error) = recording.finish()
        {
            self.lost(error);
        }
        let summary = self.pipeline.finish();
        self.check_output()?;
        let whole = !self.recording_lost && !self.pipeline.export_lost();
        Ok((summary, whole))
    }

    /// A recording that fails ends; the run goes on.
    fn record(&mut self, write: impl FnOnce(&Recorder) -> Result<(), TraceError>) {
        let written = self.recording.as_ref().map_or(Ok(()), write);
        if let Err(error) = written {
            self.recording = None;
            self.lost(error);
        }
    }

    fn lost(&mut self, error: impl Into<Box<dyn Error + Send + Sync>>) {
        let failure = Failure::Recording(io::Error::other(error));
        eprintln!("kmodtrace: {failure}");
        self.recording_lost = true;
    }

    fn check_output(&mut self) -> Result<(), Failure> {
        let error = self.pipeline.output_error();
        self.printed(error.map_or(Ok(()), Err))
    }

    /// What became of something that was printed. Where the run goes on without its output, that is said once.
    pub(super) fn printed(&mut self, printed: io::Result<()>) -> Result<(), Failure> {
        let Err(error) = printed else {
            return Ok(());
        };
        if !self.with_command {
            return Err(Failure::Output(error));
        }
        let gone = error.kind() == ErrorKind::BrokenPipe;
        if !gone && !mem::replace(&mut self.output_lost, true) {
            eprintln!("kmodtrace: {}", Failure::Output(error));
        }
        Ok(())
    }
}
