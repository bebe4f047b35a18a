//! Symbol lists: `/proc/kallsyms`, System.map.

#![no_main]

use kmodtrace::kernel::kallsyms::Symbols;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|list: &[u8]| {
    let symbols = Symbols::parse(list);
    let lines = list.split(|&byte| byte == b'\n').count();
    assert!(symbols.total <= lines);
    assert!(symbols.functions.len() <= symbols.total);
    assert!(symbols.tracepoints.len() <= symbols.total);
});
