//! Events: what happened in a run beside its exchanges (`events.jsonl`, one per line).

use serde::{Deserialize, Serialize};

use crate::{GapReason, UnixMicros};

/// Names a client connection within a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub String);

/// Something that happened at a moment of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: UnixMicros,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Which side of the proxy a TLS event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsSide {
    /// The subject.
    Client,
    /// The server it wanted to reach.
    Upstream,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A phase begins; the one before it ends.
    Phase {
        /// Its name.
        name: String,
        /// The session it lies in.
        #[serde(default)]
        session: String,
    },
    /// An action was carried out and confirmed (a page loaded, a word typed). The event's own time
    /// is its end.
    Action {
        /// What was done.
        name: String,
        /// The seed that it planted, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seed: Option<String>,
        /// When it began, on the clock of the recording; `None`: it took no time, or nobody knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        began: Option<UnixMicros>,
    },
    /// A client connection was accepted and understood.
    Connection {
        /// Its name.
        id: ConnectionId,
        /// Address of the client, `ip:port`.
        client: String,
        /// How it came: `connect`, `absolute`, `origin`, `socks5`, `tls`.
        how: String,
        /// Host and port that were asked for.
        target: String,
        /// Server name the client sent; `None` without TLS or without SNI.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sni: Option<String>,
        /// Protocols the client offered (ALPN), in its order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alpn_offered: Vec<String>,
        /// The protocol that was agreed on with the client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alpn: Option<String>,
        /// TLS version towards the client, `TLSv1.3`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<String>,
    },
    /// A connection to the real server was made.
    Upstream {
        /// The client connection it serves.
        id: ConnectionId,
        /// Address reached, `ip:port`.
        address: String,
        /// TLS version, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tls: Option<String>,
        /// The protocol that was agreed on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alpn: Option<String>,
        /// SHA-256 of each certificate of the chain in hex, leaf first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        certificates: Vec<String>,
        /// The leaf certificate, DER in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaf: Option<String>,
    },
    /// TLS was refused: the client's alert means that it does not trust our authority (pinning), or
    /// the server's certificate did not verify.
    TlsRefused {
        /// The connection.
        id: ConnectionId,
        /// Who refused.
        side: TlsSide,
        /// The host in question.
        host: String,
        /// The alert or error, in the field's own words.
        why: String,
    },
    /// The client closed a TLS connection without a word and without sending a request. Browsers'
    /// preconnects do this; it is no refusal.
    TlsAbandoned {
        /// The connection.
        id: ConnectionId,
        /// The host in question.
        host: String,
    },
    /// Connections of a client that may not use the recorder and was sent away.
    TurnedAway {
        /// Its IP address; `others` for those beyond what is counted apart.
        client: String,
        /// How many.
        connections: u64,
    },
    /// Something could not be recorded.
    Gap {
        /// Why.
        reason: GapReason,
        /// Host, if known.
        #[serde(default)]
        host: String,
        /// Bytes concerned, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        /// For people.
        #[serde(default)]
        detail: String,
    },
    /// The recorder stopped in good order.
    Stopped,
}
