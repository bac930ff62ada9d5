//! One client connection: its name, its exchanges, its events.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use candor_case::{
    Body, ConnectionId, Event, EventKind, Exchange, ExchangeId, ExchangeKind, GapReason, Header,
    Origin, Provenance, Request, UnixMicros,
};

use crate::{
    Visit, Way,
    lab::{LabAnswer, LabRequest},
    pages,
    record::{Recorder, exchange_id},
    route::Target,
    session::Session,
    sink::Unrecorded,
};

/// One client connection.
pub(crate) struct Conn {
    pub(crate) session: Arc<Session>,
    number: u64,
    peer: SocketAddr,
    exchanges: AtomicU64,
    announced: AtomicBool,
}

/// What is known of a connection once it is understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Understood {
    pub(crate) how: &'static str,
    pub(crate) target: String,
    pub(crate) sni: Option<String>,
    pub(crate) alpn_offered: Vec<String>,
    pub(crate) alpn: Option<String>,
    pub(crate) tls: Option<String>,
}

/// What is known of a request before its body.
pub(crate) struct Opening {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<Header>,
    /// The HTTP version and, outermost last, the TLS version.
    pub(crate) protocols: Vec<String>,
    /// When its first byte was seen.
    pub(crate) started: UnixMicros,
}

impl Conn {
    pub(crate) fn new(session: Arc<Session>, number: u64, peer: SocketAddr) -> Self {
        Self { session, number, peer, exchanges: 0.into(), announced: false.into() }
    }

    pub(crate) fn id(&self) -> ConnectionId {
        ConnectionId(format!("c{}", self.number))
    }

    /// Whether this client may use the proxy.
    pub(crate) fn admitted(&self) -> bool {
        self.session.door.as_ref().is_none_or(|door| door.admits(self.peer.ip()))
    }

    /// Notes that this client was sent away.
    pub(crate) fn refused(&self) {
        if let Some(door) = &self.session.door {
            door.refused(self.peer);
        }
    }

    /// What the door answers to a visit of the proxy's own pages.
    pub(crate) async fn visit(&self, way: Way, request: LabRequest) -> Option<LabAnswer> {
        let door = self.session.door.as_ref()?;
        door.answer(Visit { client: self.peer, way, request }).await
    }

    pub(crate) fn event(&self, kind: EventKind) {
        self.session.sink.event(Event { at: self.session.now(), kind });
    }

    /// Says once what kind of connection this is.
    pub(crate) fn announce(&self, what: Understood) {
        if self.announced.swap(true, Ordering::AcqRel) {
            return;
        }
        self.event(EventKind::Connection {
            id: self.id(),
            client: self.peer.to_string(),
            how: what.how.to_owned(),
            target: what.target,
            sni: what.sni,
            alpn_offered: what.alpn_offered,
            alpn: what.alpn,
            tls: what.tls,
        });
    }

    pub(crate) fn gap(
        &self,
        reason: GapReason,
        host: &str,
        bytes: Option<u64>,
        detail: impl std::fmt::Display,
    ) {
        let detail = format!("{}: {detail}", self.id().0);
        self.event(EventKind::Gap { reason, host: host.to_owned(), bytes, detail });
    }

    /// Starts to record the next exchange of this connection.
    /// What is said to the door is candor's own talk and goes nowhere.
    pub(crate) fn open(&self, opening: Opening, site: &Target) -> Begun {
        let index = self.exchanges.fetch_add(1, Ordering::AcqRel);
        let head = self.exchange(
            exchange_id(&self.session.mark, &[self.number, index]),
            opening,
            ExchangeKind::Http,
        );
        let own = self.session.door.is_some() && site.host == pages::HOST;
        let recording = match own {
            true => Box::new(Unrecorded),
            false => self.session.sink.open(head),
        };
        Begun { recorder: Recorder::new(recording, Arc::clone(&self.session.open)), index }
    }

    /// An exchange of this connection without bodies or response.
    pub(crate) fn exchange(
        &self,
        id: ExchangeId,
        opening: Opening,
        kind: ExchangeKind,
    ) -> Exchange {
        Exchange {
            id,
            run: self.session.run.clone(),
            started: opening.started,
            connection: Some(self.id()),
            protocols: opening.protocols,
            kind,
            request: Request {
                method: opening.method,
                url: opening.url,
                headers: opening.headers,
                body: Body::empty(Provenance::Proxied),
                trailers: Vec::new(),
            },
            response: None,
            origin: Origin::Proxied,
        }
    }

    /// The id of an exchange, or of a message in it.
    pub(crate) fn exchange_id(&self, index: u64, message: Option<u64>) -> ExchangeId {
        match message {
            None => exchange_id(&self.session.mark, &[self.number, index]),
            Some(message) => exchange_id(&self.session.mark, &[self.number, index, message]),
        }
    }
}

/// An exchange that was opened.
pub(crate) struct Begun {
    pub(crate) recorder: Recorder,
    /// Its place among the exchanges of its connection.
    pub(crate) index: u64,
}
