//! `compare` on loads made by hand: verdicts, what always holds, how it is printed.

#[path = "compare/hold.rs"]
mod hold;
#[path = "compare/print.rs"]
mod print;
#[path = "compare/sides.rs"]
mod sides;
#[path = "compare/verdicts.rs"]
mod verdicts;
