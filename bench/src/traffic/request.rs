//! Whole requests, as sent and in the clear.

use std::io::Write;

use bytes::Bytes;
use candor_case::{Body, Header, Provenance, Request};
use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use form_urlencoded::byte_serialize;

use super::event::Writer;
use super::proto;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A request, and what it says once everything is opened.
pub(super) struct Sent {
    pub(super) request: Request,
    pub(super) clear: Vec<u8>,
}

/// The next request, of a kind that is drawn.
pub(super) fn request(writer: &mut Writer<'_>) -> Sent {
    match writer.random.below(100) {
        0..30 => statistics_batch(writer),
        30..45 => statistics_pixel(writer),
        45..60 => product_batch(writer, false),
        60..70 => product_batch(writer, true),
        70..80 => metrics(writer),
        80..97 => pixel(writer),
        _ => sealed(writer),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    let written = out.write_all(bytes);
    debug_assert!(written.is_ok(), "memory takes everything");
    out.finish().unwrap_or_default()
}

fn percent(bytes: &[u8]) -> String {
    byte_serialize(bytes).collect()
}

/// `[a,b,c]`
fn list(events: Vec<String>) -> String {
    format!("[{}]", events.join(","))
}

fn statistics_batch(writer: &mut Writer<'_>) -> Sent {
    let count = 1 + writer.random.below(50);
    let events = list((0..count).map(|_| writer.statistics_event()).collect());
    let data = percent(BASE64.encode(&gzip(events.as_bytes())).as_bytes());
    let body = format!("crc={}&gzip=1&data_list={data}", writer.random.below(1 << 31));
    let url = "https://sa.stats.maker.test/sa?project=simulated_browser&r=ZZ";
    post(url, &[("content-type", FORM)], app(), body.into_bytes(), events.as_bytes())
}

fn statistics_pixel(writer: &mut Writer<'_>) -> Sent {
    let event = writer.statistics_event();
    let data = percent(BASE64.encode(event.as_bytes()).as_bytes());
    let crc = writer.random.below(1 << 31);
    let base = "https://sa.stats.maker.test/sa.gif?project=simulated_browser";
    let url = format!("{base}&data={data}&ext=crc%3D{crc}");
    get(url, browser(writer), event.as_bytes())
}

fn product_batch(writer: &mut Writer<'_>, zipped: bool) -> Sent {
    let count = 1 + writer.random.below(12);
    let events = list((0..count).map(|_| writer.product_event()).collect());
    let clear = format!(r#"{{"api_key":"simulated","events":{events}}}"#).into_bytes();
    let url = "https://api.product.maker.test/2/httpapi";
    if zipped {
        let fields = [("content-type", JSON), ("content-encoding", "gzip")];
        post(url, &fields, browser(writer), gzip(&clear), &clear)
    } else {
        post(url, &[("content-type", JSON)], browser(writer), clear.clone(), &clear)
    }
}

fn metrics(writer: &mut Writer<'_>) -> Sent {
    let clear = proto::report(writer);
    let fields = [("content-type", "application/octet-stream"), ("content-encoding", "gzip")];
    post("https://metrics.maker.test/ukm", &fields, app(), gzip(&clear), &clear)
}

fn pixel(writer: &mut Writer<'_>) -> Sent {
    let (page, from, title) = (writer.page(), writer.page(), writer.phrase());
    let client = &writer.device.client;
    let base = "https://pixel.collector.example/g/collect?v=2&tid=G-SIMULATED";
    let clear = format!("{base}&cid={client}&dl={page}&dr={from}&dt={title}&sr=1920x1080&ul=en-gb");
    let [dl, dr, dt] = [page, from, title].map(|text| percent(text.as_bytes()));
    let url = format!("{base}&cid={client}&dl={dl}&dr={dr}&dt={dt}&sr=1920x1080&ul=en-gb");
    get(url, browser(writer), clear.as_bytes())
}

/// What stays shut: random bytes under a label.
fn sealed(writer: &mut Writer<'_>) -> Sent {
    let size = 400 + writer.random.below(2_000);
    let data = BASE64.encode(&writer.random.bytes(size as usize));
    let body = format!("ai=simulated&pv=3.0&p={}&fc=0", percent(data.as_bytes())).into_bytes();
    let url = "https://data.second.maker.test/v1/sealed";
    post(url, &[("content-type", FORM)], app(), body.clone(), &body)
}

fn get(url: String, fields: Vec<Header>, clear: &[u8]) -> Sent {
    let body = Body::empty(Provenance::Proxied);
    sent(Request { method: "GET".into(), url, headers: fields, body, trailers: vec![] }, clear)
}

fn post(
    url: &str,
    own: &[(&'static str, &'static str)],
    mut fields: Vec<Header>,
    body: Vec<u8>,
    clear: &[u8],
) -> Sent {
    fields.extend(own.iter().map(|(name, value)| Header::new(*name, *value)));
    fields.push(Header::new("content-length", body.len().to_string()));
    let body = Body::whole(body, Provenance::Proxied);
    let (method, url) = ("POST".into(), url.to_owned());
    sent(Request { method, url, headers: fields, body, trailers: vec![] }, clear)
}

/// Line, fields and what the rest says.
fn sent(request: Request, said: &[u8]) -> Sent {
    let mut clear = Vec::with_capacity(said.len() + 1_024);
    if request.method == "POST" {
        clear.extend(b"POST ");
        clear.extend(request.url.as_bytes());
        clear.push(b'\n');
    }
    for header in &request.headers {
        clear.extend_from_slice(&header.name);
        clear.extend(b": ");
        clear.extend_from_slice(&header.value);
        clear.push(b'\n');
    }
    clear.extend_from_slice(said);
    clear.push(b'\n');
    Sent { request, clear }
}

/// The fields of an app's own HTTP client.
fn app() -> Vec<Header> {
    let fields = [
        ("host", "simulated.maker.test"),
        ("user-agent", "okhttp/3.12.1 (SIMULATED)"),
        ("accept-encoding", "gzip"),
        ("connection", "Keep-Alive"),
    ];
    fields.map(|(name, value)| Header::new(name, value)).into()
}

/// The fields that a browser adds.
fn browser(writer: &Writer<'_>) -> Vec<Header> {
    const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                         Simulated/156.0.0.0 Safari/537.36";
    let fields = [
        ("host", "simulated.maker.test"),
        ("user-agent", AGENT),
        ("accept", "*/*"),
        ("sec-ch-ua", "\"Not:A-Brand\";v=\"8\", \"Simulated\";v=\"156\""),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
        ("referer", "https://www.visited.example/"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "en-GB,en;q=0.9"),
    ];
    let mut fields = fields.map(|(name, value)| Header::new(name, value)).to_vec();
    let cookie = format!("_sim=SIM1.2.{}; consent=given; theme=dark", writer.device.client);
    fields.push(Header::new("cookie", Bytes::from(cookie)));
    fields
}
