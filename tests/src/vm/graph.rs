//! Reads the text of the kernel's function graph tracer, with `funcgraph-abstime`, `funcgraph-proc`
//! and `funcgraph-tail`.

/// A call of a traced function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Thread.
    pub tid: u32,
    /// The function's symbol.
    pub function: String,
    /// Entry, ns.
    pub start_ns: u64,
    /// Return, ns.
    pub end_ns: u64,
    /// How many traced functions it was called from.
    pub depth: usize,
}

/// One line of the trace.
struct Line<'l> {
    time_ns: u64,
    tid: u32,
    duration_ns: Option<u64>,
    call: &'l str,
}

/// Every call that both began and ended in the trace, in order of their entries.
#[must_use]
pub fn windows(text: &str) -> Vec<Window> {
    let mut open: Vec<Window> = Vec::new();
    let mut closed = Vec::new();
    for line in text.lines().filter_map(parse) {
        let depth = open.iter().filter(|window| window.tid == line.tid).count();
        let window = |name: &str, end_ns| Window {
            tid: line.tid,
            function: name.to_owned(),
            start_ns: line.time_ns,
            end_ns,
            depth,
        };
        if let Some(name) = line.call.strip_suffix("() {") {
            open.push(window(name, 0));
        } else if let Some(name) = line.call.strip_suffix("();") {
            let end = line.time_ns + line.duration_ns.unwrap_or(0);
            closed.push(window(name, end));
        } else if line.call.starts_with('}')
            && let Some(at) = open.iter().rposition(|window| window.tid == line.tid)
        {
            let mut window = open.remove(at);
            window.end_ns = line.time_ns;
            closed.push(window);
        }
    }
    closed.sort_by_key(|window| (window.start_ns, window.depth));
    closed
}

/// `seconds.micros |  cpu)  comm-tid  |  duration  |  call`
fn parse(line: &str) -> Option<Line<'_>> {
    let mut fields = line.splitn(4, '|');
    let (time, task) = (fields.next()?.trim(), fields.next()?.trim());
    let (duration, call) = (fields.next()?.trim(), fields.next()?.trim());
    let (seconds, micros) = time.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    let micros: u64 = micros.parse().ok()?;
    // A task name may contain blanks and dashes; the thread comes last.
    let tid = task.rsplit('-').next()?.trim().parse().ok()?;
    Some(Line {
        time_ns: (seconds * 1_000_000 + micros) * 1000,
        tid,
        duration_ns: duration_ns(duration),
        call,
    })
}

/// `12.345 us`, perhaps behind a sign that calls it long.
fn duration_ns(text: &str) -> Option<u64> {
    let number = text.strip_suffix("us")?.trim();
    let number = number.trim_start_matches(|c: char| !c.is_ascii_digit());
    let (micros, rest) = number.split_once('.').unwrap_or((number, "0"));
    let thousandths: u64 = format!("{rest:0<3}").get(..3)?.parse().ok()?;
    Some(micros.parse::<u64>().ok()? * 1000 + thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_calls() {
        let text = "\
# tracer: function_graph
#     TIME        CPU  TASK/PID         DURATION                  FUNCTION CALLS
  101.000100 |   1)  a-b c-77   |               |  load_module() {
  101.000200 |   1)  a-b c-77   |   5.125 us    |    module_sig_check();
 ------------------------------------------
  101.000300 |   0)  insmod-80  | + 12.5 us     |  vfree();
  101.000900 |   1)  a-b c-77   | ! 800.125 us  |  } /* load_module */
";
        let seen = windows(text);
        let times: Vec<_> = seen
            .iter()
            .map(|w| (w.function.as_str(), w.tid, w.start_ns, w.end_ns, w.depth))
            .collect();
        assert_eq!(
            times,
            [
                ("load_module", 77, 101_000_100_000, 101_000_900_000, 0),
                ("module_sig_check", 77, 101_000_200_000, 101_000_205_125, 1),
                ("vfree", 80, 101_000_300_000, 101_000_312_500, 0),
            ]
        );
    }
}
