//! Observed values of a whole case: of every place the first ones, with the requests that carried
//! them, bounded in number.

use std::collections::{BTreeMap, BTreeSet};

use candor_case::{ExchangeId, Observation, Property, RunId};

/// Values that are kept per place and run.
const MOST_VALUES: usize = 64;
/// Requests that are kept per value.
const MOST_POSTINGS: usize = 512;
/// Observed places that are kept in all.
const MOST_PLACES: usize = 500_000;

/// The places of one host and run, by pattern.
type Places = BTreeMap<String, Values>;

/// What has been observed so far.
#[derive(Default)]
pub(crate) struct Observed {
    hosts: BTreeMap<String, BTreeMap<RunId, Places>>,
    places: usize,
    /// How often a value was not kept for want of room.
    pub(crate) overflow: u64,
}

/// What has been observed of one host in one run.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a>(Option<&'a Places>);

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

impl Known<'_> {
    /// Whether a value would be kept. What a full place has no room for now it will never have room
    /// for, since it keeps the first ones.
    pub(crate) fn has_room(self, pattern: &str, digest: &str, session: &str) -> bool {
        let values = self.0.and_then(|places| places.get(pattern));
        values.is_none_or(|values| values.has_room(digest, session))
    }
}

impl Values {
    fn has_room(&self, digest: &str, session: &str) -> bool {
        let full = self.0.get(MOST_VALUES - 1);
        full.is_none_or(|last| (digest, session) <= (&last.digest, &last.session))
    }

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
    /// What has been observed of a host in a run.
    pub(crate) fn of(&self, host: &str, run: &RunId) -> Known<'_> {
        Known(self.hosts.get(host).and_then(|runs| runs.get(run)))
    }

    /// Takes an observation in.
    pub(crate) fn add(&mut self, seen: Observation) {
        let Observation { host, place_pattern, run, session, digest, .. } = seen;
        let Observation { exchange, length, value, documented, property, .. } = seen;
        let posting = Posting { exchange, length, value, documented, property };
        let known = self.hosts.get_mut(&host).and_then(|runs| runs.get_mut(&run));
        let values = match known.and_then(|places| places.get_mut(&place_pattern)) {
            Some(values) => values,
            None if self.places >= MOST_PLACES => {
                self.overflow += 1;
                return;
            }
            None => {
                self.places += 1;
                let places = self.hosts.entry(host).or_default().entry(run).or_default();
                places.entry(place_pattern).or_default()
            }
        };
        self.overflow += u64::from(values.add(digest, session, posting));
    }

    /// All that was kept, with others, sorted.
    pub(crate) fn sorted(self, others: Vec<Observation>) -> Vec<Observation> {
        let mut all = Vec::new();
        for (host, runs) in &self.hosts {
            for (run, places) in runs {
                for (place_pattern, values) in places {
                    let of =
                        |(value, posting)| observation(host, place_pattern, run, value, posting);
                    all.extend(values.in_order().into_iter().map(of));
                }
            }
        }
        all.extend(others);
        // A stable sort is quick with what is in order but for the runs of a place.
        all.sort();
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

    #[test]
    fn leaving_out_what_has_no_room_changes_only_who_counts_it() {
        let all = || (0..1000).map(|n| seen(n, (n * 37) % 211));
        let mut observed = Observed::default();
        for seen in all() {
            let known = observed.of(&seen.host, &seen.run);
            match known.has_room(&seen.place_pattern, &seen.digest, &seen.session) {
                true => observed.add(seen),
                false => observed.overflow += 1,
            }
        }
        let overflow = observed.overflow;
        assert!(overflow > 500, "{overflow}");
        assert_eq!((observed.sorted(vec![]), overflow), kept(all()));
    }
}
