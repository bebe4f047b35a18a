//! What `tests/guest/cost.c` has written.

use anyhow::{Context, Result, bail};

/// A session: loads under one tool, or untraced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    /// Its place in the boot.
    pub(super) number: u32,
    /// The tool, or `none`.
    pub(super) tool: String,
    /// Modules that were loaded, and for how long, ns; loads that failed are left out.
    pub(super) loads: Vec<(String, u64)>,
    /// Loads that failed.
    pub(super) failed: usize,
    /// When the loads began and ended, ns.
    pub(super) span: Option<(u64, u64)>,
    /// How the tool ran.
    pub(super) run: Option<Run>,
}

/// How a tool ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// When it was started, ns.
    pub(super) begin_ns: u64,
    /// When it had ended, ns.
    pub(super) end_ns: u64,
    /// The most memory it, or what it ran, had at a time, KiB.
    pub(super) rss_kib: u64,
    /// Its CPU time, with that of what it ran, µs.
    pub(super) cpu_us: u64,
    /// Exit code.
    pub(super) status: u8,
}

/// The sessions of a boot, in order.
#[derive(Debug, Default)]
pub(super) struct Rows(pub(super) Vec<Session>);

impl Rows {
    /// Reads the lines.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut rows = Self::default();
        for line in text.lines() {
            rows.line(line).with_context(|| line.to_owned())?;
        }
        if rows.0.is_empty() {
            bail!("nothing was measured");
        }
        rows.0.sort_by_key(|session| session.number);
        Ok(rows)
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let words: Vec<&str> = line.split(',').collect();
        let number = |at: usize| -> Result<u64> {
            let word = words.get(at).context("a number is missing")?;
            Ok(word.parse()?)
        };
        let &[kind, tag, ..] = words.as_slice() else {
            bail!("no kind and no tag");
        };
        let session = self.session(tag)?;
        match kind {
            "load" if number(4)? == 0 => {
                let module = words.get(2).copied().unwrap_or_default();
                session.loads.push((module.to_owned(), number(3)?));
            }
            "load" => session.failed += 1,
            "span" => session.span = Some((number(2)?, number(3)?)),
            "tool" => {
                session.run = Some(Run {
                    begin_ns: number(2)?,
                    end_ns: number(3)?,
                    rss_kib: number(4)?,
                    cpu_us: number(5)?,
                    status: u8::try_from(number(6)?)?,
                });
            }
            other => bail!("unknown kind {other}"),
        }
        Ok(())
    }

    /// The session of a tag, `ROUND.NUMBER.TOOL`.
    fn session(&mut self, tag: &str) -> Result<&mut Session> {
        let mut parts = tag.splitn(3, '.').skip(1);
        let number = parts.next().context("no number")?.parse()?;
        let tool = parts.next().context("no tool")?.to_owned();
        let known = self.0.iter().position(|session| session.number == number);
        let index = known.unwrap_or_else(|| {
            self.0.push(Session {
                number,
                tool,
                ..Session::default()
            });
            self.0.len() - 1
        });
        Ok(&mut self.0[index])
    }
}

impl Session {
    /// From the tool's start until the loads began, ns.
    pub(super) fn attach_ns(&self) -> Option<u64> {
        Some(self.span?.0.saturating_sub(self.run?.begin_ns))
    }

    /// From the end of the loads until the tool had ended, ns.
    pub(super) fn detach_ns(&self) -> Option<u64> {
        Some(self.run?.end_ns.saturating_sub(self.span?.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_boot() {
        let text = "load,1.2.perf-probe,crc7,150,0\nload,1.2.perf-probe,crc7,7,17\nspan,1.2.perf-probe,1000,5000\n\
                    tool,1.2.perf-probe,100,9000,2048,333,0\nload,1.1.none,crc7,100,0\n";
        let rows = Rows::parse(text).unwrap();
        let numbers: Vec<_> = rows.0.iter().map(|it| (it.number, &*it.tool)).collect();
        assert_eq!(numbers, [(1, "none"), (2, "perf-probe")]);
        let traced = &rows.0[1];
        assert_eq!(traced.loads, [("crc7".to_owned(), 150)]);
        assert_eq!(traced.failed, 1);
        assert_eq!(traced.attach_ns(), Some(900));
        assert_eq!(traced.detach_ns(), Some(4000));
        assert_eq!(traced.run.unwrap().rss_kib, 2048);
        assert_eq!(rows.0[0].attach_ns(), None);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for text in [
            "",
            "load,1.2.x,crc7,abc,0",
            "what,1.2.x",
            "load,x",
            "span,1.2.x,1",
        ] {
            assert!(Rows::parse(text).is_err(), "{text}");
        }
    }
}
