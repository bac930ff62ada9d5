//! The device's own addresses on its networks, where the run says which they are (`device_addresses`
//! in its environment).

use std::net::IpAddr;

use candor_case::Property;

use super::Shape;

/// Bits of an address: as many as it has, less for those that many networks use inside.
const BITS_V4: f64 = 32.0;
const BITS_V6: f64 = 64.0;
const BITS_PRIVATE: f64 = 12.0;

/// An address of the device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Own {
    text: String,
    bytes: Vec<u8>,
    bits: f64,
}

/// Reads addresses, separated by blanks, commas or semicolons. Those that every device has are left
/// out.
pub(crate) fn parse(list: &str) -> Vec<Own> {
    let words = list.split([',', ';', ' ', '\n', '\t']).filter_map(|word| {
        let word = word.split(['/', '%']).next().unwrap_or(word);
        word.trim_matches(['[', ']']).parse::<IpAddr>().ok()
    });
    let real = words.filter(|ip| !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast());
    real.map(|ip| Own { text: ip.to_string(), bytes: octets(ip), bits: bits(ip) }).collect()
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

fn bits(ip: IpAddr) -> f64 {
    match ip {
        IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() => BITS_PRIVATE,
        IpAddr::V4(_) => BITS_V4,
        IpAddr::V6(_) => BITS_V6,
    }
}

/// The device's addresses in some bytes: as text standing apart, or as all the bytes there are.
pub(super) fn addresses(bytes: &[u8], own: &[Own]) -> Vec<Shape> {
    let mut out = Vec::new();
    for address in own {
        let shape = |range| Shape::new(Property::DeviceAddress, range, address.bits);
        if bytes == address.bytes {
            out.push(shape(0..bytes.len()));
        }
        let lower = bytes.to_ascii_lowercase();
        for start in memchr::memmem::find_iter(&lower, address.text.as_bytes()) {
            let end = start + address.text.len();
            if stands_apart(&lower, start, end) {
                out.push(shape(start..end));
            }
        }
    }
    out
}

/// Whether what stands beside is no part of another address.
fn stands_apart(bytes: &[u8], start: usize, end: usize) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric();
    let before = &bytes[..start];
    let (after, next) = (bytes.get(end), bytes.get(end + 1));
    let joined = matches!(after, Some(b'.' | b':')) && next.is_some_and(part);
    // A port may follow an address of version 4.
    let port = after == Some(&b':') && bytes[start..end].contains(&b'.');
    !before.last().is_some_and(|b| part(b) || *b == b'.')
        && !before.ends_with(b"::")
        && !after.is_some_and(part)
        && (!joined || port)
}
