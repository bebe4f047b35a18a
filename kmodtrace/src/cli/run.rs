//! `kmodtrace run`: watches loads as they happen.

mod command;
mod host;
mod watch;

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use super::{args::RunArgs, output, pipeline::Pipeline};
use crate::{
    error::{Exit, Failure},
    kernel::{environment::Environment, facts::KernelFacts},
    plan::{Plan, plan},
    probe::{Options, Tracer},
    trace::frame::{Frame, FrameWriter},
};

/// Runs until the command has ended, enough was seen, time is over or Ctrl-C.
///
/// # Errors
/// When tracing cannot begin or go on, or an output cannot be written.
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let facts = KernelFacts::read(Path::new("/"), args.btf.as_deref());
    let environment = Environment::read(Path::new("/"));
    let plan = plan(&facts, args.attach)?;
    if args.dry_run {
        return print_plan(&plan);
    }
    environment.may_trace()?;
    let recording = args.output.as_deref().map(Recording::create).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?;
    runtime.block_on(trace(args, &facts, &plan, recording))
}

async fn trace(
    args: &RunArgs,
    facts: &KernelFacts,
    plan: &Plan,
    recording: Option<Recording>,
) -> Result<Exit, Failure> {
    let with_command = !args.command.is_empty();
    let options = Options {
        ring_bytes: args.ring_size,
        tracer_pid: with_command.then(std::process::id),
        btf: args.btf.clone(),
        ..Options::default()
    };
    let (tracer, ring) = Tracer::start(plan, &options)?;
    let mut sink = Sink { recording, pipeline: output::pipeline(&args.output_args)? };
    sink.feed(Frame::Session(Box::new(host::session(facts, plan, &tracer, &args.command))))?;
    let degraded = !tracer.refused().is_empty();
    announce(args, facts, &tracer)?;
    let mut watch = watch::Watch::new(tracer, ring, args)?;
    let ended = watch.run(&mut sink).await?;
    watch.close(&mut sink)?;
    let summary = sink.finish()?;
    output::summary(&args.output_args, &summary, with_command)?;
    // Detaching waits for the kernel; the summary need not.
    drop(watch);
    Ok(Exit::of_run(&summary, ended, degraded))
}

/// `ready`, only when all is attached.
fn announce(args: &RunArgs, facts: &KernelFacts, tracer: &Tracer) -> Result<(), Failure> {
    for refused in tracer.refused() {
        let hook = refused.hook.hook().map_or("?", |hook| hook.name);
        eprintln!("kmodtrace: the kernel refused the probe for {hook} on {}: {}", refused.symbol, refused.reason);
    }
    eprintln!("ready: {} probes attached on Linux {}", tracer.attached().len(), facts.release);
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
        writeln!(out, "{hook:<36} {:<10} {} by {}", probe.edge.name(), probe.symbol, ways.join(", "))
            .map_err(Failure::Output)?;
    }
    for missing in &plan.missing {
        let hook = missing.hook.hook().map_or("?", |hook| hook.name);
        let tried: Vec<_> = missing.tried.iter().map(|(symbol, why)| format!("{symbol} ({})", why.sentence())).collect();
        writeln!(out, "{hook:<36} missing    {}", tried.join(", ")).map_err(Failure::Output)?;
    }
    Ok(Exit::Ok)
}

/// The file of `-o`.
struct Recording(FrameWriter<io::BufWriter<File>>);

impl Recording {
    fn create(path: &Path) -> Result<Self, Failure> {
        let file = host::create_private(path).map_err(|error| Failure::create(path, error))?;
        FrameWriter::new(io::BufWriter::new(file))
            .map(Self)
            .map_err(|error| Failure::create(path, error))
    }
}

/// Where frames go: first into the recording, then through the pipeline.
pub(super) struct Sink {
    recording: Option<Recording>,
    pipeline: Pipeline<'static>,
}

impl Sink {
    pub(super) fn feed(&mut self, frame: Frame) -> Result<(), Failure> {
        if let Some(Recording(writer)) = &mut self.recording {
            writer.write(&frame).map_err(Failure::Recording)?;
        }
        self.pipeline.feed(frame).map_err(Failure::Output)
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if let Some(Recording(writer)) = &mut self.recording {
            writer.flush().map_err(Failure::Recording)?;
        }
        self.pipeline.flush().map_err(Failure::Output)
    }

    pub(super) fn pipeline(&self) -> &Pipeline<'static> {
        &self.pipeline
    }

    fn finish(mut self) -> Result<crate::model::Summary, Failure> {
        self.flush()?;
        self.pipeline.finish().map_err(Failure::Output)
    }
}
