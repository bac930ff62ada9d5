//! The runs of a timeline: what was done, what was sent, and which request reveals which action.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use candor_case::{Event, EventKind, Run, UnixMicros};

use crate::page::axis::Axis;
use crate::view::{Index, RequestLine, is_shown};

/// Where the axis begins and ends, in units of the picture.
pub(crate) const LEFT: f64 = 12.0;
pub(crate) const RIGHT: f64 = 988.0;
/// Width of one bar of what was sent.
pub(crate) const BAR: f64 = 5.0;

/// One run, ready to be drawn.
pub(crate) struct Lane<'a> {
    pub(crate) run: &'a Run,
    pub(crate) axis: Axis,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) phases: Vec<(UnixMicros, &'a str)>,
    pub(crate) actions: Vec<Deed<'a>>,
    pub(crate) bars: BTreeMap<i64, Bar>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) requests: usize,
}

/// Something that was done.
pub(crate) struct Deed<'a> {
    pub(crate) from: UnixMicros,
    pub(crate) to: UnixMicros,
    pub(crate) name: &'a str,
    pub(crate) seed: Option<&'a str>,
}

/// What was sent within one bar's width.
#[derive(Default)]
pub(crate) struct Bar {
    pub(crate) requests: u64,
    pub(crate) telling: u64,
    pub(crate) first: Option<usize>,
}

/// From an action to the request that reveals it.
pub(crate) struct Thread {
    /// When the action began.
    pub(crate) from: i64,
    /// When the request was sent.
    pub(crate) to: i64,
    /// Whether the action was still going on then, as between two letters of what is typed.
    pub(crate) during: bool,
    pub(crate) finding: usize,
    pub(crate) late: bool,
}

/// Runs with something to draw: first one of each arm, the most revealing one; then the others.
pub(crate) fn drawn<'a>(index: &Index<'a>) -> Vec<Lane<'a>> {
    let mut requests: BTreeMap<&str, Vec<&RequestLine>> = BTreeMap::new();
    for line in &index.view.requests {
        requests.entry(&line.run.0).or_default().push(line);
    }
    let mut lanes: Vec<Lane<'a>> = index
        .view
        .runs
        .iter()
        .filter_map(|run| {
            let events = index.view.events.get(&run.id.0).map_or(&[][..], Vec::as_slice);
            lane(index, run, events, requests.get(run.id.0.as_str()).map_or(&[][..], Vec::as_slice))
        })
        .collect();
    lanes.sort_by_key(|lane| (Reverse(lane.threads.len()), lane.from));
    let mut arms = BTreeSet::new();
    // The sort is stable: within both parts the order stays.
    let mut lanes: Vec<(bool, Lane<'a>)> =
        lanes.into_iter().map(|lane| (!arms.insert(&lane.run.arm), lane)).collect();
    lanes.sort_by_key(|(again, _)| *again);
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

fn lane<'a>(
    index: &Index<'a>,
    run: &'a Run,
    events: &'a [Event],
    lines: &[&'a RequestLine],
) -> Option<Lane<'a>> {
    let (mut phases, mut actions) = (Vec::new(), Vec::new());
    for event in events {
        match &event.kind {
            EventKind::Phase { name, .. } => phases.push((event.at, name.as_str())),
            EventKind::Action { name, seed, began } => actions.push(Deed {
                from: began.unwrap_or(event.at).min(event.at),
                to: event.at,
                name,
                seed: seed.as_deref(),
            }),
            _ => {}
        }
    }
    let moments: Vec<i64> = phases
        .iter()
        .map(|(at, _)| at.0)
        .chain(actions.iter().flat_map(|deed| [deed.from.0, deed.to.0]))
        .chain(lines.iter().map(|line| line.at.0))
        .filter(|at| *at != 0)
        .collect();
    let (from, to) = (*moments.iter().min()?, *moments.iter().max()?);
    if lines.is_empty() {
        return None;
    }
    let axis = Axis::new(moments, LEFT, RIGHT);
    let bars = bars(index, &axis, lines);
    let threads = threads(index, run, &actions);
    Some(Lane { run, axis, from, to, phases, actions, bars, threads, requests: lines.len() })
}

fn bars(index: &Index<'_>, axis: &Axis, lines: &[&RequestLine]) -> BTreeMap<i64, Bar> {
    let mut bars: BTreeMap<i64, Bar> = BTreeMap::new();
    for line in lines {
        let bar = bars.entry((axis.x(line.at.0) / BAR) as i64).or_default();
        bar.requests += 1;
        if let Some(first) = index.in_request(&line.exchange.0).first() {
            bar.telling += 1;
            bar.first.get_or_insert(*first);
        }
    }
    bars
}

/// For each planting action the first request of this run that reveals it.
fn threads(index: &Index<'_>, run: &Run, actions: &[Deed<'_>]) -> Vec<Thread> {
    let mut first: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
    for (n, finding) in index.view.findings.iter().enumerate() {
        let (Some(seed), true) = (&finding.seed, finding.seen.run == run.id) else { continue };
        if !is_shown(finding) {
            continue;
        }
        let Some(at) = index.sent_at(&finding.exchange) else { continue };
        let known = first.entry(seed).or_insert((at.0, n));
        *known = (*known).min((at.0, n));
    }
    let thread = |deed: &Deed<'_>| {
        let (to, finding) = *first.get(deed.seed?)?;
        let late = index.view.findings[finding].timing != candor_case::Timing::Live;
        let during = (deed.from.0..=deed.to.0).contains(&to);
        Some(Thread { from: deed.from.0, to, during, finding, late })
    };
    actions.iter().filter_map(thread).take(200).collect()
}

#[cfg(test)]
mod tests {
    use candor_case::{ExchangeId, Finding, Party, RunId, Sender};

    use super::*;
    use crate::View;

    const SECOND: i64 = 1_000_000;

    /// A run in which something was typed from second 10 to second 20, and a request that told it.
    fn view(sent: i64) -> View {
        let run = Run { id: RunId("r".into()), ..Run::default() };
        let kind = EventKind::Action {
            name: "type-1".into(),
            seed: Some("r/type-1".into()),
            began: Some(UnixMicros(10 * SECOND)),
        };
        let typed = Event { at: UnixMicros(20 * SECOND), kind };
        let line = RequestLine {
            exchange: ExchangeId("e".into()),
            run: run.id.clone(),
            at: UnixMicros(sent * SECOND),
            phase: "type".into(),
            method: "GET".into(),
            url: "https://suggest.maker.test/ac?q=openi".into(),
            host: "suggest.maker.test".into(),
            party: Party::Third,
            sender: Sender::Subject,
            bytes: 100,
            unread: 0,
        };
        let finding: Finding = serde_json::from_value(serde_json::json!({
            "id": "f", "kind": "seeded_value", "property": "browsing.typed", "value": "openi",
            "seed": "r/type-1", "derivation": [], "planted": {"run": "r", "arm": {},
            "phase": "type", "session": "1"}, "seen": {"run": "r", "arm": {}, "phase": "type",
            "session": "1"}, "timing": "live", "exchange": "e",
            "place": {"path": "request.url > query:q", "span": [0, 5]},
            "recipient": {"host": "suggest.maker.test", "site": "maker.test", "party": "third",
            "organisation": null, "evidence": []}, "sender": "subject", "chance": 0.0,
        }))
        .unwrap();
        View {
            events: [("r".to_owned(), vec![typed])].into(),
            runs: vec![run],
            requests: vec![line],
            findings: vec![finding],
            ..View::default()
        }
    }

    fn thread_of(sent: i64) -> (i64, i64, bool) {
        let view = view(sent);
        let index = Index::new(&view);
        let lanes = drawn(&index);
        let deed = &lanes[0].actions[0];
        assert_eq!((deed.from.0, deed.to.0), (10 * SECOND, 20 * SECOND));
        let thread = &lanes[0].threads[0];
        (thread.from / SECOND, thread.to / SECOND, thread.during)
    }

    #[test]
    fn a_request_between_two_letters_lies_within_the_typing() {
        assert_eq!(thread_of(12), (10, 12, true));
        assert_eq!(thread_of(25), (10, 25, false));
    }
}
