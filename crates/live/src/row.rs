//! What a page is told: one update at a time, as JSON.

use serde::Serialize;

/// How much of a request could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// It is still being sent.
    #[default]
    Going,
    /// It was recorded to its end.
    Whole,
    /// The sender or the recorder stopped before its end.
    Cut,
    /// TLS was refused: nothing of it could be read.
    Refused,
    /// It went by unread, or not at all.
    Unread,
    /// No request: an action that was carried out and confirmed.
    Action,
}

/// One line of the page. All text is inert.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// Its place among all rows.
    pub seq: u64,
    /// The version in which it changed last.
    #[serde(skip)]
    pub version: u64,
    /// When it began, in milliseconds since 1970.
    pub at_ms: i64,
    /// The phase it lies in; 0 before the first mark.
    pub phase: u64,
    /// Method; empty where there was no request.
    pub method: String,
    /// Host, with the port where it is not the usual one.
    pub host: String,
    /// Path and query, cut.
    pub path: String,
    /// Whether it went over the network unencrypted.
    pub plain: bool,
    /// Bytes of the request's body so far.
    pub sent: u64,
    /// Bytes of the response's body so far.
    pub received: u64,
    /// Status of the response; `None` before it came.
    pub status: Option<u16>,
    /// How much of it could be read.
    pub read: Read,
    /// Why it could not be read, or what was done.
    pub note: String,
}

/// A phase and what was sent in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Its place among all phases, from 1.
    pub seq: u64,
    /// Its name.
    pub name: String,
    /// When it began, in milliseconds since 1970.
    pub at_ms: i64,
    /// Requests in it so far.
    pub requests: u64,
}

/// A host and what went there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Requests.
    pub requests: u64,
    /// What could not be read.
    pub unread: u64,
}

/// Sums over the whole recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Requests and messages.
    pub requests: u64,
    /// Hosts that were counted apart.
    pub hosts: u64,
    /// Whether there were more hosts than are counted apart.
    pub more_hosts: bool,
    /// Bytes of request bodies.
    pub sent: u64,
    /// What could not be read.
    pub unread: u64,
    /// Connections of clients that may not use the proxy.
    pub turned_away: u64,
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Update {
    /// To ask from next time.
    pub version: u64,
    /// The run, with its arm.
    pub run: String,
    /// Whether the recording has ended.
    pub ended: bool,
    /// Rows that are new or have changed, in the order in which they changed.
    pub rows: Vec<Row>,
    /// Every phase that is kept.
    pub phases: Vec<Phase>,
    /// The busiest hosts.
    pub hosts: Vec<(String, Host)>,
    /// Sums.
    pub totals: Totals,
}
