//! The data files: every quote stands in the statement, every verdict belongs to a claim, and all
//! of it says SIMULATED.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers cannot go on")]

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Claim, Question, RuleKind};
use candor_specimens::{HARD_CODED_KEY, MISTAT_IV, Specimen, specimen, subjects};
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    claim: Vec<Claim>,
    question: Vec<Question>,
}

fn all() -> impl Iterator<Item = (Specimen, Claims)> {
    subjects().iter().map(|name| {
        let known = specimen(name).unwrap();
        let claims = toml::from_str(known.claims_text()).unwrap_or_else(|e| panic!("{name}: {e}"));
        (known, claims)
    })
}

#[test]
fn every_quote_stands_in_the_statement_it_names() {
    for (known, claims) in all() {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(known.statement()));
        for claim in &claims.claim {
            let at = format!("{}: {}", known.name, claim.id);
            assert!(known.statement().contains(&claim.says), "{at}: {}", claim.says);
            assert_eq!(claim.source.digest, Some(format!("sha256:{digest}")), "{at}");
            let url = format!("https://www.maker.test/statement/{}", known.name);
            assert_eq!(claim.source.url, url, "{at}");
            let note = claim.source.note.as_deref().unwrap_or_default();
            assert!(note.starts_with("SIMULATED; modelled on X"), "{at}: {note}");
        }
    }
}

#[test]
fn claims_are_about_the_subject_of_their_case() {
    for (known, claims) in all() {
        let subject = known.case_file().subject;
        for claim in &claims.claim {
            assert_eq!(claim.applies_to.product, subject.product, "{}", claim.id);
            assert_eq!(claim.applies_to.versions.join(" "), subject.version, "{}", claim.id);
        }
        assert_eq!(subject.sites, ["maker.test"]);
        assert!(subject.simulated && subject.sole_sender);
    }
}

#[test]
fn the_truth_has_one_verdict_for_each_claim_and_one_answer_for_each_question() {
    for (known, claims) in all() {
        let truth = known.truth();
        let asked: Vec<_> = claims.claim.iter().map(|c| c.id.as_str()).collect();
        let judged: Vec<_> = truth.verdict.iter().map(|v| v.claim.as_str()).collect();
        assert_eq!(sorted(&asked), sorted(&judged), "{}", known.name);
        let questions: Vec<_> = claims.question.iter().map(|q| q.id.as_str()).collect();
        let answered: Vec<_> = truth.answer.iter().map(|a| a.question.as_str()).collect();
        assert_eq!(sorted(&questions), sorted(&answered), "{}", known.name);
        for text in [known.truth_text(), known.claims_text(), known.statement()] {
            assert!(text.starts_with("# SIMULATED"), "{}", known.name);
        }
        for row in &truth.sends {
            let reserved = row.host.ends_with(".candor.test") || row.host.ends_with(".maker.test");
            assert!(reserved, "{}: {}", known.name, row.host);
        }
    }
}

#[test]
fn versions_of_one_program_are_asked_the_same_questions_by_the_same_names() {
    let asked = |name: &str| -> BTreeMap<String, (String, String)> {
        let (_, claims) = all().find(|(known, _)| known.name == name).unwrap();
        let of = |q: candor_case::Question| (q.id, (q.asks, format!("{:?}", q.rule)));
        claims.question.into_iter().map(of).collect()
    };
    let first = asked("browser-2020");
    for later in [asked("browser-2020-updated"), asked("browser-as-claimed")] {
        for (id, question) in &first {
            assert_eq!(later.get(id), Some(question), "{id}");
        }
    }
}

fn sorted<'a>(ids: &[&'a str]) -> BTreeSet<&'a str> {
    let set: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(set.len(), ids.len(), "an id stands twice: {ids:?}");
    set
}

#[test]
fn all_shapes_of_rules_are_used() {
    let shapes: BTreeSet<_> = all()
        .flat_map(|(_, claims)| claims.claim)
        .map(|claim| match claim.rule.kind {
            RuleKind::Never(_) => "never",
            RuleKind::Only(_) => "only",
            RuleKind::NotLinkable(_) => "not_linkable",
            RuleKind::SilentAfter(_) => "silent_after",
            RuleKind::Recipients(_) => "recipients",
            RuleKind::Aggregated => "aggregated",
            RuleKind::Keyed => "keyed",
            RuleKind::Renewed { .. } => "renewed",
            RuleKind::NotTestable(_) => "not_testable",
        })
        .collect();
    assert_eq!(shapes.len(), 9, "{shapes:?}");
}

#[test]
fn the_built_in_key_is_the_documented_one() {
    for name in ["browser-2020", "browser-2020-updated"] {
        let truth = specimen(name).unwrap().truth();
        assert_eq!(truth.key.len(), 1, "{name}");
        assert_eq!(truth.key[0].key.as_bytes(), HARD_CODED_KEY);
        assert_eq!(truth.key[0].iv.as_bytes(), MISTAT_IV);
    }
}
