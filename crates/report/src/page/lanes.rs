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
    pub(crate) actions: Vec<(UnixMicros, &'a str, Option<&'a str>)>,
    pub(crate) bars: BTreeMap<i64, Bar>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) requests: usize,
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
    pub(crate) from: i64,
    pub(crate) to: i64,
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
            EventKind::Action { name, seed } => {
                actions.push((event.at, name.as_str(), seed.as_deref()))
            }
            _ => {}
        }
    }
    let moments: Vec<i64> = phases
        .iter()
        .map(|(at, _)| at.0)
        .chain(actions.iter().map(|(at, ..)| at.0))
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
fn threads(
    index: &Index<'_>,
    run: &Run,
    actions: &[(UnixMicros, &str, Option<&str>)],
) -> Vec<Thread> {
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
    let thread = |(at, _, seed): &(UnixMicros, &str, Option<&str>)| {
        let (to, finding) = *first.get((*seed)?)?;
        let late = index.view.findings[finding].timing != candor_case::Timing::Live;
        Some(Thread { from: at.0, to, finding, late })
    };
    actions.iter().filter_map(thread).take(200).collect()
}
