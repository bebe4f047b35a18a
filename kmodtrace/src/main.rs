//! kmodtrace: see the library.

fn main() {}
