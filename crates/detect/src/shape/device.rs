//! Numbers of devices: IMEIs and MAC addresses.

use candor_case::Property;

use super::{Shape, luhn};
use crate::sentinel;

/// Bits of an IMEI: the check digit (3.3) and an issuer of type allocation codes (2.6).
const IMEI_BITS: f64 = 5.9;
/// Bits of a MAC address: six pairs of hex digits with five separators.
const MAC_BITS: f64 = 24.0;

/// Fifteen figures that are all there is, in a field that speaks of a device, with the check digit
/// of ISO/IEC 7812 and a reporting body of GSMA TS.06 in front.
pub(super) fn imei(bytes: &[u8], field: &str) -> Option<Shape> {
    const BODIES: [&[u8]; 13] =
        [b"01", b"10", b"30", b"33", b"35", b"44", b"45", b"49", b"51", b"53", b"86", b"91", b"99"];
    let field = field.to_ascii_lowercase();
    let speaks = ["imei", "meid", "device"].iter().any(|word| field.contains(word));
    let figures = bytes.len() == 15 && bytes.iter().all(u8::is_ascii_digit);
    let fits = speaks && figures && BODIES.contains(&&bytes[..2]) && luhn(bytes);
    (fits && !sentinel::is_sentinel(bytes))
        .then(|| Shape::new(Property::DeviceId, 0..15, IMEI_BITS))
}

/// Length of a MAC address in text, in bytes.
const MAC: usize = 17;

/// MAC addresses: six pairs of hex digits with `:` or `-` between them, of one station, standing
/// apart.
pub(super) fn macs(bytes: &[u8]) -> Vec<Shape> {
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
            out.push(Shape::new(Property::DeviceId, range, MAC_BITS));
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
