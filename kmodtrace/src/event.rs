//! What happened, as the assembler sees it: decoded ring records and what user space saw itself.
//!
//! Everything that ends up in an output enters here, so that a recording prints what the live run
//! printed.

mod bench;
pub mod decode;
mod host;
mod programs;
mod record;

pub use bench::{Benchmark, Contender, Given, Iteration, Side, Timing, When};
pub use decode::{DecodeError, decode};
pub use host::{
    Attached, ClockSample, Environment, FileProblem, HostEvent, InFlight, Losses, MissingSymbol,
    Session,
};
pub use programs::{ProgramStatistics, ProgramUse};
pub use record::{
    BlobRecord, Event, ExitRecord, FactsRecord, FreedRecord, HelperRecord, LoadKey, Name,
    NamedRecord, RequestRecord, SegmentRecord, TextRecord, process_and_thread,
};
