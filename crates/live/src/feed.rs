//! What the live page shows: the latest requests, phases and hosts of a recording, in bounded memory.
//!
//! Whoever records tells the feed what it sees; pages ask for what has changed since they last did.
//! Rows, phases and hosts beyond their bounds are counted and forgotten, oldest first: the recording
//! itself lies in the case. Several runs can go on at once; each tells its own feed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candor_case::{Direction, Event, EventKind, Exchange, ExchangeKind, TlsSide, UnixMicros};
use tokio::sync::watch;

use crate::kept::{Kept, PHASES};
use crate::row::{Read, Row, Totals, Update};

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
    state: Mutex<Kept>,
    changed: watch::Sender<u64>,
    clean: Clean,
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

    fn state(&self) -> MutexGuard<'_, Kept> {
        // Counters and texts are whole whenever a thread may have panicked.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
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

#[cfg(test)]
mod tests;
