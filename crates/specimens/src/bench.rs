//! The bench: what a subject is handed, so that time, network and marks can be set by whoever runs it.

use std::{net::SocketAddr, sync::Arc};

use candor_case::{EventKind, UnixMicros};

/// The surroundings of a subject. All methods may be called from any thread.
pub trait Bench: Send + Sync {
    /// The time now. A subject whose clock is set ahead adds its own offset.
    fn now(&self) -> UnixMicros;

    /// Lets so many seconds pass: called where a person would wait.
    fn advance(&self, seconds: i64);

    /// Writes down a phase mark or a confirmed action of the current run.
    fn event(&self, event: EventKind);

    /// Where the proxy listens; it is spoken to with HTTP CONNECT.
    fn proxy(&self) -> SocketAddr;

    /// The authorities that the subject trusts.
    fn roots(&self) -> Arc<rustls::RootCertStore>;
}
