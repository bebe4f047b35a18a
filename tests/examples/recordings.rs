//! Writes the recordings of real kernels and their hostile twins into a directory, for readers of exports.

use std::{error::Error, fs, path::PathBuf};

use kmodtrace::trace::FrameWriter;
use kmodtrace_tests::{
    hostile,
    recordings::{self, KERNELS},
};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("name a directory")?;
    let directory = PathBuf::from(directory);
    fs::create_dir_all(&directory)?;
    for kernel in KERNELS {
        for (name, frames) in [
            (format!("{kernel}.kmt"), recordings::frames(kernel)),
            (format!("hostile-{kernel}.kmt"), hostile::frames(kernel)),
        ] {
            let mut writer = FrameWriter::new(Vec::new());
            frames.iter().try_for_each(|frame| writer.write(frame))?;
            fs::write(directory.join(name), writer.finish()?)?;
        }
    }
    Ok(())
}
