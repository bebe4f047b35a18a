//! Pages for the browser's test: `pages DIR` writes into DIR
//!
//! - `KERNEL.html`, `KERNEL.svg` of each recording, and `KERNEL.jsonl`, what `report --json` prints of it;
//! - `500.html`, `10000.html` of as many loads, and their `.jsonl`, `.svg`;
//! - `hostile.html`, `hostile.svg`: loads with strings that try to be more than text.

use std::{
    env,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
};

use kmodtrace::{
    assemble::Output,
    event::Session,
    export::{Html, Svg},
    model::Summary,
    render::{Format, Renderer, Style, renderer},
};
use kmodtrace_tests::{
    many::Many,
    recordings::{self, KERNELS},
    spoiled,
    told::Told,
};

/// All formats of one run.
struct Pages<'d> {
    dir: &'d Path,
    name: String,
    formats: Vec<(&'static str, Box<dyn Renderer>, BufWriter<File>)>,
    summary: Summary,
}

impl<'d> Pages<'d> {
    fn new(dir: &'d Path, name: &str, session: &Session) -> io::Result<Self> {
        let formats: [(_, Box<dyn Renderer>); 3] = [
            ("html", Box::new(Html::default())),
            ("svg", Box::new(Svg::default())),
            ("jsonl", renderer(Format::Json, Style::default())),
        ];
        let mut pages = Self {
            dir,
            name: name.to_owned(),
            formats: Vec::new(),
            summary: Summary::default(),
        };
        for (ending, mut renderer) in formats {
            let file = File::create(dir.join(format!("{name}.{ending}")))?;
            let mut out = BufWriter::new(file);
            renderer.session(session, &mut out)?;
            pages.formats.push((ending, renderer, out));
        }
        Ok(pages)
    }

    fn write(&mut self, output: &Output) -> io::Result<()> {
        match output {
            Output::Load(load) => self.summary.add(load),
            Output::Unload(unload) => self.summary.see_unload(unload),
            _ => {}
        }
        for (_, renderer, out) in &mut self.formats {
            match output {
                Output::Load(load) => renderer.load(load, out)?,
                Output::Unload(unload) => renderer.unload(unload, out)?,
                Output::Update(update) => renderer.update(update, out)?,
                Output::Anomaly(_) => {}
            }
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        for (ending, renderer, out) in &mut self.formats {
            renderer.summary(&self.summary, out)?;
            out.flush()?;
            let path = self.dir.join(format!("{}.{ending}", self.name));
            println!("{}: {} bytes", path.display(), fs::metadata(&path)?.len());
        }
        Ok(())
    }
}

/// The recordings again and again, every time a little later, until there are `count` loads.
fn many(dir: &Path, count: u64) -> io::Result<()> {
    let recordings = KERNELS.map(Many::of);
    let session = recordings[2].told(0).session;
    let mut pages = Pages::new(dir, &count.to_string(), &session)?;
    for (round, recording) in (0_u64..).zip(recordings.iter().cycle()) {
        // Three rounds at a time.
        for output in recording.told(round * 900_000_000).outputs {
            pages.write(&output)?;
            if pages.summary.loads == count {
                return pages.finish();
            }
        }
    }
    Ok(())
}

fn hostile(dir: &Path) -> io::Result<()> {
    let told = spoiled::told("6.12");
    let mut pages = Pages::new(dir, "hostile", &told.session)?;
    for output in &told.outputs {
        pages.write(output)?;
    }
    pages.finish()
}

fn main() -> io::Result<()> {
    let Some(dir) = env::args_os().nth(1) else {
        return Err(io::Error::other("name a directory"));
    };
    let dir = Path::new(&dir);
    fs::create_dir_all(dir)?;
    for kernel in KERNELS {
        let told = Told::of(recordings::frames(kernel));
        let mut pages = Pages::new(dir, kernel, &told.session)?;
        for output in &told.outputs {
            pages.write(output)?;
        }
        pages.finish()?;
    }
    hostile(dir)?;
    many(dir, 500)?;
    many(dir, 10_000)
}
