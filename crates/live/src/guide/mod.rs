//! The guide: a script for a subject driven by hand, shown on the subject itself.
//!
//! It is opened at the proxy's own address, whose secret lets the device in, and goes on at
//! `candor.test` through the proxy. Every step is confirmed by the request that it causes and marked
//! in the case at that moment. Nothing is taken for done because time has passed.

mod page;
mod script;
#[cfg(test)]
mod tests;
mod walk;
mod words;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use candor_case::{EventKind, Exchange};
use tokio::sync::watch;

use crate::Entrance;
use crate::guide::page::{Seen, Window};
pub use crate::guide::script::Script;
use crate::guide::script::{Begins, Stage};
pub(crate) use crate::guide::walk::State;

/// The guide's host behind the proxy.
pub(crate) const HOME: &str = "candor.test";
/// How long a page waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes what the guide marks in the case; called from any thread.
type Tell = Box<dyn Fn(EventKind) + Send + Sync>;

/// Walks a person through a recording.
pub struct Guide {
    entrance: Arc<Entrance>,
    setup: Setup,
    stages: Vec<Stage>,
    tell: Tell,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// What a device needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) proxy: SocketAddr,
    pub(crate) fingerprint: String,
}

/// How a request reached the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the proxy's own address.
    Direct,
    /// Through the proxy, unencrypted.
    Proxied,
    /// Through the proxy within TLS.
    Trusted,
}

/// A request to the guide.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who asks.
    pub client: IpAddr,
    /// How it came.
    pub place: Place,
    /// Method.
    pub method: String,
    /// Path, with query.
    pub path: String,
    /// Value of the `Cookie` field; empty if there was none.
    pub cookie: String,
    /// Value of the `User-Agent` field; empty if there was none.
    pub agent: String,
}

/// What the guide answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header fields, names in lower case; without length.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Guide {
    /// A guide for devices that are to use the proxy at that address. `fingerprint` is the SHA-256 of
    /// the authority's certificate; `tell` takes what is marked in the case, in order.
    pub fn new(
        entrance: Arc<Entrance>,
        proxy: SocketAddr,
        fingerprint: String,
        script: Script,
        tell: impl Fn(EventKind) + Send + Sync + 'static,
    ) -> Self {
        Self {
            entrance,
            setup: Setup { proxy, fingerprint },
            stages: script.0,
            tell: Box::new(tell),
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// The door that this guide stands behind.
    pub fn entrance(&self) -> &Entrance {
        &self.entrance
    }

    /// The address to open on the device, secret included, in the letters that a QR code holds
    /// compactly.
    pub fn address(&self) -> String {
        let token = self.entrance.token().as_str();
        format!("HTTP://{}/{token}", self.setup.proxy).to_ascii_uppercase()
    }

    /// Resolves when the person has pressed the last button.
    pub async fn finished(&self) {
        let mut changed = self.changed.subscribe();
        while !self.state().finished {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Takes a request that was recorded: it may be the one that a step causes.
    pub fn saw(&self, exchange: &Exchange) {
        let url = &exchange.request.url;
        self.change(|state, marks| {
            let Some(stage) = self.stages.get(state.stage).filter(|_| state.begun) else { return };
            let done = |n: &usize| !state.done.contains(n) && stage.tasks[*n].is_done_by(url);
            let Some(n) = (0..stage.tasks.len()).find(done) else { return };
            let task = &stage.tasks[n];
            state.done.insert(n);
            let (name, seed) = (task.name.clone(), Some(task.seed.clone()));
            marks.push(EventKind::Action { name, seed, began: None });
        });
    }

    /// Answers a request at the proxy's own address or at `candor.test`; `None` when it is not for
    /// the guide. Through the proxy, only admitted clients may ask.
    pub async fn answer(&self, asked: Asked) -> Option<Answer> {
        let path = asked.path.split(['?', '#']).next().unwrap_or_default();
        let rest = self.entrance.token().strip(path);
        match (asked.place, rest) {
            (Place::Direct, None) => return None,
            (Place::Direct, Some(_)) if !self.entrance.admit(asked.client) => {
                return Some(page::plain(403, "candor: too many devices are in already\n"));
            }
            (Place::Direct, Some(_)) => {}
            (place, _) => self.came(place),
        }
        match (asked.method.as_str(), rest) {
            ("GET", Some("" | "/")) => Some(self.page(&asked)),
            ("GET", None) if path == "/" => Some(self.page(&asked)),
            ("GET", Some("/probe")) => Some(page::knocked()),
            ("GET", Some("/wait")) => Some(self.wait(&asked.path).await),
            ("POST", Some(rest)) => Some(self.press(rest, &asked)),
            _ => None,
        }
    }

    fn page(&self, asked: &Asked) -> Answer {
        let state = self.state().clone();
        let begins = self.stages.get(state.stage).map(|stage| stage.begins);
        let window = match Window::of(&asked.cookie) {
            // Whether this is a private window is for the person to say.
            Window::Unknown if begins == Some(Begins::SaidElsewhere) => Window::Unknown,
            Window::Unknown if asked.place != Place::Direct => Window::Normal,
            known => known,
        };
        let seen = Seen { place: asked.place, window, agent: &asked.agent };
        page::page(&self.setup, self.entrance.token().as_str(), &self.stages, &state, &seen)
    }

    /// Waits for news, as long as a page is ready to.
    async fn wait(&self, path: &str) -> Answer {
        let known = path.split_once("?v=").and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
        let mut changed = self.changed.subscribe();
        let news = changed.wait_for(|version| *version > known);
        let _ = tokio::time::timeout(PATIENCE, news).await;
        page::json(&format!("{{\"version\":{}}}", self.state().version))
    }

    /// A button of the stage that is going on; one of an earlier stage does nothing again.
    fn press(&self, rest: &str, asked: &Asked) -> Answer {
        let mut parts = rest.split('/').skip(1);
        let (wanted, button) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("do"), Some(stage), Some(button), None) => (stage, button),
            _ => return page::plain(404, "candor: no such step\n"),
        };
        let mut window = Window::of(&asked.cookie);
        self.change(|state, marks| {
            let Some(stage) = self.stages.get(state.stage).filter(|stage| stage.id == wanted)
            else {
                return;
            };
            match (button, stage.begins) {
                ("begin", Begins::Said | Begins::Installed) => self.begin(state, marks),
                ("begin", Begins::SaidElsewhere) if window != Window::Normal => {
                    window = Window::Private;
                    self.begin(state, marks);
                }
                ("skip", _) => self.skip(state, marks),
                ("finish", _) if state.stage + 1 == self.stages.len() => state.finished = true,
                _ => {}
            }
        });
        page::onward(asked.place, self.entrance.token().as_str(), window)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, marks what that means in the case, and wakes the pages that wait.
    fn change(&self, change: impl FnOnce(&mut State, &mut Vec<EventKind>)) {
        let mut state = self.state();
        let mut marks = Vec::new();
        let look = |state: &State| {
            (state.stage, state.begun, state.done.len(), state.proxied, state.finished)
        };
        let before = look(&state);
        change(&mut state, &mut marks);
        self.settle(&mut state, &mut marks);
        // Marks are told in the order of the changes, so before anyone else can make another.
        marks.into_iter().for_each(|mark| (self.tell)(mark));
        if before != look(&state) {
            state.version += 1;
            self.changed.send_replace(state.version);
        }
    }
}
