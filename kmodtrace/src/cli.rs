//! The command line: arguments, and the verbs that wire everything together.

pub mod doctor;
