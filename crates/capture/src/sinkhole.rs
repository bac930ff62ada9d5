//! Stand-in answers for any host: enough that a client goes on, never more than that.

use bytes::Bytes;
use candor_case::Header;

use crate::{
    h1::head::tokens,
    lab::{LabAnswer, LabRequest},
};

/// What systems and browsers ask to learn whether they are online: host (empty: any), path, status,
/// type and body as the real services answer.
const ONLINE: &[(&str, &str, u16, &str, &str)] = &[
    ("", "/generate_204", 204, "", ""),
    ("", "/gen_204", 204, "", ""),
    ("detectportal.firefox.com", "/success.txt", 200, "text/plain", "success\n"),
    (
        "detectportal.firefox.com",
        "/canonical.html",
        200,
        "text/html",
        "<meta http-equiv=\"refresh\" \
         content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>",
    ),
    (
        "captive.apple.com",
        "/hotspot-detect.html",
        200,
        "text/html",
        "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n",
    ),
    ("www.msftconnecttest.com", "/connecttest.txt", 200, "text/plain", "Microsoft Connect Test"),
];

/// Answers a request to that host.
pub(crate) fn answer(host: &str, path: &str, request: &LabRequest) -> LabAnswer {
    let mut answer = online(host, path).unwrap_or_else(|| plain(request));
    allow_origin(request, &mut answer);
    answer
}

fn online(host: &str, path: &str) -> Option<LabAnswer> {
    let (.., status, kind, body) =
        ONLINE.iter().find(|(h, p, ..)| (h.is_empty() || *h == host) && *p == path)?;
    let headers = match kind.is_empty() {
        true => Vec::new(),
        false => vec![("content-type".to_owned(), (*kind).to_owned())],
    };
    Some(LabAnswer { status: *status, headers, body: Bytes::from_static(body.as_bytes()) })
}

fn plain(request: &LabRequest) -> LabAnswer {
    let says = |name: &str| tokens(&request.headers, name).any(|t| t.contains("json"));
    let reads = !matches!(request.method.as_str(), "OPTIONS" | "HEAD");
    if reads && (request.method == "POST" || says("accept") || says("content-type")) {
        return LabAnswer {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Bytes::from_static(b"{}"),
        };
    }
    LabAnswer { status: 204, ..LabAnswer::default() }
}

/// Lets pages of any origin read the answer and send what they announce in a preflight.
fn allow_origin(request: &LabRequest, answer: &mut LabAnswer) {
    let first = |name: &str| value(&request.headers, name);
    let Some(origin) = first("origin") else { return };
    let mut add = |name: &str, value: String| answer.headers.push((name.to_owned(), value));
    add("access-control-allow-origin", origin);
    add("access-control-allow-credentials", "true".to_owned());
    add("vary", "Origin".to_owned());
    if request.method == "OPTIONS" {
        if let Some(method) = first("access-control-request-method") {
            add("access-control-allow-methods", method);
        }
        if let Some(headers) = first("access-control-request-headers") {
            add("access-control-allow-headers", headers);
        }
        if first("access-control-request-private-network").is_some() {
            add("access-control-allow-private-network", "true".to_owned());
        }
    }
}

/// A header's value, when it can be sent back.
fn value(headers: &[Header], name: &str) -> Option<String> {
    let value = &headers.iter().find(|h| h.is(name))?.value;
    let sound = value.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    sound.then(|| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Field = (&'static str, &'static str);

    fn ask(method: &str, host: &str, path: &str, headers: &[Field]) -> LabAnswer {
        let headers = headers.iter().map(|(name, value)| Header::new(*name, *value)).collect();
        let url = format!("https://{host}{path}");
        answer(host, path, &LabRequest { method: method.into(), url, headers, body: Bytes::new() })
    }

    #[test]
    fn clients_go_on() {
        const JSON: Field = ("Accept", "text/html, application/json;q=0.9");
        type Row = (&'static str, &'static str, &'static str, &'static [Field], u16, &'static [u8]);
        let table: &[Row] = &[
            ("GET", "a.test", "/", &[], 204, b""),
            ("GET", "a.test", "/generate_204", &[JSON], 204, b""),
            ("GET", "detectportal.firefox.com", "/success.txt", &[], 200, b"success\n"),
            ("GET", "a.test", "/success.txt", &[], 204, b""),
            ("GET", "a.test", "/", &[JSON], 200, b"{}"),
            ("POST", "a.test", "/", &[], 200, b"{}"),
            ("PUT", "a.test", "/", &[("Content-Type", "application/json")], 200, b"{}"),
            ("OPTIONS", "a.test", "/", &[JSON], 204, b""),
        ];
        for (method, host, path, headers, status, body) in table {
            let answer = ask(method, host, path, headers);
            assert_eq!(
                (answer.status, &answer.body[..]),
                (*status, *body),
                "{method} {host}{path}"
            );
        }
    }

    #[test]
    fn other_origins_may_read_it() {
        let answer = ask(
            "OPTIONS",
            "a.test",
            "/",
            &[
                ("Origin", "https://page.example.org"),
                ("Access-Control-Request-Method", "PUT"),
                ("Access-Control-Request-Headers", "x-a, x-b"),
            ],
        );
        let has = |name: &str, value: &str| answer.headers.contains(&(name.into(), value.into()));
        assert!(has("access-control-allow-origin", "https://page.example.org"));
        assert!(has("access-control-allow-methods", "PUT"));
        assert!(has("access-control-allow-headers", "x-a, x-b"));
        assert!(ask("GET", "a.test", "/", &[("Origin", "a\tb")]).headers.is_empty());
    }
}
