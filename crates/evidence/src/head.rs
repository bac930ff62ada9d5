//! The head of a message as text: as sent where that is possible, else percent-escaped.

use candor_case::Header;
use candor_warc::http::Field;

use crate::escape::{escape_bytes, escape_token};

/// Method and fields as they are written.
pub(crate) struct Head {
    /// The method; empty in a response.
    pub(crate) method: String,
    /// Header fields.
    pub(crate) fields: Vec<Field>,
    /// Whether both are percent-escaped, because one of them would break its line.
    pub(crate) escaped: bool,
}

impl Head {
    /// Takes method and fields as they were sent.
    pub(crate) fn new(method: &str, headers: &[Header]) -> Self {
        let escaped = !is_method(method) || !headers.iter().all(is_plain);
        let method = match escaped {
            true => String::from_utf8_lossy(&escape_method(method)).into_owned(),
            false => method.to_owned(),
        };
        let fields = headers.iter().map(|header| field(header, escaped)).collect();
        Self { method, fields, escaped }
    }
}

fn field(header: &Header, escaped: bool) -> Field {
    if !escaped {
        return Field { name: header.name.clone(), value: header.value.clone() };
    }
    Field { name: escape_token(&header.name).into(), value: escape_bytes(&header.value).into() }
}

/// Whether a method can stand in a request line and nobody takes it for a response.
fn is_method(method: &str) -> bool {
    method.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Everything but letters, digits, `-` and `_` is escaped, so that an escaped method is one.
fn escape_method(method: &str) -> Vec<u8> {
    let one = |b: u8| match b {
        b'/' | b' ' | b'%' => format!("%{b:02X}").into_bytes(),
        _ => escape_token(&[b]),
    };
    method.bytes().flat_map(one).collect()
}

/// Whether a field can stand in a line of its own as it is.
fn is_plain(header: &Header) -> bool {
    let edge = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b' ' | b'\t'));
    let name = header.name.iter().all(|b| b.is_ascii_graphic() && *b != b':');
    let control = header.value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    name && !control && !edge(header.value.first()) && !edge(header.value.last())
}
