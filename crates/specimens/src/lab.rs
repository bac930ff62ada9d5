//! The lab: the small web that the subjects browse, and the collectors they report to.
//!
//! A pure function of the request. It runs nothing, keeps nothing and says SIMULATED on every page.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use bytes::Bytes;
use candor_case::{CONTROL_HOST, Header};

use crate::{sdk, specimen, subjects};

/// The lab. Copies share their files.
#[derive(Clone, Debug, Default)]
pub struct Lab {
    files: Arc<BTreeMap<String, LabFile>>,
}

/// A file that the lab serves beside its own pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabFile {
    /// Value of the `Content-Type` field.
    pub content_type: String,
    /// The content.
    pub body: Bytes,
}

/// An answer of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabAnswer {
    /// HTTP status.
    pub status: u16,
    /// Header fields in order; length and connection are left to the server.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Pages may show their own style and do nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Name of the statement that the SDK bench's claims quote.
const SDK_BENCH: &str = "sdk-bench";

impl Lab {
    /// A lab that also serves these files, each named by host and path: `a.candor.test/b.js`. They
    /// come before its own pages, whatever the query, and run as their content says.
    pub fn with_files(files: BTreeMap<String, LabFile>) -> Self {
        Self { files: Arc::new(files) }
    }

    /// Answers one request, given by method and absolute URL. Hosts that the lab does not know
    /// get 404.
    pub fn answer(&self, method: &str, url: &str, headers: &[Header], _body: &[u8]) -> LabAnswer {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(at);
        let host = authority.split(':').next().unwrap_or(authority).to_ascii_lowercase();
        let path = target.split(['?', '#']).next().unwrap_or(target);
        let answer = match self.files.get(&format!("{host}{path}")) {
            Some(known) => served(known),
            None if host.ends_with(sdk::COLLECTORS) => sdk::collect(method, path, headers),
            None => answer(&host, path, target),
        };
        if method == "HEAD" { LabAnswer { body: Bytes::new(), ..answer } } else { answer }
    }
}

/// A file as it is: no policy binds what it may do.
fn served(file: &LabFile) -> LabAnswer {
    LabAnswer { body: file.body.clone(), ..plain(200, &file.content_type, String::new()) }
}

fn answer(host: &str, path: &str, target: &str) -> LabAnswer {
    let zone = |zone: &str| host.ends_with(zone);
    match host {
        // A page, so that a browser sent here arrives.
        CONTROL_HOST => html(200, "Control", "<p>The control of this run came through.</p>"),
        "search.candor.test" => results("Results", target),
        "video.candor.test" => results("Videos", target),
        "sa.api.intl.maker.test" | "crash.maker.test" => plain(200, "text/plain", String::new()),
        "data.mistat.intl.maker.test" => {
            plain(200, "application/json", r#"{"notice":"SIMULATED","code":200}"#.into())
        }
        "www.maker.test" => statement(path),
        _ if zone(".files.candor.test") => file(),
        _ if zone(".candor.test") => page(host),
        _ => html(404, "Not here", "<p>The lab knows no such place.</p>"),
    }
}

/// Any page that is visited.
fn page(host: &str) -> LabAnswer {
    let host = escape(host);
    let body = format!(
        "<p>An invented page at <b>{host}</b>, shown to a built-in subject.</p>\
         <form method=\"post\" action=\"/order\"><label>E-mail <input name=\"email\" \
         type=\"email\"></label> <button>Send</button></form>"
    );
    html(200, "A page", &body)
}

/// A page of results; it repeats the words, escaped.
fn results(title: &str, target: &str) -> LabAnswer {
    let query = target.split_once('=').map_or("", |(_, query)| query);
    let words = escape(&unescaped(query));
    let mut body = format!("<p>You searched for <b>{words}</b>.</p><ol>");
    for n in 1..=3 {
        let _ = write!(body, "<li>Invented result {n}</li>");
    }
    body.push_str("</ol>");
    html(200, title, &body)
}

/// The simulated maker's statements.
fn statement(path: &str) -> LabAnswer {
    let name = path.strip_prefix("/statement").map(|rest| rest.trim_start_matches('/'));
    match name {
        Some("") => {
            let mut body = String::from("<ul>");
            for name in subjects().iter().chain(&[SDK_BENCH]) {
                let _ = write!(body, "<li><a href=\"/statement/{name}\">{name}</a></li>");
            }
            body.push_str("</ul>");
            html(200, "Statements of the Simulated Maker", &body)
        }
        Some(SDK_BENCH) => plain(200, "text/markdown; charset=utf-8", sdk::STATEMENT.into()),
        Some(name) => match specimen(name) {
            Some(known) => plain(200, "text/markdown; charset=utf-8", known.statement().into()),
            None => html(404, "Not here", "<p>No such statement.</p>"),
        },
        None => html(404, "Not here", "<p>The Simulated Maker has statements only.</p>"),
    }
}

fn file() -> LabAnswer {
    let mut answer = plain(200, "application/pdf", "%PDF-1.4\n% SIMULATED\n%%EOF\n".into());
    let disposition = "attachment; filename=\"simulated.pdf\"";
    answer.headers.push(("Content-Disposition".into(), disposition.into()));
    answer
}

fn html(status: u16, title: &str, body: &str) -> LabAnswer {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title} (SIMULATED)</title>\
         <style>body{{font:1rem sans-serif;margin:2rem}}header{{background:#fd6;padding:.5rem}}\
         </style><header>SIMULATED: a page of candor's own lab</header><h1>{title}</h1>{body}</html>\n"
    );
    let mut answer = plain(status, "text/html; charset=utf-8", page);
    answer.headers.push(("Content-Security-Policy".into(), POLICY.into()));
    answer
}

fn plain(status: u16, content_type: &str, body: String) -> LabAnswer {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![
        field("X-Candor-Lab", "SIMULATED"),
        field("Cache-Control", "no-store"),
        field("X-Content-Type-Options", "nosniff"),
    ];
    if status != 204 {
        headers.insert(0, field("Content-Type", content_type));
    }
    LabAnswer { status, headers, body: body.into() }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Undoes percent-encoding; what is no encoding stays as it is.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                plain.push(code);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            _ => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> LabAnswer {
        Lab::default().answer("GET", url, &[], b"")
    }

    fn text(answer: &LabAnswer) -> String {
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    #[test]
    fn every_place_answers_and_says_simulated() {
        let table = [
            ("https://x.news.candor.test/a/b?q=c", 200, "SIMULATED"),
            ("https://x.files.candor.test/d/e.pdf", 200, "SIMULATED"),
            ("https://search.candor.test/search?q=a%20b", 200, "<b>a b</b>"),
            ("https://video.candor.test/results?search_query=a+b", 200, "<b>a b</b>"),
            ("https://control.candor.test/beacon", 200, "SIMULATED"),
            ("https://sa.api.intl.maker.test/sa?project=x", 200, ""),
            ("https://data.mistat.intl.maker.test/mistats/v3", 200, "SIMULATED"),
            ("https://crash.maker.test/report", 200, ""),
            ("https://www.maker.test/statement", 200, "browser-as-claimed"),
            ("https://www.maker.test/statement/browser-2020", 200, "**S4.**"),
            ("https://www.maker.test/other", 404, "SIMULATED"),
            ("https://example.org/", 404, "SIMULATED"),
            ("nonsense", 404, "SIMULATED"),
        ];
        for (url, status, holds) in table {
            let answer = get(url);
            assert_eq!(answer.status, status, "{url}");
            assert!(text(&answer).contains(holds), "{url}: {}", text(&answer));
            assert!(answer.headers.iter().any(|(_, value)| value == "SIMULATED"), "{url}");
        }
    }

    #[test]
    fn files_that_were_handed_in_come_first() {
        let page = LabFile { content_type: "text/html".into(), body: "<script>".into() };
        let lab = Lab::with_files([("a.candor.test/b".to_owned(), page)].into());
        let ask = |url: &str| lab.answer("GET", url, &[], b"");
        assert_eq!(text(&ask("https://A.candor.test:443/b?q=1#f")), "<script>");
        let policy = |answer: &LabAnswer| {
            answer.headers.iter().any(|(name, _)| name == "Content-Security-Policy")
        };
        assert!(!policy(&ask("https://a.candor.test/b")));
        assert!(policy(&ask("https://a.candor.test/c")) && policy(&ask("https://c.candor.test/b")));
        assert_eq!(
            text(&ask("https://x.collector.maker.test/track/")),
            r#"{"status":1,"error":null}"#
        );
    }

    #[test]
    fn what_was_searched_for_cannot_run() {
        let page = get("https://search.candor.test/search?q=%3Cscript%3Ealert(1)%3C/script%3E&%");
        assert!(!text(&page).contains("<script"), "{}", text(&page));
        let policy = page.headers.iter().find(|(name, _)| name == "Content-Security-Policy");
        assert!(policy.is_some_and(|(_, policy)| policy.starts_with("default-src 'none'")));
    }
}
