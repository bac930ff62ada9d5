//! Seeded values: what is planted, drawn from randomness that is handed in.

use candor_case::{Property, Seed};

/// Where random bytes come from.
pub type Random<'a> = dyn FnMut(&mut [u8]) + 'a;

/// The lab's search page.
pub(crate) const SEARCH_HOST: &str = "search.candor.test";

/// Kinds of sites that a person visits; each becomes a site of the lab.
const SITES: [&str; 6] = ["clinic", "library", "garden", "union", "parish", "market"];

/// Words around a token, as a person might type them.
const WORDS: [&str; 5] = [
    "opening hours {} library",
    "side effects of {} tablets",
    "rooms to let near {}",
    "how long to boil {}",
    "bus from {} to the coast",
];

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Every fourth character of a token is one of these, so that no token reads like words.
const FIGURES: &[u8; 4] = b"4567";

/// A token of 68 random bits: sixteen characters that host names, paths and words can hold.
pub(crate) fn token(random: &mut Random<'_>) -> String {
    drawn(random, 16)
}

/// Characters of the token in a host. Much that browsers send names the host of a page alone, and a
/// host's characters are worth half of others when it is asked whether one stands somewhere by
/// accident: sixteen of them would prove nothing.
const HOST: usize = 40;

fn drawn(random: &mut Random<'_>, length: usize) -> String {
    let mut bytes = vec![0; length];
    random(&mut bytes);
    let character = |(at, byte): (usize, &u8)| match at % 4 {
        3 => FIGURES[usize::from(byte & 3)] as char,
        _ => BASE32[usize::from(byte & 31)] as char,
    };
    bytes.iter().enumerate().map(character).collect()
}

/// A random number below `bound`, near enough to even for shuffling small lists.
pub(crate) fn below(random: &mut Random<'_>, bound: usize) -> usize {
    let mut bytes = [0; 8];
    random(&mut bytes);
    (u64::from_le_bytes(bytes) % bound.max(1) as u64) as usize
}

/// Puts a list into random order (Fisher and Yates).
pub(crate) fn shuffle<T>(random: &mut Random<'_>, list: &mut [T]) {
    for i in (1..list.len()).rev() {
        list.swap(i, below(random, i + 1));
    }
}

/// An address of the lab with tokens of its own in host, path and query; each by itself names it.
pub(crate) fn address(random: &mut Random<'_>) -> String {
    let site = SITES[below(random, SITES.len())];
    let (host, path, query) = (drawn(random, HOST), token(random), token(random));
    format!("https://{host}.{site}.candor.test/{path}?q={query}")
}

/// Words with a token among them.
pub(crate) fn words(random: &mut Random<'_>) -> String {
    WORDS[below(random, WORDS.len())].replace("{}", &token(random))
}

/// The search page for these words, which hold only letters, digits and spaces.
pub(crate) fn search_address(words: &str) -> String {
    format!("https://{SEARCH_HOST}/find?q={}", words.replace(' ', "+"))
}

/// The host of an address; `None` for what is no address.
pub(crate) fn host_of(value: &str) -> Option<&str> {
    value.split_once("://")?.1.split('/').next()
}

/// A value planted by an action of a phase.
pub(crate) fn seed(run: &str, phase: &str, name: &str, property: Property, value: &str) -> Seed {
    let sites = match property {
        Property::BrowsingSearch => Some(vec![SEARCH_HOST.to_owned()]),
        // What is typed as an address arrives at its own site when it is sent off.
        Property::BrowsingTyped => host_of(value).map(|host| vec![host.to_owned()]),
        _ => None,
    };
    Seed {
        id: format!("{run}/{name}"),
        value: value.to_owned(),
        property,
        sites,
        run: Some(run.to_owned()),
        arm: None,
        phase: Some(phase.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0u8;
        move |out: &mut [u8]| {
            for byte in out {
                *byte = next;
                next = next.wrapping_add(7);
            }
        }
    }

    #[test]
    fn values_have_their_shapes() {
        let mut random = counting();
        let token = token(&mut random);
        assert!(token.len() == 16 && token.bytes().all(|b| BASE32.contains(&b)), "{token}");
        let address = address(&mut random);
        let rest = address.strip_prefix("https://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        assert!(host.ends_with(".candor.test") && host.split('.').count() == 4, "{host}");
        assert_eq!(host.find('.'), Some(HOST), "one label, of at most 63 characters");
        assert_eq!(path.find("?q="), Some(16), "{path}");
        let words = words(&mut random);
        assert!(words.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' '), "{words}");
        assert!(!search_address(&words).contains(' '));
    }

    #[test]
    fn shuffling_keeps_everything() {
        let mut list: Vec<_> = (0..20).collect();
        shuffle(&mut counting(), &mut list);
        assert_ne!(list, (0..20).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..20).collect::<Vec<_>>());
    }
}
