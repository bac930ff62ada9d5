//! The response of an entry. Recorders hand bodies out decoded, so a content-coding that the
//! header fields name must not be applied again.

use candor_case::{Body, Header, Missing, Provenance, Response};
use serde::Deserialize;

use super::entry::headers;
use super::{Context, Raw, body, json, request};

#[derive(Default, Deserialize)]
struct HarResponse<'a> {
    #[serde(borrow, default)]
    status: Raw<'a>,
    #[serde(borrow, default)]
    headers: Raw<'a>,
    #[serde(borrow, default)]
    content: Raw<'a>,
    #[serde(borrow, default, rename = "bodySize")]
    body_size: Raw<'a>,
    #[serde(borrow, default, rename = "_trailers")]
    trailers: Raw<'a>,
    #[serde(borrow, default, rename = "_error")]
    error: Raw<'a>,
    #[serde(borrow, default, rename = "_failureText")]
    failure: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    text: Raw<'a>,
    #[serde(borrow, default)]
    encoding: Raw<'a>,
    #[serde(borrow, default)]
    size: Raw<'a>,
}

/// What an entry says of its response.
#[derive(Default)]
pub(crate) struct Read {
    /// The response; `None` if none was seen.
    pub(crate) response: Option<Response>,
    /// The protocol, if it names one.
    pub(crate) protocol: Option<String>,
    /// Whether the request was stopped before anything was sent.
    pub(crate) blocked: bool,
}

/// Reads a response.
pub(crate) fn read(raw: Raw, method: &str, context: &Context) -> Read {
    let Some(response) = json::object::<HarResponse>(raw) else { return Read::default() };
    let error = json::string(response.error).or_else(|| json::string(response.failure));
    let blocked = error.is_some_and(|error| error.contains("ERR_BLOCKED_BY_"));
    let status = json::number(response.status).unwrap_or(0.0);
    let status = if (1.0..65_536.0).contains(&status) { status as u16 } else { 0 };
    let fields = headers(response.headers, context);
    // A status of 0 or -1 without header fields is how recorders write "none".
    if status == 0 && fields.is_empty() {
        return Read { response: None, protocol: None, blocked };
    }
    let body = body_of(&response, status, method, &fields, context);
    let trailers = headers(response.trailers, context);
    Read {
        response: Some(Response { status, headers: fields, body, trailers }),
        protocol: request::protocol(raw),
        blocked,
    }
}

fn body_of(
    response: &HarResponse,
    status: u16,
    method: &str,
    headers: &[Header],
    context: &Context,
) -> Body {
    let content: Content = json::object(response.content).unwrap_or_default();
    let provenance = Provenance::BrowserDecoded;
    let Some(text) = json::text(content.text).filter(|text| !text.is_empty()) else {
        return absent(response, &content, status, method, headers);
    };
    if json::string(content.encoding).is_some_and(|name| name.eq_ignore_ascii_case("base64")) {
        return match body::base64(&text) {
            Some(bytes) => Body::whole(bytes, provenance),
            None => Body { bytes: context.slice(&text), provenance, missing: Some(Missing::Lossy) },
        };
    }
    let bytes = context.slice(&text);
    let whole = json::size(content.size) == Some(bytes.len() as u64);
    let lost = !whole && body::has_replacements(&bytes);
    Body { bytes, provenance, missing: lost.then_some(Missing::Lossy) }
}

/// A body of which the file holds nothing: empty, or left out.
fn absent(
    response: &HarResponse,
    content: &Content,
    status: u16,
    method: &str,
    headers: &[Header],
) -> Body {
    let provenance = Provenance::BrowserDecoded;
    if method.eq_ignore_ascii_case("HEAD") || matches!(status, 0 | 101 | 204 | 304) {
        return Body::empty(provenance);
    }
    let sizes =
        [json::size(content.size), body::content_length(headers), json::size(response.body_size)];
    match sizes.into_iter().flatten().find(|size| *size > 0) {
        Some(size) => body::not_recorded(Some(size), provenance),
        None if sizes.iter().all(Option::is_none) => body::not_recorded(None, provenance),
        None => Body::empty(provenance),
    }
}
