//! What others call what was found: OWASP MASVS and MASTG, and CWE.

use std::collections::BTreeSet;

use candor_case::{FindingKind, Party, RuleKind, Timing};
use serde_json::{Value, json};

use crate::sarif::Shown;
use crate::view::Index;
use crate::{View, words};

/// What others call what was found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taxon {
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
pub(super) const TAXONOMIES: [(&str, &str, &str); 3] = [
    ("MASVS", "OWASP", "https://mas.owasp.org/MASVS/"),
    ("MASTG", "OWASP", "https://mas.owasp.org/MASTG/"),
    ("CWE", "MITRE", "https://cwe.mitre.org/"),
];

pub(super) fn taxonomy(n: usize) -> Value {
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

pub(super) fn reference(taxon: Taxon) -> Value {
    let (_, of, id, _) = TAXA.into_iter().find(|(t, ..)| *t == taxon).unwrap_or(TAXA[0]);
    let index = TAXA.iter().filter(|(_, o, ..)| *o == of).position(|(t, ..)| *t == taxon);
    json!({ "id": id, "index": index, "toolComponent": { "name": TAXONOMIES[of].0, "index": of } })
}

/// What the findings of a result amount to. `unwanted` says that the maker had said otherwise.
pub(super) fn taxa(index: &Index<'_>, shown: &Shown<'_>, unwanted: bool) -> BTreeSet<Taxon> {
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
pub(super) fn is_about_choice(view: &View, claim: &str, shown: &Shown<'_>) -> bool {
    let rule = view.claims.iter().find(|known| known.id == claim).map(|known| &known.rule);
    let asked = rule.is_some_and(|rule| {
        matches!(rule.kind, RuleKind::SilentAfter(_))
            || ["consent", "collection"].iter().any(|key| rule.when.0.contains_key(*key))
    });
    asked || shown.iter().any(|(_, f)| matches!(f.timing, Timing::Backlog | Timing::Breach))
}
