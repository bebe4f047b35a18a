//! What the loader of the guest (`tests/guest/facts.c`) noted itself.

use kmodtrace_tests::vm::{Load, Output, Results, ms, none_of};

use super::truth::{differ, output};

/// A line of `loaders.tsv`; times in ns.
struct Line {
    label: String,
    pid: u32,
    uid: u32,
    before_exec: u64,
    main: u64,
    before: u64,
    after: u64,
    before_end: u64,
    seen_end: u64,
    errno: i32,
    path: String,
    inode: u64,
    device: String,
    bytes: u64,
    cached_pages: u64,
    cgroup: String,
    command_line: String,
}

fn lines(results: &Results) -> Vec<Line> {
    let parse = |row: &Vec<String>| -> Option<Line> {
        let number = |at: usize| row.get(at)?.parse::<u64>().ok();
        let text = |at: usize| row.get(at).cloned();
        Some(Line {
            label: text(0)?,
            pid: number(1)?.try_into().ok()?,
            uid: number(2)?.try_into().ok()?,
            before_exec: number(3)?,
            main: number(4)?,
            before: number(5)?,
            after: number(6)?,
            before_end: number(7)?,
            seen_end: number(8)?,
            errno: number(9)?.try_into().ok()?,
            path: text(10)?,
            inode: number(11)?,
            device: text(12)?,
            bytes: number(13)?,
            cached_pages: number(14)?,
            cgroup: text(15)?,
            command_line: text(16)?,
        })
    };
    let rows = results.table("loaders.tsv");
    rows.iter()
        .map(|row| parse(row).unwrap_or_else(|| panic!("{row:?}")))
        .collect()
}

/// Each line with its load.
fn loaded<'o>(results: &Results, output: &'o Output) -> Vec<(Line, &'o Load)> {
    let of = |line: Line| {
        let loads = output.of_pid(line.pid);
        let load = loads
            .into_iter()
            .find(|load| line.before <= load.start_ns && load.end_ns() <= line.after);
        let load =
            load.unwrap_or_else(|| panic!("no load between {} and {}", line.before, line.after));
        (line, load)
    };
    let all: Vec<_> = lines(results).into_iter().map(of).collect();
    assert_eq!(all.len(), 4);
    all
}

/// The bounds are exact: exec lies between the last look at the clock before it and the first in `main`,
/// the load between those around the system call, the exit between the last before it and the parent's.
pub(crate) fn user_time_is_the_loaders(results: &Results) {
    const SPIN_NS: u64 = 120_000_000;
    const SLEEP_NS: u64 = 150_000_000;
    let output = output(results);
    let loaded = loaded(results, &output);
    let mut wrong = Vec::new();
    let mut last: Option<&(Line, &Load)> = None;
    for both in &loaded {
        let (line, load) = both;
        let of = format!("{} at {}", line.label, load.start_ns);
        let before = last.filter(|(before, _)| before.pid == line.pid);
        last = Some(both);
        let Some(user) = &load.caller.user else {
            wrong.push(format!("{of}: no user time"));
            continue;
        };
        let since_ns = load.start_ns - user.before_ns;
        if let Some((_, before)) = before {
            differ(&mut wrong, &of, "since", &user.since.as_str(), &"load");
            differ(&mut wrong, &of, "since when", &since_ns, &before.end_ns());
        } else {
            differ(&mut wrong, &of, "since", &user.since.as_str(), &"exec");
            if since_ns < line.before_exec || line.main < since_ns {
                let (from, to) = (line.before_exec, line.main);
                wrong.push(format!("{of}: exec at {since_ns}, but in {from} to {to}"));
            }
            if line.label == "timed" {
                if user.before_ns < SPIN_NS {
                    wrong.push(format!("{of}: only {} ns", user.before_ns));
                }
                let (told, own) = (ms(user.before_ns), ms(line.before - line.main));
                let room = ms(line.main - line.before_exec);
                let text = format!(
                    "{told:.1} ms since exec, own clock {own:.1} to {:.1}",
                    own + room
                );
                results.keep_figures("user", &text);
            }
        }
        let mut updates = output
            .updates
            .iter()
            .filter(|update| update.id == load.id && update.kind == "user_after");
        let (Some(update), None) = (updates.next(), updates.next()) else {
            wrong.push(format!("{of}: not one update of the time after it"));
            continue;
        };
        let until_ns = load.end_ns() + update.after_ns;
        let next = loaded
            .iter()
            .find(|(next, load)| next.pid == line.pid && load.start_ns > line.after);
        if let Some((_, next)) = next {
            differ(
                &mut wrong,
                &of,
                "until",
                &update.until.as_deref(),
                &Some("load"),
            );
            differ(&mut wrong, &of, "until when", &until_ns, &next.start_ns);
        } else {
            differ(
                &mut wrong,
                &of,
                "until",
                &update.until.as_deref(),
                &Some("exit"),
            );
            if until_ns < line.before_end || line.seen_end < until_ns {
                let (from, to) = (line.before_end, line.seen_end);
                wrong.push(format!("{of}: exit at {until_ns}, but in {from} to {to}"));
            }
            if line.label == "timed" && update.after_ns < SLEEP_NS {
                wrong.push(format!("{of}: {update:?}"));
            }
        }
    }
    none_of(&wrong);
}

pub(crate) fn the_caller_is_the_loader(results: &Results) {
    const PAGE: u64 = 4096;
    let output = output(results);
    let mut wrong = Vec::new();
    for (line, load) in loaded(results, &output) {
        let of = &line.label;
        let caller = &load.caller;
        differ(
            &mut wrong,
            of,
            "result",
            &load.result.errno,
            &Some(line.errno),
        );
        differ(&mut wrong, of, "user", &caller.uid, &Some(line.uid));
        differ(&mut wrong, of, "group", &caller.gid, &Some(line.uid));
        let words: Vec<_> = line.command_line.split(' ').map(str::to_owned).collect();
        differ(
            &mut wrong,
            of,
            "command line",
            &caller.command_line,
            &Some(words),
        );
        differ(
            &mut wrong,
            of,
            "all of it",
            &!caller.command_line_truncated,
            &true,
        );
        differ(
            &mut wrong,
            of,
            "cgroup",
            &caller.cgroup_path,
            &Some(line.cgroup.clone()),
        );
        let file = &load.file_facts;
        differ(&mut wrong, of, "path", &file.path, &Some(line.path.clone()));
        differ(&mut wrong, of, "inode", &file.inode, &Some(line.inode));
        differ(
            &mut wrong,
            of,
            "device",
            &file.device,
            &Some(line.device.clone()),
        );
        differ(&mut wrong, of, "size", &load.file_bytes, &Some(line.bytes));
        differ(
            &mut wrong,
            of,
            "cached",
            &file.cached_pages,
            &Some(line.cached_pages),
        );
        let pages = match of.as_str() {
            "cold" => 0,
            "warm" => line.bytes.div_ceil(PAGE),
            _ => continue,
        };
        differ(&mut wrong, of, "cached", &file.cached_pages, &Some(pages));
    }
    let lines = lines(results);
    let timed = lines
        .iter()
        .find(|line| line.label == "timed")
        .expect("timed");
    assert_eq!(
        (timed.uid, timed.cgroup.as_str()),
        (1000, "/kt.slice/kt.scope")
    );
    none_of(&wrong);
}
