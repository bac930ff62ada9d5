//! Observed values of a whole case: of every place the first ones, with the requests that carried
//! them, bounded in number.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{ExchangeId, Observation, Property, RunId};
use candor_detect::{Wish, Wishes};
use rayon::slice::ParallelSliceMut;

/// Values that are kept per place and run.
const MOST_VALUES: usize = 64;
/// Requests that are kept per value.
const MOST_POSTINGS: usize = 512;
/// Observed places that are kept in all.
const MOST_PLACES: usize = 500_000;

/// The places of one host and run.
#[derive(Default)]
struct Places {
    /// Their numbers, by pattern.
    numbers: BTreeMap<String, usize>,
    values: Vec<Values>,
}

/// What has been observed so far.
#[derive(Default)]
pub(crate) struct Observed {
    hosts: BTreeMap<String, BTreeMap<RunId, Places>>,
    places: usize,
    /// How often a value was not kept for want of room.
    pub(crate) overflow: u64,
}

/// What has been observed of one host in one run, for one exchange of a session.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    places: Option<&'a Places>,
    session: &'a str,
    exchange: &'a ExchangeId,
}

/// The values of one place, those of the first digests and sessions, in order.
#[derive(Default)]
struct Values(Vec<Value>);

struct Value {
    digest: String,
    session: String,
    postings: BTreeSet<Posting>,
}

/// A request that carried a value: what is left of an observation, in the order of its fields.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    exchange: ExchangeId,
    length: u64,
    value: String,
    documented: String,
    property: Option<Property>,
}

impl Wishes for Known<'_> {
    fn place(&self, pattern: &str) -> Option<usize> {
        self.places?.numbers.get(pattern).copied()
    }

    /// What a full place has no room for now it will never have room for, since it keeps the first
    /// values; and of a value the first requests.
    fn wish(&self, place: usize, digest: &str) -> Wish {
        let values = self.places.and_then(|places| places.values.get(place));
        let Some(Values(values)) = values else { return Wish::Wanted };
        let last = values.get(MOST_VALUES - 1);
        if last.is_some_and(|last| (digest, self.session) > (&last.digest, &last.session)) {
            return Wish::NoRoom;
        }
        let order = |known: &Value| (&*known.digest, &*known.session).cmp(&(digest, self.session));
        let known = values.binary_search_by(order).ok().and_then(|at| values.get(at));
        match known.is_some_and(|known| known.has_enough(self.exchange)) {
            true => Wish::Enough,
            false => Wish::Wanted,
        }
    }
}

impl Places {
    /// The number of a new place.
    fn open(&mut self, pattern: String) -> usize {
        let number = self.values.len();
        self.values.push(Values::default());
        self.numbers.insert(pattern, number);
        number
    }

    /// All places with their values, by pattern.
    fn iter(&self) -> impl Iterator<Item = (&String, &Values)> {
        self.numbers.iter().map(|(pattern, number)| (pattern, &self.values[*number]))
    }
}

impl Values {
    /// Takes a value in; tells whether one of them, perhaps this, had to go for it.
    fn add(&mut self, digest: String, session: String, posting: Posting) -> bool {
        let order = |known: &Value| (&*known.digest, &*known.session).cmp(&(&digest, &session));
        match self.0.binary_search_by(order) {
            Ok(at) => {
                self.0[at].add(posting);
                return false;
            }
            Err(MOST_VALUES..) => return true,
            Err(at) => {
                let postings = BTreeSet::from([posting]);
                self.0.insert(at, Value { digest, session, postings });
            }
        }
        self.0.len() > MOST_VALUES && self.0.pop().is_some()
    }
}

impl Values {
    /// Values and requests in the order of their observations.
    fn in_order(&self) -> Vec<(&Value, &Posting)> {
        let each = self.0.iter().flat_map(|v| v.postings.iter().map(move |posting| (v, posting)));
        let mut all: Vec<(&Value, &Posting)> = each.collect();
        all.sort_unstable_by(|(v, a), (w, b)| {
            let front = (&v.session, &a.exchange, a.length, &v.digest);
            front.cmp(&(&w.session, &b.exchange, b.length, &w.digest)).then_with(|| a.cmp(b))
        });
        all
    }
}

impl Value {
    /// Whether a posting of this exchange would be let go.
    fn has_enough(&self, exchange: &ExchangeId) -> bool {
        let last = self.postings.last().filter(|_| self.postings.len() >= MOST_POSTINGS);
        last.is_some_and(|last| last.exchange < *exchange)
    }

    fn add(&mut self, posting: Posting) {
        let full = self.postings.len() >= MOST_POSTINGS;
        if full && self.postings.last().is_some_and(|last| posting > *last) {
            return;
        }
        self.postings.insert(posting);
        if self.postings.len() > MOST_POSTINGS {
            self.postings.pop_last();
        }
    }
}

impl Observed {
    /// What has been observed of a host in a run, for an exchange of a session.
    pub(crate) fn of<'a>(
        &'a self,
        (host, run): (&str, &RunId),
        session: &'a str,
        exchange: &'a ExchangeId,
    ) -> Known<'a> {
        let places = self.hosts.get(host).and_then(|runs| runs.get(run));
        Known { places, session, exchange }
    }

    /// Takes an observation in.
    pub(crate) fn add(&mut self, seen: Observation) {
        let Observation { host, place_pattern, run, session, digest, .. } = seen;
        let Observation { exchange, length, value, documented, property, .. } = seen;
        let posting = Posting { exchange, length, value, documented, property };
        let places = self.hosts.entry(host).or_default().entry(run).or_default();
        let number = match places.numbers.get(&place_pattern) {
            Some(number) => *number,
            None if self.places >= MOST_PLACES => {
                self.overflow += 1;
                return;
            }
            None => {
                self.places += 1;
                places.open(place_pattern)
            }
        };
        let Some(values) = places.values.get_mut(number) else { return };
        self.overflow += u64::from(values.add(digest, session, posting));
    }

    /// All that was kept, with others, sorted.
    pub(crate) fn sorted(self, others: Vec<Observation>) -> Vec<Observation> {
        let mut all = Vec::new();
        for (host, runs) in &self.hosts {
            for (run, places) in runs {
                for (place_pattern, values) in places.iter() {
                    let of =
                        |(value, posting)| observation(host, place_pattern, run, value, posting);
                    all.extend(values.in_order().into_iter().map(of));
                }
            }
        }
        all.extend(others);
        // A stable sort is quick with what is in order but for the runs of a place.
        all.par_sort();
        all
    }
}

fn observation(
    host: &str,
    place_pattern: &str,
    run: &RunId,
    value: &Value,
    posting: &Posting,
) -> Observation {
    Observation {
        host: host.to_owned(),
        place_pattern: place_pattern.to_owned(),
        run: run.clone(),
        session: value.session.clone(),
        exchange: posting.exchange.clone(),
        length: posting.length,
        digest: value.digest.clone(),
        value: posting.value.clone(),
        documented: posting.documented.clone(),
        property: posting.property,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(exchange: usize, digest: usize) -> Observation {
        Observation {
            host: "sa.maker.test".into(),
            place_pattern: "request.body > $.id".into(),
            run: RunId("r1".into()),
            session: String::new(),
            exchange: ExchangeId(format!("{exchange:05}")),
            length: 5,
            digest: format!("{digest:05}"),
            value: format!("{digest:05}"),
            documented: String::new(),
            property: None,
        }
    }

    /// What is kept, and how many values had to go.
    fn kept(all: impl Iterator<Item = Observation>) -> (Vec<Observation>, u64) {
        let mut observed = Observed::default();
        all.for_each(|seen| observed.add(seen));
        let overflow = observed.overflow;
        (observed.sorted(vec![]), overflow)
    }

    #[test]
    fn a_full_place_keeps_the_first_values_in_any_order() {
        let all: Vec<Observation> = (0..100).map(|n| seen(n, n)).collect();
        let (first, overflow) = kept(all.iter().cloned());
        assert_eq!((&first[..], overflow), (&all[..MOST_VALUES], 36));
        assert_eq!(kept(all.into_iter().rev()), (first, overflow));
    }

    #[test]
    fn a_value_keeps_the_first_requests_in_any_order() {
        let all: Vec<Observation> = (0..600).map(|n| seen(n, 7)).collect();
        let (first, overflow) = kept(all.iter().cloned());
        assert_eq!((&first[..], overflow), (&all[..MOST_POSTINGS], 0));
        assert_eq!(kept(all.into_iter().rev()), (first, overflow));
    }

    /// Adds what is wished for; what has no room is counted by whoever asks.
    fn add_wanted(observed: &mut Observed, seen: Observation) {
        let known = observed.of((&seen.host, &seen.run), &seen.session, &seen.exchange);
        let place = known.place(&seen.place_pattern);
        match place.map_or(Wish::Wanted, |place| known.wish(place, &seen.digest)) {
            Wish::Wanted => observed.add(seen),
            Wish::NoRoom => observed.overflow += 1,
            Wish::Enough => {}
        }
    }

    #[test]
    fn leaving_out_what_nobody_wants_changes_only_who_counts_it() {
        let values = || (0..1000).map(|n| seen(n, (n * 37) % 211));
        let requests = || (0..1500).map(|n| seen((n * 7) % 1000, n % 2));
        for all in [values().collect::<Vec<_>>(), requests().collect()] {
            let mut observed = Observed::default();
            all.iter().cloned().for_each(|seen| add_wanted(&mut observed, seen));
            let overflow = observed.overflow;
            assert_eq!((observed.sorted(vec![]), overflow), kept(all.into_iter()));
        }
    }

    #[test]
    fn what_has_enough_requests_is_not_wanted_again() {
        let mut observed = Observed::default();
        (0..600).for_each(|n| observed.add(seen(n, 7)));
        let wish = |exchange: usize| {
            let seen = seen(exchange, 7);
            let known = observed.of((&seen.host, &seen.run), "", &seen.exchange);
            known.wish(known.place(&seen.place_pattern).expect("is known"), &seen.digest)
        };
        assert_eq!((wish(600), wish(511), wish(100)), (Wish::Enough, Wish::Wanted, Wish::Wanted));
    }
}
