//! The assembler: events in, loads out, whatever is lost or mixed on the way.

#[path = "assemble/contests.rs"]
mod contests;
#[path = "assemble/ends.rs"]
mod ends;
#[path = "assemble/iterations.rs"]
mod iterations;
#[path = "assemble/ledger.rs"]
mod ledger;
#[path = "assemble/links.rs"]
mod links;
#[path = "assemble/loss.rs"]
mod loss;
#[path = "assemble/merge.rs"]
mod merge;
#[path = "assemble/world.rs"]
mod world;
