//! Where frames go: through redaction, if that is asked for, into the recording, through the pipeline.

use std::{
    fs::File,
    io::{self, BufWriter, ErrorKind},
};

use super::pipeline::Pipeline;
use crate::{
    error::Failure,
    model::Summary,
    redact::Redactor,
    trace::{Frame, FrameWriter, TraceError},
};

/// The end of the way of a run, and of a report.
pub(super) struct Sink {
    recording: Option<FrameWriter<BufWriter<File>>>,
    recording_lost: bool,
    redactor: Option<Redactor>,
    pipeline: Pipeline<'static>,
    /// With a command the run ends with it, not with the output.
    with_command: bool,
}

impl Sink {
    /// Records to `file`, if there is one.
    pub(super) fn new(
        file: Option<File>,
        redact: bool,
        with_command: bool,
        pipeline: Pipeline<'static>,
    ) -> Result<Self, Failure> {
        let record = |file| FrameWriter::new(BufWriter::new(file));
        let failed = |error: TraceError| Failure::Recording(io::Error::other(error));
        Ok(Self {
            recording: file.map(record).transpose().map_err(failed)?,
            recording_lost: false,
            redactor: redact.then(Redactor::new),
            pipeline,
            with_command,
        })
    }

    /// Takes one frame; the first one is the session.
    pub(super) fn feed(&mut self, frame: Frame) -> Result<(), Failure> {
        let Some(redactor) = &mut self.redactor else {
            return self.pass_on(frame);
        };
        let mut frames = Vec::new();
        redactor.push(frame, &mut frames);
        frames.into_iter().try_for_each(|frame| self.pass_on(frame))
    }

    fn pass_on(&mut self, frame: Frame) -> Result<(), Failure> {
        self.record(|writer| writer.write(&frame));
        self.pipeline.feed(frame);
        self.check_output()
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.record(FrameWriter::flush);
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
        frames
            .into_iter()
            .try_for_each(|frame| self.pass_on(frame))?;
        self.record(FrameWriter::flush);
        let summary = self.pipeline.finish();
        self.check_output()?;
        let whole = !self.recording_lost && !self.pipeline.export_lost();
        Ok((summary, whole))
    }

    /// A recording that fails ends; the run goes on.
    fn record(
        &mut self,
        write: impl FnOnce(&mut FrameWriter<BufWriter<File>>) -> Result<(), TraceError>,
    ) {
        let Some(writer) = &mut self.recording else {
            return;
        };
        if let Err(error) = write(writer) {
            let failure = Failure::Recording(io::Error::other(error));
            eprintln!("kmodtrace: {failure}");
            self.recording = None;
            self.recording_lost = true;
        }
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
