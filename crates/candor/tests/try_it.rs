//! Every built-in subject, end to end, against the truth that was written first.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use common::{Bench, findings};

fn tried(bench: &Bench, subject: &str) -> common::Done {
    let done = bench.run(&["try", subject, "--case", "case"]);
    assert_eq!(done.code, 0, "{}\n{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("SIMULATED"));
    assert!(!done.stdout.contains("MISMATCH"), "{}", done.stdout);
    done
}

#[test]
fn the_browser_of_2020_is_contradicted_by_its_own_bytes() {
    let bench = Bench::new();
    let done = tried(&bench, "browser-2020");
    let check = done.stdout.lines().find(|line| line.starts_with("instrument check")).unwrap();
    let numbers: Vec<u32> =
        check.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    assert!(numbers[0] == numbers[1] && numbers[0] > 10, "{check}");
    assert!(numbers[2] == 0 && numbers[3] > 0, "{check}");
    for words in [
        "CONTRADICTED",
        "not testable",
        "is my landlord allowed to read my mail",
        "beside a number of the device",
    ] {
        assert!(done.stdout.contains(words), "no `{words}` in {}", done.stdout);
    }
    assert!(bench.path("case/report/index.html").exists());
    let private = findings(&bench.path("case")).into_iter().any(|finding| {
        finding["property"] == "browsing.search"
            && finding["planted"]["arm"]["mode"] == "private"
            && finding["recipient"]["party"] == "maker"
    });
    assert!(private, "a private search reached the maker");
}

#[test]
fn of_the_update_exactly_one_cell_is_silent() {
    let bench = Bench::new();
    let done = tried(&bench, "browser-2020-updated");
    let silent: Vec<_> =
        done.stdout.lines().filter(|line| line.starts_with("silent as written")).collect();
    assert_eq!(silent.len(), 1, "{}", done.stdout);
    assert!(silent[0].contains("enhanced=off") && silent[0].contains("mode=private"));
}

#[test]
fn the_browser_that_keeps_its_word_is_accused_of_nothing() {
    let bench = Bench::new();
    tried(&bench, "browser-as-claimed");
    let audit = bench.run(&["audit", "case", "--json"]);
    let json = audit.json();
    let contradicted = json["claims"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["verdict"] == "contradicted")
        .count();
    assert_eq!(contradicted, 0);
    let seeded = findings(&bench.path("case"))
        .into_iter()
        .filter(|f| f["kind"] == "seeded_value" && f["property"] != "control")
        .count();
    assert_eq!(seeded, 0);
}

#[test]
fn the_key_is_for_its_owner_only_and_a_case_is_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    tried(&bench, "browser-as-claimed");
    let keys: Vec<_> = std::fs::read_dir(bench.path("data/candor"))
        .unwrap()
        .flatten()
        .filter(|entry| {
            std::fs::read_to_string(entry.path()).is_ok_and(|t| t.contains("PRIVATE KEY"))
        })
        .collect();
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = bench.run(&["try", "--subject", "browser-as-claimed", "--case", "case"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
}
