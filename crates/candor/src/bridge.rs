//! The bridges between rooms that do not know each other: from capture to the case folder, to what
//! people see of it live, and to the lab.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use candor_capture::{
    Answering, Door, Lab, LabAnswer, LabRequest, Recording, Side, Sink, Visit, Way,
};
use candor_case::{Event, Exchange, Header, Response};
use candor_evidence::{ExchangeWriter, RunWriter};
use candor_live::{Asked, Entrance, Feed, Guide, Place, Watched};

/// A run's writer, as capture sees it; what is written is shown as well where somebody may look.
pub struct RunSink {
    writer: RunWriter,
    feed: Option<Feed>,
    guide: OnceLock<Arc<Guide>>,
}

impl RunSink {
    /// Writes, and shows to that feed.
    pub fn new(writer: RunWriter, feed: Option<Feed>) -> Self {
        Self { writer, feed, guide: OnceLock::new() }
    }

    /// Lets a guide see every request from now on; a second one is not let in.
    pub fn guided(&self, guide: Arc<Guide>) {
        let _ = self.guide.set(guide);
    }
}

impl Sink for RunSink {
    fn event(&self, event: Event) {
        if let Some(feed) = &self.feed {
            feed.event(&event);
        }
        self.writer.event(&event);
    }

    fn open(&self, head: Exchange) -> Box<dyn Recording> {
        if let Some(guide) = self.guide.get() {
            guide.saw(&head);
        }
        let watched = self.feed.as_ref().map(|feed| feed.open(&head));
        Box::new(ExchangeSink { writer: self.writer.open(head), watched })
    }

    fn message(&self, message: Exchange, frames: Bytes) {
        if let Some(feed) = &self.feed {
            feed.message(&message);
        }
        self.writer.message(&message, &frames);
    }
}

struct ExchangeSink {
    writer: ExchangeWriter,
    watched: Option<Watched>,
}

impl Recording for ExchangeSink {
    fn chunk(&self, side: Side, bytes: &Bytes) {
        if let Some(watched) = &self.watched {
            watched.bytes(side == Side::Request, bytes.len());
        }
        self.writer.chunk(to_evidence(side), bytes);
    }

    fn response(&self, head: Response) {
        if let Some(watched) = &self.watched {
            watched.status(head.status);
        }
        self.writer.response(head);
    }

    fn end(&self, side: Side, trailers: Vec<Header>, complete: bool) {
        if let Some(watched) = &self.watched {
            watched.end(side == Side::Request, complete);
        }
        self.writer.end(to_evidence(side), trailers, complete);
    }
}

fn to_evidence(side: Side) -> candor_evidence::Side {
    match side {
        Side::Request => candor_evidence::Side::Request,
        Side::Response => candor_evidence::Side::Response,
    }
}

/// The entrance and its guide, as capture sees them.
pub struct PhoneDoor {
    entrance: Arc<Entrance>,
    feed: Feed,
    guide: OnceLock<Arc<Guide>>,
}

impl PhoneDoor {
    /// A door without a guide yet: a guide must know the address that the proxy was given.
    pub fn new(entrance: Arc<Entrance>, feed: Feed) -> Self {
        Self { entrance, feed, guide: OnceLock::new() }
    }

    /// Puts the guide behind the door; a second one is not let in.
    pub fn guided(&self, guide: Arc<Guide>) {
        let _ = self.guide.set(guide);
    }
}

impl Door for PhoneDoor {
    fn admits(&self, client: std::net::IpAddr) -> bool {
        self.entrance.admits(client)
    }

    fn refused(&self, client: std::net::SocketAddr) {
        self.entrance.refused(client.ip());
        self.feed.turned_away();
    }

    fn answer(&self, visit: Visit) -> Answering {
        let guide = self.guide.get().cloned();
        Box::pin(async move {
            let answer = guide?.answer(to_guide(&visit)).await?;
            let (status, headers, body) = (answer.status, answer.headers, answer.body);
            Some(LabAnswer { status, headers, body })
        })
    }
}

fn to_guide(visit: &Visit) -> Asked {
    let field = |name: &str| {
        let found = visit.request.headers.iter().find(|header| header.is(name));
        found.map(|header| String::from_utf8_lossy(&header.value).into_owned()).unwrap_or_default()
    };
    let url = &visit.request.url;
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    Asked {
        client: visit.client.ip(),
        place: match visit.way {
            Way::Direct => Place::Direct,
            Way::Proxied => Place::Proxied,
            Way::Trusted => Place::Trusted,
        },
        method: visit.request.method.clone(),
        path: rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned(),
        cookie: field("cookie"),
        agent: field("user-agent"),
    }
}

/// The lab, as capture sees it.
pub struct LabSite(pub candor_specimens::Lab);

impl Lab for LabSite {
    fn answer(&self, request: &LabRequest) -> LabAnswer {
        let answer = self.0.answer(&request.method, &request.url, &request.headers, &request.body);
        LabAnswer { status: answer.status, headers: answer.headers, body: answer.body }
    }
}

/// The lab for a proxy.
pub fn lab() -> Arc<dyn Lab> {
    Arc::new(LabSite(candor_specimens::Lab::default()))
}
