//! Subjects whose truth is written down before they run.
