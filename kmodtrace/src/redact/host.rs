//! What user space saw itself.

use super::record::View;
use crate::event::{Benchmark, Contender, HostEvent, InFlight, MissingSymbol, Name, Session};

pub(super) fn session(session: &mut Session, view: &View<'_>) {
    let Session {
        kmodtrace: _,
        wire: _,
        little_endian: _,
        release: _,
        machine: _,
        boot_id: _,
        cpus: _,
        attached: _,
        offsets: _,
        clock: _,
        command,
        module_area,
        environment: _,
        descent_known: _,
        redacted,
    } = session;
    command
        .iter_mut()
        .flatten()
        .for_each(|word| name(word, view));
    *module_area = None;
    *redacted = true;
}

pub(super) fn event(event: &mut HostEvent, view: &mut View<'_>) {
    match event {
        HostEvent::Losses(_)
        | HostEvent::Programs(_)
        | HostEvent::Elsewhere { .. }
        | HostEvent::CommandEnded { .. }
        | HostEvent::Iteration { .. }
        | HostEvent::Timing(_)
        | HostEvent::End { .. } => {}
        HostEvent::Benchmark(benchmark) => self::benchmark(benchmark, view),
        HostEvent::UnderWay { modules } => modules.iter_mut().for_each(|module| name(module, view)),
        HostEvent::InFlight { loads } => loads.iter_mut().for_each(|load| in_flight(load, view)),
        HostEvent::TaskGone { key: _, load } => in_flight(load, view),
        HostEvent::Cgroup { id: _, path } => name(path, view),
        HostEvent::Registered {
            key: _,
            line,
            uses,
            build_id: _,
        } => line
            .iter_mut()
            .chain(uses)
            .for_each(|text| name(text, view)),
        HostEvent::Refused {
            key: _,
            missing,
            modules_disabled: _,
            file: _,
        } => {
            for MissingSymbol {
                name: symbol,
                provider,
                exported: _,
            } in missing
            {
                name(symbol, view);
                provider.iter_mut().for_each(|module| name(module, view));
            }
        }
    }
}

fn benchmark(benchmark: &mut Benchmark, view: &View<'_>) {
    let Benchmark {
        contenders,
        rounds: _,
        warmup: _,
        untraced: _,
        params,
        prepare,
        drop_caches: _,
        seed: _,
        dependencies,
    } = benchmark;
    for contender in contenders {
        let Contender {
            side: _,
            module,
            file,
            given: _,
        } = contender;
        name(module, view);
        name(file, view);
    }
    name(params, view);
    let rest = prepare.iter_mut().chain(dependencies);
    rest.for_each(|text| name(text, view));
}

pub(super) fn in_flight(load: &mut InFlight, view: &mut View<'_>) {
    let InFlight {
        key: _,
        comm,
        module,
        file,
        syscall: _,
        marks,
        seen_ns: _,
    } = load;
    for text in [comm, module, file] {
        name(text, view);
    }
    for (hook, edge, _, a, b) in marks {
        view.mark(*hook, *edge, a, b);
    }
}

fn name(name: &mut Name, view: &View<'_>) {
    view.text(&mut name.0, false);
}
