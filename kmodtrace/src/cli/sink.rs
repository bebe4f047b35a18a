//! Where frames go: through redaction, if that is asked for, into the recording, through the pipeline.

use std::io::{self, ErrorKind};

use super::{pipeline::Pipeline, recorder::Recorder};
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
}

impl Sink {
    /// Records with `recording`, if there is one.
    pub(super) fn new(
        recording: Option<Recorder>,
        redact: bool,
        with_command: bool,
        pipeline: Pipeline<'static>,
    ) -> Self {
        Self {
            recording,
            recording_lost: false,
            redactor: redact.then(Redactor::new),
            pipeline,
            with_command,
        }
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
    pub(super) fn finish(mut self) -> Result<(Summary, bool), Failure> {
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

    fn lost(&mut self, error: TraceError) {
        let failure = Failure::Recording(io::Error::other(error));
        eprintln!("kmodtrace: {failure}");
        self.recording_lost = true;
    }

    fn check_output(&mut self) -> Result<(), Failure> {
        match self.pipeline.output_error() {
            None => Ok(()),
            Some(error) if !self.with_command => Err(Failure::Output(error)),
            Some(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Some(error) => {
                eprintln!("kmodtrace: {}", Failure::Output(error));
                Ok(())
            }
        }
    }
}
