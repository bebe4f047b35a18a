//! The parts of an image that a tracer reads one by one: the first byte chooses which.

#![no_main]

use kmodtrace::image::{Encoding, modinfo, sections, signature};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&which, data)) = data.split_first() else {
        return;
    };
    match which % 3 {
        0 => {
            let entries: Vec<_> = modinfo::parse(data).collect();
            assert!(modinfo::parameters(&entries).len() <= entries.len());
        }
        1 => {
            if let Ok(Some(signature)) = signature::parse(data) {
                assert!(signature.before(data).len() < data.len());
            }
        }
        _ => {
            let (names, headers) = data.split_at(data.len() / 4);
            let encoding = Encoding {
                is_64: which & 4 != 0,
                ..Encoding::LITTLE_64
            };
            for section in sections::parse(encoding, headers, names) {
                assert!(section.name.len() <= names.len());
                assert!(
                    section
                        .data(data)
                        .is_none_or(|found| found.len() <= data.len())
                );
            }
        }
    }
});
