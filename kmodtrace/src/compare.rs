//! Two sets of loads, side by side: what changed, and whether it is more than noise. Pure.
//!
//! [`sample`] is what is kept of a load, [`samples`] all of a side, [`setup`] what the side was recorded on. [`pair`]
//! puts together what belongs together, [`rows`] makes their phases the same ones, [`design`] tells which test
//! fits how they were recorded, [`verdict`] what follows; [`facts`] compares what is not a time, [`gate`] decides
//! whether a build is to be stopped. `docs/compare.md` tells it in plain words.

pub mod design;
pub mod facts;
pub mod gate;
pub mod pair;
pub mod result;
pub mod rows;
pub mod sample;
pub mod samples;
pub mod setup;
pub mod verdict;

pub use design::Design;
pub use facts::{FactChange, Value};
pub use gate::{Budget, Overrun};
pub use pair::{Options, compare};
pub use result::{Centre, Comparison, Module, Only, Row};
pub use rows::What;
pub use sample::{Build, Ended, Key, LeftOut, Phases, Round, Sample};
pub use samples::{Group, Samples};
pub use setup::{Difference, Setup};
pub use verdict::{Floor, MinChange, Verdict};
