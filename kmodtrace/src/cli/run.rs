//! `kmodtrace run`: watches loads as they happen.

mod command;
pub(super) mod host;
pub(super) mod interrupt;
pub(super) mod watch;
mod witness;

use std::{
    io::{self, Write as _},
    path::Path,
    time::Instant,
};

use interrupt::Interrupts;
use tokio::runtime::{Builder, Runtime};
use watch::Watch;

use super::{
    args::{AttachArgs, RunArgs},
    doctor, export, output,
    pipeline::Outlet,
    recorder::{Files, Pace},
    sink::Sink,
};
use crate::{
    catalogue::Detail,
    error::{Exit, Failure, may_trace},
    event::{HostEvent, Name, Session},
    kernel::{
        environment::Environment,
        facts::{KernelFacts, Source},
    },
    plan::{Plan, plan},
    probe::{Options, ProbeError, Ring, Tracer},
    sandbox::{self, Needs},
    trace::Frame,
};

/// Runs until the command has ended, enough was seen, time is over or Ctrl-C.
///
/// # Errors
/// When tracing cannot begin or go on, or an output cannot be written.
pub(super) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let (facts, plan) = planned(&args.attaching, &args.details())?;
    if args.dry_run {
        let print = if args.output_args.json {
            doctor::plan_as_json
        } else {
            doctor::plan_as_text
        };
        let mut out = io::stdout().lock();
        return writeln!(out, "{}", print(&plan).trim_end())
            .map(|()| Exit::Ok)
            .map_err(Failure::Output);
    }
    let environment = Environment::read(Path::new("/"));
    may_trace(&environment, facts.lockdown.as_deref())?;
    // Before anything is attached, so that a bad path fails at once.
    let files = args.output.as_deref();
    let files = files
        .map(|path| Files::create(path, args.rotation()))
        .transpose()?;
    let exports = export::live(&args.to)?;
    let run = runtime()?.block_on(trace(args, &facts, &plan, files, exports));
    run.map_err(|failure| match failure {
        Failure::Probe(refused @ ProbeError::Mandatory { .. })
            if environment.perf_may_be_refused() =>
        {
            Failure::PerfRefused(refused)
        }
        failure => failure,
    })
}

/// What this kernel is, and what is to be attached to it.
pub(super) fn planned(
    args: &AttachArgs,
    details: &[Detail],
) -> Result<(KernelFacts, Plan), Failure> {
    let begun = Instant::now();
    let read = match details.contains(&Detail::Usual) {
        true => KernelFacts::read,
        false => KernelFacts::read_with_exits,
    };
    let facts = read(Path::new("/"), args.btf.as_deref());
    tracing::debug!(took = ?begun.elapsed(), "facts read");
    if args.btf.is_some() && facts.btf.is_none() {
        let why = facts.unread.get(&Source::Btf).cloned();
        return Err(Failure::Btf(why.unwrap_or_default()));
    }
    let plan = plan(&facts, args.attach, details)?;
    Ok((facts, plan))
}

/// Timers, signals and processes, in this thread.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)
}

/// Attaches everything.
pub(super) fn attach(
    args: &AttachArgs,
    plan: &Plan,
    with_command: bool,
) -> Result<(Tracer, Ring), Failure> {
    let options = Options {
        ring_bytes: args.ring_size,
        tracer_pid: with_command.then(std::process::id),
        ..Options::default()
    };
    Ok(Tracer::start(plan, &options)?)
}

/// What a recording begins with: the session, and what was under way by then.
pub(super) fn begin(sink: &mut Sink, tracer: &Tracer, session: Session) -> Result<(), Failure> {
    let modules = under_way(tracer)?;
    tell(sink, session, modules)
}

fn under_way(tracer: &Tracer) -> Result<Vec<Name>, Failure> {
    Ok(host::under_way(&tracer.in_flight(host::now_ns())?))
}

fn tell(sink: &mut Sink, session: Session, modules: Vec<Name>) -> Result<(), Failure> {
    sink.feed(Frame::Session(Box::new(session)))?;
    if modules.is_empty() {
        return Ok(());
    }
    sink.feed(Frame::Host(HostEvent::UnderWay { modules }))
}

async fn trace(
    args: &RunArgs,
    facts: &KernelFacts,
    plan: &Plan,
    files: Option<Files>,
    exports: Vec<Outlet<'static>>,
) -> Result<Exit, Failure> {
    let mut interrupts = Interrupts::listen().map_err(Failure::Runtime)?;
    let with_command = !args.command.is_empty();
    let (tracer, ring) = attach(&args.attaching, plan, with_command)?;
    let degraded = !tracer.refused().is_empty();
    let session = host::session(facts, plan, &tracer, &args.command);
    let pipeline = output::pipeline(&args.output_args, exports);
    let modules = under_way(&tracer)?;
    announce(facts, &tracer);
    if let Some(path) = &args.ready_file {
        output::create_private(path).map_err(|error| Failure::create(path, error))?;
    }
    let stopped = interrupts.is_asked().await;
    let mut watch = Watch::new(tracer, ring, interrupts, args.duration);
    if !stopped {
        watch.start(&args.command)?;
    }
    // Behind the command, which keeps everything, and in front of the first thread, which would.
    if !args.no_sandbox {
        confine(args, &watch);
    }
    let files = files.map(|files| (files, Pace::Live));
    let mut sink = Sink::new(files, args.output_args.redact, with_command, pipeline);
    let watched = async {
        tell(&mut sink, session, modules)?;
        if !stopped {
            watch.run(&mut sink).await?;
        }
        watch.close(&mut sink)
    };
    let watched = watched.await;
    if watched.is_err() {
        watch.outlast_command().await;
    }
    watched?;
    let (summary, recorded) = sink.finish()?;
    sink.printed(output::summary(&args.output_args, &summary))?;
    // Detaching waits for the kernel; the summary need not.
    drop(watch);
    Ok(match Exit::of_run(&summary, degraded) {
        Exit::Ok | Exit::Degraded if !recorded => Exit::Incomplete,
        exit => exit,
    })
}

/// Gives up what the rest of the run goes without.
fn confine(args: &RunArgs, watch: &Watch) {
    let recording = args.output.as_deref().filter(|_| args.rotation().is_some());
    let needs = Needs {
        directory: recording.map(|path| output::parent(path).to_owned()),
        child: watch.child(),
    };
    // While everybody may use eBPF, which may end at any moment, maps that can be used prove nothing.
    let open = Environment::read(Path::new("/")).unprivileged_bpf_disabled == Some(0);
    for kept in sandbox::enter(&needs, || !open && watch.can_read_maps()) {
        let sandbox::Kept { what, why, .. } = &kept;
        if kept.unexpected {
            eprintln!("kmodtrace: {what} could not be given up: {why}");
        } else {
            tracing::debug!(what, why, "not given up");
        }
    }
}

/// `ready`, only when all is attached.
pub(super) fn announce(facts: &KernelFacts, tracer: &Tracer) {
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
    if tracer.returns_can_be_missed() {
        eprintln!(
            "kmodtrace: without BTF, returns are seen by kretprobes, of which only a few can be \
             under way at once: of many simultaneous loads some will be incomplete"
        );
    }
    if !host::pids_are_the_kernels() {
        eprintln!(
            "kmodtrace: process ids here are not the kernel's (PID namespace): loads are not \
             marked as the command's own, and tasks that die are not noticed"
        );
    }
}
