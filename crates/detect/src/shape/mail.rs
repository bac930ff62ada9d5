//! E-mail addresses: an `@`, a dot, and a suffix from the Public Suffix List.

use std::ops::Range;

use candor_case::Property;

use super::Shape;

/// Bits of an e-mail address: `@`, a dot, and a suffix from the Public Suffix List.
const BITS: f64 = 20.0;

/// The e-mail addresses in some bytes.
pub(super) fn mails(bytes: &[u8]) -> Vec<Shape> {
    memchr::memchr_iter(b'@', bytes)
        .filter_map(|at| mail_around(bytes, at))
        .map(|range| Shape::new(Property::PersonEmail, range, BITS))
        .collect()
}

/// The e-mail address around an `@`. The user part of a URL is none, nor is a name whose end is no
/// public suffix, such as a file name.
fn mail_around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let local = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let start = at - bytes[..at].iter().rev().take_while(|b| local(b)).count();
    let end = at + 1 + bytes[at + 1..].iter().take_while(|b| host(b)).count();
    let name = std::str::from_utf8(&bytes[at + 1..end]).ok()?.trim_end_matches(['.', '-']);
    let end = at + 1 + name.len();
    let (user, before) = (&bytes[start..at], bytes[..start].last());
    let plain = !user.is_empty() && user.len() <= 64 && !user.starts_with(b".");
    let apart =
        !matches!(before, Some(b'/' | b':')) && !matches!(bytes.get(end), Some(b'@' | b':'));
    let lower = name.to_ascii_lowercase();
    let suffix = psl::suffix(lower.as_bytes())?;
    let registrable = psl::domain(lower.as_bytes()).is_some();
    let labels = lower.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    let known = suffix.is_known() || lower.ends_with(".test");
    (plain && apart && registrable && labels && known && name.contains('.')).then_some(start..end)
}
