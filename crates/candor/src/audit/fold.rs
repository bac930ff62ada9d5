//! The fold: what all exchanges come down to, sorted by what it is and bounded in size.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{
    Coverage, ExchangeId, Exhibit, Finding, FindingKind, Gap, GapReason, Keys, Observation,
    Property, RunId, Seed, Spikes,
};
use candor_detect::Sighting;
use candor_judge::{Action, Control, RunEvidence, Traffic};
use candor_link::{Blocks, Opaque};
use candor_report::RequestLine;

use crate::audit::OpenRun;
use crate::audit::agree::Agreement;
use crate::audit::keyed::Pending;
use crate::audit::observed::Observed;
use crate::audit::work::{Held, Sent, Worked};

/// Documented fields and shapes that are kept per run, host and place: a telemetry body can hold
/// ten thousand, and the first 16 (by exchange and place) show as much.
const MOST_ALIKE: usize = 16;
/// Requests that are listed for the report.
const MOST_REQUESTS: usize = 1_000_000;

type Alike = (usize, String, String, Property, FindingKind);
type SeenAt = (String, String);

/// What has been folded so far.
pub(crate) struct Fold {
    seeded: BTreeMap<String, Held>,
    alike: BTreeMap<Alike, BTreeMap<SeenAt, Held>>,
    observed: Observed,
    pub(crate) runs: Vec<RunFold>,
    traffic: BTreeMap<Traffic, (u64, ExchangeId)>,
    names: Vec<RunId>,
    searched: u64,
    keys: Keys,
    agreement: Agreement,
    blocks: Blocks,
    /// What waits for the keyed search.
    pub(crate) pending: Pending,
    requests: Vec<RequestLine>,
}

/// What has been folded of one run.
#[derive(Default)]
pub(crate) struct RunFold {
    pub(crate) coverage: Coverage,
    pub(crate) spikes: Spikes,
    own_site: BTreeSet<usize>,
    control: bool,
}

/// Everything, ready to be linked and judged.
pub(crate) struct Done {
    pub(crate) findings: Vec<Finding>,
    pub(crate) exhibits: Vec<Exhibit>,
    pub(crate) observations: Vec<Observation>,
    /// Values that were searched, but not compared across runs, for want of room.
    pub(crate) unlinked: u64,
    pub(crate) runs: Vec<RunEvidence>,
    pub(crate) traffic: Vec<Traffic>,
    pub(crate) coverage: Coverage,
    /// Every request and sent message, by run, time and id.
    pub(crate) requests: Vec<RequestLine>,
}

impl Fold {
    /// Nothing yet, but what the runs' events say was not recorded.
    pub(crate) fn new(runs: &[OpenRun]) -> Self {
        let names = runs.iter().map(|open| open.run.id.clone()).collect();
        let runs = runs.iter().map(|open| {
            let mut fold = RunFold::default();
            open.gaps.iter().chain(&open.timeline.gaps).for_each(|gap| fold.coverage.add_gap(gap));
            fold
        });
        Self {
            seeded: BTreeMap::new(),
            alike: BTreeMap::new(),
            observed: Observed::default(),
            runs: runs.collect(),
            traffic: BTreeMap::new(),
            names,
            searched: 0,
            keys: Keys::default(),
            agreement: Agreement::default(),
            blocks: Blocks::default(),
            pending: Pending::default(),
            requests: Vec::new(),
        }
    }

    /// The keys that were tried, gathered ones included.
    pub(crate) fn keep_keys(&mut self, keys: &Keys) {
        self.keys = keys.clone();
    }

    /// Notes keys that were found, but not tried, for want of room: a gap of the first run.
    pub(crate) fn leave_out_keys(&mut self, count: u64) {
        let Some(run) = self.runs.first_mut().filter(|_| count > 0) else { return };
        let example = "more keys were found than are tried".to_owned();
        let reason = GapReason::NotTriedWithKeys;
        let gap = Gap { reason, host: String::new(), count, bytes: 0, largest: 0, example };
        run.coverage.add_gap(&gap);
    }

    /// The values that have been observed so far.
    pub(crate) fn observed(&self) -> &Observed {
        &self.observed
    }

    /// Whether what was sighted would be kept. Of what is alike the first are, so that what is told
    /// to go once would be told so again.
    pub(crate) fn keeps(
        &self,
        run: usize,
        host: &str,
        exchange: &ExchangeId,
        sighting: &Sighting,
    ) -> bool {
        let Sighting { kind, property, place, .. } = sighting;
        if *kind == FindingKind::SeededValue || *property == Property::Control {
            return true;
        }
        let pattern = candor_case::pattern(&place.path);
        let kept = self.alike.get(&(run, host.to_owned(), pattern, *property, *kind));
        let full = kept.filter(|kept| kept.len() >= MOST_ALIKE);
        full.and_then(BTreeMap::last_key_value)
            .is_none_or(|((last, path), _)| (&exchange.0, &place.path) <= (last, path))
    }

    /// The keys that were tried.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Takes in what one exchange came down to.
    pub(crate) fn take(&mut self, run: usize, worked: Worked) {
        let fold = &mut self.runs[run];
        fold.coverage.add(&worked.coverage);
        if let Some(gap) = &worked.gap {
            fold.coverage.add_gap(gap);
        }
        fold.own_site.extend(&worked.own_site);
        self.searched += worked.searched;
        for held in worked.held {
            self.runs[run].control |= held.finding.property == Property::Control;
            self.hold(run, held);
        }
        worked.observations.into_iter().for_each(|seen| self.observed.add(seen));
        self.observed.overflow += worked.unwanted;
        self.agreement.take(run, worked.weak, worked.compared);
        if let Some(left) = worked.unexplained {
            self.pending.take(run, &worked.exchange, left);
        }
        worked.line.into_iter().for_each(|line| self.list(line));
        if let Some(sent) = worked.sent {
            for (place_pattern, bytes) in &worked.opaque {
                self.blocks.add(&Opaque {
                    host: &sent.recipient.host,
                    place_pattern,
                    run: &self.names[run],
                    session: &sent.session,
                    exchange: &worked.exchange,
                    bytes,
                });
            }
            self.count(run, worked.exchange, sent);
        }
    }

    /// Lists a request: of a flood the first by run, time and id.
    fn list(&mut self, line: RequestLine) {
        self.requests.push(line);
        if self.requests.len() >= 2 * MOST_REQUESTS {
            self.order_requests();
        }
    }

    fn order_requests(&mut self) {
        self.requests.sort_by(|a, b| (&a.run, a.at, &a.exchange).cmp(&(&b.run, b.at, &b.exchange)));
        // A recording may hold an exchange twice.
        self.requests.dedup_by(|a, b| (&a.run, a.at, &a.exchange) == (&b.run, b.at, &b.exchange));
        self.requests.truncate(MOST_REQUESTS);
    }

    /// Takes in a planted value unless it is known already.
    pub(crate) fn hold_new(&mut self, run: usize, held: Held) {
        self.runs[run].control |= held.finding.property == Property::Control;
        self.seeded.entry(held.finding.id.clone()).or_insert(held);
    }

    fn hold(&mut self, run: usize, held: Held) {
        if held.finding.kind == FindingKind::SeededValue {
            self.seeded.insert(held.finding.id.clone(), held);
            return;
        }
        let finding = &held.finding;
        let pattern = candor_case::pattern(&finding.place.path);
        let alike = (run, finding.recipient.host.clone(), pattern, finding.property, finding.kind);
        let at = (finding.exchange.0.clone(), finding.place.path.clone());
        let kept = self.alike.entry(alike).or_default();
        kept.insert(at, held);
        if kept.len() > MOST_ALIKE {
            kept.pop_last();
        }
    }

    fn count(&mut self, run: usize, exchange: ExchangeId, sent: Sent) {
        let (phase_index, phase) = sent.phase.map_or((None, String::new()), |(i, p)| (Some(i), p));
        let key = Traffic {
            run: self.names[run].clone(),
            phase_index,
            phase,
            host: sent.recipient.host,
            party: sent.recipient.party,
            sender: sent.sender,
            erasure: sent.erasure,
            requests: 0,
            example: ExchangeId(String::new()),
        };
        let (requests, example) = self.traffic.entry(key).or_insert_with(|| (0, exchange.clone()));
        *requests += 1;
        if exchange < *example {
            *example = exchange;
        }
    }

    /// Sorts, tells chances and hands everything on.
    pub(crate) fn finish(mut self, runs: &[OpenRun], seeds: &[Seed]) -> Done {
        for (run, held) in self.agreement.counted() {
            self.hold_new(run, held);
        }
        let unlinked = self.observed.overflow + self.agreement.overflow + self.blocks.overflow();
        let searched = self.searched;
        self.order_requests();
        let mut coverage = Coverage::default();
        let alike = self.alike.into_values().flat_map(BTreeMap::into_values);
        let mut held: Vec<Held> = self.seeded.into_values().chain(alike).collect();
        held.sort_by(|a, b| sort_key(&a.finding).cmp(&sort_key(&b.finding)));
        let (mut findings, mut exhibits) = (Vec::new(), Vec::new());
        for mut item in held {
            let by_bits = || candor_detect::chance(item.bits, searched);
            item.finding.chance = item.chance.unwrap_or_else(by_bits);
            findings.push(item.finding);
            exhibits.push(item.exhibit);
        }
        self.runs.iter().for_each(|fold| coverage.add(&fold.coverage));
        let evidence =
            runs.iter().zip(self.runs).map(|(open, fold)| run_evidence(open, fold, seeds));
        Done {
            runs: evidence.collect(),
            traffic: counted(self.traffic),
            observations: self.observed.sorted(self.blocks.returned()),
            unlinked,
            findings,
            exhibits,
            coverage,
            requests: self.requests,
        }
    }
}

fn counted(traffic: BTreeMap<Traffic, (u64, ExchangeId)>) -> Vec<Traffic> {
    let row = |(key, (requests, example))| Traffic { requests, example, ..key };
    traffic.into_iter().map(row).collect()
}

/// Seeded values first, then by property, run, host, place and exchange.
fn sort_key(finding: &Finding) -> (FindingKind, Property, &RunId, &str, &str, &str, u64, &str) {
    (
        finding.kind,
        finding.property,
        &finding.seen.run,
        &finding.recipient.host,
        &finding.place.path,
        &finding.exchange.0,
        finding.place.span.start,
        &finding.id,
    )
}

fn run_evidence(open: &OpenRun, fold: RunFold, seeds: &[Seed]) -> RunEvidence {
    let own_site =
        |seed: &Seed| fold.own_site.iter().any(|index| seeds[*index].value == seed.value);
    let planted = open
        .seeds
        .iter()
        .filter(|seed| seed.property != Property::Control)
        .filter(|seed| seed.run.as_ref().is_none_or(|run| *run == open.run.id.0))
        .map(|seed| Action {
            property: seed.property,
            arm: seed.arm_in(&open.run),
            confirmed: open.timeline.confirmed.contains(&seed.id) || own_site(seed),
        })
        .collect();
    let sent = open.seeds.iter().any(|seed| seed.property == Property::Control);
    // In recordings that others made, an address at its own site serves as the control.
    let control = match (sent, fold.control, fold.own_site.is_empty()) {
        (true, true, _) => Control::Found,
        (true, false, _) => Control::Lost,
        (false, _, false) => Control::Visit,
        (false, _, true) => Control::Unsent,
    };
    RunEvidence {
        run: open.run.clone(),
        coverage: fold.coverage.clone(),
        control,
        spikes: fold.spikes,
        phases: open.timeline.names(),
        planted,
    }
}
