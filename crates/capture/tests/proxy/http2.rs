//! HTTP/2 on both sides.

use std::{convert::Infallible, future::Future, time::Duration};

use bytes::Bytes;
use candor_capture::Side;
use candor_case::EventKind;
use http_body_util::{BodyExt, Channel, Empty, Full, combinators::BoxBody};
use hyper::{
    HeaderMap, Request, Response,
    body::{Frame, Incoming},
    client::conn::http2::{SendRequest, handshake},
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::support::{Bench, Origin, Wire, lines};

type Body = BoxBody<Bytes, Infallible>;

pub(crate) async fn client(bench: &Bench, host: &str) -> SendRequest<Body> {
    let tls = bench.tls(host, &["h2", "http/1.1"]).await;
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (sender, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(tls)).await.expect("greeted");
    tokio::spawn(connection);
    sender
}

/// An HTTP/2 origin.
async fn origin<F, R, E>(answer: F) -> Origin
where
    F: Fn(Request<Incoming>) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = Response<BoxBody<Bytes, E>>> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    Origin::start(Some(&["h2"]), move |wire: Box<dyn Wire>| {
        let answer = answer.clone();
        async move {
            let service = service_fn(move |request| {
                let answer = answer(request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            let connection = http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(wire), service);
            let _ = connection.await;
        }
    })
    .await
}

fn request(method: &str, url: &str, body: Body) -> Request<Body> {
    Request::builder().method(method).uri(url).body(body).expect("a request")
}

fn empty() -> Body {
    Empty::new().boxed()
}

/// A body of these frames, whose end comes a while after the last of them.
fn frames(frames: Vec<Frame<Bytes>>) -> Body {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        for frame in frames {
            if sender.send(frame).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    });
    body.boxed()
}

#[tokio::test]
async fn the_lab_answers_in_http2() {
    let bench = Bench::sinkhole().await;
    let mut client = client(&bench, "a.candor.test").await;
    let body = Full::from("hello").boxed();
    let mut ask = request("POST", "https://a.candor.test/x?y", body);
    for (name, value) in [("x-b", "1"), ("x-a", "2"), ("cookie", "a=1"), ("cookie", "b=2")] {
        ask.headers_mut().append(name, value.parse().expect("a value"));
    }
    let answer = client.send_request(ask).await.expect("answered");
    assert_eq!(answer.headers()["x-lab"], "1");
    assert!(!answer.headers().contains_key("date"));
    let told = answer.into_body().collect().await.expect("read").to_bytes();
    assert_eq!(told, "POST https://a.candor.test/x?y 5");
    let seen = bench.sink.ended(1).await.remove(0);
    let head = seen.head();
    assert_eq!(
        (head.request.method.as_str(), head.request.url.as_str()),
        ("POST", "https://a.candor.test/x?y")
    );
    assert_eq!(head.protocols, ["h2", "tls/1.3"]);
    let headers = lines(&head.request.headers);
    assert_eq!(headers[..4], ["x-b: 1", "x-a: 2", "cookie: a=1", "cookie: b=2"]);
    assert_eq!(seen.body(Side::Request), b"hello");
    assert_eq!(seen.ended(), Some((true, true)));
}

#[tokio::test]
async fn http2_is_forwarded_with_trailers() {
    let origin = origin(|request: Request<Incoming>| async move {
        let named = request.uri().to_string();
        let order: Vec<_> = request.headers().keys().map(|k| k.to_string()).collect();
        let got = request.into_body().collect().await.expect("read");
        let sum = got.trailers().map(|t| t["x-sum"].clone());
        let mut trailers = HeaderMap::new();
        trailers.insert("x-done", "yes".parse().expect("a value"));
        let told = format!("{named} {} {sum:?} {order:?}", got.to_bytes().len());
        let mut answer =
            Response::new(frames(vec![Frame::data(told.into()), Frame::trailers(trailers)]));
        answer.headers_mut().insert("x-origin", "1".parse().expect("a value"));
        answer
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut client = client(&bench, "origin.example.org").await;
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "1".parse().expect("a value"));
    let body = frames(vec![Frame::data(Bytes::from_static(b"abc")), Frame::trailers(trailers)]);
    let mut ask = request("PUT", "https://origin.example.org/p?q", body);
    for name in ["zeta", "alpha", "te"] {
        ask.headers_mut().append(name, "trailers".parse().expect("a value"));
    }
    let answer = client.send_request(ask).await.expect("answered");
    assert_eq!(answer.headers()["x-origin"], "1");
    let got = answer.into_body().collect().await.expect("read");
    assert_eq!(got.trailers().map(|t| t["x-done"].clone()), Some("yes".parse().expect("a value")));
    assert_eq!(
        got.to_bytes(),
        "https://origin.example.org/p?q 3 Some(\"1\") [\"zeta\", \"alpha\", \"te\"]"
    );
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!(lines(&seen.trailers[&Side::Request]), ["x-sum: 1"]);
    assert_eq!(lines(&seen.trailers[&Side::Response]), ["x-done: yes"]);
    assert_eq!(seen.ended(), Some((true, true)));
    let alpn = bench
        .sink
        .event_that(|e| match e {
            EventKind::Upstream { alpn, .. } => Some(alpn.clone()),
            _ => None,
        })
        .await;
    assert_eq!(alpn.as_deref(), Some("h2"));
}

/// A body with a length, whose stream ends with a frame of its own: whoever drops the body after
/// its last byte resets the stream, and after 1,024 resets the connection is gone.
#[tokio::test]
async fn thousands_of_answers_on_one_connection() {
    let origin = origin(|_| async {
        let mut answer = Response::new(frames(vec![Frame::data(Bytes::from_static(b"abcd"))]));
        answer.headers_mut().insert("content-length", "4".parse().expect("a value"));
        answer
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let client = client(&bench, "origin.example.org").await;
    for round in 0..40 {
        let asks = (0..64).map(|n| {
            let mut client = client.clone();
            tokio::spawn(async move {
                let url = format!("https://origin.example.org/{round}/{n}");
                let answer =
                    client.send_request(request("GET", &url, empty())).await.expect("answered");
                // Some clients leave as soon as they have what the length promised.
                let mut body = answer.into_body();
                let first = body.frame().await.expect("a frame").expect("sound");
                assert_eq!(first.into_data().expect("data"), "abcd");
            })
        });
        for ask in asks.collect::<Vec<_>>() {
            ask.await.expect("no panic");
        }
    }
    let seen = bench.sink.ended(40 * 64).await;
    assert!(seen.iter().all(|s| s.length(Side::Response) == 4));
    assert!(seen.iter().all(|s| s.ended() == Some((true, true))));
    let upstreams = |e: &&EventKind| matches!(e, EventKind::Upstream { .. });
    assert_eq!(bench.sink.events().iter().filter(upstreams).count(), 1);
}

#[tokio::test]
async fn what_a_client_leaves_is_read_to_its_end() {
    let origin = origin(|_| async {
        let (mut sender, body) = Channel::<Bytes>::new(1);
        tokio::spawn(async move {
            for part in ["abc", "def", "ghi"] {
                // Once the proxy is gone the test fails elsewhere.
                let _ = sender.send_data(part.into()).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Response::new(body.boxed())
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut client = client(&bench, "origin.example.org").await;
    let answer = client.send_request(request("GET", "https://origin.example.org/", empty())).await;
    let mut body = answer.expect("answered").into_body();
    body.frame().await.expect("a frame").expect("sound");
    drop((body, client));
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!((seen.body(Side::Response), seen.ended()), (&b"abcdefghi"[..], Some((true, true))));
}

#[tokio::test]
async fn a_stream_that_the_client_leaves_is_cut_off_alone() {
    let origin = origin(|request: Request<Incoming>| async move {
        if request.uri().path() == "/never" {
            let (sender, body) = Channel::new(1);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(60)).await;
                drop::<http_body_util::channel::Sender<Bytes, Infallible>>(sender);
            });
            return Response::new(body.boxed());
        }
        Response::new(empty())
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut client = client(&bench, "origin.example.org").await;
    let never = client.send_request(request("GET", "https://origin.example.org/never", empty()));
    let never = never.await.expect("answered");
    drop(never);
    let other = client.send_request(request("GET", "https://origin.example.org/other", empty()));
    assert_eq!(other.await.expect("answered").status(), 200);
    // Read on in the background for as long as the drain limit says, then cut off.
    let seen = bench.sink.ended(2).await;
    assert_eq!(seen[0].ended(), Some((true, false)));
    assert_eq!(seen[1].ended(), Some((true, true)));
}

#[tokio::test]
async fn a_stream_that_the_server_resets_is_reset_for_the_client() {
    let origin = origin(|request: Request<Incoming>| async move {
        let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
        if request.uri().path() == "/broken" {
            tokio::spawn(async move {
                sender.send_data("abc".into()).await.expect("sent");
                // A reset overtakes what has not left yet.
                tokio::time::sleep(Duration::from_millis(100)).await;
                sender.abort(std::io::Error::other("broken"));
            });
        }
        Response::new(body.boxed())
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut client = client(&bench, "origin.example.org").await;
    let broken = client.send_request(request("GET", "https://origin.example.org/broken", empty()));
    assert!(broken.await.expect("answered").into_body().collect().await.is_err());
    let other = client.send_request(request("GET", "https://origin.example.org/other", empty()));
    let other = other.await.expect("answered").into_body().collect().await.expect("read");
    assert_eq!(other.to_bytes(), "");
    let seen = bench.sink.ended(2).await;
    assert_eq!((seen[0].body(Side::Response), seen[0].ended()), (&b"abc"[..], Some((true, false))));
    assert_eq!(seen[1].ended(), Some((true, true)));
}

#[tokio::test]
async fn prior_knowledge_without_tls() {
    let bench = Bench::sinkhole().await;
    let tunnel = bench.tunnel("a.candor.test:80").await;
    let (mut sender, connection) =
        handshake(TokioExecutor::new(), TokioIo::new(tunnel)).await.expect("greeted");
    tokio::spawn(connection);
    let answer = sender.send_request(request("GET", "http://a.candor.test/x", empty())).await;
    let told = answer.expect("answered").into_body().collect().await.expect("read").to_bytes();
    assert_eq!(told, "GET http://a.candor.test/x 0");
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!(seen.head().protocols, ["h2"]);
}

#[tokio::test]
async fn a_lab_host_is_answered_though_the_rest_goes_out() {
    let origin = origin(|_| async { Response::new(empty()) }).await;
    let bench = Bench::direct(&origin).await;
    let mut client = client(&bench, "maker.test").await;
    let answer = client.send_request(request("GET", "https://maker.test/", empty())).await;
    let told = answer.expect("answered").into_body().collect().await.expect("read").to_bytes();
    assert_eq!(told, "GET https://maker.test/ 0");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!bench.sink.events().iter().any(|e| matches!(e, EventKind::Upstream { .. })));
}
