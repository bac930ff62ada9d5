//! What candor's own segments say beyond the standard, so that a segment taken into another case
//! says no less there: how faithful a body is, what it misses, trailers, and escaped heads.

use std::borrow::Cow;

use bytes::Bytes;
use candor_case::{Header, Missing, Provenance};
use candor_warc::{Fields, Record};
use percent_encoding::percent_decode;

/// How faithful the record says its body is.
pub(crate) fn provenance(record: &Record) -> Option<Provenance> {
    Some(match record.fields.first("Candor-Provenance")? {
        "wire" => Provenance::Wire,
        "browser-decoded" => Provenance::BrowserDecoded,
        "importer-lossy" => Provenance::ImporterLossy,
        _ => Provenance::Proxied,
    })
}

/// What the record says its body misses.
pub(crate) fn missing(record: &Record) -> Option<Missing> {
    let text = record.fields.first("Candor-Missing")?;
    match text.split_once(' ').unwrap_or((text, "")) {
        ("truncated", _) => Some(Missing::Truncated),
        ("not-recorded", bytes) => Some(Missing::NotRecorded { bytes: bytes.parse().ok() }),
        ("lossy", _) => Some(Missing::Lossy),
        _ => None,
    }
}

/// The address, where a header line could not hold it.
pub(crate) fn target(fields: &Fields) -> Option<String> {
    let escaped = fields.first("Candor-Target-URI")?;
    Some(percent_decode(escaped.as_bytes()).decode_utf8_lossy().into_owned())
}

/// Trailer fields.
pub(crate) fn trailers(fields: &Fields) -> impl Iterator<Item = Header> {
    fields.all("Candor-Trailer").filter_map(|text| {
        let (name, value) = text.split_once(':')?;
        let bytes = |text: &str| percent_decode(text.as_bytes()).collect::<Vec<u8>>();
        Some(Header::new(bytes(name), bytes(value.strip_prefix(' ').unwrap_or(value))))
    })
}

/// Whether method and header fields are percent-escaped.
pub(crate) fn is_escaped(fields: &Fields) -> bool {
    fields.first("Candor-Escaped") == Some("head")
}

/// Undoes the escapes of a method, a name or a value.
pub(crate) fn unescape(bytes: Bytes) -> Bytes {
    match Cow::from(percent_decode(&bytes)) {
        Cow::Owned(plain) => plain.into(),
        Cow::Borrowed(_) => bytes,
    }
}
