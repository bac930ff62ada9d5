//! Finds the response to each request: by the names the records give each other, else by standing
//! next to each other with the same address.

use std::collections::{BTreeMap, VecDeque};

use candor_warc::Record;

/// More records than this do not wait for their other half.
const WAITING: usize = 2_000;

/// Nor do more bytes than this.
const WAITING_BYTES: usize = 512 << 20;

/// A request with its response, or one of them alone.
#[derive(Debug, Default)]
pub(crate) struct Pair {
    pub(crate) request: Option<Record>,
    pub(crate) response: Option<Record>,
}

/// Records that wait for their other half, and pairs that are ready.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    /// By place in the file.
    waiting: BTreeMap<u64, Half>,
    /// Which waiting records have or name that name.
    by_name: BTreeMap<String, Vec<u64>>,
    ready: VecDeque<Pair>,
    bytes: usize,
    last: Option<u64>,
}

#[derive(Debug)]
struct Half {
    is_request: bool,
    record: Record,
}

impl Pairs {
    /// Takes a request.
    pub(crate) fn request(&mut self, record: Record) {
        self.take(Half { is_request: true, record });
    }

    /// Takes a response.
    pub(crate) fn response(&mut self, record: Record) {
        self.take(Half { is_request: false, record });
    }

    /// The next pair.
    pub(crate) fn ready(&mut self) -> Option<Pair> {
        self.ready.pop_front()
    }

    /// Gives up waiting.
    pub(crate) fn end(&mut self) {
        while let Some((&at, _)) = self.waiting.first_key_value() {
            self.give_up(at);
        }
    }

    fn take(&mut self, half: Half) {
        let place = half.record.offset;
        match self.partner(&half) {
            Some(at) => {
                let Some(other) = self.remove(at) else { return };
                self.ready.push_back(join(half, Some(other)));
                self.last = None;
            }
            None => {
                for name in names(&half.record) {
                    self.by_name.entry(name).or_default().push(place);
                }
                self.bytes += half.record.block.len();
                self.waiting.insert(place, half);
                self.last = Some(place);
                self.shed();
            }
        }
    }

    fn partner(&self, half: &Half) -> Option<u64> {
        let fits = |at: &&u64| {
            self.waiting.get(at).is_some_and(|other| other.is_request != half.is_request)
        };
        let known = names(&half.record);
        let named = known.iter().filter_map(|name| self.by_name.get(name)).flatten();
        named.into_iter().find(fits).copied().or_else(|| {
            let at = self.last.as_ref().filter(fits)?;
            let other = self.waiting.get(at)?;
            let alone = [&half.record, &other.record].iter().all(|r| names_none(r));
            (alone && uri(&half.record) == uri(&other.record)).then_some(*at)
        })
    }

    fn shed(&mut self) {
        while self.waiting.len() > WAITING || self.bytes > WAITING_BYTES {
            match self.waiting.first_key_value() {
                Some((&at, _)) => self.give_up(at),
                None => return,
            }
        }
    }

    fn give_up(&mut self, at: u64) {
        if let Some(half) = self.remove(at) {
            self.ready.push_back(join(half, None));
        }
    }

    fn remove(&mut self, at: u64) -> Option<Half> {
        let half = self.waiting.remove(&at)?;
        self.bytes -= half.record.block.len();
        for name in names(&half.record) {
            if let Some(places) = self.by_name.get_mut(&name) {
                places.retain(|place| *place != at);
                if places.is_empty() {
                    self.by_name.remove(&name);
                }
            }
        }
        Some(half)
    }
}

fn join(half: Half, other: Option<Half>) -> Pair {
    let mut pair = Pair::default();
    for half in [Some(half), other].into_iter().flatten() {
        let slot = if half.is_request { &mut pair.request } else { &mut pair.response };
        *slot = Some(half.record);
    }
    pair
}

/// The record's own name and those it names. Two records belong together when one of these is the
/// same: crawlers name the response in the request, or the request in the response.
fn names(record: &Record) -> Vec<String> {
    let own = Some(record.fields.record_id()).filter(|name| !name.is_empty());
    let mut names: Vec<String> =
        own.into_iter().chain(record.fields.concurrent_to()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names.truncate(64);
    names
}

fn names_none(record: &Record) -> bool {
    record.fields.concurrent_to().next().is_none()
}

fn uri(record: &Record) -> &str {
    record.fields.first("WARC-Target-URI").unwrap_or("")
}
