//! Every codec has a target and seeds of its own that it opens; no seed breaks a promise.

use std::collections::BTreeSet;

use candor_fuzz::dice::{Dice, mutate};
use candor_fuzz::seeds::Seeds;
use candor_fuzz::{run, targets};

#[test]
fn every_codec_has_seeds_that_it_opens() {
    let seeds = Seeds::gather();
    let mut without = BTreeSet::new();
    for target in targets() {
        let own = if seeds.has(&target) { seeds.of(&target) } else { Vec::new() };
        let opened = own.iter().filter(|seed| run(&target, seed).layers.len() > 1).count();
        if opened == 0 {
            without.insert(target);
        }
    }
    assert!(without.is_empty(), "no seed of their own is opened by {without:?}");
}

#[test]
fn a_short_run_breaks_nothing() {
    let seeds = Seeds::gather();
    for target in targets() {
        let (mut dice, own) = (Dice::new(1, &target), seeds.of(&target));
        for _ in 0..40 {
            let (base, other) = (dice.below(own.len()), dice.below(own.len()));
            run(&target, &mutate(&mut dice, &own[base], &own[other]));
        }
    }
}
