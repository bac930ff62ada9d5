//! Addresses of sites that were visited, in what is sent to others.

use std::collections::BTreeSet;

use candor_case::Property;

use super::Shape;

/// Bits of the host of a visited site: that it is one of them at all.
const BITS: f64 = 16.0;
/// Most addresses of one leaf.
const MOST: usize = 16;

/// The addresses whose host lies within a visited site other than `recipient`'s, and a host that is
/// all there is.
pub(crate) fn visited(bytes: &[u8], sites: &BTreeSet<String>, recipient: &str) -> Vec<Shape> {
    if sites.is_empty() {
        return vec![];
    }
    let mut out = Vec::new();
    let mut add = |host: std::ops::Range<usize>, range: std::ops::Range<usize>| {
        let name = String::from_utf8_lossy(&bytes[host]).to_ascii_lowercase();
        let site = within(&name, sites);
        if site.is_some_and(|site| within(recipient, sites) != Some(site)) {
            out.push(Shape::new(Property::BrowsingUrl, range, BITS));
        }
    };
    if is_host(bytes) {
        add(0..bytes.len(), 0..bytes.len());
        return out;
    }
    let colons = memchr::memchr_iter(b':', bytes);
    for at in colons.filter(|at| bytes[at + 1..].starts_with(b"//")).take(MOST) {
        let start = at + 3;
        let length = bytes[start..].iter().take_while(|b| is_host_byte(**b)).count();
        let scheme = bytes[..at].iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
        let more = bytes[start + length..].iter().take_while(|b| is_address_byte(**b)).count();
        add(start..start + length, at - scheme..start + length + more);
    }
    out
}

/// The visited site that a host lies within.
fn within<'a>(host: &str, sites: &'a BTreeSet<String>) -> Option<&'a String> {
    let parents = std::iter::successors(Some(host), |name| name.split_once('.').map(|(_, p)| p));
    parents.take(16).find_map(|name| sites.get(name))
}

/// Whether bytes are a host name and nothing else.
fn is_host(bytes: &[u8]) -> bool {
    (4..=253).contains(&bytes.len())
        && bytes.contains(&b'.')
        && bytes.iter().all(|b| is_host_byte(*b))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_visited_sites_are_told_to_others() {
        let sites: BTreeSet<String> = ["www.shop.test".into(), "search.test".into()].into();
        let found = |text: &str, recipient: &str| -> Vec<String> {
            let shapes = visited(text.as_bytes(), &sites, recipient);
            shapes.into_iter().map(|s| text[s.range].to_owned()).collect()
        };
        let maker = "api.maker.test";
        let table: &[(&str, &str, &[&str])] = &[
            ("https://www.shop.test/cart?x", maker, &["https://www.shop.test/cart?x"]),
            ("see <http://WWW.shop.test> now", maker, &["http://WWW.shop.test"]),
            ("www.shop.test", maker, &["www.shop.test"]),
            ("cdn.search.test", maker, &["cdn.search.test"]),
            ("shop.test", maker, &[]),
            ("https://other.test/?u=www.shop.test", maker, &[]),
            ("https://www.shop.test/cart", "www.shop.test", &[]),
            ("https://www.shop.test/cart", "search.test", &["https://www.shop.test/cart"]),
        ];
        for (text, recipient, expected) in table {
            assert_eq!(found(text, recipient), *expected, "{text} to {recipient}");
        }
    }
}
