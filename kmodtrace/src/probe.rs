//! Attaching: the only module that knows aya, and the only one with unsafe code.
