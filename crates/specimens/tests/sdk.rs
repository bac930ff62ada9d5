//! The SDK bench's data: versions are those that are installed, every quote stands in the
//! statement, every claim has its verdict and every question its answer in every arm.

#![allow(clippy::unwrap_used, reason = "a test fails where its helpers cannot go on")]

use std::collections::BTreeSet;

use candor_case::{Claim, Question, Sender};
use candor_specimens::sdk::{STATEMENT, SdkArm, sdk_arms};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const PACKAGES: &str = include_str!("../../../sdk/package.json");
const LOCK: &str = include_str!("../../../sdk/package-lock.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    claim: Vec<Claim>,
    question: Vec<Question>,
}

fn claims(arm: &SdkArm) -> Claims {
    toml::from_str(arm.claims_text()).unwrap_or_else(|e| panic!("{}: {e}", arm.name()))
}

#[test]
fn all_five_sdks_are_there_in_all_their_ways() {
    let names: Vec<_> = sdk_arms().iter().map(SdkArm::name).collect();
    let expected = [
        "sensors-image",
        "sensors-ajax",
        "sensors-beacon",
        "sensors-batch",
        "sensors-aes",
        "mixpanel-base64",
        "mixpanel-json",
        "posthog-gzip",
        "snowplow-get",
        "snowplow-post",
        "sentry-before-send",
        "sentry-close",
    ];
    assert_eq!(names, expected);
}

#[test]
fn what_is_examined_is_what_is_installed() {
    let packages: serde_json::Value = serde_json::from_str(PACKAGES).unwrap();
    let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
    for arm in sdk_arms() {
        let subject = arm.case_file().subject;
        assert_eq!(packages["dependencies"][arm.package()], subject.version, "{}", arm.name());
        let locked = &lock["packages"][format!("node_modules/{}", arm.package())];
        assert_eq!(locked["version"], subject.version, "{}", arm.name());
        assert!(locked["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")));
    }
    assert!(!LOCK.contains("\"resolved\""), "the lock file names where packages were fetched");
}

#[test]
fn every_quote_stands_in_the_statement() {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(STATEMENT));
    for arm in sdk_arms() {
        let subject = arm.case_file().subject;
        assert!(subject.simulated && subject.page && !subject.sole_sender);
        assert_eq!(subject.sends_as(), Sender::Page);
        assert!(
            arm.claims_text().starts_with("# SIMULATED") && STATEMENT.starts_with("# SIMULATED")
        );
        for claim in claims(&arm).claim {
            let at = format!("{}: {}", arm.name(), claim.id);
            assert!(STATEMENT.contains(&claim.says), "{at}: {}", claim.says);
            assert_eq!(claim.source.digest, Some(format!("sha256:{digest}")), "{at}");
            assert_eq!(claim.source.url, "https://www.maker.test/statement/sdk-bench", "{at}");
            assert_eq!(claim.applies_to.product, subject.product, "{at}");
            assert_eq!(claim.applies_to.versions.join(" "), subject.version, "{at}");
        }
    }
}

#[test]
fn every_claim_has_its_verdict_and_every_question_its_answer() {
    for arm in sdk_arms() {
        let (truth, claims) = (arm.truth(), claims(&arm));
        let claimed: Vec<_> = claims.claim.iter().map(|claim| claim.id.as_str()).collect();
        let judged: Vec<_> = truth.verdict.iter().map(|verdict| verdict.claim.as_str()).collect();
        assert_eq!(sorted(&claimed), sorted(&judged), "{}", arm.name());
        let asked: Vec<_> = claims.question.iter().map(|q| q.id.as_str()).collect();
        let answered: Vec<_> = truth.answer.iter().map(|a| a.question.as_str()).collect();
        assert_eq!(sorted(&asked), sorted(&answered), "{}", arm.name());
    }
}

fn sorted<'a>(ids: &[&'a str]) -> BTreeSet<&'a str> {
    let set: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(set.len(), ids.len(), "an id stands twice: {ids:?}");
    set
}

#[test]
fn every_kind_of_value_is_looked_for_at_the_collector_alone() {
    for arm in sdk_arms() {
        let truth = arm.truth();
        let kinds: BTreeSet<_> = truth.behaviour.iter().filter_map(|b| b.seed.as_deref()).collect();
        let all = BTreeSet::from(["account", "email", "search", "visit"]);
        assert_eq!(kinds, all, "{}", arm.name());
        for behaviour in &truth.behaviour {
            assert_eq!(behaviour.host, arm.collector());
            assert!(!behaviour.source.is_empty() && !behaviour.what.is_empty());
        }
        let decoys: Vec<_> = truth.decoy.iter().map(|decoy| decoy.id.as_str()).collect();
        assert_eq!(decoys, ["name", "note", "unvisited"]);
        for row in &truth.sends {
            let reserved = row.host.ends_with(".candor.test") || row.host.ends_with(".maker.test");
            assert!(reserved, "{}: {}", arm.name(), row.host);
        }
    }
}
