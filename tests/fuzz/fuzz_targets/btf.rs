//! BTF, as the kernel or `--btf FILE` has it: every question that a plan asks of it.

#![no_main]

use kmodtrace::kernel::facts::BtfFacts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| match BtfFacts::from_bytes(file) {
    Ok(facts) => assert_eq!(facts.bytes, file.len() as u64),
    Err(error) => assert!(!error.to_string().contains('\n')),
});
