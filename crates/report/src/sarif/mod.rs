//! SARIF 2.1.0 (OASIS): one rule and one result per claim and question.
//!
//! Only a contradicted claim is a failure; answers to candor's own questions are information.
//! Results are tied to OWASP MASVS and MASTG and to CWE where those fit, and to nothing else.
//!
//! Behind a gate, what a person has waived is a suppressed result, and what a baseline knows is
//! unchanged. A claim that is contradicted in some ways that pass and in some that fail has one
//! result for each, so that neither hides the other. Suppressions and states of the baseline are
//! given for all results or for none (3.27.23, 3.27.24).

mod held;
mod taxa;

use std::collections::BTreeSet;

use candor_case::{Answer, Finding, QuestionResult, Verdict, VerdictResult};
use serde_json::{Value, json};

use crate::sarif::held::{Group, groups, hold};
use crate::sarif::taxa::{TAXONOMIES, Taxon, is_about_choice, reference, taxa, taxonomy};
use crate::view::Index;
use crate::words::{self, percent};
use crate::{Gate, View, inert};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Findings that one result points to at most.
const MOST: usize = 20;

/// The case as SARIF 2.1.0.
pub fn sarif(view: &View) -> serde_json::Result<String> {
    sarif_with(view, &Gate::default())
}

/// The case as SARIF 2.1.0, behind a gate.
pub fn sarif_with(view: &View, gate: &Gate) -> serde_json::Result<String> {
    let index = Index::new(view);
    let (mut rules, mut results) = (Vec::new(), Vec::new());
    for result in &view.verdicts.claims {
        let (rule, told) = claim(&index, gate, rules.len(), result);
        rules.push(rule);
        results.extend(told);
    }
    for result in &view.verdicts.questions {
        let (rule, told) = question(&index, rules.len(), result);
        rules.push(rule);
        results.push(hold(told, gate, &Group::default()));
    }
    serde_json::to_string_pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(rules) },
            "taxonomies": (0..TAXONOMIES.len()).map(taxonomy).collect::<Vec<_>>(),
            "automationDetails": { "id": format!("candor/{}/", inert(&view.title(), 120)) },
            "originalUriBaseIds": { "CASE": { "description": { "text": "the folder of the case" } } },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "simulated": view.verdicts.simulated,
                "sinkhole": view.verdicts.sinkhole,
                "explained": percent(view.coverage.explained()),
            },
        }],
    }))
}

fn driver(rules: Vec<Value>) -> Value {
    let supported =
        |(n, (name, ..)): (usize, &(&str, &str, &str))| json!({ "name": name, "index": n });
    json!({
        "name": "candor",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "supportedTaxonomies": TAXONOMIES.iter().enumerate().map(supported).collect::<Vec<_>>(),
        "rules": rules,
    })
}

fn claim(index: &Index<'_>, gate: &Gate, n: usize, result: &VerdictResult) -> (Value, Vec<Value>) {
    let (_, word) = words::verdict(result);
    let (kind, level) = match result.verdict {
        Verdict::Contradicted if result.seen_once => ("fail", "warning"),
        Verdict::Contradicted => ("fail", "error"),
        Verdict::NotContradicted => ("pass", "none"),
        Verdict::Inconclusive => ("open", "none"),
        Verdict::NotTestable => ("notApplicable", "none"),
    };
    let taxa = |shown: &Shown<'_>| {
        if result.verdict != Verdict::Contradicted {
            return BTreeSet::new();
        }
        let mut taxa = taxa(index, shown, true);
        taxa.insert(Taxon::Transparency);
        taxa.extend(is_about_choice(index.view, &result.id, shown).then_some(Taxon::Choice));
        taxa
    };
    let id = format!("claim/{}", inert(&result.id, 120));
    let rule = rule(&id, &result.reading, &result.says, &taxa(&shown(index, &result.findings)));
    let head = format!("{word}: “{}”", inert(&result.says, 600));
    let one = |(nth, group): (usize, Group<'_>)| {
        let because = [group.lines.as_slice(), &result.because].concat();
        let text = message(&head, &because, result.bound.as_deref());
        let told =
            told(index, (n, nth), &id, (kind, level), &text, &group.shown, &taxa(&group.shown));
        hold(told, gate, &group)
    };
    let results = groups(index, gate, result).into_iter().enumerate().map(one).collect();
    (rule, results)
}

fn question(index: &Index<'_>, n: usize, result: &QuestionResult) -> (Value, Value) {
    let (_, word) = words::answer(result.answer);
    let kind = match result.answer {
        Answer::Observed => "informational",
        Answer::NotObserved => "pass",
        Answer::Inconclusive => "open",
    };
    let shown = shown(index, &result.findings);
    let observed = result.answer == Answer::Observed;
    let taxa = if observed { taxa(index, &shown, false) } else { BTreeSet::new() };
    let id = format!("question/{}", inert(&result.id, 120));
    let rule = rule(&id, &result.asks, &result.asks, &taxa);
    let text = message(
        &format!("{word}: {}", inert(&result.asks, 600)),
        &result.because,
        result.bound.as_deref(),
    );
    (rule, told(index, (n, 0), &id, (kind, "none"), &text, &shown, &taxa))
}

fn message(head: &str, because: &[String], bound: Option<&str>) -> String {
    let lines = because.iter().take(20).map(String::as_str).chain(bound);
    lines.fold(head.to_owned(), |text, line| format!("{text}\n{}", inert(line, 600)))
}

fn rule(id: &str, short: &str, full: &str, taxa: &BTreeSet<Taxon>) -> Value {
    let relationship = |taxon: &Taxon| {
        let mut target = reference(*taxon);
        // A relationship names its target by id; an index would be one into this very tool.
        if let Some(target) = target.as_object_mut() {
            target.remove("index");
        }
        json!({ "target": target, "kinds": ["relevant"] })
    };
    json!({
        "id": id,
        "shortDescription": { "text": inert(short, 600) },
        "fullDescription": { "text": inert(full, 2_000) },
        "relationships": taxa.iter().map(relationship).collect::<Vec<_>>(),
    })
}

type Shown<'a> = Vec<(usize, &'a Finding)>;

fn shown<'a>(index: &Index<'a>, ids: &[String]) -> Shown<'a> {
    ids.iter().filter_map(|id| index.finding(id)).take(MOST).collect()
}

#[allow(clippy::too_many_arguments, reason = "the parts of one result")]
fn told(
    index: &Index<'_>,
    (rule, nth): (usize, usize),
    id: &str,
    (kind, level): (&str, &str),
    text: &str,
    shown: &Shown<'_>,
    taxa: &BTreeSet<Taxon>,
) -> Value {
    let (first, rest) = shown.split_at(shown.len().min(1));
    let whole = || {
        vec![
            json!({ "physicalLocation": { "artifactLocation": artifact("analysis/verdicts.json") } }),
        ]
    };
    // The first result of a rule is known by the rule alone, however many there are beside it.
    let subject = inert(&index.view.case.subject.product, 80);
    let own = if nth == 0 { String::new() } else { format!("/{}", nth + 1) };
    let locations: Vec<Value> = first.iter().map(|(at, f)| location(*at, f)).collect();
    let related: Vec<Value> = rest.iter().map(|(at, f)| location(*at, f)).collect();
    json!({
        "ruleId": id,
        "ruleIndex": rule,
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": if locations.is_empty() { whole() } else { locations },
        "relatedLocations": related,
        "taxa": taxa.iter().map(|taxon| reference(*taxon)).collect::<Vec<_>>(),
        "partialFingerprints": { "candorVerdict/v1": format!("{subject}/{id}{own}") },
        "properties": { "simulated": index.view.verdicts.simulated },
    })
}

fn artifact(path: &str) -> Value {
    json!({ "uri": path, "uriBaseId": "CASE" })
}

/// Where a finding stands: its line in the case's list, and its place in the request.
fn location(at: usize, finding: &Finding) -> Value {
    let to = inert(&finding.recipient.host, 120);
    json!({
        "message": { "text": format!("“{}” to {to}", inert(&finding.value, 200)) },
        "physicalLocation": {
            "artifactLocation": artifact("analysis/findings.jsonl"),
            "region": { "startLine": at + 1 },
        },
        "logicalLocations": [{
            "name": inert(&finding.id, 80),
            "fullyQualifiedName": inert(&format!("{}: {}", finding.exchange.0, finding.place.path), 1_000),
            "kind": "member",
        }],
    })
}
