//! Ring records to events: total, never panics.
