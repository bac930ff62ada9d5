//! Addresses: the canonical form of the URL standard, and the parts that still name the page.

use percent_encoding::percent_decode_str;

use super::{Kind, Normals};
use crate::address::Address;
use crate::entropy::Bits;

/// Adds what senders make of a web address.
pub(super) fn add(value: &str, all: &mut Normals) {
    let Some(address) = Address::of(value) else { return };
    let canonical = canonical(value, &address);
    all.whole(canonical.clone(), &["canonical url"], Kind::Usual);
    if let Ok(decoded) = percent_decode_str(value).decode_utf8() {
        all.whole(decoded.into_owned(), &["percent-decoded"], Kind::Rare);
    }
    parts(value, &address, &[], all);
    if let Some(address) = Address::of(&canonical) {
        parts(&canonical, &address, &["canonical url"], all);
    }
}

/// Adds the parts of an address.
fn parts(text: &str, address: &Address, before: &[&'static str], all: &mut Normals) {
    let bits = Bits::of(text);
    let steps = |step: &'static str| [before, &[step]].concat();
    let query = text[..address.fragment].find('?').unwrap_or(address.fragment);
    let path_start = address.path.min(query);
    all.whole(text[address.scheme..].to_owned(), &steps("without scheme"), Kind::Rare);
    all.whole(text[..address.fragment].to_owned(), &steps("without fragment"), Kind::Rare);
    if let Some(bare) = text.strip_suffix('/').filter(|bare| bare.len() > address.path) {
        all.whole(bare.to_owned(), &steps("without trailing slash"), Kind::Rare);
    }
    if text[address.host.clone()].to_ascii_lowercase().starts_with("www.") {
        let (front, host) = text.split_at(address.host.start);
        let bare = format!("{front}{}", &host[4..]);
        all.whole(bare, &steps("without www"), Kind::Rare);
        let bare = host[4..].to_owned();
        all.whole(bare, &[before, &["without scheme", "without www"]].concat(), Kind::Rare);
    }
    let mut part = |range: std::ops::Range<usize>, step| {
        all.part(&text[range.clone()], &steps(step), bits.part(range));
    };
    part(address.path..address.fragment, "path and query only");
    part(path_start..query, "path only");
    part(0..query, "without query");
    part(address.host.clone(), "host only");
    part(0..address.path, "origin only");
    let bare = &text[address.scheme..query];
    let worth = bits.part(address.scheme..query);
    all.part(bare, &[before, &["without scheme", "without query"]].concat(), worth);
}

/// The address as the URL standard (WHATWG) writes it: scheme and host in lower case, no default
/// port, no dot segments, a path, escapes in upper case and only where they are needed.
fn canonical(text: &str, address: &Address) -> String {
    let scheme = text[..address.scheme].to_ascii_lowercase();
    let authority = text[address.scheme..address.path].to_lowercase();
    let port = match scheme.as_str() {
        "https://" | "wss://" => ":443",
        "http://" | "ws://" => ":80",
        _ => ":21",
    };
    let authority = authority.strip_suffix(port).unwrap_or(&authority);
    let rest = &text[address.path..];
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, tail) = rest.split_at(end);
    let written = format!("{}{tail}", segments(path));
    format!("{scheme}{authority}{}", escapes(&written))
}

/// A path without `.` and `..`.
fn segments(path: &str) -> String {
    let all: Vec<&str> = path.split('/').skip(1).collect();
    let mut kept: Vec<&str> = Vec::new();
    for (at, segment) in all.iter().enumerate() {
        let last = at + 1 == all.len();
        match segment.to_ascii_lowercase().as_str() {
            "." | "%2e" => kept.extend(last.then_some("")),
            ".." | ".%2e" | "%2e." | "%2e%2e" => {
                kept.pop();
                kept.extend(last.then_some(""));
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Escapes in upper case, and none for what needs none (RFC 3986, section 6.2.2); what is no ASCII
/// is escaped.
fn escapes(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = (byte == b'%').then(|| digits(bytes.get(at + 1..at + 3)?)).flatten();
        match escaped {
            Some(b) if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(b.into()),
            Some(b) => out.push_str(&format!("%{b:02X}")),
            None if byte.is_ascii_graphic() => out.push(byte.into()),
            None => out.push_str(&format!("%{byte:02X}")),
        }
        at += if escaped.is_some() { 3 } else { 1 };
    }
    out
}

fn digits(two: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    let [high, low] = two else { return None };
    Some((digit(*high)? << 4 | digit(*low)?) as u8)
}
