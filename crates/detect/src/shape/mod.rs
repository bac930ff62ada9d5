//! Values that give themselves away by their shape, each with a check: what nobody planted, and
//! still is somebody's.
//!
//! Shapes prove less than seeds do, and their bits say so: no verdict rests on them alone.

mod account;
mod device;
mod mail;
pub(crate) mod network;
mod phone;
mod place;
pub(crate) mod visited;

use std::ops::Range;

use candor_case::Property;

use network::Own;

/// A value of a known shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) property: Property,
    /// Where it stands in the bytes.
    pub(crate) range: Range<usize>,
    /// What the check is worth, in bits.
    pub(crate) bits: f64,
    /// What there is to say of it besides.
    pub(crate) note: Option<String>,
}

impl Shape {
    fn new(property: Property, range: Range<usize>, bits: f64) -> Self {
        Self { property, range, bits, note: None }
    }
}

/// Most values reported of one layer.
const SHAPES: usize = 64;

/// The values in the bytes of a leaf; `field` is the pattern of its last step, `name` that of the
/// field in it, in lower case, `own` are the device's addresses.
pub(crate) fn shapes(bytes: &[u8], field: &str, name: &str, own: &[Own]) -> Vec<Shape> {
    let mut all = mail::mails(bytes);
    all.extend(device::macs(bytes));
    all.extend(network::addresses(bytes, own));
    // What follows is the whole of a short value or nothing.
    let number = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'(' | b'.');
    let short = (3..=64).contains(&bytes.len());
    let text = || std::str::from_utf8(bytes).unwrap_or("");
    if short && bytes.first().is_some_and(number) {
        all.extend(device::imei(bytes, field));
        all.extend(account::card(text(), name));
        all.extend(phone::phone(text(), name));
        all.extend(place::place(text(), name));
    } else if short && bytes.first().is_some_and(u8::is_ascii_uppercase) {
        all.extend(account::iban(text(), name));
    }
    all.truncate(SHAPES);
    all
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The shapes in a value of that field, a step of one name or of two.
    fn shapes_in(bytes: &[u8], field: &str, own: &[Own]) -> Vec<Shape> {
        let name = field.rsplit('.').next().unwrap_or(field);
        shapes(bytes, field, name, own)
    }

    fn found(text: &str, field: &str) -> Vec<String> {
        shapes_in(text.as_bytes(), field, &[])
            .into_iter()
            .map(|s| text[s.range].to_owned())
            .collect()
    }

    #[test]
    fn shapes_are_recognised_with_their_checks() {
        let table: &[(&str, &str, &[&str])] = &[
            ("user-42@example.com", "$.x", &["user-42@example.com"]),
            ("user@example.com", "$.x", &[]),
            ("user@maker.test", "$.x", &["user@maker.test"]),
            ("name@domain.com", "$.x", &[]),
            ("git@github.com", "$.x", &[]),
            ("NoReply@maker.test", "$.x", &[]),
            ("ublock0@raymondhill.net", "$.x", &[]),
            ("default-theme@mozilla.org", "$.x", &[]),
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
            ("4539148803436467", "$.card_number", &["4539148803436467"]),
            ("4539 1488 0343 6467", "$.x", &["4539 1488 0343 6467"]),
            ("4539148803436467", "$.id", &[]),
            ("4539148803436468", "$.card_number", &[]),
            ("4111 1111 1111 1111", "$.card_number", &[]),
            ("4242424242424242", "$.card_number", &[]),
            ("DE12500105170648489890", "$.sku", &[]),
            ("DE12500105170648489890", "$.payer.iban", &["DE12500105170648489890"]),
            ("DE1250 01051706 48489890", "$.x", &[]),
            ("DE12 5001 0517 0648 4898 90", "$.x", &["DE12 5001 0517 0648 4898 90"]),
            ("DE13500105170648489890", "$.x", &[]),
            ("DE89370400440532013000", "$.iban", &[]),
            ("+49 171 2345678", "$.x", &["+49 171 2345678"]),
            ("+491712345678", "$.x", &["+491712345678"]),
            ("01712345678", "$.phone", &["01712345678"]),
            ("01712345678", "$.time", &[]),
            ("+1 (201) 555-0123", "$.phone", &[]),
            ("+44 7700 900123", "$.phone", &[]),
            ("+0100", "$.tz", &[]),
            ("1234567890", "$.phone", &[]),
            ("52.516275", "$.lat", &["52.516275"]),
            ("-122.419416", "$.location.longitude", &["-122.419416"]),
            ("152.516275", "$.lat", &[]),
            ("52", "$.lat", &[]),
            ("0.000000", "$.lat", &[]),
            ("52.516275", "$.ratio", &[]),
            ("52.516275,13.377704", "$.where", &["52.516275,13.377704"]),
            ("52.51,13.37", "$.where", &[]),
            ("52.51,13.37", "$.geo", &["52.51,13.37"]),
            ("37.421998,-122.084000", "$.geo", &[]),
        ];
        for (text, field, expected) in table {
            assert_eq!(found(text, field), *expected, "{text} in {field}");
        }
    }

    #[test]
    fn precision_is_told() {
        let told = |text: &str| shapes_in(text.as_bytes(), "$.lat", &[])[0].note.clone();
        let table = [
            ("52.5", "to about 11 km"),
            ("52.51", "to about 1 km"),
            ("52.5163", "to about 11 m"),
            ("52.5162751", "to less than 1 m"),
        ];
        for (text, expected) in table {
            assert_eq!(told(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn own_addresses_are_found_as_text_and_as_bytes() {
        let own = network::parse("192.168.178.23, 2001:db8::a1 203.0.113.7;127.0.0.1 ::");
        let found = |bytes: &[u8]| -> Vec<String> {
            let shapes = shapes_in(bytes, "$.x", &own);
            shapes
                .iter()
                .map(|s| s.range.clone())
                .map(|r| bytes[r].escape_ascii().to_string())
                .collect()
        };
        let table: &[(&[u8], &[&str])] = &[
            (b"ip=192.168.178.23;", &["192.168.178.23"]),
            (b"candidate:1 1 udp 2122 192.168.178.23 54400 typ host", &["192.168.178.23"]),
            (b"192.168.178.234", &[]),
            (b"1192.168.178.23", &[]),
            (b"192.168.178.23.5", &[]),
            (b"[2001:DB8::A1]:443", &["2001:DB8::A1"]),
            (b"2001:db8::a12", &[]),
            (b"\xcb\x00\x71\x07", &["\\xcb\\x00q\\x07"]),
            (b"127.0.0.1", &[]),
            (b"10.0.0.1", &[]),
        ];
        for (bytes, expected) in table {
            assert_eq!(found(bytes), *expected, "{}", bytes.escape_ascii());
        }
    }
}
