//! Where frames go: first into the recording, then through the pipeline.

use std::{
    fs::File,
    io::{self, BufWriter, ErrorKind},
};

use crate::{
    cli::pipeline::Pipeline,
    error::Failure,
    event::Session,
    model::Summary,
    trace::{Frame, FrameWriter, TraceError},
};

/// The end of the live run's way.
pub(super) struct Sink {
    recording: Option<FrameWriter<BufWriter<File>>>,
    recording_lost: bool,
    pipeline: Pipeline<'static>,
    /// With a command the run ends with it, not with the output.
    with_command: bool,
}

impl Sink {
    pub(super) fn new(
        file: Option<File>,
        session: Session,
        pipeline: Pipeline<'static>,
    ) -> Result<Self, Failure> {
        let record = |file| FrameWriter::new(BufWriter::new(file));
        let failed = |error: TraceError| Failure::Recording(io::Error::other(error));
        let mut sink = Self {
            recording: file.map(record).transpose().map_err(failed)?,
            recording_lost: false,
            pipeline,
            with_command: session.command.is_some(),
        };
        sink.feed(Frame::Session(Box::new(session)))?;
        Ok(sink)
    }

    /// Takes one frame.
    pub(super) fn feed(&mut self, frame: Frame) -> Result<(), Failure> {
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

    /// The whole, and whether the recording is whole too.
    pub(super) fn finish(mut self) -> Result<(Summary, bool), Failure> {
        self.record(FrameWriter::flush);
        let summary = self.pipeline.finish();
        self.check_output()?;
        Ok((summary, !self.recording_lost))
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
