//! kmodtrace: a live tracer of Linux kernel module loading.
//!
//! One way, left to right; the middle is pure (no I/O, no clock):
//!
//! [`source`] → [`event`] (decode) → [`assemble`] → [`model`] → [`render`], [`export`]
//!
//! [`redact`], where it is wanted, takes the addresses out before anything else sees a frame.
//! A separate street decides what to attach: [`kernel`] (facts) → [`plan`] → [`probe`] (the only
//! module that knows aya). [`catalogue`] holds what is known of kernels, [`trace`] the recording
//! format, [`image`] reads module files, [`sandbox`] gives up what a run does not need, [`cli`] wires everything together. ARCHITECTURE.md tells what
//! must never import what.

pub mod assemble;
pub mod bench;
pub mod catalogue;
pub mod cli;
pub mod compare;
pub mod error;
pub mod event;
pub mod explain;
pub mod export;
pub mod image;
pub mod kernel;
pub mod model;
pub mod plan;
pub mod probe;
pub mod redact;
pub mod render;
pub mod sandbox;
pub mod source;
pub mod stats;
pub mod trace;
