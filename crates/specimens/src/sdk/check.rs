//! The check of an arm: what came out of its case, held against the truth that was written first.

use std::collections::BTreeSet;

use candor_case::{Answer, Arm, Finding, FindingKind, Property, Seed, Sender, Verdict, Verdicts};

use super::{PAGES, SdkArm, truth::Expected};
use crate::{Behaviour, Truth};

/// Steps that need a key: what lies behind them is found only where the key is known.
const CIPHER: &str = " > aes-cbc";

/// What came out of a case.
#[derive(Clone, Copy, Debug)]
pub struct Examined<'a> {
    /// What was planted, of all runs.
    pub seeds: &'a [Seed],
    /// The findings.
    pub findings: &'a [Finding],
    /// Verdicts and answers.
    pub verdicts: &'a Verdicts,
    /// Every request, as method and URL.
    pub requests: &'a BTreeSet<(String, String)>,
    /// Hosts to which something was sent that is reported as unread.
    pub unread: &'a BTreeSet<String>,
}

/// How the instrument did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdkCheck {
    /// Values times places where they must be found.
    pub planted: usize,
    /// Those that were found.
    pub found: usize,
    /// Different values among those that must be found.
    pub values: usize,
    /// Those that were found anywhere.
    pub values_found: usize,
    /// Values times places behind a cipher whose key is not known, reported as unread.
    pub unread: usize,
    /// Values that must not be found.
    pub decoys: usize,
    /// Verdicts and answers that are the true ones.
    pub judged: usize,
    /// Verdicts and answers that are inconclusive, as they must be while something is unread.
    pub withheld: usize,
    /// What is not as written.
    pub problems: Vec<String>,
}

impl SdkArm {
    /// Holds what came out of a case against the truth.
    pub fn check(&self, examined: &Examined<'_>) -> SdkCheck {
        let truth = self.truth();
        let mut check = SdkCheck::default();
        places(&self.expected(), examined, &mut check);
        senders(examined, &mut check);
        strangers(&truth, examined, &mut check);
        check.decoys = examined.seeds.iter().filter(|s| truth.decoy_of(&s.id).is_some()).count();
        judged(&truth, examined.verdicts, &mut check);
        check
    }
}

/// Findings of planted values, candor's own control left out.
fn seeded<'a>(examined: &Examined<'a>) -> impl Iterator<Item = &'a Finding> {
    let planted = |f: &&Finding| f.kind == FindingKind::SeededValue;
    examined.findings.iter().filter(planted).filter(|f| f.property != Property::Control)
}

fn arm_of(seed: &Seed) -> Arm {
    seed.arm.as_deref().and_then(|arm| Arm::parse(arm).ok()).unwrap_or_default()
}

/// Every value in every place where it must be.
fn places(expected: &[Expected], examined: &Examined<'_>, check: &mut SdkCheck) {
    let (mut values, mut values_found) = (BTreeSet::new(), BTreeSet::new());
    for expected in expected.iter().filter(|expected| expected.required) {
        let Some(behaviour) = expected.shown.first() else { continue };
        for seed in examined.seeds.iter().filter(|seed| due(behaviour, seed)) {
            check.planted += 1;
            values.insert(&seed.id);
            if is_shown(expected, seed, examined) {
                check.found += 1;
                values_found.insert(&seed.id);
            } else if behaviour.path.contains(CIPHER) && examined.unread.contains(&behaviour.host) {
                check.unread += 1;
            } else {
                check.problems.push(format!("not found: {} at {}", seed.id, behaviour.path));
            }
        }
    }
    (check.values, check.values_found) = (values.len(), values_found.len());
}

fn is_shown(expected: &Expected, seed: &Seed, examined: &Examined<'_>) -> bool {
    let of_seed = |f: &&Finding| f.seed.as_ref() == Some(&seed.id);
    seeded(examined).filter(of_seed).any(|f| expected.shown.iter().any(|b| b.shown_by(f)))
}

/// Whether a behaviour is about that seed.
fn due(behaviour: &Behaviour, seed: &Seed) -> bool {
    let name = seed.id.rsplit('/').next().unwrap_or_default();
    let kind = name.rsplit_once('-').map_or(name, |(kind, _)| kind);
    behaviour.seed.as_deref() == Some(kind) && arm_of(seed).matches(&behaviour.planted)
}

/// A page's SDK is the page's sender, and a page's own site is no recipient.
fn senders(examined: &Examined<'_>, check: &mut SdkCheck) {
    for finding in seeded(examined) {
        let (host, path) = (&finding.recipient.host, &finding.place.path);
        if finding.sender != Sender::Page {
            check.problems.push(format!("blamed on {:?}: {host} {path}", finding.sender));
        }
        if host.ends_with(PAGES) {
            check.problems.push(format!("found at the page's own site: {host} {path}"));
        }
    }
}

/// The world is closed: no finding and no request of the pages that the truth does not list.
fn strangers(truth: &Truth, examined: &Examined<'_>, check: &mut SdkCheck) {
    for finding in seeded(examined) {
        let seed = finding.seed.as_deref().unwrap_or_default();
        if truth.decoy_of(seed).is_some() {
            check.problems.push(format!("decoy found: {seed} at {}", finding.place.path));
        } else if !truth.behaviour.iter().any(|behaviour| behaviour.shown_by(finding)) {
            check.problems.push(format!(
                "found, but not written: {seed} at {} {} ({})",
                finding.recipient.host,
                finding.place.path,
                finding.derivation.join(", ")
            ));
        }
    }
    let ours = |url: &str| {
        let host = url.split("://").nth(1).unwrap_or_default();
        let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
        host.ends_with(".candor.test") || host.ends_with(".maker.test")
    };
    for (method, url) in examined.requests.iter().filter(|(_, url)| ours(url)) {
        if method != "OPTIONS" && truth.listed(method, url).is_none() {
            check.problems.push(format!("sent, but not listed: {method} {url}"));
        }
    }
}

fn judged(truth: &Truth, verdicts: &Verdicts, check: &mut SdkCheck) {
    for wanted in &truth.verdict {
        let got = verdicts.claims.iter().find(|claim| claim.id == wanted.claim);
        let verdict = got.map(|got| got.verdict);
        let because = got.map(|got| got.because.as_slice()).unwrap_or_default();
        match verdict {
            Some(verdict) if verdict == wanted.verdict => check.judged += 1,
            Some(Verdict::Inconclusive) if check.unread > 0 => check.withheld += 1,
            _ => check.problems.push(format!(
                "claim {} is {verdict:?}, true is {:?}: {because:?}",
                wanted.claim, wanted.verdict
            )),
        }
    }
    for wanted in &truth.answer {
        let got = verdicts.questions.iter().find(|question| question.id == wanted.question);
        let answer = got.map(|got| got.answer);
        let because = got.map(|got| got.because.as_slice()).unwrap_or_default();
        match answer {
            Some(answer) if answer == wanted.answer => check.judged += 1,
            Some(Answer::Inconclusive) if check.unread > 0 => check.withheld += 1,
            _ => check.problems.push(format!(
                "question {} is {answer:?}, true is {:?}: {because:?}",
                wanted.question, wanted.answer
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use candor_case::{
        ByteSpan, ExchangeId, Party, Place, Planted, QuestionResult, Recipient, RunId, Seen,
        Timing, VerdictResult,
    };

    use super::*;
    use crate::sdk::sdk_arms;

    /// What a perfect instrument would say of an arm.
    struct Said {
        arm: SdkArm,
        seeds: Vec<Seed>,
        findings: Vec<Finding>,
        verdicts: Verdicts,
        requests: BTreeSet<(String, String)>,
        unread: BTreeSet<String>,
    }

    impl Said {
        fn of(name: &str) -> Self {
            let arm = sdk_arms().into_iter().find(|arm| arm.name() == name).expect("an arm");
            let runs = arm.plan(3, 2);
            let seeds: Vec<Seed> = runs.into_iter().flat_map(|run| run.seeds.seeds).collect();
            let findings = arm.expected().iter().flat_map(|e| shown(e, &seeds)).collect();
            let truth = arm.truth();
            let verdicts = Verdicts {
                claims: truth.verdict.iter().map(|v| claim(&v.claim, v.verdict)).collect(),
                questions: truth.answer.iter().map(|a| question(&a.question, a.answer)).collect(),
                ..Verdicts::default()
            };
            let (requests, unread) = (BTreeSet::new(), BTreeSet::new());
            Self { arm, seeds, findings, verdicts, requests, unread }
        }

        fn check(&self) -> SdkCheck {
            self.arm.check(&Examined {
                seeds: &self.seeds,
                findings: &self.findings,
                verdicts: &self.verdicts,
                requests: &self.requests,
                unread: &self.unread,
            })
        }

        /// The one thing that is not as written.
        fn problem(&self) -> String {
            let problems = self.check().problems;
            assert_eq!(problems.len(), 1, "{problems:?}");
            problems[0].clone()
        }
    }

    fn shown(expected: &Expected, seeds: &[Seed]) -> Vec<Finding> {
        let behaviour = &expected.shown[0];
        let due = seeds.iter().filter(|seed| due(behaviour, seed));
        due.map(|seed| finding(seed, &behaviour.host, &behaviour.path)).collect()
    }

    fn finding(seed: &Seed, host: &str, path: &str) -> Finding {
        let run = RunId(seed.run.clone().unwrap_or_default());
        let (phase, session) = (String::new(), String::new());
        let planted =
            Planted { run: run.clone(), arm: arm_of(seed), phase: phase.clone(), session };
        Finding {
            id: format!("{}{path}", seed.id),
            kind: FindingKind::SeededValue,
            property: seed.property,
            value: seed.value.clone(),
            seed: Some(seed.id.clone()),
            derivation: vec![],
            seen: Seen { run, arm: planted.arm.clone(), phase, session: String::new() },
            planted: Some(planted),
            timing: Timing::Live,
            exchange: ExchangeId("e".into()),
            place: Place { path: path.replace("[*]", "[0]"), span: ByteSpan::new(0, 1) },
            recipient: Recipient {
                host: host.into(),
                site: "maker.test".into(),
                party: Party::Maker,
                organisation: None,
                evidence: vec![],
            },
            sender: Sender::Page,
            chance: 0.0,
            documented: None,
        }
    }

    fn claim(id: &str, verdict: Verdict) -> VerdictResult {
        let text = format!(
            r#"{{"id":"{id}","says":"","source":{{"url":"","date":""}},"reading":"","verdict":"inconclusive",
               "because":[],"findings":[],"bound":null,"coverage":{EMPTY},"controls":{{"runs":0,"found":0}},
               "spikes":{{"planted":0,"recovered":0}}}}"#
        );
        VerdictResult { verdict, ..serde_json::from_str(&text).expect("a verdict") }
    }

    fn question(id: &str, answer: Answer) -> QuestionResult {
        let text = format!(
            r#"{{"id":"{id}","asks":"","answer":"inconclusive","because":[],"findings":[],"bound":null,
               "coverage":{EMPTY},"controls":{{"runs":0,"found":0}},"spikes":{{"planted":0,"recovered":0}}}}"#
        );
        QuestionResult { answer, ..serde_json::from_str(&text).expect("an answer") }
    }

    const EMPTY: &str = r#"{"requests":0,"bytes_sent":0,"bytes_explained":0,"gaps":[]}"#;

    #[test]
    fn what_is_as_written_passes() {
        for arm in sdk_arms() {
            let check = Said::of(&arm.name()).check();
            assert_eq!(check.problems, [""; 0], "{}", arm.name());
            assert!(check.planted > 10 && check.found == check.planted, "{check:?}");
            assert!(check.values == check.values_found && check.decoys == 12, "{check:?}");
        }
    }

    #[test]
    fn what_is_missed_is_told() {
        let mut said = Said::of("mixpanel-json");
        said.findings.pop();
        assert!(said.problem().starts_with("not found: json-2/email-1 at "));
        assert_eq!(said.check().found + 1, said.check().planted);
    }

    #[test]
    fn one_of_several_openings_is_enough() {
        let mut said = Said::of("posthog-gzip");
        let expected = said.arm.expected().into_iter().find(|e| e.shown.len() > 1).expect("one");
        for finding in &mut said.findings {
            if expected.shown[0].shown_by(finding) {
                finding.place.path = expected.shown[1].path.replace("[*]", "[7]");
            }
        }
        assert_eq!(said.check().problems, [""; 0]);
    }

    #[test]
    fn blame_and_own_site_and_decoys_are_told() {
        let mut said = Said::of("sentry-close");
        said.findings[0].sender = Sender::Subject;
        assert!(said.problem().starts_with("blamed on Subject"));

        let mut said = Said::of("sentry-close");
        let own = finding(&said.seeds[0], &said.arm.host(), "request.url");
        said.findings.push(own);
        let problems = said.check().problems;
        assert!(problems.iter().any(|p| p.starts_with("found at the page's own site")));

        let mut said = Said::of("sentry-close");
        let decoy = said.seeds.iter().find(|s| s.id.ends_with("/note")).expect("a decoy").clone();
        said.findings.push(finding(&decoy, &said.arm.collector(), "request.body"));
        assert!(said.problem().starts_with("decoy found: close-1/note"));
    }

    #[test]
    fn the_world_is_closed() {
        let mut said = Said::of("snowplow-get");
        let listed = "https://snowplow-get.collector.maker.test/i?e=pv".to_owned();
        said.requests.insert(("GET".into(), listed.clone()));
        said.requests.insert(("OPTIONS".into(), listed.clone()));
        said.requests.insert(("GET".into(), "https://clients2.example.org/time".into()));
        assert_eq!(said.check().problems, [""; 0]);
        said.requests.insert(("POST".into(), listed));
        assert!(said.problem().starts_with("sent, but not listed: POST "));

        let mut said = Said::of("snowplow-get");
        let stray = finding(&said.seeds[0], &said.arm.collector(), "request.url > query:other");
        said.findings.push(stray);
        assert!(said.problem().starts_with("found, but not written: get-1/visit-1"));
    }

    #[test]
    fn a_cipher_without_its_key_withholds_but_excuses_nothing_else() {
        let mut said = Said::of("sensors-aes");
        said.findings.clear();
        let claims = said.verdicts.claims.len();
        for claim in &mut said.verdicts.claims {
            claim.verdict = Verdict::Inconclusive;
        }
        assert!(!said.check().problems.is_empty(), "nobody said that it is unread");
        said.unread.insert(said.arm.collector());
        let check = said.check();
        assert_eq!(check.problems, [""; 0]);
        assert!(check.unread == check.planted && check.withheld == claims, "{check:?}");
        said.verdicts.claims[0].verdict = Verdict::Contradicted;
        assert!(said.problem().starts_with("claim no-silences is Some(Contradicted)"));
    }

    #[test]
    fn a_wrong_verdict_is_told() {
        let mut said = Said::of("mixpanel-base64");
        said.verdicts.claims[0].verdict = Verdict::Inconclusive;
        assert!(said.problem().starts_with("claim no-silences is Some(Inconclusive)"));
        let mut said = Said::of("mixpanel-base64");
        said.verdicts.questions.remove(0);
        assert!(said.problem().starts_with("question addresses-leave is None"));
    }
}
