//! The parts of a web address that matter for recognising it: where its host stands, and its path.

use std::ops::Range;

/// Where the parts of an address stand in its text, as byte offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// End of `scheme://`.
    pub(crate) scheme: usize,
    /// The host, without user, port or brackets.
    pub(crate) host: Range<usize>,
    /// Start of path, query or fragment; the length of the text if there is none.
    pub(crate) path: usize,
    /// Start of `#`; the length of the text if there is none.
    pub(crate) fragment: usize,
}

impl Address {
    /// Finds the parts of `text`; `None` if it is not a web address.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let scheme = text.find("://")?;
        let known = ["http", "https", "ws", "wss", "ftp"];
        if !known.iter().any(|name| text[..scheme].eq_ignore_ascii_case(name)) {
            return None;
        }
        let scheme = scheme + 3;
        let end = |from: usize, stops: &[char]| {
            text[from..].find(stops).map_or(text.len(), |at| from + at)
        };
        let path = end(scheme, &['/', '?', '#']);
        let host = host(text, scheme..path)?;
        Some(Self { scheme, host, path, fragment: end(path, &['#']) })
    }
}

/// The host inside an authority.
fn host(text: &str, authority: Range<usize>) -> Option<Range<usize>> {
    let start =
        text[authority.clone()].rfind('@').map_or(authority.start, |at| authority.start + at + 1);
    let rest = &text[start..authority.end];
    let host = if rest.starts_with('[') {
        start + 1..start + rest.find(']')?
    } else {
        start..start + rest.find(':').unwrap_or(rest.len())
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let table = [
            ("https://www.example.org/a?b#c", Some(("www.example.org", "/a?b#c", "#c"))),
            ("HTTP://u:p@example.org:80", Some(("example.org", "", ""))),
            ("https://[::1]:8/x", Some(("::1", "/x", ""))),
            ("wss://example.org?q", Some(("example.org", "?q", ""))),
            ("mailto:a@example.org", None),
            ("data://example.org", None),
            ("https:///x", None),
        ];
        for (text, parts) in table {
            let found = Address::of(text)
                .map(|a| (&text[a.host.clone()], &text[a.path..], &text[a.fragment..]));
            assert_eq!(found, parts, "{text}");
        }
    }
}
