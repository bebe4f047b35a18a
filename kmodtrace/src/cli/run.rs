//! `kmodtrace run`: watches loads as they happen.

mod command;
mod host;
mod interrupt;
mod watch;

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use super::{args::RunArgs, output, pipeline::Pipeline};
use crate::{
    error::{Exit, Failure, may_trace},
    event::Session,
    kernel::{
        environment::Environment,
        facts::{KernelFacts, Source},
    },
    model::Summary,
    plan::{Plan, plan},
    probe::{Options, Tracer},
    trace::{Frame, FrameWriter, TraceError},
};

/// Runs until the command has ended, enough was seen, time is over or Ctrl-C.
///
/// # Errors
/// When tracing cannot begin or go on, or an output cannot be written.
pub(super) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let facts = KernelFacts::read(Path::new("/"), args.btf.as_deref());
    if args.btf.is_some() && facts.btf.is_none() {
        let why = facts.unread.get(&Source::Btf).cloned();
        return Err(Failure::Btf(why.unwrap_or_default()));
    }
    let plan = plan(&facts, args.attach)?;
    if args.dry_run {
        return print_plan(&plan);
    }
    may_trace(
        &Environment::read(Path::new("/")),
        facts.lockdown.as_deref(),
    )?;
    // Before anything is attached, so that a bad path fails at once.
    let file = args.output.as_deref().map(create).transpose()?;
    interrupt::second_one_forces().map_err(Failure::Runtime)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?;
    runtime.block_on(trace(args, &facts, &plan, file))
}

async fn trace(
    args: &RunArgs,
    facts: &KernelFacts,
    plan: &Plan,
    file: Option<File>,
) -> Result<Exit, Failure> {
    let options = Options {
        ring_bytes: args.ring_size,
        tracer_pid: (!args.command.is_empty()).then(std::process::id),
        btf: args.btf.clone(),
        ..Options::default()
    };
    let (tracer, ring) = Tracer::start(plan, &options)?;
    let degraded = !tracer.refused().is_empty();
    let session = host::session(facts, plan, &tracer, &args.command);
    let mut sink = Sink::new(file, session, output::pipeline(&args.output_args))?;
    announce(args, facts, &tracer)?;
    let mut watch = watch::Watch::new(tracer, ring, args)?;
    watch.run(&mut sink).await?;
    watch.close(&mut sink)?;
    let summary = sink.finish()?;
    output::summary(&args.output_args, &summary)?;
    // Detaching waits for the kernel; the summary need not.
    drop(watch);
    Ok(Exit::of_run(&summary, degraded))
}

/// `ready`, only when all is attached.
fn announce(args: &RunArgs, facts: &KernelFacts, tracer: &Tracer) -> Result<(), Failure> {
    for refused in tracer.refused() {
        let hook = refused.hook.hook().map_or("?", |hook| hook.name);
        eprintln!(
            "kmodtrace: the kernel refused the probe for {hook} on {}: {}",
            refused.symbol, refused.reason
        );
    }
    eprintln!(
        "ready: {} probes attached on Linux {}",
        tracer.attached().len(),
        facts.release
    );
    if let Some(path) = &args.ready_file {
        File::create(path).map_err(|error| Failure::create(path, error))?;
    }
    Ok(())
}

fn print_plan(plan: &Plan) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    for probe in &plan.probes {
        let hook = probe.hook.hook().map_or("?", |hook| hook.name);
        let ways: Vec<_> = probe.ways.iter().map(|way| way.name()).collect();
        writeln!(
            out,
            "{hook:<36} {:<10} {} by {}",
            probe.edge.name(),
            probe.symbol,
            ways.join(", ")
        )
        .map_err(Failure::Output)?;
    }
    for missing in &plan.missing {
        let hook = missing.hook.hook().map_or("?", |hook| hook.name);
        let tried: Vec<_> = missing
            .tried
            .iter()
            .map(|(symbol, why)| format!("{symbol} ({why})"))
            .collect();
        writeln!(out, "{hook:<36} missing    {}", tried.join(", ")).map_err(Failure::Output)?;
    }
    Ok(Exit::Ok)
}

fn create(path: &Path) -> Result<File, Failure> {
    host::create_private(path).map_err(|error| Failure::create(path, error))
}

/// Where frames go: first into the recording, then through the pipeline.
struct Sink {
    recording: Option<FrameWriter<BufWriter<File>>>,
    pipeline: Pipeline<'static>,
}

impl Sink {
    fn new(
        file: Option<File>,
        session: Session,
        pipeline: Pipeline<'static>,
    ) -> Result<Self, Failure> {
        let record = |file| FrameWriter::new(BufWriter::new(file));
        let recording = file.map(record).transpose().map_err(recording)?;
        let mut sink = Self {
            recording,
            pipeline,
        };
        sink.feed(Frame::Session(Box::new(session)))?;
        Ok(sink)
    }

    fn feed(&mut self, frame: Frame) -> Result<(), Failure> {
        if let Some(writer) = &mut self.recording {
            writer.write(&frame).map_err(recording)?;
        }
        self.pipeline.feed(frame).map_err(Failure::Output)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        if let Some(writer) = &mut self.recording {
            writer.flush().map_err(recording)?;
        }
        self.pipeline.flush().map_err(Failure::Output)
    }

    fn is_full(&self) -> bool {
        self.pipeline.is_full()
    }

    fn finish(mut self) -> Result<Summary, Failure> {
        self.flush()?;
        self.pipeline.finish().map_err(Failure::Output)
    }
}

fn recording(error: TraceError) -> Failure {
    Failure::Recording(io::Error::other(error))
}
