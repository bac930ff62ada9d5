//! One HTTP/2 client connection.

use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use candor_case::{Body as CaseBody, GapReason, Provenance};
use hyper::{
    Method, Request, Response, StatusCode, Uri, Version,
    body::{Body, Incoming},
    client::conn::http2::{self as client, SendRequest},
    header::{HeaderName, HeaderValue},
    server::conn::http2 as server,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::oneshot;

use super::body::{Outgoing, Tapped, fields};
use crate::{
    Side,
    answer::{self, Gathered},
    conn::{Conn, Opening},
    lab::{LabAnswer, LabRequest},
    pages,
    record::Recorder,
    route::{Route, Target},
    stream::Stream,
};

/// Flow-control windows: enough for a fast line, small enough to bound what a connection holds.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const STREAMS: u32 = 256;
/// A client that disappeared without a word is noticed by a ping.
const PING: Duration = Duration::from_secs(60);

/// What all streams of a connection share.
struct Serving {
    conn: Arc<Conn>,
    route: Route,
    /// The server; `None` where candor answers.
    far: Option<SendRequest<Tapped>>,
}

/// Serves a client connection to its end.
pub(crate) async fn serve(conn: Arc<Conn>, route: Route, near: Stream, far: Option<Stream>) {
    let (far, gone) = match far {
        Some(far) => match connect(far).await {
            Ok((sender, gone)) => (Some(sender), Some(gone)),
            Err(error) => {
                return conn.gap(GapReason::UpstreamFailed, &route.target.host, None, error);
            }
        },
        None => (None, None),
    };
    let serving = Arc::new(Serving { conn, route, far });
    let service = service_fn(move |request| {
        let serving = Arc::clone(&serving);
        async move { serving.exchange(request).await }
    });
    let connection = builder().serve_connection(TokioIo::new(near), service);
    let mut connection = std::pin::pin!(connection);
    let far_ends = async {
        match gone {
            Some(gone) => drop(gone.await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = connection.as_mut() => {}
        () = far_ends => {
            // The server has gone: open streams see it themselves, new ones need a new connection.
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

fn builder() -> server::Builder<TokioExecutor> {
    let mut builder = server::Builder::new(TokioExecutor::new());
    builder
        .auto_date_header(false)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(256 << 10)
        .max_local_error_reset_streams(None)
        .timer(TokioTimer::new())
        .keep_alive_interval(PING);
    builder
}

/// Greets the server. The second value resolves when its connection has ended.
async fn connect(
    far: Stream,
) -> Result<(SendRequest<Tapped>, oneshot::Receiver<Infallible>), hyper::Error> {
    let (sender, connection) = client::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(256 << 10)
        // A server may not be able to trip us into dropping a connection that many streams share.
        .max_local_error_reset_streams(None)
        .handshake(TokioIo::new(far))
        .await?;
    let (alive, gone) = oneshot::channel();
    // On its own: bodies that are drained need it beyond the client's connection. It ends when
    // nobody holds the sender and no stream is open.
    tokio::spawn(async move {
        let _ = connection.await;
        drop(alive);
    });
    Ok((sender, gone))
}

impl Serving {
    async fn exchange(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Outgoing>, hyper::Error> {
        let named = request.uri().authority().map(|a| a.as_str());
        let host = request.headers().get("host").and_then(|h| h.to_str().ok());
        let site = self.route.site(named.or(host));
        let opening = self.opening(&request, &site);
        let (url, method) = (opening.url.clone(), opening.method.clone());
        let recorder = Arc::new(self.conn.open(opening, &site).recorder);
        let session = Arc::clone(&self.conn.session);
        let (parts, body) = request.into_parts();
        let body = Tapped::new(body, Arc::clone(&recorder), Side::Request, session);
        match &self.far {
            Some(far) if !self.conn.session.answers(&site.host) => {
                let request = self.outbound(parts, body, &site);
                self.forward(far.clone(), request, recorder).await
            }
            _ => {
                let headers = fields(&parts.headers);
                let asked = LabRequest { method, url, headers, body: Bytes::new() };
                self.answer(&site, asked, body, &recorder).await
            }
        }
    }

    fn opening(&self, request: &Request<Incoming>, site: &Target) -> Opening {
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
        Opening {
            method: request.method().as_str().to_owned(),
            url: self.route.url(site, path),
            headers: fields(request.headers()),
            protocols: std::iter::once("h2").chain(self.route.tls).map(str::to_owned).collect(),
            started: self.conn.session.now(),
        }
    }

    /// The request as the server gets it: as sent, with an authority where the client sent none.
    fn outbound(
        &self,
        parts: hyper::http::request::Parts,
        body: Tapped,
        site: &Target,
    ) -> Request<Tapped> {
        let mut request = Request::new(body);
        *request.method_mut() = parts.method;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = parts.headers;
        let whole = parts.uri.scheme().is_some() && parts.uri.authority().is_some();
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        *request.uri_mut() = match whole {
            true => parts.uri,
            false => self.route.url(site, path).parse().unwrap_or(Uri::from_static("/")),
        };
        request
    }

    async fn forward(
        &self,
        mut far: SendRequest<Tapped>,
        request: Request<Tapped>,
        recorder: Arc<Recorder>,
    ) -> Result<Response<Outgoing>, hyper::Error> {
        if request.method() == Method::CONNECT {
            let answer = pages::failed(501, "no tunnels inside HTTP/2");
            return Ok(respond(&answer, Bytes::new()));
        }
        // An error here resets the client's stream with the server's own reason.
        let (parts, body) = far.send_request(request).await?.into_parts();
        recorder.response(candor_case::Response {
            status: parts.status.as_u16(),
            headers: fields(&parts.headers),
            body: CaseBody::empty(Provenance::Proxied),
            trailers: Vec::new(),
        });
        let session = Arc::clone(&self.conn.session);
        let body = Tapped::new(body, recorder, Side::Response, session);
        let mut response = Response::new(Outgoing::Tapped(body));
        *response.status_mut() = parts.status;
        *response.headers_mut() = parts.headers;
        Ok(response)
    }

    /// Reads the request to its end and answers it as the lab or the sinkhole does.
    async fn answer(
        &self,
        site: &Target,
        mut request: LabRequest,
        body: Tapped,
        recorder: &Recorder,
    ) -> Result<Response<Outgoing>, hyper::Error> {
        request.body = gather(body, Gathered::new(&site.host)).await?;
        let trusted = self.route.tls.is_some();
        let mut answer = answer::answer(&self.conn, &site.host, &request, trusted).await;
        if answer.status == 101 {
            // There are no upgrades in HTTP/2.
            answer = LabAnswer { status: 501, ..LabAnswer::default() };
        }
        let bytes = answer::body(&answer, &request.method);
        recorder.response(answer::head(&answer));
        recorder.chunk(Side::Response, &bytes);
        recorder.end(Side::Response, Vec::new(), true);
        Ok(respond(&answer, bytes))
    }
}

async fn gather(mut body: Tapped, mut gathered: Gathered) -> Result<Bytes, hyper::Error> {
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Some(data) = frame?.data_ref() {
            gathered.push(data);
        }
    }
    Ok(gathered.take())
}

fn respond(answer: &LabAnswer, body: Bytes) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::own(body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    for header in answer::head(answer).headers {
        let name = HeaderName::from_bytes(&header.name);
        let value = HeaderValue::from_maybe_shared(header.value);
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
