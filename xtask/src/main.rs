//! Tasks around the code: tests, fuzzing, benchmarks.

fn main() {}
