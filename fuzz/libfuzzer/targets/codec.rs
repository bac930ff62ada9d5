//! Any bytes, as what one codec is given: the one that the environment names, else the one that the
//! first byte chooses.
#![no_main]

use std::sync::LazyLock;

static TARGETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut targets = candor_fuzz::targets();
    targets.retain(|target| target.starts_with("codec:"));
    match std::env::var("CANDOR_FUZZ_TARGET") {
        Ok(named) => targets.into_iter().filter(|target| *target == named).collect(),
        Err(_) => targets,
    }
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    match (&TARGETS[..], input) {
        ([only], input) => drop(candor_fuzz::run(only, input)),
        (targets, [first, rest @ ..]) if !targets.is_empty() => {
            candor_fuzz::run(&targets[usize::from(*first) % targets.len()], rest);
        }
        _ => {}
    }
});
