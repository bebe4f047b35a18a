//! Loads to text and JSON.
