//! One exchange, worked on by one thread: peeled, searched, and reduced to what is folded.

use std::collections::BTreeSet;

use bytes::Bytes;
use candor_case::{
    Coverage, End, Exchange, ExchangeId, Exhibit, Finding, FindingKind, Gap, Key, Keys,
    Observation, Party, Planted, Property, Recipient, Run, Seed, Seen, Sender, Subject, Timing,
    Tree,
};
use candor_detect::{Compared, Detected, Effort, Knowledge, Observing, Sighting, Weak};
use candor_evidence::Record;
use candor_report::RequestLine;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::audit::OpenRun;
use crate::audit::exhibit::{self, Digests};
use crate::audit::fold::Fold;
use crate::audit::keyed::Unexplained;
use crate::audit::moments;

/// In the first sweep nothing is searched with keys: that is done for a sample of the case.
const WITHOUT_KEYS: Effort<'_> = Effort { earlier: &[], hashes: 0 };

/// What every thread reads.
pub(crate) struct Bench<'a> {
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) seeds: &'a [Seed],
    pub(crate) subject: &'a Subject,
    pub(crate) runs: &'a [OpenRun],
}

/// A finding whose chance still has to be told, with what shows it.
pub(crate) struct Held {
    pub(crate) finding: Finding,
    pub(crate) bits: f64,
    /// Its chance, where it is not a matter of bits alone.
    pub(crate) chance: Option<f64>,
    pub(crate) exhibit: Exhibit,
}

/// What one record comes down to.
pub(crate) struct Worked {
    pub(crate) exchange: ExchangeId,
    pub(crate) held: Vec<Held>,
    pub(crate) observations: Vec<Observation>,
    /// Observations that the places had no room for.
    pub(crate) unwanted: u64,
    pub(crate) keys: Vec<Key>,
    pub(crate) coverage: Coverage,
    pub(crate) searched: u64,
    pub(crate) encrypted: bool,
    pub(crate) sent: Option<Sent>,
    pub(crate) own_site: BTreeSet<usize>,
    pub(crate) gap: Option<Gap>,
    /// Candidates that count where others of the case agree, and how many values were compared.
    pub(crate) weak: Vec<(Weak, Held)>,
    pub(crate) compared: Vec<Compared>,
    /// Opaque values, with the patterns of their places.
    pub(crate) opaque: Vec<(String, Bytes)>,
    /// What waits for the keyed search.
    pub(crate) unexplained: Option<Unexplained>,
    pub(crate) line: Option<RequestLine>,
}

/// Who sent to whom, and when.
pub(crate) struct Sent {
    pub(crate) phase: Option<(u32, String)>,
    /// The session; empty if the run marks none.
    pub(crate) session: String,
    pub(crate) recipient: Recipient,
    pub(crate) sender: Sender,
    pub(crate) erasure: bool,
}

/// Works on one record; `None` where it does not wait for this sweep. What `fold` would not keep
/// is not made.
pub(crate) fn work(
    bench: &Bench<'_>,
    run: usize,
    record: Record,
    (keys, fold): (&Keys, &Fold),
    waiting: Option<&BTreeSet<ExchangeId>>,
) -> Option<Worked> {
    match record {
        Record::Gap(gap) => waiting.is_none().then(|| gap_only(gap)),
        Record::Exchange(exchange) => {
            let wanted = waiting.is_none_or(|ids| ids.contains(&exchange.id));
            wanted.then(|| exchange_work(bench, run, &exchange, keys, fold))
        }
    }
}

fn gap_only(gap: Gap) -> Worked {
    Worked {
        exchange: ExchangeId(String::new()),
        held: vec![],
        observations: vec![],
        unwanted: 0,
        keys: vec![],
        coverage: Coverage::default(),
        searched: 0,
        encrypted: false,
        sent: None,
        own_site: BTreeSet::new(),
        gap: Some(gap),
        weak: vec![],
        compared: vec![],
        opaque: vec![],
        unexplained: None,
        line: None,
    }
}

fn exchange_work(
    bench: &Bench<'_>,
    index: usize,
    exchange: &Exchange,
    keys: &Keys,
    fold: &Fold,
) -> Worked {
    let open = &bench.runs[index];
    let mut tree = candor_peel::peel(exchange, keys, &candor_peel::Budget::default());
    let moment = open.timeline.at(exchange.started);
    let session = moment.map_or("", |(_, phase)| phase.session.as_str()).to_owned();
    let at = (exchange.request.host(), &open.run.id);
    let known = fold.observed().of((&at.0, at.1), &session, &exchange.id);
    let observing = Observing::Where(&known);
    let (run, knowledge) = (&open.run, bench.knowledge);
    let mut found =
        candor_detect::detect_observing(exchange, &tree, run, knowledge, &WITHOUT_KEYS, observing);
    explain(&mut tree, &found.sightings);
    for observation in &mut found.observations {
        observation.session.clone_from(&session);
    }
    let digests = Digests::default();
    let shown = (&tree, &digests);
    let hold = |sighting: &Sighting| held(bench, open, exchange, shown, sighting, &found);
    let kept = |s: &&Sighting| fold.keeps(index, &found.recipient.host, &exchange.id, s);
    let weak = found.weak.iter().map(|weak| (weak.clone(), hold(&weak.sighting))).collect();
    let coverage = candor_peel::coverage(exchange, &tree);
    Worked {
        exchange: exchange.id.clone(),
        line: Some(line(open, exchange, &found, &coverage)),
        held: found.sightings.iter().filter(kept).map(hold).collect(),
        weak,
        opaque: opaque(&tree),
        unexplained: Some(Unexplained {
            started: exchange.started,
            host: found.recipient.host.clone(),
            site: found.recipient.site.clone(),
            shaped: found.shaped,
        }),
        coverage,
        encrypted: tree.layers.iter().any(|layer| layer.end == End::Encrypted),
        sent: Some(Sent {
            phase: moment.map(|(index, phase)| (index, phase.name.clone())),
            session,
            recipient: found.recipient,
            sender: found.sender,
            erasure: found.erasure,
        }),
        own_site: own_site(bench.seeds, &found.at_home),
        observations: found.observations,
        unwanted: found.unwanted,
        keys: found.keys,
        searched: found.searched,
        compared: found.compared,
        gap: None,
    }
}

/// Searches an exchange again, with keys: what is found, and how many combinations were left out.
pub(crate) fn again(
    bench: &Bench<'_>,
    open: &OpenRun,
    exchange: &Exchange,
    keys: &Keys,
    effort: &Effort<'_>,
) -> (Vec<Held>, u64) {
    let tree = candor_peel::peel(exchange, keys, &candor_peel::Budget::default());
    let (run, knowledge) = (&open.run, bench.knowledge);
    let found = candor_detect::detect_observing(
        exchange,
        &tree,
        run,
        knowledge,
        effort,
        Observing::Nothing,
    );
    let digests = Digests::default();
    let shown = (&tree, &digests);
    let hold = |sighting: &Sighting| held(bench, open, exchange, shown, sighting, &found);
    (found.sightings.iter().map(hold).collect(), found.untried)
}

fn held(
    bench: &Bench<'_>,
    open: &OpenRun,
    exchange: &Exchange,
    shown: (&Tree, &Digests),
    sighting: &Sighting,
    found: &Detected,
) -> Held {
    let finding = finding(bench, open, exchange, sighting, found);
    let exhibit = exhibit::of(exchange, shown, sighting, &finding.id);
    Held { finding, bits: sighting.bits, chance: None, exhibit }
}

/// What stays shut in an exchange: its first bytes, with the patterns of the places.
fn opaque(tree: &Tree) -> Vec<(String, Bytes)> {
    let shut = tree.iter().filter(|(_, l)| matches!(l.end, End::Encrypted | End::Unknown));
    let place = |id| candor_case::pattern(&tree.path(id));
    let front = |bytes: &Bytes| bytes.slice(..bytes.len().min(candor_link::OPAQUE_FRONT));
    shut.map(|(id, layer)| (place(id), front(&layer.bytes))).collect()
}

/// Characters of an address that the list of requests keeps.
const MOST_URL: usize = 1_024;

/// The exchange as the report lists it.
fn line(
    open: &OpenRun,
    exchange: &Exchange,
    found: &candor_detect::Detected,
    coverage: &Coverage,
) -> RequestLine {
    let phase = open.timeline.at(exchange.started).map(|(_, phase)| phase.name.clone());
    RequestLine {
        exchange: exchange.id.clone(),
        run: open.run.id.clone(),
        at: exchange.started,
        phase: phase.unwrap_or_default(),
        method: exchange.request.method.clone(),
        url: candor_report::inert(&exchange.request.url, MOST_URL),
        host: found.recipient.host.clone(),
        party: found.recipient.party,
        sender: found.sender,
        bytes: coverage.bytes_sent,
        unread: coverage.bytes_sent.saturating_sub(coverage.bytes_explained),
    }
}

/// A binary value whose field is documented explains itself: it is what its source says it is.
fn explain(tree: &mut Tree, sightings: &[Sighting]) {
    for sighting in sightings.iter().filter(|s| s.kind == FindingKind::ServiceField) {
        let end = &mut tree.layers[sighting.layer.0 as usize].end;
        if matches!(end, End::Encrypted | End::Unknown) {
            *end = End::Value;
        }
    }
}

/// Seeded addresses that were asked for at their own site, by position.
fn own_site(seeds: &[Seed], at_home: &[usize]) -> BTreeSet<usize> {
    let address = |index: &usize| seeds[*index].property == Property::BrowsingUrl;
    at_home.iter().copied().filter(address).collect()
}

fn finding(
    bench: &Bench<'_>,
    open: &OpenRun,
    exchange: &Exchange,
    sighting: &Sighting,
    found: &Detected,
) -> Finding {
    let seed = sighting.seed.map(|index| &bench.seeds[index]);
    let planted = seed.and_then(|seed| planted(bench.runs, seed));
    let seen = seen(open, exchange);
    Finding {
        id: finding_id(exchange, sighting, seed),
        kind: sighting.kind,
        property: sighting.property,
        value: sighting.value.clone(),
        seed: seed.map(|seed| seed.id.clone()),
        derivation: sighting.derivation.clone(),
        timing: timing(open, exchange, planted.as_ref(), &seen, found, sighting.property),
        planted,
        seen,
        exchange: exchange.id.clone(),
        place: sighting.place.clone(),
        recipient: found.recipient.clone(),
        sender: found.sender,
        chance: 0.0,
        documented: sighting.documented.as_deref().map(str::to_owned),
    }
}

fn finding_id(exchange: &Exchange, sighting: &Sighting, seed: Option<&Seed>) -> String {
    let text = format!(
        "{}\n{}\n{:?}\n{:?}\n{}\n{}",
        exchange.id.0,
        sighting.place.path,
        sighting.place.span,
        sighting.kind,
        sighting.property,
        seed.map_or("", |seed| &seed.id)
    );
    format!("f-{}", HEXLOWER.encode(&Sha256::digest(text)[..8]))
}

fn planted(runs: &[OpenRun], seed: &Seed) -> Option<Planted> {
    let name = seed.run.as_deref()?;
    let open = runs.iter().find(|open| open.run.id.0 == name);
    let arm = open.map_or_else(|| seed.arm_in(&Run::default()), |open| seed.arm_in(&open.run));
    let phase = seed.phase.clone().unwrap_or_default();
    let session = open
        .and_then(|open| open.timeline.named(&phase))
        .map_or(String::new(), |(_, phase)| phase.session.clone());
    Some(Planted { run: candor_case::RunId(name.to_owned()), arm, phase, session })
}

fn seen(open: &OpenRun, exchange: &Exchange) -> Seen {
    let phase = open.timeline.at(exchange.started).map(|(_, phase)| phase);
    Seen {
        run: open.run.id.clone(),
        arm: open.timeline.arm_at(exchange.started).unwrap_or(&open.run.arm).clone(),
        phase: phase.map_or(String::new(), |phase| phase.name.clone()),
        session: phase.map_or(String::new(), |phase| phase.session.clone()),
    }
}

/// After collection is off, what is from before is backlog and what is from after is a breach.
fn timing(
    open: &OpenRun,
    exchange: &Exchange,
    planted: Option<&Planted>,
    seen: &Seen,
    found: &Detected,
    property: Property,
) -> Timing {
    if found.erasure {
        return Timing::Erasure;
    }
    if property == Property::Control {
        return Timing::Live;
    }
    let now = open.timeline.at(exchange.started).map(|(index, _)| index);
    let here = planted.filter(|planted| planted.run == open.run.id);
    let then = here.and_then(|planted| open.timeline.named(&planted.phase)).map(|(index, _)| index);
    if now.is_some_and(|now| open.timeline.is_off(now)) {
        let after = match planted {
            Some(_) => then.is_some_and(|then| open.timeline.is_off(then)),
            // What was planted nowhere is as old as its report says it is.
            None => !open.timeline.is_before_off(moments::latest(&found.sightings)),
        };
        return if after { Timing::Breach } else { Timing::Backlog };
    }
    match planted {
        Some(planted) if planted.run != seen.run => Timing::Late,
        Some(planted) if !planted.phase.is_empty() && planted.phase != seen.phase => Timing::Late,
        _ => Timing::Live,
    }
}

/// Whether the case speaks of requests like this one at all: visited sites are where the person
/// went, not where somebody reported them.
pub(crate) fn reports(sent: &Sent, subject: &Subject) -> bool {
    sent.recipient.party != Party::Visited
        && (sent.sender == subject.sends_as()
            || !matches!(sent.sender, Sender::Page | Sender::Extension))
}
