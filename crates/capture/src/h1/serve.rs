//! One HTTP/1 client connection: request after request, each answered or forwarded.

use std::sync::Arc;

use bytes::Bytes;
use candor_case::{GapReason, Header, UnixMicros};
use tokio::{io::AsyncWriteExt, time::timeout};

use super::{
    head::{self, Bad, Framing, RequestHead},
    local,
};
use crate::{
    Way,
    conn::{Begun, Conn, Opening, Understood},
    lab::{LabAnswer, LabRequest},
    pages,
    record::Recorder,
    route::{Route, Target, printable},
    stream::{Inflow, Outflow, Stream},
    tunnel::{self, Link, Watch},
    ws,
};

/// How the client sees this connection.
pub(crate) enum Place {
    /// As one to a server: requests name paths.
    Inside(Route),
    /// As one to a proxy: requests name whole URLs.
    Proxy,
}

/// Who is on the other side.
pub(crate) enum Far {
    /// Nobody: candor answers.
    Nobody,
    /// The server that the connection was opened to.
    Server(Link),
    /// Whichever server the last request named.
    Named(Option<(Target, Link)>),
}

/// A client connection being served.
pub(crate) struct Serving {
    pub(super) conn: Arc<Conn>,
    pub(super) place: Place,
    pub(super) client: Inflow,
    pub(super) back: Outflow,
    pub(super) far: Far,
}

/// Where one request goes.
pub(super) struct Asked {
    /// Host and port as the connection or the URL shows them.
    pub(super) site: Target,
    pub(super) url: String,
    /// What to ask the server for, where that is not what the client sent.
    pub(super) path: Option<Bytes>,
}

/// One exchange on its way.
pub(super) struct Turn {
    pub(super) head: RequestHead,
    pub(super) framing: Framing,
    pub(super) asked: Asked,
    pub(super) begun: Begun,
    pub(super) protocols: Vec<String>,
}

impl Turn {
    pub(super) fn recorder(&self) -> &Recorder {
        &self.begun.recorder
    }

    /// Whether it came within TLS, so that the client trusts the authority.
    pub(super) fn is_trusted(&self) -> bool {
        self.protocols.len() > 1
    }
}

/// What comes after an exchange.
pub(super) enum After {
    /// Another one.
    Again,
    /// The end of the connection.
    Close,
    /// Other bytes, both ways.
    Splice(Box<dyn Watch>),
    /// WebSocket messages that nobody answers.
    Swallow(Box<ws::Conversation>),
}

impl Serving {
    pub(crate) fn new(conn: Arc<Conn>, place: Place, client: Stream, far: Far) -> Self {
        let (client, back) = client.split();
        Self { conn, place, client, back, far }
    }

    /// Serves the connection to its end.
    pub(crate) async fn run(mut self) {
        loop {
            let after = match self.next().await {
                Some((started, Ok(head))) => self.exchange(started, head).await,
                Some((_, Err(bad))) => self.refuse(bad).await,
                None => {
                    let drain = self.conn.session.limits.drain;
                    let _ = timeout(drain, self.back.shutdown()).await;
                    return;
                }
            };
            match after {
                After::Again => {}
                After::Close => return self.close().await,
                After::Splice(watch) => return self.splice(&*watch).await,
                After::Swallow(conversation) => {
                    let link = Link { inflow: self.client, outflow: self.back };
                    return ws::swallow(&conversation, link).await;
                }
            }
        }
    }

    /// The next request's head and when it began; `None` when the connection is over.
    async fn next(&mut self) -> Option<(UnixMicros, Result<RequestHead, Bad>)> {
        let (idle, limit) = {
            let limits = &self.conn.session.limits;
            (limits.idle, limits.head_bytes)
        };
        let mut looked = 0;
        let mut started = self.conn.session.now();
        loop {
            // Empty lines before a request are to be ignored (RFC 9112, section 2.2).
            while let [b'\r', b'\n', ..] | [b'\n', ..] = self.client.seen() {
                let line = if self.client.seen().starts_with(b"\n") { 1 } else { 2 };
                self.client.take(line);
                looked = 0;
            }
            if let Some(end) = head::end(self.client.seen(), looked) {
                return Some((started, head::request(self.client.take(end))));
            }
            looked = self.client.seen().len();
            if looked > limit {
                return Some((started, Err(Bad("its head is too long"))));
            }
            tokio::select! {
                biased;
                read = timeout(idle, self.client.more()) => if !matches!(read, Ok(Ok(1..))) {
                    self.cut_off(looked);
                    return None;
                } else if looked == 0 {
                    started = self.conn.session.now();
                },
                () = stale(&mut self.far), if looked == 0 => return None,
            }
        }
    }

    fn cut_off(&self, bytes: usize) {
        if bytes > 0 {
            let detail = "the client went in the middle of a request's head";
            self.conn.gap(GapReason::Truncated, &self.host(), Some(bytes as u64), detail);
        }
    }

    fn host(&self) -> String {
        match &self.place {
            Place::Inside(route) => route.target.host.clone(),
            Place::Proxy => String::new(),
        }
    }

    /// Answers what is no request, and closes, since nobody can tell where the next one begins.
    async fn refuse(&mut self, bad: Bad) -> After {
        let bytes = self.client.seen().len() as u64;
        self.conn.gap(GapReason::Damaged, &self.host(), Some(bytes), format!("a request: {bad}"));
        self.say(400, format!("this is no request: {bad}")).await
    }

    /// Answers without an exchange, and closes.
    async fn say(&mut self, status: u16, why: impl std::fmt::Display) -> After {
        self.tell(&pages::failed(status, why)).await
    }

    async fn tell(&mut self, answer: &LabAnswer) -> After {
        let _ = local::write(&mut self.back, answer, "GET", false).await;
        After::Close
    }

    async fn exchange(&mut self, started: UnixMicros, head: RequestHead) -> After {
        let framing = match head.framing() {
            Ok(framing) => framing,
            Err(bad) => return self.refuse(bad).await,
        };
        if let Some(answer) = self.at_the_door(&head).await {
            return self.tell(&answer).await;
        }
        let asked = match self.asked(&head) {
            Ok(asked) => asked,
            Err(answer) => return self.tell(&answer).await,
        };
        let turn = self.open(started, head, framing, asked);
        let answers = self.conn.session.answers(&turn.asked.site.host);
        match answers || matches!(self.far, Far::Nobody) {
            true => self.answer(turn).await,
            false => self.forward(turn).await,
        }
    }

    /// What someone hears who visits the proxy as a web site, or may not use it as a proxy.
    async fn at_the_door(&mut self, head: &RequestHead) -> Option<LabAnswer> {
        if !matches!(self.place, Place::Proxy) || self.conn.session.door.is_none() {
            return None;
        }
        let port = self.conn.session.address.port();
        if let Some(path) = to_our_address(head, port) {
            let request = LabRequest {
                method: printable(&head.method),
                url: format!("http://{}{path}", self.conn.session.address),
                headers: head.headers.clone(),
                body: Bytes::new(),
            };
            if let Some(answer) = self.conn.visit(Way::Direct, request).await {
                return Some(answer);
            }
        }
        if self.conn.admitted() {
            return None;
        }
        self.conn.refused();
        Some(pages::refused())
    }

    fn open(&self, started: UnixMicros, head: RequestHead, framing: Framing, asked: Asked) -> Turn {
        let tls = match &self.place {
            Place::Inside(route) => route.tls,
            Place::Proxy => None,
        };
        let version = if head.minor == 0 { "http/1.0" } else { "http/1.1" };
        let protocols: Vec<String> =
            std::iter::once(version).chain(tls).map(str::to_owned).collect();
        let opening = Opening {
            method: printable(&head.method),
            url: asked.url.clone(),
            headers: head.headers.clone(),
            protocols: protocols.clone(),
            started,
        };
        let begun = self.conn.open(opening, &asked.site);
        if framing == Framing::None {
            begun.recorder.end(crate::Side::Request, Vec::new(), true);
        }
        Turn { head, framing, asked, begun, protocols }
    }

    /// Where a request goes, or what is said to one that goes nowhere.
    fn asked(&self, head: &RequestHead) -> Result<Asked, LabAnswer> {
        let target = printable(&head.target);
        let named = head.headers.iter().find(|h| h.is("host")).map(|h| printable(&h.value));
        match &self.place {
            Place::Inside(route) => {
                let site = route.site(named.as_deref());
                let url = if is_absolute(&target) { target } else { route.url(&site, &target) };
                Ok(Asked { site, url, path: None })
            }
            Place::Proxy => {
                let asked = match target.get(..7).is_some_and(|t| t.eq_ignore_ascii_case("http://"))
                {
                    true => absolute(target, &head.target),
                    false => self.to_ourselves(&target, named.as_deref()),
                }?;
                self.conn.announce(Understood {
                    how: if asked.path.is_some() { "absolute" } else { "origin" },
                    target: asked.site.to_string(),
                    ..Understood::default()
                });
                Ok(asked)
            }
        }
    }

    /// A request as to a web site: if it names another host, something led the client here; if not,
    /// someone opened the proxy in a browser.
    fn to_ourselves(&self, target: &str, named: Option<&str>) -> Result<Asked, LabAnswer> {
        if is_absolute(target) {
            return Err(pages::failed(501, "only http:// goes without CONNECT"));
        }
        match named.and_then(site) {
            Some(site) => {
                let route = Route { scheme: "http", target: site.clone(), tls: None };
                Ok(Asked { url: route.url(&site, target), site, path: None })
            }
            None => Err(pages::help(target, &self.conn.session.authority)),
        }
    }

    async fn splice(self, watch: &dyn Watch) {
        let client = Link { inflow: self.client, outflow: self.back };
        match self.far {
            Far::Server(far) | Far::Named(Some((_, far))) => {
                tunnel::splice(client, far, watch).await;
            }
            Far::Nobody | Far::Named(None) => {}
        }
    }

    /// Ends the connection so that the last answer arrives: what the client still sends is read
    /// for a moment, since a reset would wipe out what it has not read yet.
    async fn close(mut self) {
        self.far = Far::Nobody;
        let drain = self.conn.session.limits.drain;
        let _ = timeout(drain, async {
            let _ = self.back.shutdown().await;
            while matches!(self.client.more().await, Ok(1..)) {
                self.client.take_all();
            }
        })
        .await;
    }
}

/// Waits until a server has closed a connection on which it is not asked anything.
async fn stale(far: &mut Far) {
    match far {
        // Whatever it says unasked cannot be an answer.
        Far::Server(link) => {
            if link.inflow.seen().is_empty() {
                let _ = link.inflow.more().await;
            }
        }
        Far::Named(named) => {
            if let Some((_, link)) = named {
                if link.inflow.seen().is_empty() {
                    let _ = link.inflow.more().await;
                }
                *named = None;
            }
            std::future::pending().await
        }
        Far::Nobody => std::future::pending().await,
    }
}

/// The web site that a `Host` field names; an address or a bare name is the proxy itself.
fn site(named: &str) -> Option<Target> {
    Target::parse(named, 80).filter(|s| s.ip().is_none() && s.host.contains('.'))
}

/// The path of a request to the proxy's own address: asked as a web site, or, by a client that uses
/// the proxy by now, as a URL with an address for its host and the proxy's own port.
fn to_our_address(head: &RequestHead, port: u16) -> Option<String> {
    let target = printable(&head.target);
    if target.starts_with('/') {
        let named = head.headers.iter().find(|h| h.is("host")).map(|h| printable(&h.value));
        return named.as_deref().and_then(site).is_none().then_some(target);
    }
    let rest = target.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/')?);
    let asked = Target::parse(authority, 80)?;
    (asked.ip().is_some() && asked.port == port).then(|| path.to_owned())
}

fn is_absolute(target: &str) -> bool {
    target.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// Where an `http://` URL goes.
fn absolute(url: String, raw: &Bytes) -> Result<Asked, LabAnswer> {
    const SCHEME: usize = "http://".len();
    let rest = raw.get(SCHEME..).unwrap_or_default();
    let end = rest.iter().position(|b| b"/?#".contains(b)).unwrap_or(rest.len());
    let authority = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
    let site =
        Target::parse(&authority, 80).ok_or_else(|| pages::failed(400, "the URL names no host"))?;
    let path = match rest.get(end) {
        Some(b'/') => raw.slice(SCHEME + end..),
        _ => [b"/", rest.get(end..).unwrap_or_default()].concat().into(),
    };
    Ok(Asked { site, url, path: Some(path) })
}

/// The conversation that an upgrade opens.
pub(super) fn opened(conn: &Arc<Conn>, turn: &Turn) -> ws::Opened {
    ws::Opened {
        conn: Arc::clone(conn),
        index: turn.begun.index,
        host: turn.asked.site.host.clone(),
        method: printable(&turn.head.method),
        url: turn.asked.url.clone(),
        headers: owned(&turn.head.headers),
        protocols: turn.protocols.clone(),
    }
}

/// Header fields with bytes of their own: a conversation may outlive the buffer they came in.
fn owned(headers: &[Header]) -> Vec<Header> {
    let copy = |bytes: &Bytes| Bytes::copy_from_slice(bytes);
    headers.iter().map(|h| Header { name: copy(&h.name), value: copy(&h.value) }).collect()
}
