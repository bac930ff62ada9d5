//! The gate on small verdicts.

use candor_case::{Arm, Controls, Coverage, Source, Spikes};

use super::*;
use crate::gate::waivers::parse;

fn claim(id: &str, verdict: Verdict) -> VerdictResult {
    VerdictResult {
        id: id.into(),
        says: String::new(),
        source: Source::default(),
        reading: String::new(),
        verdict,
        seen_once: false,
        because: vec![],
        findings: vec![],
        identifiers: vec![],
        bound: None,
        coverage: Coverage::default(),
        controls: Controls::default(),
        spikes: Spikes::default(),
    }
}

fn verdicts() -> Verdicts {
    let claims = vec![
        claim("a", Verdict::Contradicted),
        claim("b", Verdict::Inconclusive),
        claim("c", Verdict::NotContradicted),
    ];
    Verdicts { claims, ..Verdicts::default() }
}

fn way(arm: &str, to: &str) -> Shown {
    let arm = Arm::parse(arm).expect("an arm");
    Shown { claim: "a".into(), arm, what: "browsing.url".into(), to: to.into() }
}

fn ways() -> BTreeSet<Shown> {
    [way("mode=normal", "x.maker.test"), way("mode=private", "x.maker.test")].into()
}

fn waivers(text: &str) -> Vec<Waiver> {
    parse(text, "waivers.toml").expect("well formed")
}

const TODAY: &str = "2026-06-15";

#[test]
fn without_waivers_and_baseline_the_verdicts_decide() {
    let gate = gate(&verdicts(), &ways(), vec![], &Baseline::default(), TODAY);
    assert_eq!(gate.exit(), Exit::Contradicted);
    assert_eq!(gate.of("a"), Some(Outcome::Fails));
    assert_eq!(gate.of("b"), Some(Outcome::Undecided));
    assert_eq!((gate.of("c"), gate.claims[0].failing().count()), (None, 2));
}

#[test]
fn a_waiver_counts_to_the_end_of_its_last_day_and_for_its_arm() {
    let text = |expires: &str, arm: &str| {
        format!(
            "[[waiver]]\nclaim = \"a\"\n{arm}reason = \"fixed in 4.2\"\nexpires = \"{expires}\"\n"
        )
    };
    let table = [
        ("2026-06-15", "", Outcome::Waived, Use::Used, 0),
        ("2026-06-14", "", Outcome::Fails, Use::Expired, 2),
        ("2026-12-31", "arm = \"mode=private\"\n", Outcome::Fails, Use::Used, 1),
        ("2026-12-31", "arm = \"mode=guest\"\n", Outcome::Fails, Use::NotNeeded, 2),
    ];
    for (expires, arm, outcome, used, new) in table {
        let waivers = waivers(&text(expires, arm));
        let gate = gate(&verdicts(), &ways(), waivers, &Baseline::default(), TODAY);
        assert_eq!((gate.of("a"), gate.waivers[0].1), (Some(outcome), used), "{expires} {arm}");
        assert_eq!(gate.claims[0].failing().count(), new, "{expires} {arm}");
    }
}

#[test]
fn only_what_the_baseline_does_not_know_is_new() {
    let known = Baseline::of(ways());
    let same = gate(&verdicts(), &ways(), vec![], &known, TODAY);
    assert_eq!((same.of("a"), same.exit()), (Some(Outcome::Baselined), Exit::Inconclusive));
    let mut more = ways();
    more.insert(way("mode=private", "new.maker.test"));
    let grown = gate(&verdicts(), &more, vec![], &known, TODAY);
    assert_eq!((grown.of("a"), grown.exit()), (Some(Outcome::Fails), Exit::Contradicted));
    let new: Vec<&Shown> = grown.claims[0].failing().collect();
    assert_eq!(new, [&way("mode=private", "new.maker.test")]);
    let mut fewer = ways();
    fewer.remove(&way("mode=private", "x.maker.test"));
    let shrunk = gate(&verdicts(), &fewer, vec![], &known, TODAY);
    assert_eq!(shrunk.gone, [way("mode=private", "x.maker.test")]);
    assert!(text(&shrunk).contains("gone    a: browsing.url to x.maker.test (mode=private)"));
}

#[test]
fn what_is_undecided_is_waived_as_a_whole_or_not_at_all() {
    let whole = "[[waiver]]\nclaim = \"b\"\nreason = \"r\"\nexpires = \"2027-01-01\"\n";
    let of_arm = format!("{whole}arm = \"mode=private\"\n");
    let unknown = whole.replace("\"b\"", "\"z\"");
    let b = |text: &str| gate(&verdicts(), &ways(), waivers(text), &Baseline::default(), TODAY);
    assert_eq!(b(whole).of("b"), Some(Outcome::Waived));
    assert_eq!(b(&of_arm).of("b"), Some(Outcome::Undecided));
    assert_eq!(b(&unknown).waivers[0].1, Use::UnknownClaim);
}

#[test]
fn a_waiver_without_reason_or_end_is_refused_where_it_stands() {
    let table = [
        (
            "[[waiver]]\nclaim = \"a\"\nexpires = \"2026-01-01\"\n",
            "w.toml:1:1: missing field `reason`",
        ),
        ("[[waiver]]\nclaim = \"a\"\nreason = \"r\"\n", "w.toml:1:1: missing field `expires`"),
        (
            "[[waiver]]\nclaim = \"a\"\nreason = \" \"\nexpires = \"2026-01-01\"\n",
            "w.toml:3:10: a waiver needs a reason",
        ),
        (
            "[[waiver]]\nclaim = \"a\"\nreason = \"r\"\nexpires = \"never\"\n",
            "w.toml:4:11: `never` is no day",
        ),
        (
            "[[waiver]]\nclaim = \"a\"\nreason = \"r\"\nexpires = \"2026-02-30\"\n",
            "w.toml:4:11: `2026-02-30` is no day",
        ),
        ("[[waiver]]\nclaims = \"a\"\n", "w.toml:2:1: unknown field `claims`"),
    ];
    for (text, expected) in table {
        let error = parse(text, "w.toml").expect_err("refused").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
