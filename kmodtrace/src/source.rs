//! Where frames come from: the live ring buffer, a recording, a test.
