//! Everything that is printed: of loads made by hand, of recordings, of module files.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use kmodtrace::{
    assemble::{Assembler, Output},
    image::{ModuleImage, compression},
    model::Load,
    redact::Redactor,
    render::{Against, Format, Inspection, ModuleMap, Style, inspect_json, map_json, renderer},
    source::{Source as _, recorded::Recorded},
    trace::Frame,
};
use kmodtrace_tests::{
    recordings::{self, KERNELS},
    schemas::Schemas,
};

use crate::{frames::frames, loads, runs};

fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

/// Lines of JSON, and the loads that they are about.
#[derive(Default)]
struct Printed {
    lines: Vec<u8>,
    loads: Vec<Load>,
}

impl Printed {
    fn print(&mut self, frames: impl IntoIterator<Item = Frame>) {
        let (mut assembler, mut outputs) = (Assembler::new(), Vec::new());
        for frame in frames {
            assembler.push(frame.decode().expect("a known frame"), &mut outputs);
        }
        assembler.finish(&mut outputs);
        let mut json = renderer(Format::Json, Style::default());
        for output in outputs {
            let printed = match output {
                Output::Load(load) => {
                    let printed = json.load(&load, &mut self.lines);
                    self.loads.push(*load);
                    printed
                }
                Output::Unload(unload) => json.unload(&unload, &mut self.lines),
                Output::Update(update) => json.update(&update, &mut self.lines),
                Output::Anomaly(anomaly) => panic!("{anomaly}"),
            };
            printed.expect("memory can be written");
        }
    }

    /// As it is, and redacted.
    fn print_both(&mut self, frames: &[Frame]) {
        self.print(frames.to_vec());
        let (mut redactor, mut redacted) = (Redactor::new(), Vec::new());
        for frame in frames {
            redactor.push(frame.clone(), &mut redacted);
        }
        redactor.finish(&mut redacted);
        self.print(redacted);
    }

    /// Where the modules of the loads lie.
    fn map(&mut self) {
        for load in &self.loads {
            let map = ModuleMap {
                module: load.module.as_ref(),
                load: Some(load.id),
                file: load.facts.file.path.as_ref(),
                sections: &load.facts.sections,
                sizes_known: true,
                memory: &load.facts.memory,
                init_freed: false,
                redacted: load.redacted,
            };
            map_json(&map, &mut self.lines).expect("memory can be written");
        }
    }

    /// Every kind of line there is, how often.
    fn check(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        Schemas::published().check(&self.lines, &mut counts);
        counts
    }
}

#[test]
fn loads_made_by_hand() {
    let mut printed = Printed::default();
    let mut json = renderer(Format::Json, Style::default());
    for (_, load) in loads::all() {
        json.load(&load, &mut printed.lines).expect("written");
    }
    json.update(&runs::update(), &mut printed.lines)
        .expect("written");
    json.summary(&runs::summary(), &mut printed.lines)
        .expect("written");
    printed.print_both(&frames());
    printed.map();
    let counts = printed.check();
    for kind in ["load", "unload", "update", "summary", "map"] {
        assert!(
            counts.contains_key(&format!("kmodtrace.{kind}/1")),
            "{kind}: {counts:?}"
        );
    }
}

#[test]
fn recordings_of_real_kernels() {
    let mut printed = Printed::default();
    for kernel in KERNELS {
        let bytes = recordings::bytes(kernel);
        let mut recorded = Recorded::open(bytes.as_slice()).expect("a recording");
        let next = std::iter::from_fn(|| recorded.next().expect("a whole frame"));
        printed.print_both(&next.collect::<Vec<_>>());
    }
    printed.map();
    let counts = printed.check();
    assert!(counts["kmodtrace.load/1"] > 100, "{counts:?}");
    assert!(counts["kmodtrace.update/1"] > 50, "{counts:?}");
}

#[test]
fn module_files() {
    let mut printed = Printed::default();
    printed.print(frames());
    let mut lines = Vec::new();
    for entry in fs::read_dir(data("modules")).expect("test data") {
        let path = entry.expect("an entry").path();
        // Some are of no module, on purpose.
        let Ok(file) = fs::read(&path) else { continue };
        let Ok(bytes) = compression::decompress(&file) else {
            continue;
        };
        let Ok(image) = ModuleImage::parse(&bytes) else {
            continue;
        };
        for load in [None, printed.loads.last()] {
            let inspection = Inspection {
                path: b"x.ko",
                file_bytes: file.len() as u64,
                compression: compression::Compression::of(&file),
                image: &image,
                providers: Some(&HashMap::new()),
                against: Some(Against {
                    recording: b"boot.kmt",
                    loads: 1,
                    load,
                }),
            };
            inspect_json(&inspection, &mut lines).expect("written");
            let inspection = Inspection {
                against: None,
                ..inspection
            };
            inspect_json(&inspection, &mut lines).expect("written");
        }
    }
    printed.lines = lines;
    assert!(printed.check()["kmodtrace.inspect/1"] > 20);
}
