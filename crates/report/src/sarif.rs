//! SARIF 2.1.0 (OASIS): one rule and one result per claim and question.
//!
//! Only a contradicted claim is a failure; answers to candor's own questions are information.
//! Results are tied to OWASP MASVS and MASTG and to CWE where those fit, and to nothing else.

use std::collections::BTreeSet;

use candor_case::{
    Answer, Finding, FindingKind, Party, QuestionResult, RuleKind, Timing, Verdict, VerdictResult,
};
use serde_json::{Value, json};

use crate::view::Index;
use crate::words::{self, percent};
use crate::{View, inert};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Findings that one result points to at most.
const MOST: usize = 20;

/// What others call what was found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taxon {
    Access,
    Identification,
    Transparency,
    Choice,
    SensitiveTraffic,
    Exposure,
    Cleartext,
}

/// Every taxon with its taxonomy (position in [`TAXONOMIES`]), id and meaning.
const TAXA: [(Taxon, usize, &str, &str); 7] = [
    (Taxon::Access, 0, "MASVS-PRIVACY-1", "sensitive data is used as little as possible"),
    (Taxon::Identification, 0, "MASVS-PRIVACY-2", "users are not identified"),
    (Taxon::Transparency, 0, "MASVS-PRIVACY-3", "what is collected and used is said openly"),
    (Taxon::Choice, 0, "MASVS-PRIVACY-4", "users decide over their data"),
    (Taxon::SensitiveTraffic, 1, "MASTG-TEST-0206", "sensitive data in captured network traffic"),
    (
        Taxon::Exposure,
        2,
        "359",
        "private personal information reaches somebody who is not entitled to it",
    ),
    (Taxon::Cleartext, 2, "319", "sensitive information is sent in cleartext"),
];

/// Name, organisation and address of each taxonomy.
const TAXONOMIES: [(&str, &str, &str); 3] = [
    ("MASVS", "OWASP", "https://mas.owasp.org/MASVS/"),
    ("MASTG", "OWASP", "https://mas.owasp.org/MASTG/"),
    ("CWE", "MITRE", "https://cwe.mitre.org/"),
];

/// The case as SARIF 2.1.0.
pub fn sarif(view: &View) -> serde_json::Result<String> {
    let index = Index::new(view);
    let claims: Vec<(Value, Value)> =
        view.verdicts.claims.iter().enumerate().map(|(n, c)| claim(&index, n, c)).collect();
    let after = claims.len();
    let questions =
        view.verdicts.questions.iter().enumerate().map(|(n, q)| question(&index, after + n, q));
    let (rules, results): (Vec<Value>, Vec<Value>) = claims.into_iter().chain(questions).unzip();
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

fn taxonomy(n: usize) -> Value {
    let (name, organisation, address) = TAXONOMIES[n];
    let taxa = TAXA.iter().filter(|(_, of, ..)| *of == n);
    json!({
        "name": name,
        "organization": organisation,
        "informationUri": address,
        "shortDescription": { "text": format!("the parts of {organisation} {name} that results refer to") },
        "taxa": taxa.map(|(.., id, meaning)| json!({
            "id": id, "shortDescription": { "text": meaning },
        })).collect::<Vec<_>>(),
    })
}

fn claim(index: &Index<'_>, n: usize, result: &VerdictResult) -> (Value, Value) {
    let (_, word) = words::verdict(result);
    let (kind, level) = match result.verdict {
        Verdict::Contradicted if result.seen_once => ("fail", "warning"),
        Verdict::Contradicted => ("fail", "error"),
        Verdict::NotContradicted => ("pass", "none"),
        Verdict::Inconclusive => ("open", "none"),
        Verdict::NotTestable => ("notApplicable", "none"),
    };
    let shown = shown(index, &result.findings);
    let taxa = if result.verdict == Verdict::Contradicted {
        let mut taxa = taxa(index, &shown, true);
        taxa.insert(Taxon::Transparency);
        taxa.extend(is_about_choice(index.view, &result.id, &shown).then_some(Taxon::Choice));
        taxa
    } else {
        BTreeSet::new()
    };
    let id = format!("claim/{}", inert(&result.id, 120));
    let rule = rule(&id, &result.reading, &result.says, &taxa);
    let text = message(
        &format!("{word}: “{}”", inert(&result.says, 600)),
        &result.because,
        result.bound.as_deref(),
    );
    (rule, told(index, n, &id, (kind, level), &text, &shown, &taxa))
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
    (rule, told(index, n, &id, (kind, "none"), &text, &shown, &taxa))
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

fn reference(taxon: Taxon) -> Value {
    let (_, of, id, _) = TAXA.into_iter().find(|(t, ..)| *t == taxon).unwrap_or(TAXA[0]);
    let index = TAXA.iter().filter(|(_, o, ..)| *o == of).position(|(t, ..)| *t == taxon);
    json!({ "id": id, "index": index, "toolComponent": { "name": TAXONOMIES[of].0, "index": of } })
}

type Shown<'a> = Vec<(usize, &'a Finding)>;

fn shown<'a>(index: &Index<'a>, ids: &[String]) -> Shown<'a> {
    ids.iter().filter_map(|id| index.finding(id)).take(MOST).collect()
}

#[allow(clippy::too_many_arguments, reason = "the parts of one result")]
fn told(
    index: &Index<'_>,
    n: usize,
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
    let locations: Vec<Value> = first.iter().map(|(at, f)| location(*at, f)).collect();
    let related: Vec<Value> = rest.iter().map(|(at, f)| location(*at, f)).collect();
    json!({
        "ruleId": id,
        "ruleIndex": n,
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": if locations.is_empty() { whole() } else { locations },
        "relatedLocations": related,
        "taxa": taxa.iter().map(|taxon| reference(*taxon)).collect::<Vec<_>>(),
        "partialFingerprints": { "candorVerdict/v1": format!("{}/{id}", inert(&index.view.case.subject.product, 80)) },
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

/// What the findings of a result amount to. `unwanted` says that the maker had said otherwise.
fn taxa(index: &Index<'_>, shown: &Shown<'_>, unwanted: bool) -> BTreeSet<Taxon> {
    let mut taxa = BTreeSet::new();
    for (_, finding) in shown {
        let personal = matches!(words::family(finding.property), "browsing" | "person");
        if personal {
            taxa.insert(Taxon::Access);
            let elsewhere = finding.recipient.party == Party::Third;
            taxa.extend((unwanted || elsewhere).then_some(Taxon::Exposure));
        }
        if finding.property.ties_records() {
            taxa.insert(Taxon::Identification);
        }
        if personal && finding.kind == FindingKind::SeededValue {
            taxa.insert(Taxon::SensitiveTraffic);
        }
        let exhibit = index.exhibit(&finding.id).map_or("", |exhibit| exhibit.request.as_str());
        let address = exhibit.split_once(' ').map_or("", |(_, address)| address);
        if address.to_ascii_lowercase().starts_with("http://") {
            taxa.insert(Taxon::Cleartext);
        }
    }
    taxa
}

/// Whether a claim speaks of what the user agreed to or switched off.
fn is_about_choice(view: &View, claim: &str, shown: &Shown<'_>) -> bool {
    let rule = view.claims.iter().find(|known| known.id == claim).map(|known| &known.rule);
    let asked = rule.is_some_and(|rule| {
        matches!(rule.kind, RuleKind::SilentAfter(_))
            || ["consent", "collection"].iter().any(|key| rule.when.0.contains_key(*key))
    });
    asked || shown.iter().any(|(_, f)| matches!(f.timing, Timing::Backlog | Timing::Breach))
}
