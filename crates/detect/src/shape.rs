//! Values that give themselves away by their shape, each with a check: e-mail addresses, IMEIs and
//! MAC addresses that nobody planted.
//!
//! Shapes prove less than seeds do, and their bits say so: no verdict rests on them alone.

use std::ops::Range;

use candor_case::Property;

use crate::sentinel;

/// A value of a known shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) property: Property,
    /// Where it stands in the bytes.
    pub(crate) range: Range<usize>,
    /// What the check is worth, in bits.
    pub(crate) bits: f64,
}

/// Bits of an e-mail address: `@`, a dot, and a suffix from the Public Suffix List.
const MAIL_BITS: f64 = 20.0;
/// Bits of an IMEI: the check digit (3.3) and an issuer of type allocation codes (2.6).
const IMEI_BITS: f64 = 5.9;
/// Bits of a MAC address: six pairs of hex digits with five separators.
const MAC_BITS: f64 = 24.0;

/// Most values reported of one layer.
const SHAPES: usize = 64;

/// The values in the bytes of a leaf; `field` is the pattern of its last step.
pub(crate) fn shapes(bytes: &[u8], field: &str) -> Vec<Shape> {
    let mut all = mails(bytes);
    all.extend(imei(bytes, field));
    all.extend(macs(bytes));
    all.truncate(SHAPES);
    all
}

fn mails(bytes: &[u8]) -> Vec<Shape> {
    memchr::memchr_iter(b'@', bytes)
        .filter_map(|at| mail_around(bytes, at))
        .map(|range| Shape { property: Property::PersonEmail, range, bits: MAIL_BITS })
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

/// Fifteen figures that are all there is, in a field that speaks of a device, with the check digit
/// of ISO/IEC 7812 and a reporting body of GSMA TS.06 in front.
fn imei(bytes: &[u8], field: &str) -> Option<Shape> {
    const BODIES: [&[u8]; 13] =
        [b"01", b"10", b"30", b"33", b"35", b"44", b"45", b"49", b"51", b"53", b"86", b"91", b"99"];
    let field = field.to_ascii_lowercase();
    let speaks = ["imei", "meid", "device"].iter().any(|word| field.contains(word));
    let figures = bytes.len() == 15 && bytes.iter().all(u8::is_ascii_digit);
    let fits = speaks && figures && BODIES.contains(&&bytes[..2]) && luhn(bytes);
    (fits && !sentinel::is_sentinel(bytes)).then_some(Shape {
        property: Property::DeviceId,
        range: 0..15,
        bits: IMEI_BITS,
    })
}

/// Whether the last figure is the check digit of ISO/IEC 7812, annex B.
fn luhn(figures: &[u8]) -> bool {
    let sum: u32 = figures
        .iter()
        .rev()
        .enumerate()
        .map(|(i, figure)| {
            let value = u32::from(figure - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Length of a MAC address in text, in bytes.
const MAC: usize = 17;

/// MAC addresses: six pairs of hex digits with `:` or `-` between them, of one station, standing
/// apart.
fn macs(bytes: &[u8]) -> Vec<Shape> {
    let mut out = Vec::new();
    for at in memchr::memchr2_iter(b':', b'-', bytes) {
        let Some(start) = at.checked_sub(2) else { continue };
        let Some(text) = bytes.get(start..start + MAC) else { continue };
        if text[5] != text[2] || text[8] != text[2] {
            continue;
        }
        let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-');
        let apart =
            !bytes[..start].last().is_some_and(part) && !bytes.get(start + MAC).is_some_and(part);
        if apart && is_mac(text) {
            let range = start..start + MAC;
            out.push(Shape { property: Property::DeviceId, range, bits: MAC_BITS });
        }
    }
    out
}

fn is_mac(text: &[u8]) -> bool {
    let separator = text[2];
    let shaped = text
        .iter()
        .enumerate()
        .all(|(i, b)| if i % 3 == 2 { *b == separator } else { b.is_ascii_hexdigit() });
    // The lowest bit of the first byte marks a group of stations (IEEE 802).
    let group =
        text.get(1).is_some_and(|b| char::from(*b).to_digit(16).is_some_and(|d| d % 2 == 1));
    let letters = text.iter().any(u8::is_ascii_alphabetic);
    shaped && !group && letters && !sentinel::is_sentinel(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, field: &str) -> Vec<String> {
        shapes(text.as_bytes(), field).into_iter().map(|s| text[s.range].to_owned()).collect()
    }

    #[test]
    fn shapes_are_recognised_with_their_checks() {
        let table: &[(&str, &str, &[&str])] = &[
            ("user-42@example.com", "$.x", &["user-42@example.com"]),
            ("write to kim.o+x@mail.example.org.", "$.x", &["kim.o+x@mail.example.org"]),
            ("icon@2x.png", "$.x", &[]),
            ("https://key@o1.ingest.example.org/7", "$.dsn", &[]),
            ("git@example.org:repo", "$.x", &[]),
            ("a@b", "$.x", &[]),
            ("@example.org", "$.x", &[]),
            ("352099001761481", "$.device_imei", &["352099001761481"]),
            ("352099001761482", "$.device_imei", &[]),
            ("352099001761481", "$.count", &[]),
            ("490154203237518", "$.imei", &[]),
            ("3c:5a:b4:0e:91:7f", "$.x", &["3c:5a:b4:0e:91:7f"]),
            ("mac=3C-5A-B4-0E-91-7F;", "$.x", &["3C-5A-B4-0E-91-7F"]),
            ("3c:5a:b4:0e:91:7f:00:11", "$.x", &[]),
            ("3d:5a:b4:0e:91:7f", "$.x", &[]),
            ("02:00:00:00:00:00", "$.x", &[]),
            ("12:34:56:78:90:12", "$.x", &[]),
        ];
        for (text, field, expected) in table {
            assert_eq!(found(text, field), *expected, "{text} in {field}");
        }
    }
}
