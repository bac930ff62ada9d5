//! Stories of claims on small nouns, each as somebody would tell it in court.

use candor_case::{
    Answer, Arm, Basis, ByteSpan, Claim, Continues, Coverage, ExchangeId, Finding, FindingKind,
    Gap, GapReason, Identifier, IdentifierValue, Party, Place, Planted, Property, Question,
    Recipient, Rule, RuleKind, Run, RunId, Scope, Seen, Sender, Spikes, Subject, Timing, Verdict,
};

use super::{Action, Control, Evidence, RunEvidence, Traffic, judge, silence};

const MAKER: &str = "sa.maker.test";

fn arm(text: &str) -> Arm {
    Arm::parse(text).unwrap()
}

fn visit(arm_text: &str) -> Action {
    Action { property: Property::BrowsingUrl, arm: arm(arm_text), confirmed: true }
}

fn run(id: &str, arm_text: &str) -> RunEvidence {
    RunEvidence {
        run: Run { id: RunId(id.into()), arm: arm(arm_text), waited: true, ..Run::default() },
        coverage: Coverage { requests: 10, bytes_sent: 1000, bytes_explained: 1000, gaps: vec![] },
        control: Control::Found,
        spikes: Spikes { planted: 3, recovered: 3 },
        phases: vec!["visit".into()],
        planted: vec![visit(arm_text)],
    }
}

fn traffic(run: &str, host: &str, party: Party) -> Traffic {
    Traffic {
        run: RunId(run.into()),
        phase_index: Some(0),
        phase: "visit".into(),
        host: host.into(),
        party,
        sender: Sender::Subject,
        erasure: false,
        requests: 2,
        example: ExchangeId("x".into()),
    }
}

fn leak(id: &str, run: &str, arm_text: &str, seed: &str) -> Finding {
    Finding {
        id: id.into(),
        kind: FindingKind::SeededValue,
        property: Property::BrowsingUrl,
        value: "https://x.candor.test/".into(),
        seed: Some(seed.into()),
        derivation: vec![],
        planted: Some(Planted {
            run: RunId(run.into()),
            arm: arm(arm_text),
            phase: "visit".into(),
            session: "1".into(),
        }),
        seen: Seen {
            run: RunId(run.into()),
            arm: arm(arm_text),
            phase: "visit".into(),
            session: "1".into(),
        },
        timing: Timing::Live,
        exchange: ExchangeId(format!("e-{id}")),
        place: Place { path: "request.body > gzip > $[0].url".into(), span: ByteSpan::new(0, 9) },
        recipient: Recipient {
            host: MAKER.into(),
            site: "maker.test".into(),
            party: Party::Maker,
            organisation: None,
            evidence: vec![],
        },
        sender: Sender::Subject,
        chance: 1e-20,
        documented: None,
    }
}

fn claim(kind: RuleKind, when: &str) -> Claim {
    Claim {
        id: "c".into(),
        says: "we do not".into(),
        source: candor_case::Source::default(),
        applies_to: candor_case::AppliesTo::default(),
        reading: "they do not".into(),
        rule: Rule { kind, to: vec![], when: arm(when) },
        needs: candor_case::Needs::default(),
    }
}

fn never_in_private() -> Claim {
    claim(RuleKind::Never(vec![Property::BrowsingUrl]), "mode=private")
}

/// Two private runs and a normal one in which the uploader was seen.
fn quiet_case() -> Evidence {
    Evidence {
        subject: Subject { product: "Browser".into(), version: "1".into(), ..Subject::default() },
        runs: vec![run("n1", "mode=normal"), run("p1", "mode=private"), run("p2", "mode=private")],
        claims_digest: "sha256:00".into(),
        findings: vec![],
        identifiers: vec![],
        traffic: vec![traffic("n1", MAKER, Party::Maker)],
    }
}

fn verdict(claim: Claim, evidence: &Evidence) -> candor_case::VerdictResult {
    judge(&[claim], &[], evidence).claims.remove(0)
}

#[test]
fn two_runs_with_different_seeds_contradict() {
    let mut case = quiet_case();
    case.findings = vec![
        leak("1", "p1", "mode=private", "visit-1"),
        leak("2", "p2", "mode=private", "visit-2"),
    ];
    let got = verdict(never_in_private(), &case);
    assert_eq!((got.verdict, got.seen_once), (Verdict::Contradicted, false));
    assert_eq!(got.findings, ["1", "2"]);
}

#[test]
fn every_arm_that_shows_something_keeps_a_finding() {
    let mut case = quiet_case();
    case.runs.push(run("q1", "mode=private,consent=refused"));
    let of = |n: usize| leak(&format!("a{n:02}"), "p1", "mode=private", &format!("visit-{n}"));
    case.findings = (0..40).map(of).collect();
    case.findings.push(leak("z", "q1", "mode=private,consent=refused", "visit-z"));
    let got = verdict(never_in_private(), &case);
    assert_eq!(got.findings.len(), super::MAX_FINDINGS);
    assert_eq!(got.findings[0], "a00", "the strongest stays first");
    assert!(got.findings.contains(&"z".to_owned()), "{:?}", got.findings);
}

#[test]
fn one_run_contradicts_once_and_says_so() {
    let mut case = quiet_case();
    case.findings = vec![leak("1", "p1", "mode=private", "visit-1")];
    let got = verdict(never_in_private(), &case);
    assert_eq!((got.verdict, got.seen_once), (Verdict::Contradicted, true));
    assert!(got.because.iter().any(|line| line.contains("seen once")));
}

#[test]
fn what_was_planted_in_normal_mode_says_nothing_about_private_mode() {
    let mut case = quiet_case();
    let mut late = leak("1", "n1", "mode=normal", "visit-1");
    late.seen.arm = arm("mode=private");
    case.findings = vec![late];
    assert_eq!(verdict(never_in_private(), &case).verdict, Verdict::NotContradicted);
}

/// A run with a private window beside a normal one: the run as a whole has no mode, its actions do.
fn beside(id: &str) -> RunEvidence {
    let mut run = run(id, "windows=both");
    run.planted = ["mode=normal,windows=both", "mode=private,windows=both"].map(visit).into();
    run
}

/// Two runs with both windows, and nothing else.
fn beside_case() -> Evidence {
    let runs = vec![beside("b1"), beside("b2")];
    Evidence { runs, traffic: vec![traffic("b1", MAKER, Party::Maker)], ..quiet_case() }
}

#[test]
fn a_private_window_beside_a_normal_one_is_judged_by_what_was_planted_in_it() {
    let mut said_of_private = claim(RuleKind::Never(vec![Property::BrowsingUrl]), "");
    said_of_private.applies_to.modes = vec!["private".into()];
    let mut said_of_normal = said_of_private.clone();
    said_of_normal.applies_to.modes = vec!["normal".into()];
    let all = |case: &Evidence| {
        [never_in_private(), said_of_private.clone(), said_of_normal.clone()]
            .map(|claim| verdict(claim, case).verdict)
    };
    use Verdict::{Contradicted, NotContradicted};
    let mut case = beside_case();
    assert_eq!(all(&case), [NotContradicted; 3], "silence counts for each window");
    let leaks = |window: &str| {
        let arm = format!("mode={window},windows=both");
        ["b1", "b2"]
            .map(|run| leak(&format!("{run}-{window}"), run, &arm, &format!("{run}/{window}")))
    };
    case.findings = leaks("private").into();
    assert_eq!(all(&case), [Contradicted, Contradicted, NotContradicted]);
    case.findings = leaks("normal").into();
    assert_eq!(all(&case), [NotContradicted, NotContradicted, Contradicted]);
}

#[test]
fn what_belongs_to_no_one_window_is_held_against_neither() {
    let mut case = beside_case();
    let mut number = leak("1", "b1", "windows=both", "");
    (number.property, number.kind) = (Property::AppInstallId, FindingKind::ServiceField);
    (number.planted, number.seed) = (None, None);
    case.findings = vec![number];
    let never = |list: &[Property]| claim(RuleKind::Never(list.to_vec()), "mode=private");
    for list in [&[Property::AppInstallId][..], &[Property::BrowsingUrl, Property::AppInstallId]] {
        let got = verdict(never(list), &case);
        assert_eq!(
            got.verdict,
            Verdict::Inconclusive,
            "neither shown nor silent: {:?}",
            got.because
        );
    }
    let recipients = claim(RuleKind::Recipients(vec!["elsewhere.test".into()]), "mode=private");
    assert_eq!(verdict(recipients, &case).verdict, Verdict::Inconclusive);
}

#[test]
fn a_private_window_that_never_came_is_no_silence() {
    let mut case = beside_case();
    case.runs[1].planted[1].confirmed = false;
    assert_eq!(verdict(never_in_private(), &case).verdict, Verdict::Inconclusive);
}

#[test]
fn nobody_is_accused_of_what_a_page_sent_or_chance_explains_or_erases() {
    for change in [
        (|f: &mut Finding| f.sender = Sender::Page) as fn(&mut Finding),
        |f| f.chance = 1e-3,
        |f| f.timing = Timing::Erasure,
        |f| f.recipient.party = Party::Visited,
        |f| f.property = Property::Control,
    ] {
        let mut case = quiet_case();
        case.findings = vec![
            leak("1", "p1", "mode=private", "visit-1"),
            leak("2", "p2", "mode=private", "visit-2"),
        ];
        case.findings.iter_mut().for_each(change);
        assert_eq!(verdict(never_in_private(), &case).verdict, Verdict::NotContradicted);
    }
}

#[test]
fn a_shape_alone_contradicts_nobody() {
    let shape = |id: &str, run: &str, chance: f64| Finding {
        kind: FindingKind::Shape,
        seed: None,
        planted: None,
        chance,
        ..leak(id, run, "mode=private", "")
    };
    let question = |kind| Question {
        id: "q".into(),
        asks: "do they?".into(),
        rule: claim(kind, "mode=private").rule,
        needs: candor_case::Needs::default(),
    };
    let never = || RuleKind::Never(vec![Property::BrowsingUrl]);
    for (chance, answer) in [(3.0, Answer::Inconclusive), (1e-9, Answer::Observed)] {
        let mut case = quiet_case();
        case.findings = vec![shape("1", "p1", chance), shape("2", "p2", chance)];
        let got = verdict(never_in_private(), &case);
        assert_eq!(got.verdict, Verdict::Inconclusive, "{chance}");
        assert!(got.because.iter().any(|line| line.contains("shape")), "{:?}", got.because);
        let asked = judge(&[], &[question(never())], &case).questions.remove(0);
        assert_eq!(asked.answer, answer, "{chance}");
        assert_eq!(verdict(claim(RuleKind::Keyed, ""), &case).verdict, Verdict::NotContradicted);
        case.findings.push(leak("3", "p1", "mode=private", "visit-1"));
        case.findings.push(leak("4", "p2", "mode=private", "visit-2"));
        let supported = verdict(never_in_private(), &case);
        assert_eq!((supported.verdict, supported.seen_once), (Verdict::Contradicted, false));
        assert!(supported.findings.contains(&"1".to_owned()), "it still supports");
    }
}

#[test]
fn what_a_page_sends_is_the_own_of_what_the_page_carries() {
    let mut case = quiet_case();
    case.subject.page = true;
    case.traffic[0].sender = Sender::Page;
    case.findings = vec![
        leak("1", "p1", "mode=private", "visit-1"),
        leak("2", "p2", "mode=private", "visit-2"),
    ];
    let browser = verdict(never_in_private(), &case);
    assert_eq!(browser.verdict, Verdict::NotContradicted, "the browser sent it, not the page");
    case.findings.iter_mut().for_each(|finding| finding.sender = Sender::Page);
    assert_eq!(verdict(never_in_private(), &case).verdict, Verdict::Contradicted);
    case.traffic[0].sender = Sender::Subject;
    case.findings.clear();
    let unseen = verdict(never_in_private(), &case);
    assert_eq!(unseen.verdict, Verdict::Inconclusive, "no page was ever seen reporting");
}

#[test]
fn an_unknown_sender_leaves_it_open() {
    let mut case = quiet_case();
    case.findings = vec![leak("1", "p1", "mode=private", "visit-1")];
    case.findings[0].sender = Sender::Unknown;
    let got = verdict(never_in_private(), &case);
    assert_eq!(got.verdict, Verdict::Inconclusive);
    assert!(got.because.iter().any(|line| line.contains("sole_sender")), "says the way out");
}

#[test]
fn silence_holds_with_its_bound() {
    let got = verdict(never_in_private(), &quiet_case());
    assert_eq!(got.verdict, Verdict::NotContradicted);
    assert!(got.bound.unwrap().starts_with("0 of 2 runs: a behaviour present in 78 %"));
}

#[test]
fn the_bounds_are_those_of_the_method() {
    for (runs, percent) in [(10, "26 %"), (3, "63 %"), (20, "14 %")] {
        assert!(silence::bound(runs).contains(percent), "{}", silence::bound(runs));
    }
}

#[test]
fn silence_is_worth_nothing_when_the_eye_was_shut() {
    type Shut = (&'static str, fn(&mut Evidence));
    let shut: [Shut; 9] = [
        ("control was not found", |e| e.runs[1].control = Control::Lost),
        ("no control was sent", |e| e.runs[1].control = Control::Unsent),
        ("uploader", |e| e.traffic[0].host = candor_case::CONTROL_HOST.into()),
        ("spikes", |e| e.runs[2].spikes.recovered = 2),
        ("no spike", |e| e.runs.iter_mut().for_each(|r| r.spikes = Spikes::default())),
        ("awaited", |e| e.runs[1].run.waited = false),
        ("could be read", |e| e.runs[1].coverage.bytes_explained = 0),
        ("planted", |e| e.runs[2].planted[0].confirmed = false),
        ("unread", |e| {
            e.runs[1].coverage.gaps = vec![Gap {
                reason: GapReason::Encrypted,
                host: MAKER.into(),
                count: 1,
                bytes: 64,
                largest: 64,
                example: String::new(),
            }];
        }),
    ];
    for (word, shut) in shut {
        let mut case = quiet_case();
        shut(&mut case);
        let got = verdict(never_in_private(), &case);
        assert_eq!(got.verdict, Verdict::Inconclusive, "{word}");
        assert!(got.because.iter().any(|line| line.contains(word)), "{word}: {:?}", got.because);
    }
}

#[test]
fn too_few_runs_are_told_for_what_they_lack() {
    let told = |rule: RuleKind| {
        let mut case = quiet_case();
        case.runs.truncate(1);
        case.runs[0].planted.clear();
        verdict(claim(rule, ""), &case).because.join("\n")
    };
    let planted = "0 runs in which something was planted and confirmed, 2 are needed";
    assert!(told(RuleKind::Never(vec![Property::BrowsingUrl])).contains(planted));
    let linkable = told(RuleKind::NotLinkable(Scope::Session));
    assert!(linkable.contains("1 run, 2 are needed"), "nothing is to be planted there: {linkable}");
}

#[test]
fn a_visit_serves_as_the_control_and_the_bound_says_so() {
    let mut case = quiet_case();
    case.runs.iter_mut().for_each(|known| known.control = Control::Visit);
    let got = verdict(never_in_private(), &case);
    assert_eq!(got.verdict, Verdict::NotContradicted);
    let controls = got.controls;
    assert_eq!((controls.runs, controls.found), (2, 2));
    assert_eq!((controls.unsent, controls.visits), (0, 2));
    assert!(got.bound.unwrap().contains("the control was a visited address at its own site"));
    let whole = verdict(never_in_private(), &quiet_case()).bound.unwrap();
    assert!(!whole.contains("control"), "{whole}");
}

#[test]
fn a_claim_that_needs_no_control_says_so_in_its_bound() {
    let mut case = quiet_case();
    case.runs.iter_mut().for_each(|known| known.control = Control::Unsent);
    assert_eq!(verdict(never_in_private(), &case).verdict, Verdict::Inconclusive);
    let mut easy = never_in_private();
    easy.needs.control = false;
    let got = verdict(easy, &case);
    assert_eq!((got.verdict, got.controls.unsent), (Verdict::NotContradicted, 2));
    assert!(got.bound.unwrap().contains("without a control in every run"));
}

#[test]
fn a_gap_in_a_run_that_continues_a_private_one_counts_too() {
    let mut case = quiet_case();
    let mut later = run("after", "mode=normal");
    later.run.continues =
        Some(Continues { run: RunId("p1".into()), after: vec!["restart".into()] });
    later.coverage.bytes_explained = 0;
    case.runs.push(later);
    assert_eq!(verdict(never_in_private(), &case).verdict, Verdict::Inconclusive);
}

#[test]
fn a_claim_about_another_version_or_product_is_not_judged() {
    for change in [
        (|c: &mut Claim| c.applies_to.product = "Other".into()) as fn(&mut Claim),
        |c| c.applies_to.versions = vec!["2".into()],
        |c| c.applies_to.regions = vec!["EU".into()],
    ] {
        let mut case = quiet_case();
        case.findings = vec![
            leak("1", "p1", "mode=private", "visit-1"),
            leak("2", "p2", "mode=private", "visit-2"),
        ];
        let mut elsewhere = never_in_private();
        change(&mut elsewhere);
        assert_ne!(verdict(elsewhere, &case).verdict, Verdict::Contradicted);
    }
}

#[test]
fn consent_is_judged_on_stock_runs_only() {
    let mut case = quiet_case();
    for (i, known) in case.runs.iter_mut().enumerate() {
        known.run.arm = arm("consent=not_asked");
        known.run.grade = candor_case::Grade::Forced;
        known.run.id = RunId(format!("r{i}"));
    }
    case.findings = vec![
        leak("1", "r1", "consent=not_asked", "visit-1"),
        leak("2", "r2", "consent=not_asked", "visit-2"),
    ];
    let consent = claim(RuleKind::Never(vec![Property::BrowsingUrl]), "consent=not_asked");
    assert_eq!(verdict(consent.clone(), &case).verdict, Verdict::Inconclusive);
    case.runs.iter_mut().for_each(|known| known.run.grade = candor_case::Grade::Stock);
    assert_eq!(verdict(consent, &case).verdict, Verdict::Contradicted);
}

#[test]
fn a_shifted_clock_speaks_of_lifetimes_only() {
    let mut case = quiet_case();
    case.runs[1].run.clock_offset_s = 91 * 86_400;
    case.findings = vec![leak("1", "p1", "mode=private", "visit-1")];
    assert_ne!(verdict(never_in_private(), &case).verdict, Verdict::Contradicted);
}

fn identifier(scope: Scope, outlived: &[&str], ended_by: &[&str]) -> Identifier {
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    Identifier {
        id: "i-1".into(),
        place_pattern: "request.body > $.id".into(),
        host: MAKER.into(),
        property: Some(Property::AppInstallId),
        basis: Basis::Documented,
        because: String::new(),
        scope,
        outlived: own(outlived),
        ended_by: own(ended_by),
        not_tested: vec![],
        values: vec![IdentifierValue {
            value: "v".into(),
            digest: "d".into(),
            runs: vec![RunId("p1".into()), RunId("p2".into())],
            requests: 4,
            example: ExchangeId("x".into()),
        }],
        joins: vec![],
    }
}

#[test]
fn records_are_linkable_beyond_a_session_when_a_number_outlives_it() {
    let mut case = quiet_case();
    let linkable = claim(RuleKind::NotLinkable(Scope::Session), "");
    case.identifiers = vec![identifier(Scope::Install, &["restart"], &[])];
    let got = verdict(linkable.clone(), &case);
    assert_eq!((got.verdict, got.identifiers.len()), (Verdict::Contradicted, 1));
    case.identifiers = vec![identifier(Scope::Session, &[], &["restart"])];
    assert_eq!(verdict(linkable.clone(), &case).verdict, Verdict::NotContradicted);
    case.identifiers = vec![identifier(Scope::Unknown, &[], &[])];
    assert_eq!(verdict(linkable, &case).verdict, Verdict::Inconclusive);
}

#[test]
fn a_number_that_outlives_its_interval_was_not_renewed() {
    let mut case = quiet_case();
    let mut later = run("later", "mode=normal");
    later.run.continues =
        Some(Continues { run: RunId("n1".into()), after: vec!["days:91".into()] });
    later.run.clock_offset_s = 91 * 86_400;
    case.runs.push(later);
    let renewed = claim(RuleKind::Renewed { identifier: Property::AppInstallId, days: 90 }, "");
    case.identifiers = vec![identifier(Scope::Install, &["days:91"], &[])];
    assert_eq!(verdict(renewed.clone(), &case).verdict, Verdict::Contradicted);
    case.identifiers = vec![identifier(Scope::Install, &["restart"], &["days:91"])];
    assert_eq!(verdict(renewed.clone(), &case).verdict, Verdict::NotContradicted);
    case.identifiers = vec![identifier(Scope::Install, &["restart"], &[])];
    assert_eq!(verdict(renewed, &case).verdict, Verdict::Inconclusive);
}

#[test]
fn only_the_listed_recipients_and_properties() {
    let mut case = quiet_case();
    let listed = claim(RuleKind::Recipients(vec!["maker.test".into()]), "");
    assert_eq!(verdict(listed.clone(), &case).verdict, Verdict::NotContradicted);
    case.traffic.push(traffic("p1", "ads.third.test", Party::Third));
    case.traffic.push(traffic("p2", "ads.third.test", Party::Third));
    assert_eq!(verdict(listed, &case).verdict, Verdict::Contradicted);
    let only = claim(RuleKind::Only(vec![Property::AppUsage]), "");
    case.findings = vec![leak("1", "p1", "", "visit-1"), leak("2", "p2", "", "visit-2")];
    assert_eq!(verdict(only, &case).verdict, Verdict::Contradicted);
}

#[test]
fn a_payload_read_without_a_key_is_not_keyed() {
    let mut case = quiet_case();
    let keyed = claim(RuleKind::Keyed, "");
    case.findings = vec![leak("1", "p1", "", "visit-1"), leak("2", "p2", "", "visit-2")];
    assert_eq!(verdict(keyed.clone(), &case).verdict, Verdict::Contradicted);
    for finding in &mut case.findings {
        finding.place.path = "request.body > form:p > base64 > aes-cbc > gzip > $.url".into();
    }
    assert_eq!(verdict(keyed, &case).verdict, Verdict::NotContradicted);
}

#[test]
fn a_record_with_its_own_time_and_a_number_is_not_aggregated() {
    let mut case = quiet_case();
    let field = |id: &str, run: &str, property, path: &str| {
        let mut finding = leak(id, run, "", "");
        finding.kind = FindingKind::ServiceField;
        finding.seed = None;
        finding.planted = None;
        finding.property = property;
        finding.exchange = ExchangeId(run.into());
        finding.place.path = path.into();
        finding
    };
    let record = |run: &str, n: u32| {
        [
            field(
                &format!("{run}{n}t"),
                run,
                Property::EventTime,
                &format!("request.body > $[{n}].time"),
            ),
            field(
                &format!("{run}{n}i"),
                run,
                Property::AppInstallId,
                &format!("request.body > $[{n}].id"),
            ),
        ]
    };
    let aggregated = claim(RuleKind::Aggregated, "");
    case.findings = [record("p1", 0), record("p2", 0)].concat();
    assert_eq!(verdict(aggregated.clone(), &case).verdict, Verdict::Contradicted);
    case.findings = vec![record("p1", 0)[0].clone(), record("p1", 1)[1].clone()];
    assert_eq!(verdict(aggregated, &case).verdict, Verdict::NotContradicted, "different records");
}

#[test]
fn silent_after_counts_everything_but_requests_to_delete() {
    let mut case = quiet_case();
    let silent = claim(RuleKind::SilentAfter("turn_off".into()), "");
    assert_eq!(
        verdict(silent.clone(), &case).verdict,
        Verdict::Inconclusive,
        "nothing was turned off"
    );
    let phases = ["visit", "search", "idle", "turn_off"].map(String::from).to_vec();
    case.runs.iter_mut().for_each(|known| known.phases.clone_from(&phases));
    assert_eq!(verdict(silent.clone(), &case).verdict, Verdict::NotContradicted);
    for id in ["p1", "p2"] {
        let mut after = traffic(id, MAKER, Party::Maker);
        after.phase = "turn_off".into();
        after.phase_index = Some(3);
        case.traffic.push(after);
    }
    assert_eq!(verdict(silent.clone(), &case).verdict, Verdict::Contradicted);
    case.traffic.iter_mut().filter(|t| t.phase == "turn_off").for_each(|t| t.erasure = true);
    assert_eq!(verdict(silent, &case).verdict, Verdict::NotContradicted);
}

#[test]
fn what_cannot_be_tested_is_said_so() {
    let got = verdict(
        claim(RuleKind::NotTestable("a certificate is no packet".into()), ""),
        &quiet_case(),
    );
    assert_eq!(got.verdict, Verdict::NotTestable);
    assert_eq!(got.because, ["a certificate is no packet"]);
}

#[test]
fn a_question_is_observed_or_not() {
    let question = Question {
        id: "q".into(),
        asks: "do addresses leave?".into(),
        rule: Rule {
            kind: RuleKind::Never(vec![Property::BrowsingUrl]),
            to: vec![],
            when: Arm::default(),
        },
        needs: candor_case::Needs::default(),
    };
    let mut case = quiet_case();
    let answer =
        |case: &Evidence| judge(&[], std::slice::from_ref(&question), case).questions.remove(0);
    assert_eq!(answer(&case).answer, Answer::NotObserved);
    case.findings = vec![leak("1", "p1", "mode=private", "visit-1")];
    case.findings[0].sender = Sender::Unknown;
    let got = answer(&case);
    assert_eq!(got.answer, Answer::Observed, "it was sent, whoever sent it");
    assert!(got.because.iter().any(|line| line.contains("who sent it is not known")));
}

#[test]
fn claims_that_were_not_fixed_before_the_first_packet_are_post_hoc() {
    let mut case = quiet_case();
    assert!(judge(&[], &[], &case).post_hoc);
    for known in &mut case.runs {
        known.run.digests.insert("claims".into(), "sha256:00".into());
    }
    assert!(!judge(&[], &[], &case).post_hoc);
    case.claims_digest = "sha256:01".into();
    assert!(judge(&[], &[], &case).post_hoc);
}
