//! What a driver is handed: time, the proxy, and places to write to, so that whoever runs it can set
//! them all.

use std::net::SocketAddr;
use std::path::Path;

use candor_case::{EventKind, RunId, UnixMicros};
use tokio::sync::watch;

/// The surroundings of a run. All methods may be called from any thread and must be short.
pub trait Bench: Send + Sync {
    /// The time now, on the clock of the recording.
    fn now(&self) -> UnixMicros;

    /// Writes down a phase mark, a confirmed action or a gap of the current run.
    fn event(&self, event: EventKind);

    /// Where the proxy listens: on loopback, for this run alone.
    fn proxy(&self) -> SocketAddr;

    /// The certificate of the proxy's authority, PEM.
    fn authority_pem(&self) -> &Path;

    /// Keeps a file of the run: a screenshot, a frame of the film, the browser's own log. `name` is
    /// a relative path in plain ASCII.
    fn save(&self, name: &str, bytes: &[u8]);

    /// Shows how far the run is.
    fn progress(&self, progress: &Progress<'_>) {
        let _ = progress;
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The phase that begins.
    pub phase: &'a str,
    /// How many phases are over.
    pub done: usize,
    /// How many there are.
    pub phases: usize,
    /// Seconds left in this run, about.
    pub left_s: u32,
}

/// Lets an operator end what is going on, cleanly. Clones share one state.
#[derive(Clone, Debug)]
pub struct Cancel(watch::Sender<bool>);

impl Default for Cancel {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Cancel {
    /// Ends whatever was handed a clone of this.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was called.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is called.
    pub async fn cancelled(&self) {
        let mut state = self.0.subscribe();
        // Invariant: the sender lives as long as `self`, so waiting cannot fail.
        let _ = state.wait_for(|cancelled| *cancelled).await;
    }
}
