//! What candor itself answers: its pages, the lab, the sinkhole.

use bytes::{Bytes, BytesMut};
use candor_case::{Body, Header, Provenance, Response};

use crate::{
    Way,
    conn::Conn,
    lab::{LAB_BODY, LabAnswer, LabRequest},
    pages,
    route::is_lab,
    sinkhole,
};

/// Answers a request to that host, once its body was read. The answer is well formed: its status
/// and header fields can be sent, framing and length are left to the sender. `trusted` says that the
/// request came within TLS.
pub(crate) async fn answer(
    conn: &Conn,
    host: &str,
    request: &LabRequest,
    trusted: bool,
) -> LabAnswer {
    let path = path(&request.url);
    let answer = match own(conn, host, path, request, trusted).await {
        Some(page) => page,
        None if is_lab(host) => conn.session.lab.answer(request),
        None => sinkhole::answer(host, path, request),
    };
    sound(answer)
}

/// The proxy's own page: the certificate always, the rest as the door has it.
async fn own(
    conn: &Conn,
    host: &str,
    path: &str,
    request: &LabRequest,
    trusted: bool,
) -> Option<LabAnswer> {
    if host != pages::HOST {
        return None;
    }
    let way = if trusted { Way::Trusted } else { Way::Proxied };
    match conn.visit(way, request.clone()).await {
        Some(answer) => Some(answer),
        None => pages::page(path, &conn.session.authority),
    }
}

/// The path of an absolute URL, without query.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/")
}

/// Leaves out what the sender decides, and what no message may hold.
fn sound(mut answer: LabAnswer) -> LabAnswer {
    const FRAMING: [&str; 4] = ["connection", "content-length", "transfer-encoding", "keep-alive"];
    if answer.status != 101 && !(200..600).contains(&answer.status) {
        answer.status = 500;
    }
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    answer.headers.retain(|(name, value)| {
        !name.is_empty()
            && name.bytes().all(token)
            && !value.bytes().any(|b| b.is_ascii_control())
            && !FRAMING.iter().any(|f| name.eq_ignore_ascii_case(f))
    });
    answer
}

/// The head of an answer as it is recorded and sent; HEAD is told the length of what it would get.
pub(crate) fn head(answer: &LabAnswer) -> Response {
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(n, v)| Header::new(n.clone(), v.clone())).collect();
    if !matches!(answer.status, 101 | 204 | 304) {
        headers.push(Header::new("content-length", answer.body.len().to_string()));
    }
    Response {
        status: answer.status,
        headers,
        body: Body::empty(Provenance::Proxied),
        trailers: Vec::new(),
    }
}

/// What of an answer's body is sent.
pub(crate) fn body(answer: &LabAnswer, method: &str) -> Bytes {
    match answer.status {
        101 | 204 | 304 => Bytes::new(),
        _ if method == "HEAD" => Bytes::new(),
        _ => answer.body.clone(),
    }
}

/// Gathers as much of a request body as the lab is shown; nothing when the lab is not asked.
pub(crate) struct Gathered {
    wanted: bool,
    bytes: BytesMut,
}

impl Gathered {
    pub(crate) fn new(host: &str) -> Self {
        Self { wanted: is_lab(host), bytes: BytesMut::new() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.wanted {
            let room = LAB_BODY - self.bytes.len().min(LAB_BODY);
            self.bytes.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        }
    }

    pub(crate) fn take(self) -> Bytes {
        self.bytes.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_cannot_break_their_framing() {
        let odd = LabAnswer {
            status: 42,
            headers: vec![
                ("Content-Length".into(), "9".into()),
                ("x a".into(), "1".into()),
                ("x-b".into(), "1\r\nx-c: 2".into()),
                ("x-d".into(), "1".into()),
            ],
            body: Bytes::from_static(b"abc"),
        };
        let answer = sound(odd);
        assert_eq!(answer.status, 500);
        let names: Vec<_> = head(&answer).headers.iter().map(|h| h.name.clone()).collect();
        assert_eq!(names, ["x-d", "content-length"]);
        assert_eq!(&body(&answer, "GET")[..], b"abc");
        assert!(body(&answer, "HEAD").is_empty());
    }
}
