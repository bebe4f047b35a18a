//! The recordings of real kernels in `data/recordings`.

use std::{fs, path::Path};

use kmodtrace::{
    image::compression::decompress,
    source::{Source as _, recorded::Recorded},
    trace::Frame,
};

/// Kernels of which there is a recording of the same loads.
pub const KERNELS: [&str; 5] = ["5.10", "6.1", "6.12", "6.18", "7.3"];

/// A recording's frames.
///
/// # Panics
/// When it is damaged.
#[must_use]
pub fn frames(kernel: &str) -> Vec<Frame> {
    let bytes = bytes(kernel);
    let mut recorded = Recorded::open(bytes.as_slice()).expect("a recording");
    std::iter::from_fn(|| recorded.next().expect("a whole frame")).collect()
}

/// A recording's bytes.
///
/// # Panics
/// When it is not there, or is not gzip.
#[must_use]
pub fn bytes(kernel: &str) -> Vec<u8> {
    let path = format!("data/recordings/{kernel}.kmt.gz");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let file = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decompress(&file).expect("gzip").into_owned()
}

/// A recording that is kept as it is.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/recordings");
    let path = path.join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
