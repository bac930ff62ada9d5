//! What the operator decides: where to listen, who answers, and how much is too much.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use candor_case::RunId;

use crate::Door;

/// The operator's hosts override: the address to reach instead of what the name resolves to, or
/// `None` to ask the system. Certificates are still verified for the name.
pub type Resolve = Arc<dyn Fn(&str, u16) -> Option<SocketAddr> + Send + Sync>;

/// How a proxy listens and who stands behind it.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Who may use the proxy: needed where other machines can reach it, as a phone under test must.
    /// `None` lets everyone in who can reach it.
    pub door: Option<Arc<dyn Door>>,
    /// The run that the exchanges belong to.
    pub run: RunId,
    /// Who answers requests to hosts that are not the lab's.
    pub upstream: Upstream,
    /// Bounds on memory and patience.
    pub limits: Limits,
    /// The operator's hosts override.
    pub resolve: Option<Resolve>,
    /// Authorities beside the public ones that upstream servers may be certified by, as DER.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            door: None,
            run: RunId::default(),
            upstream: Upstream::Sinkhole,
            limits: Limits::default(),
            resolve: None,
            extra_roots: Vec::new(),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("door", &self.door.is_some())
            .field("run", &self.run)
            .field("upstream", &self.upstream)
            .field("limits", &self.limits)
            .field("resolve", &self.resolve.is_some())
            .field("extra_roots", &self.extra_roots.len())
            .finish()
    }
}

/// Who answers requests to hosts that are not the lab's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// The real servers, their certificates verified.
    Direct,
    /// The proxy itself; nothing leaves the machine.
    Sinkhole,
}

/// Bounds on memory and patience.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Client connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// Largest head of a request or response, and largest trailer section, in bytes.
    pub head_bytes: usize,
    /// Most bytes kept of one WebSocket message, inflated and as frames.
    pub message_bytes: usize,
    /// How long a TLS or SOCKS handshake may take.
    pub handshake: Duration,
    /// How long reaching a server may take, per address.
    pub connect: Duration,
    /// How long a client connection may lie idle.
    pub idle: Duration,
    /// How long a body is read on after whoever it was for has gone.
    pub drain: Duration,
    /// How long open exchanges may go on after the proxy was told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head_bytes: 256 << 10,
            message_bytes: 16 << 20,
            handshake: Duration::from_secs(15),
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(300),
            drain: Duration::from_secs(5),
            grace: Duration::from_secs(2),
        }
    }
}
