//! Events to loads: pure, total.
