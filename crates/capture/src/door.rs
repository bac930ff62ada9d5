//! The door: who on the network may use the proxy, and what it answers to those who visit the proxy
//! itself.

use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
};

use crate::lab::{LabAnswer, LabRequest};

/// Keeps a proxy that other machines can reach for one device, and answers for candor's own pages.
///
/// The door knows a client by its network address: browsers can hand a proxy a password, but few
/// other programs of a phone can, and what cannot would be lost to the recording.
pub trait Door: Send + Sync {
    /// Whether a client at this address may use the proxy; asked once per connection.
    fn admits(&self, client: IpAddr) -> bool;

    /// Takes note of a client that was sent away.
    fn refused(&self, client: SocketAddr);

    /// Answers a visit to the proxy itself, from whomever it comes; `None` leaves it to the proxy.
    /// Neither visit nor answer is recorded. An answer may be waited for.
    fn answer(&self, visit: Visit) -> Answering;
}

/// An answer on its way.
pub type Answering = Pin<Box<dyn Future<Output = Option<LabAnswer>> + Send>>;

/// A request to the proxy itself, at its own address or at `candor.test`.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who asks.
    pub client: SocketAddr,
    /// How the request came.
    pub way: Way,
    /// What is asked for; no body when it came directly.
    pub request: LabRequest,
}

/// How a request reached the proxy's own pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At the proxy's own address, as to a web site: the client may not use the proxy yet.
    Direct,
    /// To `candor.test` through the proxy, unencrypted.
    Proxied,
    /// To `candor.test` through the proxy within TLS: the client trusts the authority.
    Trusted,
}
