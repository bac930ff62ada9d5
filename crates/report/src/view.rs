//! What a report shows: the case as it stands on disk.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{
    Arm, CONTROL_HOST, CaseFile, Claim, Coverage, Event, ExchangeId, Exhibit, Finding, Identifier,
    Link, Observation, Party, Property, Run, RunId, Sender, UnixMicros, Verdicts,
};
use serde::{Deserialize, Serialize};

/// A case as it stands on disk, read once.
///
/// Only the first eight fields are needed. Each of the others makes the page tell more, and may be
/// left at its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// The case's name (its folder).
    pub name: String,
    /// Subject and question.
    pub case: CaseFile,
    /// The runs, by name.
    pub runs: Vec<Run>,
    /// Verdicts and answers.
    pub verdicts: Verdicts,
    /// The findings, in the order of the file.
    pub findings: Vec<Finding>,
    /// Their exhibits.
    pub exhibits: Vec<Exhibit>,
    /// The identifiers.
    pub identifiers: Vec<Identifier>,
    /// Coverage of the whole case.
    pub coverage: Coverage,
    /// Identifiers that travelled together (`links.jsonl`).
    pub links: Vec<Link>,
    /// What happened in each run beside its requests, by the run's name (`events.jsonl`).
    pub events: BTreeMap<String, Vec<Event>>,
    /// What each run planted and was seen to carry out, and in which arm, by the run's name.
    pub planted: BTreeMap<String, BTreeSet<(Property, Arm)>>,
    /// Every request and sent message, in the order of the recordings.
    pub requests: Vec<RequestLine>,
    /// Which request carried which value of an identifier; see [`carried`].
    pub carried: Vec<Carried>,
    /// The claims as they were written, rules included (`claims.toml`).
    pub claims: Vec<Claim>,
}

/// One request or sent message, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestLine {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The run that recorded it.
    pub run: RunId,
    /// When its first byte was seen.
    pub at: UnixMicros,
    /// The phase it lies in; empty if not marked.
    pub phase: String,
    /// Method, as sent.
    pub method: String,
    /// Absolute URL; may be cut.
    pub url: String,
    /// Host that received it.
    pub host: String,
    /// Which party that is.
    pub party: Party,
    /// Who sent it.
    pub sender: Sender,
    /// Bytes as sent: request line, header fields and body.
    pub bytes: u64,
    /// Bytes of it that could not be read.
    pub unread: u64,
}

impl Default for RequestLine {
    fn default() -> Self {
        Self {
            exchange: ExchangeId(String::new()),
            run: RunId(String::new()),
            at: UnixMicros(0),
            phase: String::new(),
            method: String::new(),
            url: String::new(),
            host: String::new(),
            party: Party::Unknown,
            sender: Sender::Unknown,
            bytes: 0,
            unread: 0,
        }
    }
}

/// One picture of a run's film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// When the screen looked so.
    pub at: UnixMicros,
    /// The picture: JPEG or PNG.
    pub picture: Vec<u8>,
}

/// One value of an identifier in one request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Carried {
    /// The identifier.
    pub identifier: String,
    /// Digest of the value, as in [`candor_case::IdentifierValue`].
    pub digest: String,
    /// The request that carried it.
    pub exchange: ExchangeId,
}

/// Requests that are kept per case at most, so that a flood stays bounded.
const MOST_CARRIED: usize = 1_000_000;

/// Which requests carried which value: the identifiers' values looked up in the observations.
pub fn carried<'a>(
    identifiers: &[Identifier],
    observations: impl IntoIterator<Item = &'a Observation>,
) -> Vec<Carried> {
    let mut known: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for identifier in identifiers {
        for value in &identifier.values {
            let at = (identifier.host.as_str(), identifier.place_pattern.as_str());
            known.insert((at.0, at.1, value.digest.as_str()), &identifier.id);
        }
    }
    let mut all = BTreeSet::new();
    for seen in observations {
        let at = (seen.host.as_str(), seen.place_pattern.as_str(), seen.digest.as_str());
        if let Some(identifier) = known.get(&at) {
            all.insert(Carried {
                identifier: (*identifier).to_owned(),
                digest: seen.digest.clone(),
                exchange: seen.exchange.clone(),
            });
        }
        if all.len() >= MOST_CARRIED {
            break;
        }
    }
    all.into_iter().collect()
}

impl View {
    /// The finding of that id.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }

    /// The exhibit of that finding.
    pub fn exhibit(&self, finding: &str) -> Option<&Exhibit> {
        self.exhibits.iter().find(|exhibit| exhibit.finding == finding)
    }

    /// Findings that say something about a person or a device: candor's own control left out.
    pub(crate) fn shown_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| is_shown(finding))
    }

    /// Product and version, or the case's name where the case file names no product.
    pub(crate) fn title(&self) -> String {
        let subject = &self.case.subject;
        let name = if subject.product.is_empty() { &self.name } else { &subject.product };
        format!("{name} {}", subject.version).trim().to_owned()
    }
}

/// Whether a finding is more than candor's own control.
pub(crate) fn is_shown(finding: &Finding) -> bool {
    finding.property != Property::Control && finding.recipient.host != CONTROL_HOST
}

/// A view with its rows found by name, so that 100,000 of them are no trouble.
pub(crate) struct Index<'a> {
    pub(crate) view: &'a View,
    findings: BTreeMap<&'a str, usize>,
    exhibits: BTreeMap<&'a str, &'a Exhibit>,
    requests: BTreeMap<&'a str, usize>,
    of_request: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(view: &'a View) -> Self {
        let mut of_request: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (n, finding) in view.findings.iter().enumerate() {
            if is_shown(finding) {
                of_request.entry(&finding.exchange.0).or_default().push(n);
            }
        }
        let findings = view.findings.iter().enumerate().rev();
        let requests = view.requests.iter().enumerate().rev();
        Self {
            view,
            findings: findings.map(|(n, finding)| (finding.id.as_str(), n)).collect(),
            exhibits: view.exhibits.iter().map(|e| (e.finding.as_str(), e)).collect(),
            requests: requests.map(|(n, line)| (line.exchange.0.as_str(), n)).collect(),
            of_request,
        }
    }

    /// The finding of that id, with its position.
    pub(crate) fn finding(&self, id: &str) -> Option<(usize, &'a Finding)> {
        self.findings.get(id).map(|n| (*n, &self.view.findings[*n]))
    }

    /// The exhibit of that finding.
    pub(crate) fn exhibit(&self, finding: &str) -> Option<&'a Exhibit> {
        self.exhibits.get(finding).copied()
    }

    /// The line of that exchange, with its position.
    pub(crate) fn request(&self, exchange: &ExchangeId) -> Option<(usize, &'a RequestLine)> {
        self.requests.get(exchange.0.as_str()).map(|n| (*n, &self.view.requests[*n]))
    }

    /// Positions of the findings in that exchange.
    pub(crate) fn in_request(&self, exchange: &str) -> &[usize] {
        self.of_request.get(exchange).map_or(&[], Vec::as_slice)
    }

    /// When that exchange was sent, if the case tells.
    pub(crate) fn sent_at(&self, exchange: &ExchangeId) -> Option<UnixMicros> {
        self.request(exchange).map(|(_, line)| line.at).filter(|at| at.0 != 0)
    }
}

#[cfg(test)]
mod tests {
    use candor_case::{Basis, IdentifierValue, Scope};

    use super::*;

    #[test]
    fn only_the_identifiers_own_values_at_their_own_place_are_carried() {
        let identifier = Identifier {
            id: "i-1".into(),
            place_pattern: "request.body > $.id".into(),
            host: "a.maker.test".into(),
            property: None,
            basis: Basis::Differential,
            because: String::new(),
            scope: Scope::Install,
            outlived: vec![],
            ended_by: vec![],
            not_tested: vec![],
            values: vec![IdentifierValue {
                value: "x".into(),
                digest: "d1".into(),
                runs: vec![],
                requests: 1,
                example: ExchangeId("e1".into()),
            }],
            joins: vec![],
        };
        let seen = |host: &str, digest: &str, exchange: &str| Observation {
            host: host.into(),
            place_pattern: "request.body > $.id".into(),
            run: RunId("r".into()),
            session: String::new(),
            exchange: ExchangeId(exchange.into()),
            length: 1,
            digest: digest.into(),
            value: "x".into(),
            documented: String::new(),
            property: None,
        };
        let all = [
            seen("a.maker.test", "d1", "e2"),
            seen("a.maker.test", "d1", "e1"),
            seen("b.maker.test", "d1", "e3"),
            seen("a.maker.test", "d2", "e4"),
        ];
        let exchanges: Vec<String> =
            carried(&[identifier], &all).into_iter().map(|c| c.exchange.0).collect();
        assert_eq!(exchanges, ["e1", "e2"]);
    }
}
