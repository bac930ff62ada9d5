//! The rule shapes: what in the evidence shows the opposite of each.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{
    CONTROL_HOST, Cipher, Finding, FindingKind, Party, Property, Rule, RuleKind, RunId, Scope,
    Sender, Timing,
};

use crate::scope::InScope;
use crate::{Evidence, MAX_CHANCE, RunEvidence, Traffic, within};

/// What was found against a rule.
#[derive(Default)]
pub(crate) struct Shown<'a> {
    /// Findings that show the opposite, sent by the subject itself.
    pub(crate) findings: Vec<&'a Finding>,
    /// Findings that would, if it were known that the subject sent them.
    pub(crate) unattributed: Vec<&'a Finding>,
    /// Values that only their shape gives away: by themselves they contradict nothing, but they keep
    /// silence from holding.
    pub(crate) hints: Vec<&'a Finding>,
    /// Identifiers that show the opposite.
    pub(crate) identifiers: Vec<String>,
    /// Runs that show it, each with the seeds seen there (none where nothing was planted).
    pub(crate) runs: BTreeMap<RunId, BTreeSet<String>>,
    /// Said before anything else.
    pub(crate) because: Vec<String>,
    /// Why the question could not even be put.
    pub(crate) undecided: Option<String>,
    /// Why nothing could settle it.
    pub(crate) not_testable: Option<String>,
}

impl Shown<'_> {
    /// How many independent runs show it: different runs, and different seeds where seeds show it.
    pub(crate) fn independent(&self) -> usize {
        let seeds: BTreeSet<_> = self.runs.values().flatten().collect();
        let by_seed = !seeds.is_empty() && self.runs.values().all(|seeds| !seeds.is_empty());
        if by_seed { self.runs.len().min(seeds.len()) } else { self.runs.len() }
    }

    /// Takes shapes that are no accident for what they look like: enough to answer a question,
    /// though not to contradict anybody.
    pub(crate) fn take_hints(&mut self, evidence: &Evidence) {
        let (strong, weak): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.hints).into_iter().partition(|f| f.chance < MAX_CHANCE);
        self.hints = weak;
        for finding in strong {
            let own = finding.sender == evidence.subject.sends_as();
            if own { &mut self.findings } else { &mut self.unattributed }.push(finding);
        }
    }
}

/// Tests one rule.
pub(crate) fn test<'a>(rule: &Rule, scope: &InScope<'_>, evidence: &'a Evidence) -> Shown<'a> {
    match &rule.kind {
        RuleKind::Never(list) => by_property(scope, evidence, |p| list.contains(&p)),
        RuleKind::Only(list) => by_property(scope, evidence, |p| !list.contains(&p)),
        RuleKind::NotLinkable(limit) => not_linkable(*limit, scope, evidence),
        RuleKind::SilentAfter(phase) => silent_after(phase, scope, evidence),
        RuleKind::Recipients(sites) => recipients(sites, scope, evidence),
        RuleKind::Aggregated => aggregated(scope, evidence),
        RuleKind::Keyed => keyed(scope, evidence),
        RuleKind::Renewed { identifier, days } => renewed(*identifier, *days, scope, evidence),
        RuleKind::NotTestable(why) => Shown { not_testable: Some(why.clone()), ..Shown::default() },
    }
}

/// Findings that count against somebody: in scope, not by accident, and of more than a shape.
fn relevant<'a>(scope: &InScope<'_>, evidence: &'a Evidence) -> Vec<&'a Finding> {
    let told = |f: &&Finding| f.kind != FindingKind::Shape && f.chance < MAX_CHANCE;
    in_scope(scope, evidence).filter(told).collect()
}

/// Findings in scope, but for candor's own control, requests to delete, and what a page, an
/// extension or another program sent.
fn in_scope<'a>(scope: &InScope<'_>, evidence: &'a Evidence) -> impl Iterator<Item = &'a Finding> {
    evidence
        .findings
        .iter()
        .filter(|f| f.property != Property::Control && f.recipient.host != CONTROL_HOST)
        .filter(|f| f.timing != Timing::Erasure)
        .filter(|f| f.sender == evidence.subject.sends_as() || f.sender == Sender::Unknown)
        .filter(|f| scope.covers(f, evidence))
}

fn note<'a>(shown: &mut Shown<'a>, finding: &'a Finding, evidence: &Evidence) {
    if finding.sender != evidence.subject.sends_as() {
        shown.unattributed.push(finding);
        return;
    }
    let run = finding.planted.as_ref().map_or(&finding.seen.run, |planted| &planted.run);
    shown.runs.entry(run.clone()).or_default().extend(finding.seed.clone());
    shown.findings.push(finding);
}

fn by_property<'a>(
    scope: &InScope<'_>,
    evidence: &'a Evidence,
    counts: impl Fn(Property) -> bool,
) -> Shown<'a> {
    let mut shown = Shown::default();
    let hits = relevant(scope, evidence).into_iter().filter(|f| counts(f.property));
    hits.for_each(|finding| note(&mut shown, finding, evidence));
    let shapes = in_scope(scope, evidence).filter(|f| f.kind == FindingKind::Shape);
    shown.hints = shapes.filter(|f| counts(f.property)).collect();
    shown
}

fn not_linkable<'a>(limit: Scope, scope: &InScope<'_>, evidence: &'a Evidence) -> Shown<'a> {
    let mut shown = Shown::default();
    let hosts = subject_hosts(scope, evidence);
    let mut untold = 0;
    for identifier in evidence.identifiers.iter().filter(|i| hosts.contains(i.host.as_str())) {
        if identifier.scope == Scope::Unknown {
            untold += 1;
        }
        if identifier.scope <= limit {
            continue;
        }
        let in_scope = |id: &&RunId| scope.runs.iter().any(|known| known.run.id == **id);
        let runs: BTreeSet<&RunId> =
            identifier.values.iter().flat_map(|value| &value.runs).filter(in_scope).collect();
        if runs.is_empty() {
            continue;
        }
        shown.identifiers.push(identifier.id.clone());
        for run in runs {
            shown.runs.entry(run.clone()).or_default();
        }
    }
    if shown.runs.is_empty() && untold > 0 {
        shown.undecided = Some(format!(
            "{untold} identifiers were sent whose lifetime these runs do not tell: add a restart, a reset and a second device"
        ));
    }
    let told: BTreeSet<(&str, &str)> = evidence
        .identifiers
        .iter()
        .filter(|identifier| shown.identifiers.contains(&identifier.id))
        .map(|identifier| (identifier.host.as_str(), identifier.place_pattern.as_str()))
        .collect();
    shown.findings = relevant(scope, evidence)
        .into_iter()
        .filter(|f| f.property.ties_records() && f.sender == evidence.subject.sends_as())
        .filter(|f| {
            told.contains(&(f.recipient.host.as_str(), &*candor_case::pattern(&f.place.path)))
        })
        .collect();
    shown
}

/// Hosts that the subject itself sent something to, of the parties in scope.
fn subject_hosts<'a>(scope: &InScope<'_>, evidence: &'a Evidence) -> BTreeSet<&'a str> {
    subject_traffic(scope, evidence).iter().map(|t| t.host.as_str()).collect()
}

/// What the subject itself sent to the parties in scope, candor's own control left out.
fn subject_traffic<'a>(scope: &InScope<'_>, evidence: &'a Evidence) -> Vec<&'a Traffic> {
    evidence
        .traffic
        .iter()
        .filter(|t| t.sender == evidence.subject.sends_as() && t.host != CONTROL_HOST)
        .filter(|t| scope.parties.contains(&t.party))
        .collect()
}

fn in_runs(scope: &InScope<'_>, run: &RunId) -> bool {
    scope.runs.iter().any(|known| known.run.id == *run)
}

fn silent_after<'a>(phase: &str, scope: &InScope<'_>, evidence: &'a Evidence) -> Shown<'a> {
    let mut shown = Shown::default();
    let position = |known: &RunEvidence| known.phases.iter().position(|name| name == phase);
    let began: BTreeMap<&RunId, u32> = scope
        .runs
        .iter()
        .filter_map(|known| Some((&known.run.id, position(known)? as u32)))
        .collect();
    if began.is_empty() {
        shown.undecided =
            Some(format!("no run marks a phase named `{phase}`: nothing to be silent after"));
        return shown;
    }
    let sent = subject_traffic(scope, evidence);
    for t in sent.into_iter().filter(|t| !t.erasure) {
        if began.get(&t.run).is_some_and(|first| t.phase_index.is_some_and(|at| at >= *first)) {
            shown.runs.entry(t.run.clone()).or_default();
            shown
                .because
                .push(format!("{}: {} requests to {} in {}", t.run.0, t.requests, t.host, t.phase));
        }
    }
    shown.because.sort();
    shown.because.truncate(5);
    let timed = |f: &&Finding| matches!(f.timing, Timing::Breach | Timing::Backlog);
    if !shown.runs.is_empty() {
        shown.findings = relevant(scope, evidence).into_iter().filter(timed).collect();
    }
    shown
}

fn recipients<'a>(sites: &[String], scope: &InScope<'_>, evidence: &'a Evidence) -> Shown<'a> {
    let mut shown = Shown::default();
    let mut hosts = BTreeMap::new();
    let sent = subject_traffic(scope, evidence);
    let strangers = sent
        .into_iter()
        .filter(|t| t.party != Party::Visited && in_runs(scope, &t.run))
        .filter(|t| !within(&t.host, sites));
    for t in strangers {
        shown.runs.entry(t.run.clone()).or_default();
        *hosts.entry(t.host.as_str()).or_insert(0) += t.requests;
    }
    shown.because =
        hosts.iter().take(5).map(|(host, n)| format!("{n} requests went to {host}")).collect();
    shown.findings = relevant(scope, evidence)
        .into_iter()
        .filter(|f| hosts.contains_key(f.recipient.host.as_str()))
        .collect();
    shown
}

/// A record is what an array element or a whole document holds: the path up to its last index.
fn record(finding: &Finding) -> (&str, &str, &str) {
    let path = finding.place.path.as_str();
    let end = path.rfind(']').map_or_else(|| path.rfind(" > ").unwrap_or(0), |at| at + 1);
    (&finding.seen.run.0, &finding.exchange.0, &path[..end])
}

fn aggregated<'a>(scope: &InScope<'_>, evidence: &'a Evidence) -> Shown<'a> {
    let mut shown = Shown::default();
    let documented: Vec<_> = relevant(scope, evidence)
        .into_iter()
        .filter(|f| f.kind == FindingKind::ServiceField || f.documented.is_some())
        .filter(|f| f.sender == evidence.subject.sends_as())
        .collect();
    let timed: BTreeSet<_> = documented
        .iter()
        .filter(|f| f.property == Property::EventTime)
        .map(|f| record(f))
        .collect();
    for finding in documented.iter().filter(|f| f.property.ties_records()) {
        if timed.contains(&record(finding)) {
            shown.runs.entry(finding.seen.run.clone()).or_default();
            shown.findings.push(finding);
        }
    }
    if !shown.runs.is_empty() {
        shown.because.push(format!(
            "{} records carry both an identifier and the time of their own action",
            shown.findings.iter().map(|f| record(f)).collect::<BTreeSet<_>>().len()
        ));
    }
    shown
}

fn keyed<'a>(scope: &InScope<'_>, evidence: &'a Evidence) -> Shown<'a> {
    let mut shown = Shown::default();
    let open = |f: &Finding| {
        f.place.path.starts_with("request.body")
            && !f.place.path.split(" > ").any(|step| Cipher::named(step).is_some())
    };
    let hits = relevant(scope, evidence).into_iter().filter(|f| open(f));
    for finding in hits.filter(|f| f.sender == evidence.subject.sends_as()) {
        shown.runs.entry(finding.seen.run.clone()).or_default();
        shown.findings.push(finding);
    }
    if let Some(first) = shown.findings.first() {
        shown.because.push(format!("read below TLS without any key: {}", first.place.path));
    }
    shown
}

fn renewed<'a>(
    property: Property,
    days: u32,
    scope: &InScope<'_>,
    evidence: &'a Evidence,
) -> Shown<'a> {
    let mut shown = Shown::default();
    let hosts = subject_hosts(scope, evidence);
    let mut tested = false;
    let span = |step: &str| -> Option<u32> {
        let digits = step.strip_prefix("days:")?;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let same = evidence.identifiers.iter().filter(|i| i.property == Some(property));
    for identifier in same.filter(|i| hosts.contains(i.host.as_str())) {
        let long =
            |steps: &[String]| steps.iter().any(|step| span(step).is_some_and(|d| d >= days));
        tested |= long(&identifier.outlived) || long(&identifier.ended_by);
        if !long(&identifier.outlived) {
            continue;
        }
        shown.identifiers.push(identifier.id.clone());
        let reason = format!(
            "{} sent to {} outlived {}",
            property.meaning(),
            identifier.host,
            crate::reading::steps(&identifier.outlived)
        );
        if !shown.because.contains(&reason) {
            shown.because.push(reason);
        }
        for run in runs_after(days, evidence, span) {
            shown.runs.entry(run).or_default();
        }
    }
    if !tested {
        shown.undecided = Some(format!(
            "no {property} was seen on both sides of {days} days: add a run with the clock set ahead"
        ));
    }
    if !shown.runs.is_empty() {
        shown.findings = evidence
            .findings
            .iter()
            .filter(|f| f.property == property && hosts.contains(f.recipient.host.as_str()))
            .collect();
    }
    shown
}

/// Runs that continue another after at least so many days.
fn runs_after(days: u32, evidence: &Evidence, span: impl Fn(&str) -> Option<u32>) -> Vec<RunId> {
    let long = |after: &[String]| after.iter().any(|step| span(step).is_some_and(|d| d >= days));
    evidence
        .runs
        .iter()
        .filter(|known| known.run.continues.as_ref().is_some_and(|c| long(&c.after)))
        .map(|known| known.run.id.clone())
        .collect()
}
