//! `kmodtrace bench`: loads and unloads a module again and again, under the tracer.

mod loader;
mod module;
mod modules;
mod order;
mod progress;
mod rounds;
mod state;

use std::{
    ffi::CString,
    io::{self, BufWriter},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use loader::Loader;
use module::Module;
use progress::Progress;
use rounds::{Rounds, Work};
use rustix::system::uname;
use state::State;

use super::{
    args::{BenchArgs, LookArgs},
    filter::Filter,
    inspect::Tree,
    output,
    pipeline::{Outlet, Pipeline},
    recorder::{Files, Pace},
    run::{self, host, interrupt::Interrupts},
    sink::Sink,
};
use crate::{
    catalogue::Detail,
    error::{BenchError, Exit, Failure, may_trace},
    event::{Benchmark, Contender, Name, Side},
    kernel::{
        environment::{Capability, Environment},
        facts::KernelFacts,
        lockdown,
    },
    plan::Plan,
    render::{BenchReport, printable},
};

/// Everything is asked about before anything is touched: a module that cannot be loaded and unloaded is refused.
///
/// # Errors
/// When it cannot be, tracing cannot begin or go on, the system is not as it was before, or an output cannot
/// be written.
pub(super) fn bench(args: &BenchArgs) -> Result<Exit, Failure> {
    let root = Path::new("/");
    let release = uname().release().to_string_lossy().into_owned();
    let dir = root.join("lib/modules").join(release);
    let tree = Tree::read(&dir).ok();
    let find = |word: &Path| module::find(root, word, tree.as_ref(), &dir);
    let a = find(&args.module)?;
    let b = args.against.as_deref().map(find).transpose()?;
    let both: Vec<&Module> = [Some(&a), b.as_ref()].into_iter().flatten().collect();
    let environment = Environment::read(root);
    let lockdown = lockdown::read(root);
    may_trace(&environment, lockdown.as_deref())?;
    if !environment.has(Capability::SysModule) {
        return Err(BenchError::NotCapable.into());
    }
    if !host::pids_are_the_kernels() {
        return Err(BenchError::PidNamespace.into());
    }
    let unsigned = both.iter().find(|module| !module.signed);
    let unsigned = unsigned.map(|module| module.prepared.path.as_path());
    modules::may_load(root, unsigned, lockdown.as_deref())?;
    let set_up = state::check(root, &both, tree.as_ref(), &dir, args.reload)?;
    let (facts, plan) = run::planned(&args.attaching, &[Detail::Usual, Detail::Log])?;
    let params = CString::new(args.params.as_bytes()).map_err(|_| BenchError::Params)?;
    let files = args.output.as_deref();
    let files = files.map(|path| Files::create(path, None)).transpose()?;
    let sides = [Some(a), b].into_iter().flatten();
    let bench = Bench {
        args,
        facts: &facts,
        plan: &plan,
        root,
        params: Arc::new(params),
        sides: sides.map(|module| Arc::new(module.prepared)).collect(),
    };
    run::runtime()?.block_on(bench.run(&set_up, files))
}

/// What `bench` and `report --bench` print.
pub(super) fn pipeline(json: bool, look: &LookArgs) -> Pipeline<'static> {
    let style = look.style(output::surroundings(&io::stdout()));
    let out = Box::new(BufWriter::new(io::stdout()));
    let report = Box::new(BenchReport::new(json, style));
    // Told at the end, as exports are.
    let outlet = Outlet::export(report, out, PathBuf::from("standard output"));
    Pipeline::new(Filter::default(), vec![outlet], None)
}

/// A benchmark that may begin.
struct Bench<'a> {
    args: &'a BenchArgs,
    facts: &'a KernelFacts,
    plan: &'a Plan,
    root: &'a Path,
    params: Arc<CString>,
    /// Its modules, A first.
    sides: Vec<Arc<loader::Prepared>>,
}

impl Bench<'_> {
    /// Sets up, loads, and puts back what was found, whatever happened in between.
    async fn run(self, set_up: &state::Plan, files: Option<Files>) -> Result<Exit, Failure> {
        let interrupts = Interrupts::listen().map_err(Failure::Runtime)?;
        let loader = Loader::start().map_err(BenchError::Thread)?;
        let mut state = State::default();
        let result = match state.set_up(set_up, &loader, self.root).await {
            Ok(()) => self.measure(&state, &loader, interrupts, files).await,
            Err(error) => Err(error.into()),
        };
        let restored = state.restore(&loader, self.root).await;
        match (result, restored) {
            (Ok(exit), Ok(())) => Ok(exit),
            (Ok(_), Err(error)) => Err(error.into()),
            (Err(failure), Ok(())) => Err(failure),
            (Err(failure), Err(error)) => {
                let error = error.to_string();
                eprintln!("kmodtrace: {}", printable(error.as_bytes(), false));
                Err(failure)
            }
        }
    }

    async fn measure(
        &self,
        state: &State,
        loader: &Loader,
        interrupts: Interrupts,
        files: Option<Files>,
    ) -> Result<Exit, Failure> {
        let args = self.args;
        let benchmark = self.benchmark(state);
        let order = order::order(
            self.sides.len() > 1,
            benchmark.warmup,
            benchmark.rounds,
            benchmark.seed,
        );
        let untraced = order::order(self.sides.len() > 1, 1, benchmark.untraced, !benchmark.seed);
        let loads = order.len() + 2 * untraced.len();
        let rounds = Rounds {
            loader,
            sides: &self.sides,
            params: &self.params,
            prepare: args.prepare.as_deref(),
            drop_caches: args.drop_caches,
            progress: Progress::new(loads, args.quiet),
        };
        let mut interrupts = interrupts;
        let before = rounds.untraced(&untraced, false, &mut interrupts).await?;
        if interrupts.is_asked().await {
            rounds.progress.finish();
            return Ok(Exit::Incomplete);
        }
        let (tracer, ring) = run::attach(&args.attaching, self.plan, false)?;
        let degraded = !tracer.refused().is_empty();
        let session = host::session(self.facts, self.plan, &tracer, &[]);
        let files = files.map(|files| (files, Pace::Live));
        let pipeline = pipeline(args.json, &args.look);
        let mut sink = Sink::new(files, args.redact, false, pipeline);
        run::begin(&mut sink, &tracer, session)?;
        rounds.progress.say(|| run::announce(self.facts, &tracer));
        let work = Work {
            benchmark,
            before,
            order: &order,
            untraced: &untraced,
        };
        let ended = rounds
            .traced(work, tracer, ring, interrupts, &mut sink)
            .await;
        rounds.progress.finish();
        // What was seen is told and recorded even if the loads have come to a bad end.
        let (summary, recorded) = sink.finish()?;
        let asked = ended?;
        Ok(match Exit::of_run(&summary, degraded) {
            Exit::Ok | Exit::Degraded if asked || !recorded => Exit::Incomplete,
            exit => exit,
        })
    }

    fn benchmark(&self, state: &State) -> Benchmark {
        let args = self.args;
        let contenders = self.sides.iter().zip([Side::A, Side::B]);
        let contenders = contenders.map(|(module, side)| Contender {
            side,
            module: Name(module.name.clone().into_bytes()),
            file: Name(module.path.as_os_str().as_bytes().to_vec()),
            given: module.given,
        });
        let names = state.dependencies().iter();
        Benchmark {
            contenders: contenders.collect(),
            rounds: args.loads,
            warmup: args.warmup,
            untraced: args.untraced,
            params: Name(self.params.as_bytes().to_vec()),
            prepare: args.prepare.as_ref().map(|it| Name(it.as_bytes().to_vec())),
            drop_caches: args.drop_caches,
            seed: args.seed.unwrap_or_else(host::now_ns),
            dependencies: names.map(|name| Name(name.clone().into_bytes())).collect(),
        }
    }
}
