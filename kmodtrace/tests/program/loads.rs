//! Recordings of one module's load again and again, as on a real kernel but with times as a test wants them.

use std::{fs, path::Path};

use kmodtrace::{
    assemble::{Assembler, Output},
    event::{Event, Session, decode},
    image::compression::decompress,
    model::Load,
    trace::{Frame, FrameReader, FrameWriter},
};

/// A load of a real kernel that can be repeated.
pub(crate) struct Real {
    session: Session,
    records: Vec<Vec<u8>>,
    load: Load,
}

/// How a repetition differs.
#[derive(Clone, Copy)]
pub(crate) struct Longer<'p> {
    /// The phase.
    pub(crate) phase: &'p str,
    /// By how much, %.
    pub(crate) percent: u64,
}

impl Real {
    /// The first load of a module that a kernel's recording holds.
    pub(crate) fn of(kernel: &str, module: &str) -> Self {
        let path = format!("../tests/data/recordings/{kernel}.kmt.gz");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let bytes = fs::read(path).expect("test data");
        let bytes = decompress(&bytes).expect("gzip");
        let mut reader = FrameReader::new(bytes.as_ref()).expect("a recording");
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        let (mut session, mut records) = (Session::default(), Vec::new());
        while let Some(frame) = reader.next_frame().expect("a frame") {
            match &frame {
                Frame::Session(one) => session = (**one).clone(),
                Frame::Record(record) => records.push(record.clone()),
                Frame::Host(_) => {}
            }
            assembler.push(frame.decode().expect("known"), &mut outputs);
        }
        assembler.finish(&mut outputs);
        let loads = outputs.into_iter().filter_map(|output| match output {
            Output::Load(load) => Some(*load),
            _ => None,
        });
        let mut loads = loads.filter(|load| load.succeeded() && load.complete);
        let named = |load: &Load| {
            load.module
                .as_ref()
                .is_some_and(|it| it.0 == module.as_bytes())
        };
        let load = loads.find(named).expect("such a load");
        let key = load.id.0;
        let its = |record: &Vec<u8>| {
            let word = |at: usize| u64::from_le_bytes(record[at..at + 8].try_into().expect("8"));
            decode(record).is_ok() && (word(8), word(16)) == (key.pid_tgid, key.start_ns)
        };
        records.retain(its);
        Self {
            session,
            records,
            load,
        }
    }

    /// Writes a recording of so many loads.
    pub(crate) fn write(&self, boot: &str, count: u64, longer: Option<Longer<'_>>, path: &Path) {
        self.write_as(boot, count, longer, |_| {}, path);
    }

    /// The same, on another machine.
    pub(crate) fn write_as(
        &self,
        boot: &str,
        count: u64,
        longer: Option<Longer<'_>>,
        change: impl Fn(&mut Session),
        path: &Path,
    ) {
        let mut session = self.session.clone();
        session.boot_id = boot.to_owned();
        change(&mut session);
        let mut writer = FrameWriter::new(Vec::new());
        writer
            .write(&Frame::Session(Box::new(session)))
            .expect("memory");
        // Different in every boot, and never the same twice.
        let mut noise = boot
            .bytes()
            .fold(7_u64, |sum, byte| sum * 31 + u64::from(byte));
        for n in 0..count {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Up to 0.8 % longer than it was.
            let permyriad = (noise >> 33) & 0x3f;
            for record in self.later(n, permyriad, longer) {
                let ends = matches!(decode(&record), Ok(Event::Segment(_)));
                writer.write(&Frame::Record(record)).expect("memory");
                if ends {
                    writer.close_block().expect("memory");
                }
            }
        }
        fs::write(path, writer.finish().expect("memory")).expect("written");
    }

    /// Its records later: whatever can be a time is one.
    fn later(&self, n: u64, permyriad: u64, longer: Option<Longer<'_>>) -> Vec<Vec<u8>> {
        let (start, total) = (self.load.start_ns, self.load.total_ns);
        let spans = self.load.phases.iter();
        let span = longer.map(|it| {
            let span = spans.clone().find(|span| span.name() == it.phase);
            let span = span.expect("a phase of it");
            (span.end_ns(), span.duration_ns * it.percent / 100)
        });
        let moved = |time: u64| {
            let more = span
                .filter(|(end, _)| time >= *end)
                .map_or(0, |(_, more)| more);
            let since = time - start;
            start + n * (2 * total + 1_000_000) + since + since * permyriad / 10_000 + more
        };
        let mut records = self.records.clone();
        for record in &mut records {
            for word in record.chunks_exact_mut(8) {
                let number = u64::from_le_bytes(word.try_into().expect("eight"));
                if (start..=start + total).contains(&number) {
                    word.copy_from_slice(&moved(number).to_le_bytes());
                }
            }
        }
        records
    }
}
