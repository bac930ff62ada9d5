//! What the live page shows: the latest requests, phases and hosts of a recording, in bounded memory.
//!
//! Whoever records tells the feed what it sees; pages ask for what has changed since they last did.
//! Rows, phases and hosts beyond their bounds are counted and forgotten, oldest first: the recording
//! itself lies in the case. Several runs can go on at once; each tells its own feed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candor_case::{Direction, Event, EventKind, Exchange, ExchangeKind, TlsSide, UnixMicros};
use tokio::sync::watch;

use crate::row::{Host, Phase, Read, Row, Totals, Update};

/// Rows that are kept.
const ROWS: usize = 2_000;
/// Phases that are kept.
const PHASES: usize = 64;
/// Hosts that are counted apart.
const HOSTS: usize = 200;
/// Rows in one update.
const BATCH: usize = 400;
/// Most characters of a stranger's text.
const TEXT: usize = 300;

/// Makes a stranger's text inert and cuts it to so many characters.
pub type Clean = fn(&str, usize) -> String;

/// What is being sent now. Clones share one state; any thread may tell and ask.
#[derive(Clone)]
pub struct Feed {
    shared: Arc<Shared>,
    /// The run that tells; 0 before any.
    run: u64,
}

struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    clean: Clean,
}

#[derive(Default)]
struct State {
    version: u64,
    next: u64,
    rows: VecDeque<Row>,
    phases: VecDeque<Phase>,
    hosts: BTreeMap<String, Host>,
    totals: Totals,
    /// Runs that were begun.
    runs: u64,
    /// The latest runs by number, each with its name and the phase it is in.
    known: BTreeMap<u64, (String, u64)>,
    run: String,
    ended: bool,
}

impl Feed {
    /// An empty feed; `clean` makes strangers' text inert.
    pub fn new(clean: Clean) -> Self {
        let shared = Shared { state: Mutex::default(), changed: watch::Sender::new(0), clean };
        Self { shared: Arc::new(shared), run: 0 }
    }

    /// The feed of a run that begins, in that arm.
    pub fn run(&self, name: &str, arm: &str) -> Self {
        let arm = if arm.is_empty() { String::new() } else { format!(" ({arm})") };
        let (name, told) = (self.clean(name), self.clean(&format!("{name}{arm}")));
        let mut run = 0;
        self.change(|state| {
            state.runs += 1;
            run = state.runs;
            state.run = told;
            state.known.insert(run, (name, 0));
            if state.known.len() > PHASES {
                state.known.pop_first();
            }
        });
        Self { shared: Arc::clone(&self.shared), run }
    }

    /// Says that the recording has ended.
    pub fn end(&self) {
        self.change(|state| state.ended = true);
    }

    /// Takes an event of the run.
    pub fn event(&self, event: &Event) {
        let (at, host) = (event.at, |host: &str| self.clean(host));
        match &event.kind {
            EventKind::Phase { name, .. } => {
                let name = self.clean(name);
                self.change(|state| state.mark(self.run, name, at));
            }
            EventKind::Action { name, .. } => self.note(at, Read::Action, String::new(), name),
            EventKind::TlsRefused { side, host: at_host, why, .. } => {
                let whose = match side {
                    TlsSide::Client => "the subject did not trust candor",
                    TlsSide::Upstream => "the server's certificate did not verify",
                };
                self.note(at, Read::Refused, host(at_host), &format!("{whose}: {why}"));
            }
            EventKind::Gap { host: at_host, detail, .. } => {
                self.note(at, Read::Unread, host(at_host), detail);
            }
            _ => {}
        }
    }

    /// Takes a whole message of a WebSocket.
    pub fn message(&self, message: &Exchange) {
        let ExchangeKind::Message { direction, payload, .. } = &message.kind else { return };
        let length = payload.bytes.len() as u64;
        let (sent, received) = match direction {
            Direction::Sent => (length, 0),
            Direction::Received => (0, length),
        };
        let (method, read) = (String::from("message"), Read::Whole);
        let row = Row { method, read, sent, received, ..self.row(message) };
        self.change(|state| {
            state.push(self.run, row);
        });
    }

    /// Takes a request whose head is known.
    pub fn open(&self, head: &Exchange) -> Watched {
        let row = self.row(head);
        let mut seq = 0;
        self.change(|state| seq = state.push(self.run, row));
        Watched { feed: self.clone(), seq }
    }

    /// Counts a connection of somebody who may not use the proxy.
    pub fn turned_away(&self) {
        self.change(|state| state.totals.turned_away += 1);
    }

    /// What has changed since that version; `None` when nothing has.
    pub fn since(&self, version: u64) -> Option<Update> {
        self.state().since(version)
    }

    /// Resolves when there is something newer than that version.
    pub(crate) async fn newer(&self, version: u64) {
        let mut changed = self.shared.changed.subscribe();
        if self.state().version > version {
            return;
        }
        // Invariant: the sender lives as long as `self`, so waiting cannot fail.
        let _ = changed.wait_for(|now| *now > version).await;
    }

    fn note(&self, at: UnixMicros, read: Read, host: String, note: &str) {
        let note = self.clean(note);
        let row = Row { at_ms: at.0.div_euclid(1000), host, read, note, ..Row::default() };
        self.change(|state| {
            state.push(self.run, row);
        });
    }

    fn row(&self, exchange: &Exchange) -> Row {
        let (scheme, rest) = exchange.request.url.split_once("://").unwrap_or(("", ""));
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Row {
            at_ms: exchange.started.0.div_euclid(1000),
            method: (self.shared.clean)(&exchange.request.method, 20),
            host: self.clean(authority),
            path: self.clean(path),
            plain: matches!(scheme, "http" | "ws"),
            ..Row::default()
        }
    }

    fn clean(&self, text: &str) -> String {
        (self.shared.clean)(text, TEXT)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counters and texts are whole whenever a thread may have panicked.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        state.version += 1;
        change(&mut state);
        let version = state.version;
        drop(state);
        // Mostly nobody looks. Whoever begins to subscribes first and then asks for the version.
        if self.shared.changed.receiver_count() == 0 {
            return;
        }
        self.shared.changed.send_if_modified(|now| {
            let newer = version > *now;
            *now = version.max(*now);
            newer
        });
    }
}

/// A request that is being sent.
pub struct Watched {
    feed: Feed,
    seq: u64,
}

impl Watched {
    /// So many more bytes of a body: of the request, or of the response.
    pub fn bytes(&self, of_request: bool, count: usize) {
        self.row(|row, totals| {
            let count = count as u64;
            match of_request {
                true => (row.sent, totals.sent) = (row.sent + count, totals.sent + count),
                false => row.received += count,
            }
        });
    }

    /// The response's status.
    pub fn status(&self, status: u16) {
        self.row(|row, _| row.status = Some(status));
    }

    /// One side has ended, whole or cut off.
    pub fn end(&self, of_request: bool, whole: bool) {
        self.row(|row, _| match (of_request, whole) {
            (true, true) if row.read == Read::Going => row.read = Read::Whole,
            (true, false) => row.read = Read::Cut,
            _ => {}
        });
    }

    fn row(&self, change: impl FnOnce(&mut Row, &mut Totals)) {
        self.feed.change(|state| {
            let version = state.version;
            let first = state.rows.front().map_or(0, |row| row.seq);
            let at = usize::try_from(self.seq.saturating_sub(first)).unwrap_or(usize::MAX);
            let mut forgotten = Row::default();
            let row = match self.seq < first {
                true => &mut forgotten,
                false => state.rows.get_mut(at).unwrap_or(&mut forgotten),
            };
            row.version = version;
            change(row, &mut state.totals);
        });
    }
}

impl State {
    fn mark(&mut self, run: u64, mut name: String, at: UnixMicros) {
        let seq = self.phases.back().map_or(1, |phase| phase.seq + 1);
        let several = self.runs > 1;
        if let Some((of, now)) = self.known.get_mut(&run) {
            *now = seq;
            name = if several { format!("{of}: {name}") } else { name };
        }
        self.phases.push_back(Phase { seq, name, at_ms: at.0.div_euclid(1000), requests: 0 });
        if self.phases.len() > PHASES {
            self.phases.pop_front();
        }
    }

    fn push(&mut self, run: u64, mut row: Row) -> u64 {
        row.seq = self.next;
        row.version = self.version;
        row.phase = match self.known.get(&run) {
            Some((_, now)) => *now,
            None => self.phases.back().map_or(0, |phase| phase.seq),
        };
        self.next += 1;
        self.count(&row);
        self.rows.push_back(row);
        if self.rows.len() > ROWS {
            self.rows.pop_front();
        }
        self.next - 1
    }

    fn count(&mut self, row: &Row) {
        match row.read {
            Read::Action => return,
            Read::Refused | Read::Unread => self.totals.unread += 1,
            _ => {
                self.totals.requests += 1;
                self.totals.sent += row.sent;
                if let Some(phase) = self.phases.iter_mut().rfind(|p| p.seq == row.phase) {
                    phase.requests += 1;
                }
            }
        }
        let known = self.hosts.contains_key(&row.host);
        if row.host.is_empty() {
            return;
        }
        if !known && self.hosts.len() >= HOSTS {
            self.totals.more_hosts = true;
            return;
        }
        let host = self.hosts.entry(row.host.clone()).or_default();
        match row.read {
            Read::Refused | Read::Unread => host.unread += 1,
            _ => host.requests += 1,
        }
    }

    fn since(&self, version: u64) -> Option<Update> {
        if version >= self.version {
            return None;
        }
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.version > version).collect();
        rows.sort_by_key(|row| (row.version, row.seq));
        let whole = rows.len() <= BATCH;
        rows.truncate(BATCH);
        let reached = match (whole, rows.last()) {
            (false, Some(last)) => last.version,
            _ => self.version,
        };
        let mut hosts: Vec<_> = self.hosts.iter().map(|(n, h)| (n.clone(), *h)).collect();
        hosts.sort_by_key(|(name, host)| {
            (std::cmp::Reverse(host.requests + host.unread), name.clone())
        });
        let totals = Totals { hosts: hosts.len() as u64, ..self.totals };
        hosts.truncate(12);
        Some(Update {
            version: reached,
            run: self.run.clone(),
            ended: self.ended,
            rows: rows.into_iter().cloned().collect(),
            phases: self.phases.iter().cloned().collect(),
            hosts,
            totals,
        })
    }
}

#[cfg(test)]
mod tests {
    use candor_case::{
        Body, ConnectionId, ExchangeId, GapReason, Origin, Provenance, Request, RunId,
    };

    use super::*;

    fn clean(text: &str, most: usize) -> String {
        text.chars().filter(|c| !c.is_control()).take(most).collect()
    }

    fn exchange(url: &str) -> Exchange {
        Exchange {
            id: ExchangeId("x".into()),
            run: RunId("r".into()),
            started: UnixMicros(1_500_000),
            connection: None,
            protocols: vec![],
            kind: ExchangeKind::Http,
            request: Request {
                method: "POST".into(),
                url: url.into(),
                headers: vec![],
                body: Body::empty(Provenance::Proxied),
                trailers: vec![],
            },
            response: None,
            origin: Origin::Proxied,
        }
    }

    fn event(at: i64, kind: EventKind) -> Event {
        Event { at: UnixMicros(at), kind }
    }

    fn phase(name: &str) -> EventKind {
        EventKind::Phase { name: name.into(), session: "1".into() }
    }

    #[test]
    fn a_request_is_seen_growing_in_its_phase() {
        let feed = Feed::new(clean);
        feed.event(&event(1_000_000, phase("visit\u{1b}")));
        let watched = feed.open(&exchange("https://a.example.org/x?\u{1b}y"));
        let seen = feed.since(0).expect("news");
        let row = &seen.rows[0];
        assert_eq!((row.host.as_str(), row.path.as_str()), ("a.example.org", "/x?y"));
        assert_eq!((row.at_ms, row.phase, row.read, row.plain), (1500, 1, Read::Going, false));
        assert_eq!((seen.phases[0].name.as_str(), seen.phases[0].requests), ("visit", 1));
        assert!(feed.since(seen.version).is_none());
        watched.bytes(true, 7);
        watched.bytes(false, 9);
        watched.status(204);
        watched.end(true, true);
        let later = feed.since(seen.version).expect("news");
        let row = &later.rows[0];
        assert_eq!((row.sent, row.received, row.status), (7, 9, Some(204)));
        assert_eq!((row.read, later.totals.sent, later.totals.requests), (Read::Whole, 7, 1));
    }

    #[test]
    fn runs_that_go_on_at_once_keep_their_phases_apart() {
        let feed = Feed::new(clean);
        let (a, b) = (feed.run("a", "mode=normal"), feed.run("b", ""));
        a.event(&event(1, phase("visit")));
        b.event(&event(2, phase("search")));
        a.open(&exchange("https://a.example.org/"));
        b.open(&exchange("https://b.example.org/"));
        let seen = feed.since(0).expect("news");
        let names: Vec<_> = seen.phases.iter().map(|p| (p.name.as_str(), p.requests)).collect();
        assert_eq!(names, [("a: visit", 1), ("b: search", 1)]);
        let phases: Vec<_> = seen.rows.iter().map(|row| (row.host.as_str(), row.phase)).collect();
        assert_eq!(phases, [("a.example.org", 1), ("b.example.org", 2)]);
    }

    #[test]
    fn what_could_not_be_read_is_told_and_counted() {
        let feed = Feed::new(clean);
        let id = || ConnectionId("c1".into());
        let why = String::from("UnknownCa");
        let host = || String::from("pinned.example.org");
        let refused = EventKind::TlsRefused { id: id(), side: TlsSide::Client, host: host(), why };
        feed.event(&event(1, refused));
        let (reason, detail) = (GapReason::UnknownProtocol, "neither".to_owned());
        feed.event(&event(2, EventKind::Gap { reason, host: host(), bytes: None, detail }));
        feed.event(&event(3, EventKind::TlsAbandoned { id: id(), host: host() }));
        let seen = feed.since(0).expect("news");
        let reads: Vec<_> = seen.rows.iter().map(|row| row.read).collect();
        assert_eq!(reads, [Read::Refused, Read::Unread]);
        assert_eq!((seen.totals.unread, seen.totals.requests, seen.totals.hosts), (2, 0, 1));
        assert_eq!(seen.hosts[0].1.unread, 2);
    }

    #[test]
    fn memory_is_bounded_and_a_reader_that_lags_gets_everything_kept() {
        let feed = Feed::new(clean);
        let first = feed.open(&exchange("https://first.example.org/"));
        for n in 0..ROWS + 100 {
            feed.open(&exchange(&format!("https://h{n}.example.org/{}", "p".repeat(5_000))));
        }
        // The first row is forgotten; what still comes of it changes no other row.
        first.bytes(true, 5);
        let state = feed.state();
        assert_eq!((state.rows.len(), state.hosts.len()), (ROWS, HOSTS));
        assert!(state.rows.iter().all(|row| row.path.len() <= TEXT && row.sent == 0));
        assert!(state.totals.more_hosts && state.totals.sent == 5);
        drop(state);
        let (mut version, mut seen) = (0, 0);
        while let Some(update) = feed.since(version) {
            assert!(update.rows.len() <= BATCH && update.version > version);
            (version, seen) = (update.version, seen + update.rows.len());
        }
        assert_eq!(seen, ROWS);
        for n in 0..PHASES + 5 {
            feed.event(&event(1, phase(&n.to_string())));
        }
        assert_eq!(feed.since(version).expect("news").phases.len(), PHASES);
    }
}
