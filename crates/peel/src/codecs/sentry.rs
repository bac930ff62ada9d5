//! Sentry envelopes (develop.sentry.dev, "Envelopes"): a line of headers, then items, each a line
//! of its own headers and a payload that ends with its length or its line.

use std::ops::Range;

use candor_case::{ByteSpan, Opening};

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::json;
use crate::pieces::Pieces;
use crate::steps;

/// The codec.
pub(crate) struct Sentry;

impl Codec for Sentry {
    fn name(&self) -> &'static str {
        "sentry"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.first() == Some(&b'{')
            && items(view.bytes, 1).is_some_and(|items| !items.is_empty())
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(items) = items(view.bytes, usize::MAX) else { return Opened::No };
        let head = memchr::memchr(b'\n', view.bytes).unwrap_or(view.bytes.len());
        out.part(0..head, "sentry:header");
        let single = items.len() == 1;
        for (index, item) in items.into_iter().enumerate() {
            if let Err(spent) = purse.pay_node(out.len()) {
                out.rest(view, item.header.start, spent);
                break;
            }
            let mut step = String::from("sentry:");
            steps::push_key(&mut step, &view.bytes[item.kind]);
            if !single {
                steps::push_index(&mut step, index);
            }
            out.part(item.payload, &step);
            step.push_str(".header");
            out.part(item.header, &step);
        }
        Opened::Fully
    }

    /// Writes the length of a payload anew, where its headers name it.
    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let range = opening.span.range(parent.len());
        let changed = splice(parent, opening.span, content);
        let item = items(parent, usize::MAX)?.into_iter().find(|item| item.payload == range);
        match item {
            Some(Item { length: Some(length), .. }) => {
                Some(splice(&changed, ByteSpan::of(length), content.len().to_string().as_bytes()))
            }
            _ => (memchr::memchr(b'\n', content).is_none()).then_some(changed),
        }
    }
}

struct Item {
    header: Range<usize>,
    /// The value of `type`.
    kind: Range<usize>,
    /// The digits of `length`, if there are any.
    length: Option<Range<usize>>,
    payload: Range<usize>,
}

/// The items of an envelope, `most` at the most; `None` if the bytes are none.
fn items(bytes: &[u8], most: usize) -> Option<Vec<Item>> {
    let head = memchr::memchr(b'\n', bytes)?;
    let is_header =
        |line: &[u8]| line.starts_with(b"{") && json::is_container(line.trim_ascii_end());
    is_header(&bytes[..head]).then_some(())?;
    let mut items = Vec::new();
    let mut at = head + 1;
    while at < bytes.len() && items.len() < most {
        if bytes[at] == b'\n' {
            at += 1;
            continue;
        }
        let len = memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
        let header = at..at + len;
        let line = &bytes[header.clone()];
        let kind = value(line, b"\"type\"").filter(|kind| line[kind.start] == b'"');
        let kind = kind.filter(|_| is_header(line))?;
        let kind = at + kind.start + 1..at + kind.end - 1;
        let length = value(line, b"\"length\"").map(|range| at + range.start..at + range.end);
        let start = (header.end + 1).min(bytes.len());
        let end = match &length {
            Some(digits) => {
                let digits = std::str::from_utf8(&bytes[digits.clone()]).ok()?;
                start.checked_add(digits.parse().ok()?).filter(|end| *end <= bytes.len())?
            }
            None => memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |len| start + len),
        };
        items.push(Item { header, kind, length, payload: start..end });
        at = end;
    }
    Some(items)
}

/// Where in a line of headers the value behind a key stands, with its quotes if it has some.
fn value(line: &[u8], key: &[u8]) -> Option<Range<usize>> {
    let at = memchr::memmem::find(line, key)? + key.len();
    let skip = |at: usize| at + (line[at..].len() - line[at..].trim_ascii_start().len());
    let colon = skip(at);
    (line.get(colon) == Some(&b':')).then_some(())?;
    let start = skip(colon + 1);
    let rest = line.get(start..)?;
    let len = match rest.first()? {
        b'"' => memchr::memchr(b'"', &rest[1..])? + 2,
        _ => rest.iter().position(|b| !b.is_ascii_digit())?,
    };
    (len > 0).then_some(start..start + len)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    const ENVELOPE: &[u8] = b"{\"event_id\":\"9ec7\"}\n{\"type\":\"event\",\"length\":36}\n\
        {\"user\":{\"email\":\"ada@example.org\"}}\n\
        {\"type\":\"attachment\",\"length\":10}\nfirst\nline\n{\"type\":\"session\"}\n{\"sid\":\"s1\"}";

    #[test]
    fn items_are_pieces() {
        let expected = [
            "sentry:header = {\\\"event_id\\\":\\\"9ec7\\\"}",
            "sentry:header > $.event_id = 9ec7",
            "sentry:event[0] = {\\\"user\\\":{\\\"email\\\":\\\"ada@example.org\\\"}}",
            "sentry:event[0] > $.user.email = ada@example.org",
            "sentry:event[0].header = {\\\"type\\\":\\\"event\\\",\\\"length\\\":36}",
            "sentry:event[0].header > $.type = event",
            "sentry:event[0].header > $.length = 36",
            "sentry:attachment[1] = first\\nline",
        ];
        assert_eq!(layers(ENVELOPE)[..8], expected);
        for path in
            ["sentry:event[0] > $.user.email", "sentry:attachment[1]", "sentry:session[2] > $.sid"]
        {
            let value = "a longer value than there was";
            assert_eq!(replanted(ENVELOPE, path, value).as_deref(), Some(value), "{path}");
        }
    }

    #[test]
    fn lines_alone_are_no_envelope() {
        for text in [
            "{\"a\":1}\n{\"b\":2}\n",
            "{\"a\":1}\n{\"type\":\"event\",\"length\":99}\n{}",
            "{\"a\":1}",
        ] {
            assert!(
                layers(text.as_bytes()).iter().all(|line| !line.starts_with("sentry")),
                "{text}"
            );
        }
    }
}
