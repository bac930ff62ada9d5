//! The request of an entry.

use bytes::Bytes;
use candor_case::{Body, Header, Missing, Provenance, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::Deserialize;

use super::body::{self, Stated};
use super::entry::{Pair, headers};
use super::recorder::Counts;
use super::{Context, Raw, json, split};

#[derive(Deserialize)]
struct HarRequest<'a> {
    #[serde(borrow, default)]
    method: Raw<'a>,
    #[serde(borrow, default)]
    url: Raw<'a>,
    #[serde(borrow, default)]
    headers: Raw<'a>,
    #[serde(borrow, default, rename = "bodySize")]
    body_size: Raw<'a>,
    #[serde(borrow, default, rename = "postData")]
    post_data: Raw<'a>,
    /// HTTP Toolkit: a body that is no text, in base64.
    #[serde(borrow, default, rename = "_content")]
    content: Raw<'a>,
    /// HTTP Toolkit: why there is none.
    #[serde(borrow, default, rename = "_requestBodyStatus")]
    status: Raw<'a>,
    #[serde(borrow, default, rename = "_trailers")]
    trailers: Raw<'a>,
    #[serde(borrow, default)]
    trailer: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct PostData<'a> {
    #[serde(borrow, default)]
    text: Raw<'a>,
    #[serde(borrow, default)]
    encoding: Raw<'a>,
    #[serde(borrow, default)]
    params: Raw<'a>,
    #[serde(borrow, default, rename = "mimeType")]
    mime_type: Raw<'a>,
}

#[derive(Deserialize)]
struct Version<'a> {
    #[serde(borrow, default, rename = "httpVersion")]
    version: Raw<'a>,
}

/// Reads a request; `None` without an address.
pub(crate) fn read(raw: Raw, context: &Context) -> Option<Request> {
    let request: HarRequest = json::object(raw)?;
    let url = json::string(request.url).filter(|url| !url.is_empty())?;
    let method = json::string(request.method).unwrap_or_else(|| "GET".into());
    let headers = headers(request.headers, context);
    let body = body_of(&request, &method, &headers, context);
    let trailers = super::entry::headers(request.trailers.or(request.trailer), context);
    Some(Request { method, url, headers, body, trailers })
}

/// The protocol as WARC writes it.
pub(crate) fn protocol(raw: Raw) -> Option<String> {
    let message: Version = json::object(raw)?;
    let version = json::string(message.version)?.to_ascii_lowercase();
    let known = match version.as_str() {
        "" | "unknown" => return None,
        "http/1.0" | "http/1.1" | "http1.1" => "h1",
        "h2" | "http/2" | "http/2.0" | "h2c" => "h2",
        "h3" | "http/3" | "http/3.0" | "http/2+quic/46" => "h3",
        other => other,
    };
    Some(known.chars().take(40).collect())
}

fn body_of(request: &HarRequest, method: &str, headers: &[Header], context: &Context) -> Body {
    let stated = stated(request, headers, context);
    if let Some(content) = json::object::<PostData>(request.content)
        && let Some(body) = written(&content, stated, headers, context)
    {
        return body;
    }
    if json::is_set(request.status) {
        return body::not_recorded(stated.any(), Provenance::ImporterLossy);
    }
    let data: PostData = json::object(request.post_data).unwrap_or_default();
    if let Some(body) = written(&data, stated, headers, context) {
        return body;
    }
    if let Some(body) = from_params(&data, headers) {
        return body;
    }
    if must_have_one(request, method, headers, context) {
        let bytes = stated.any().filter(|bytes| *bytes > 0);
        return body::not_recorded(bytes, Provenance::ImporterLossy);
    }
    Body::empty(Provenance::ImporterLossy)
}

fn stated(request: &HarRequest, headers: &[Header], context: &Context) -> Stated {
    let counted = json::size(request.body_size);
    let of = |counts: Counts| counted.filter(|_| context.recorder.counts() == counts);
    let sent = body::content_length(headers).or(of(Counts::Sent));
    Stated { sent, written: of(Counts::Written) }
}

/// A body that the file holds as text or base64; `None` if it holds none.
fn written(data: &PostData, stated: Stated, headers: &[Header], context: &Context) -> Option<Body> {
    let text = json::text(data.text).filter(|text| !text.is_empty())?;
    let decoded = context.recorder.decodes_requests() && body::is_coded(headers);
    let decoded = decoded && !text.starts_with(b"\x1f");
    if json::string(data.encoding).is_some_and(|name| name.eq_ignore_ascii_case("base64")) {
        return Some(from_base64(&text, decoded, context));
    }
    if !decoded {
        let (bytes, missing) = body::from_text(context.slice(&text), stated);
        return Some(Body { bytes, provenance: Provenance::ImporterLossy, missing });
    }
    // The lengths are those of the coded body: there is nothing to compare the text with.
    let one_byte_each = context.recorder.reads_latin_1() && !declares_charset(headers);
    let bytes = one_byte_each.then(|| body::one_byte_each(&text)).flatten();
    let bytes = bytes.unwrap_or_else(|| context.slice(&text));
    let missing = body::has_replacements(&bytes).then_some(Missing::Lossy);
    Some(Body { bytes, provenance: Provenance::BrowserDecoded, missing })
}

fn declares_charset(headers: &[Header]) -> bool {
    let header = headers.iter().find(|header| header.is("content-type"));
    let value = header.map(|header| header.value.to_ascii_lowercase()).unwrap_or_default();
    ["charset", "json"].iter().any(|word| memchr::memmem::find(&value, word.as_bytes()).is_some())
}

fn from_base64(text: &[u8], decoded: bool, context: &Context) -> Body {
    match body::base64(text) {
        Some(bytes) if decoded => Body::whole(bytes, Provenance::BrowserDecoded),
        Some(bytes) => Body::whole(bytes, Provenance::Proxied),
        None => Body {
            bytes: context.slice(text),
            provenance: Provenance::ImporterLossy,
            missing: Some(Missing::Lossy),
        },
    }
}

/// Whether something was sent though the file holds no body. Browsers state a size of 0 for
/// bodies that they could not get at, so their 0 says nothing.
fn must_have_one(
    request: &HarRequest,
    method: &str,
    headers: &[Header],
    context: &Context,
) -> bool {
    if let Some(length) = body::content_length(headers) {
        return length > 0;
    }
    let size = json::size(request.body_size);
    if size.is_some_and(|size| size > 0) {
        return true;
    }
    if size == Some(0) && context.recorder.means_zero() {
        return false;
    }
    let has = |name: &str| headers.iter().any(|header| header.is(name));
    let sends = !matches!(method.to_ascii_uppercase().as_str(), "GET" | "HEAD" | "OPTIONS");
    sends && (has("content-type") || has("transfer-encoding"))
}

/// What percent-encoding leaves as it is in a form.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// A body put together again from its decoded parts, so that their values are found. Its bytes are
/// not those that were sent.
fn from_params(data: &PostData, headers: &[Header]) -> Option<Body> {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    split::elements(data.params?, &mut |raw| {
        if let Some(pair) = json::object::<Pair>(Some(raw)) {
            let text = |raw| json::text(raw).unwrap_or_default().into_owned();
            pairs.push((text(pair.name), text(pair.value)));
        }
    });
    if pairs.is_empty() {
        return None;
    }
    let header = headers.iter().find(|header| header.is("content-type"));
    let declared = header.map(|header| String::from_utf8_lossy(&header.value).into_owned());
    let declared = declared.or_else(|| json::string(data.mime_type)).unwrap_or_default();
    let bytes = match boundary(&declared) {
        Some(boundary) => multipart(&pairs, boundary),
        None => form(&pairs),
    };
    let (provenance, missing) = (Provenance::ImporterLossy, Some(Missing::Lossy));
    Some(Body { bytes: Bytes::from(bytes), provenance, missing })
}

fn boundary(content_type: &str) -> Option<&str> {
    if !content_type.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let at = content_type.to_ascii_lowercase().find("boundary=")?;
    let value = content_type.get(at + "boundary=".len()..)?;
    value.split(';').next().map(|value| value.trim().trim_matches('"'))
}

fn form(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let encode = |bytes: &[u8]| percent_encode(bytes, FORM).to_string();
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

fn multipart(pairs: &[(Vec<u8>, Vec<u8>)], boundary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in pairs {
        let name = percent_encode(name, FORM);
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}
