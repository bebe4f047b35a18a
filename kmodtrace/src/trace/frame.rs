//! Frames of a recording.
