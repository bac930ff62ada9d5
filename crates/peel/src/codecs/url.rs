//! Absolute URLs (RFC 3986): path segments, query and fragment, each with its escapes undone.
//! A value that is a URL is opened like the request's own.

use std::borrow::Cow;
use std::ops::Range;

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::form;
use crate::codecs::percent::{self, Plus};
use crate::pieces::Pieces;
use crate::steps;

/// The codec.
pub(crate) struct Url;

impl Codec for Url {
    fn name(&self) -> &'static str {
        "url"
    }

    fn accepts(&self, view: &View) -> bool {
        view.codec() == "request.url" || is_absolute(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let parts = Parts::of(view.bytes);
        segments(view, parts.path, purse, out);
        if let Some(query) = parts.query {
            form::fields(view, query, "query", purse, out);
        }
        if let Some(fragment) = parts.fragment.filter(|range| !range.is_empty()) {
            unescaped(view, fragment, "fragment", out);
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, &percent::escape(content)))
    }
}

/// Where the parts of a URL stand.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    path: Range<usize>,
    query: Option<Range<usize>>,
    fragment: Option<Range<usize>>,
}

impl Parts {
    fn of(url: &[u8]) -> Self {
        let end = memchr::memchr(b'#', url).unwrap_or(url.len());
        let fragment = (end < url.len()).then(|| end + 1..url.len());
        let path_end = memchr::memchr(b'?', &url[..end]).unwrap_or(end);
        let query = (path_end < end).then(|| path_end + 1..end);
        let authority = memchr::memmem::find(&url[..path_end], b"://").map_or(0, |at| at + 3);
        let path_start = memchr::memchr(b'/', &url[authority..path_end])
            .map_or(path_end, |at| authority + at + 1);
        Self { path: path_start..path_end, query, fragment }
    }
}

/// `http` and `https` with a host, and no white space or control character.
pub(crate) fn is_absolute(bytes: &[u8]) -> bool {
    let rest = match bytes {
        [b'h' | b'H', b't' | b'T', b't' | b'T', b'p' | b'P', rest @ ..] => rest,
        _ => return false,
    };
    let rest = match rest {
        [b's' | b'S', b':', b'/', b'/', rest @ ..] | [b':', b'/', b'/', rest @ ..] => rest,
        _ => return false,
    };
    rest.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'[')
        && !rest.iter().any(|b| *b <= b' ' || *b == 0x7f)
}

/// The segments of a path, numbered from 0; empty ones count but make no piece.
fn segments(view: &View, path: Range<usize>, purse: &mut Purse, out: &mut Pieces) {
    let mut step = String::new();
    let mut start = path.start;
    let end = path.end;
    for (index, segment) in view.bytes[path].split(|b| *b == b'/').enumerate() {
        if let Err(spent) = purse.pay_node(out.len()) {
            out.part(start..end, "rest").ending(spent.into());
            return;
        }
        if !segment.is_empty() {
            step.clear();
            step.push_str("path:");
            steps::push_number(&mut step, index as u64);
            unescaped(view, start..start + segment.len(), &step, out);
        }
        start += segment.len() + 1;
    }
}

fn unescaped(view: &View, range: Range<usize>, step: &str, out: &mut Pieces) {
    match percent::unescape(&view.bytes[range.clone()], Plus::Stays) {
        Cow::Borrowed(_) => out.part(range, step),
        Cow::Owned(text) => out.made(range, text, step),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn parts_are_found() {
        let table = [
            ("https://h.test/a/b?q=1#f", 15..18, Some(19..22), Some(23..24)),
            ("https://h.test", 14..14, None, None),
            ("https://h.test?x", 14..14, Some(15..16), None),
            ("https://h.test/?u=https://o.test/p", 15..15, Some(16..34), None),
            ("/only/path", 1..10, None, None),
        ];
        for (url, path, query, fragment) in table {
            assert_eq!(Parts::of(url.as_bytes()), Parts { path, query, fragment }, "{url}");
        }
    }

    #[test]
    fn only_absolute_urls_are_opened() {
        let table = [
            ("https://example.org/p?q", true),
            ("HTTP://example.org", true),
            ("https://[::1]/", true),
            ("https://", false),
            ("https:/example.org", false),
            ("https://example.org is down", false),
            ("httpsx://example.org", false),
        ];
        for (text, absolute) in table {
            assert_eq!(is_absolute(text.as_bytes()), absolute, "{text}");
        }
    }

    #[test]
    fn urls_are_opened_where_they_stand() {
        let expected = [
            "$.url = https://h.test/a%2Fb//c+d?q=x+y&u=https%3A%2F%2Fo.test%2Fp&flag#top",
            "$.url > path:0 = a/b",
            "$.url > path:2 = c+d",
            "$.url > query:q = x y",
            "$.url > query:u = https://o.test/p",
            "$.url > query:u > path:0 = p",
            "$.url > query:\"\" = flag",
            "$.url > fragment = top",
        ];
        let url = "https://h.test/a%2Fb//c+d?q=x+y&u=https%3A%2F%2Fo.test%2Fp&flag#top";
        assert_eq!(layers(format!("{{\"url\":\"{url}\"}}").as_bytes()), expected);
        for path in ["path:2", "query:u > path:0", "query:q", "query:u", "fragment"] {
            assert_eq!(replanted(url.as_bytes(), path, "n e/w").as_deref(), Some("n e/w"));
        }
    }
}
