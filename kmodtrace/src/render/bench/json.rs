//! For programs.

mod objects;

use std::io::{self, Write};

pub(in crate::render) use objects::BenchLine;
use objects::{
    CostObject, GivenName, LeftOutObject, OutlierObject, PhaseObject, SideObject, SpreadObject,
};

use super::text::rounded;
use crate::{
    bench::{Cost, Figures, LEVEL, Outlier, Spread},
    catalogue::phase::Phase,
    compare::{LeftOut, Phases},
    event::{Benchmark, Given, Session},
    render::json::{self, text::Texts},
};

/// `schema` of a benchmark's line.
pub const BENCH_SCHEMA: &str = "kmodtrace.bench/1";

/// Writes one line.
pub(super) fn write(
    session: &Session,
    benchmark: &Benchmark,
    sides: &[Figures],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut texts = Texts::default();
    let prepare = benchmark.prepare.as_ref();
    let names = benchmark.dependencies.iter();
    let line = BenchLine {
        schema: BENCH_SCHEMA,
        kernel: &session.release,
        machine: &session.machine,
        boot_id: &session.boot_id,
        kmodtrace: &session.kmodtrace,
        rounds: benchmark.rounds,
        warmup: benchmark.warmup,
        untraced: benchmark.untraced,
        params: texts.text("params", &benchmark.params),
        prepare: prepare.map(|command| texts.text("prepare", command)),
        drop_caches: benchmark.drop_caches,
        seed: benchmark.seed,
        dependencies: names.map(|name| texts.text("dependencies", name)).collect(),
        sides: sides.iter().map(|it| side(it, &mut texts)).collect(),
        escaped: texts.escaped,
    };
    json::line(&line, out)
}

fn side<'b>(figures: &'b Figures, texts: &mut Texts) -> SideObject<'b> {
    let contender = &figures.contender;
    let whole = figures.total.sum;
    let left_out = figures.left_out.iter().map(|&(why, loads)| LeftOutObject {
        why: key(why),
        loads,
    });
    SideObject {
        side: contender.side.name(),
        module: texts.text("sides.module", &contender.module),
        file: texts.text("sides.file", &contender.file),
        given: match contender.given {
            Given::File => GivenName::File,
            Given::Compressed => GivenName::Compressed,
            Given::Image => GivenName::Image,
        },
        loads: figures.loads,
        left_out: left_out.collect(),
        failed: figures.failed,
        total: spread(&figures.total),
        phases: figures.phases.iter().map(|it| phase(it, whole)).collect(),
        unattributed: spread(&figures.unattributed),
        outliers: figures.outliers.iter().map(outlier).collect(),
        cost: figures.cost.as_ref().map(cost),
    }
}

fn key(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Incomplete => "incomplete",
        LeftOut::Contested => "contested",
        LeftOut::WarmUp => "warm_up",
        LeftOut::First => "first",
    }
}

fn spread(spread: &Spread) -> SpreadObject {
    SpreadObject {
        median_ns: rounded(spread.median),
        mad_ns: rounded(spread.mad),
        p95_ns: rounded(spread.p95),
        sum_ns: rounded(spread.sum),
    }
}

fn phase((phases, times): &(Phases, Spread), whole: f64) -> PhaseObject {
    PhaseObject {
        name: phases.name(),
        covers: phases.iter().map(Phase::name).collect(),
        spread: spread(times),
        share: (times.sum / whole.max(1.0) * 1e6).round() / 1e6,
    }
}

fn outlier(outlier: &Outlier) -> OutlierObject {
    OutlierObject {
        id: outlier.id.to_string(),
        round: outlier.round,
        total_ns: outlier.total_ns,
        excess_ns: rounded(outlier.excess),
        phase: outlier.phase.map(|(phases, _)| phases.name()),
        phase_excess_ns: outlier.phase.map(|(_, over)| rounded(over)),
        cause: outlier.cause.key(),
        explained_ns: rounded(outlier.explained),
    }
}

fn cost(cost: &Cost) -> CostObject {
    let (traced, untraced) = (cost.traced.0, cost.untraced.0);
    CostObject {
        traced_ns: rounded(traced),
        traced_loads: cost.traced.1,
        untraced_ns: rounded(untraced),
        untraced_loads: cost.untraced.1,
        before_ns: cost.before.map(rounded),
        after_ns: cost.after.map(rounded),
        difference_ns: signed(traced - untraced),
        low_ns: cost.interval.map(|interval| signed(interval.low)),
        high_ns: cost.interval.map(|interval| signed(interval.high)),
        level: LEVEL,
    }
}

/// Whole ns.
#[expect(clippy::cast_possible_truncation, reason = "casts saturate")]
fn signed(ns: f64) -> i64 {
    ns.round() as i64
}
