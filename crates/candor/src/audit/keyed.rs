//! The keyed search over a case: values that nothing explained, tried with the tokens of their own
//! request and of earlier exchanges with the same recipient as salts and keys.
//!
//! It costs far more than everything else, so it works on a sample: of each host and place a number
//! of different values, chosen by their digests, and a number of hashes for all of them. Where one
//! of them is explained, the others of its place are tried too. What was left out becomes
//! a gap of its own kind: it was read, but may hold more than was seen.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use candor_case::{Exchange, ExchangeId, FindingKind, Gap, GapReason, Keys, UnixMicros};
use candor_detect::{Effort, Shaped, Token, tokens};
use candor_evidence::Record;
use candor_peel::Budget;
use rayon::prelude::*;

use crate::audit::fold::Fold;
use crate::audit::work::{self, Bench, Held};

/// Different values that are kept of each host and place, and of each the exchanges.
const MOST_VALUES: usize = 32;
const MOST_CARRIERS: usize = 8;
/// Hosts and places that are kept.
const MOST_PLACES: usize = 4096;
/// Values of a place that are tried before one of them has been explained.
const SAMPLE: usize = 8;
/// Exchanges that are tried at most in one round.
const MOST_EXCHANGES: usize = 2048;
/// Hashes that one round may cost where it has few exchanges, and at most.
const FEW_HASHES: u32 = 2_000_000;
const MOST_HASHES: u32 = 20_000_000;
/// Hashes that one exchange is given as long as there are enough, and at most.
const USUAL_SHARE: u32 = 40_000;
const MOST_SHARE: u32 = 200_000;
/// Exchanges with one recipient whose tokens are taken: the first, and the last.
const MOST_GIVERS: usize = 32;
/// Longest answer whose tokens are taken, in bytes; what is longer is content.
const LONGEST_ANSWER: usize = 1 << 16;
/// Tokens that one exchange is tried with, and how many of them speak of keys at most.
const MOST_TOKENS: usize = 64;
const MOST_SPEAKING: usize = 48;

/// When, in which run, and which exchange.
type Moment = (UnixMicros, usize, ExchangeId);
/// Host and place pattern.
type Place = (String, String);

/// What waits for the keyed search.
#[derive(Default)]
pub(crate) struct Pending {
    /// Values that nothing explained, by their digest, with the last exchanges that carried them.
    values: BTreeMap<Place, BTreeMap<String, BTreeSet<Moment>>>,
    /// Of each site, the first and the last exchanges.
    first: BTreeMap<String, BTreeSet<Moment>>,
    last: BTreeMap<String, BTreeSet<Moment>>,
    /// By run and host, how often something was left out, with an example.
    left_out: BTreeMap<(usize, String), (u64, String)>,
}

/// What one exchange leaves for the keyed search.
pub(crate) struct Unexplained {
    pub(crate) started: UnixMicros,
    pub(crate) host: String,
    pub(crate) site: String,
    pub(crate) shaped: Vec<Shaped>,
}

impl Pending {
    /// Takes what one exchange left.
    pub(crate) fn take(&mut self, run: usize, exchange: &ExchangeId, left: Unexplained) {
        let moment = (left.started, run, exchange.clone());
        let first = self.first.entry(left.site.clone()).or_default();
        first.insert(moment.clone());
        if first.len() > MOST_GIVERS {
            first.pop_last();
        }
        let last = self.last.entry(left.site).or_default();
        last.insert(moment.clone());
        if last.len() > MOST_GIVERS {
            last.pop_first();
        }
        for Shaped { place_pattern, digest } in left.shaped {
            let place = (left.host.clone(), place_pattern);
            if !self.values.contains_key(&place) {
                if self.values.len() >= MOST_PLACES {
                    self.leave_out(run, &place);
                    continue;
                }
                self.values.insert(place.clone(), BTreeMap::new());
            }
            let Some(values) = self.values.get_mut(&place) else { continue };
            let last = values.last_key_value().filter(|_| values.len() >= MOST_VALUES);
            if last.is_some_and(|(last, _)| digest > *last) {
                self.leave_out(run, &place);
                continue;
            }
            let carriers = values.entry(digest).or_default();
            carriers.insert(moment.clone());
            if carriers.len() > MOST_CARRIERS {
                carriers.pop_first();
            }
            if values.len() > MOST_VALUES {
                values.pop_last();
                self.leave_out(run, &place);
            }
        }
    }

    fn leave_out(&mut self, run: usize, (host, pattern): &Place) {
        let (count, example) = self.left_out.entry((run, host.clone())).or_default();
        *count += 1;
        if example.is_empty() || *pattern < *example {
            example.clone_from(pattern);
        }
    }

    /// The last exchange of each of the first values of every place.
    fn sample(&self) -> BTreeMap<Moment, BTreeSet<&Place>> {
        let mut chosen: BTreeMap<Moment, BTreeSet<&Place>> = BTreeMap::new();
        for rank in 0..SAMPLE {
            for (place, values) in &self.values {
                let carrier = values.values().nth(rank).and_then(BTreeSet::last);
                let Some(moment) = carrier else { continue };
                if chosen.len() < MOST_EXCHANGES || chosen.contains_key(moment) {
                    chosen.entry(moment.clone()).or_default().insert(place);
                }
            }
        }
        chosen
    }

    /// All exchanges of those places that have not been tried.
    fn others<'a>(
        &'a self,
        places: &BTreeSet<&'a Place>,
        tried: &BTreeMap<Moment, BTreeSet<&'a Place>>,
    ) -> BTreeMap<Moment, BTreeSet<&'a Place>> {
        let mut chosen: BTreeMap<Moment, BTreeSet<&Place>> = BTreeMap::new();
        for place in places {
            let carriers = self.values.get(*place).into_iter().flat_map(BTreeMap::values).flatten();
            for moment in carriers.filter(|moment| !tried.contains_key(*moment)) {
                if chosen.len() < MOST_EXCHANGES {
                    chosen.entry(moment.clone()).or_default().insert(place);
                }
            }
        }
        chosen
    }
}

/// Tries every sampled value, folds what is found, and notes what was left out.
pub(crate) fn search_all(bench: &Bench<'_>, fold: &mut Fold) -> Result<()> {
    let pending = std::mem::take(&mut fold.pending);
    let keys = fold.keys().clone();
    let sample = pending.sample();
    let mut left_out = pending.left_out.clone();
    if !sample.is_empty() && bench.knowledge.searches_with_keys() {
        let given = given(bench, &pending, &sample, &keys)?;
        let mut round = sample;
        for _ in 0..2 {
            let done = search(bench, &round, &given, &keys)?;
            let mut explained = BTreeSet::new();
            for (moment, result) in done {
                let Some(places) = round.get(&moment) else { continue };
                let patterns: BTreeSet<String> = result.patterns();
                explained.extend(places.iter().copied().filter(|p| patterns.contains(&p.1)));
                if result.untried > 0 {
                    note(&mut left_out, moment.1, places);
                }
                result.held.into_iter().for_each(|held| fold.hold_new(moment.1, held));
            }
            let next = pending.others(&explained, &round);
            if next.is_empty() {
                break;
            }
            round = next;
        }
    }
    for ((run, host), (count, place)) in left_out {
        let example = format!("values at {place}");
        let reason = GapReason::NotTriedWithKeys;
        let gap = Gap { reason, host, count, bytes: 0, largest: 0, example };
        fold.runs[run].coverage.add_gap(&gap);
    }
    Ok(())
}

fn note(
    left_out: &mut BTreeMap<(usize, String), (u64, String)>,
    run: usize,
    places: &BTreeSet<&Place>,
) {
    let Some((host, pattern)) = places.first() else { return };
    let (count, example) = left_out.entry((run, host.clone())).or_default();
    *count += 1;
    if example.is_empty() || *pattern < *example {
        example.clone_from(pattern);
    }
}

/// What trying one exchange came to.
struct Tried {
    held: Vec<Held>,
    untried: u64,
}

impl Tried {
    /// Patterns of the places that were explained.
    fn patterns(&self) -> BTreeSet<String> {
        self.held.iter().map(|held| candor_case::pattern(&held.finding.place.path)).collect()
    }
}

/// The tokens that recipients were given or gave, by site and in the order of time.
type Given = BTreeMap<String, Vec<(Moment, Token)>>;

/// Collects the tokens of the sites that the sample was sent to.
fn given(
    bench: &Bench<'_>,
    pending: &Pending,
    sample: &BTreeMap<Moment, BTreeSet<&Place>>,
    keys: &Keys,
) -> Result<Given> {
    let hosts: BTreeSet<&str> = sample.values().flatten().map(|(host, _)| host.as_str()).collect();
    let sites: BTreeSet<String> =
        hosts.into_iter().map(|host| bench.knowledge.recipient(host).site).collect();
    let of = |site: &String| {
        let both = [pending.first.get(site), pending.last.get(site)];
        both.into_iter().flatten().flatten().cloned().collect::<Vec<Moment>>()
    };
    let wanted: BTreeSet<Moment> = sites.iter().flat_map(of).collect();
    let mut given = Given::new();
    for (moment, exchange) in read(bench, &wanted)? {
        let site = bench.knowledge.recipient(&exchange.request.host()).site;
        let list = given.entry(site).or_default();
        list.extend(tokens_of(&exchange, keys).into_iter().map(|token| (moment.clone(), token)));
    }
    // The sort is stable, so that the tokens of an exchange stay the likeliest first.
    given.values_mut().for_each(|list| list.sort_by(|a, b| a.0.cmp(&b.0)));
    Ok(given)
}

/// The tokens of an exchange, request first, each naming the exchange it comes from.
fn tokens_of(exchange: &Exchange, keys: &Keys) -> Vec<Token> {
    let budget = Budget::default();
    let mut all = tokens(&candor_peel::peel(exchange, keys, &budget));
    let short = |length: usize| length <= LONGEST_ANSWER;
    if exchange.response.as_ref().is_some_and(|answer| short(answer.body.bytes.len())) {
        all.extend(tokens(&candor_peel::peel_response(exchange, keys, &budget)));
    }
    for token in &mut all {
        token.place = format!("{} of {}", token.place, exchange.id.0);
    }
    all
}

/// The tokens that an exchange may have been made with: of those of earlier exchanges the first and
/// the last, those that speak of keys before others, each value once.
fn earlier(given: &[(Moment, Token)], moment: &Moment) -> Vec<Token> {
    let before = given.iter().take_while(|(other, _)| other < moment);
    let mut seen = BTreeSet::new();
    let distinct = before.map(|(_, token)| token).filter(|token| seen.insert(&token.bytes));
    let (speaking, other): (Vec<&Token>, Vec<&Token>) = distinct.partition(|token| token.speaks);
    let mut all = ends(&speaking, MOST_SPEAKING);
    all.extend(ends(&other, MOST_TOKENS - all.len()));
    all.into_iter().cloned().collect()
}

/// The first and the last of a list, `most` in all.
fn ends<'a>(all: &[&'a Token], most: usize) -> Vec<&'a Token> {
    if all.len() <= most {
        return all.to_vec();
    }
    let (front, back) = (most.div_ceil(2), most / 2);
    [&all[..front], &all[all.len() - back..]].concat()
}

/// Tries the chosen exchanges, on all cores.
fn search(
    bench: &Bench<'_>,
    chosen: &BTreeMap<Moment, BTreeSet<&Place>>,
    given: &Given,
    keys: &Keys,
) -> Result<Vec<(Moment, Tried)>> {
    let hashes = share(chosen.len().max(1) as u32);
    let wanted = chosen.keys().cloned().collect();
    let exchanges = read(bench, &wanted)?;
    let one = |(moment, exchange): (Moment, Exchange)| {
        let site = bench.knowledge.recipient(&exchange.request.host()).site;
        let earlier = given.get(&site).map(|list| earlier(list, &moment)).unwrap_or_default();
        let effort = Effort { earlier: &earlier, hashes };
        let open = &bench.runs[moment.1];
        let (held, untried) = work::again(bench, open, &exchange, keys, &effort);
        let held = held.into_iter().filter(|h| h.finding.kind == FindingKind::SeededValue);
        (moment, Tried { held: held.collect(), untried })
    };
    Ok(exchanges.into_par_iter().map(one).collect())
}

/// Hashes that each of so many exchanges may cost.
fn share(exchanges: u32) -> u32 {
    let usual = USUAL_SHARE.min(MOST_HASHES / exchanges);
    usual.max(FEW_HASHES / exchanges).min(MOST_SHARE)
}

/// Reads those exchanges again, in the order of time.
fn read(bench: &Bench<'_>, wanted: &BTreeSet<Moment>) -> Result<Vec<(Moment, Exchange)>> {
    let mut all = Vec::new();
    for (index, open) in bench.runs.iter().enumerate() {
        let mine: BTreeSet<&ExchangeId> =
            wanted.iter().filter(|(_, run, _)| *run == index).map(|(.., id)| id).collect();
        if mine.is_empty() {
            continue;
        }
        for record in open.dir.records_unchecked()? {
            let Record::Exchange(exchange) = record else { continue };
            if mine.contains(&exchange.id) {
                all.push(((exchange.started, index, exchange.id.clone()), exchange));
            }
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}
