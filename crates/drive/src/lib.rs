//! Makes a real browser act.
