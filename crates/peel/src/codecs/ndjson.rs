//! Lines of JSON (NDJSON, Sentry envelopes and their like): every line is a piece of its own.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::json;
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::steps;

/// The codec.
pub(crate) struct Ndjson;

impl Codec for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }

    fn accepts(&self, view: &View) -> bool {
        view.shape.any(kind::LINE) && matches!(json::first(view.bytes), Some(b'{' | b'['))
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        if !begins_with_two_documents(view.bytes) {
            return Opened::No;
        }
        let mut step = String::new();
        let mut start = 0;
        for (index, line) in view.bytes.split(|b| *b == b'\n').enumerate() {
            let text = line.trim_ascii_end();
            if let Err(spent) = purse.pay_node(out.len()) {
                out.rest(view, start, spent);
                break;
            }
            if !text.is_empty() {
                step.clear();
                step.push_str("line:");
                steps::push_number(&mut step, index as u64);
                out.part(start..start + text.len(), &step);
            }
            start += line.len() + 1;
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let one_line = memchr::memchr(b'\n', content).is_none();
        one_line.then(|| splice(parent, opening.span, content))
    }
}

/// Whether the first two lines that are not empty both are containers from end to end, by their
/// brackets; a document printed over several lines is not.
fn begins_with_two_documents(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).filter(|l| !l.is_empty());
    let mut document = || {
        lines.next().is_some_and(|line| {
            matches!(line.first(), Some(b'{' | b'[')) && json::is_container(line)
        })
    };
    document() && document()
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn lines_are_pieces() {
        let lines = layers(b"{\"a\":1}\r\n\n[\"b\"]\nattachment\n");
        let expected = [
            "line:0 = {\\\"a\\\":1}",
            "line:0 > $.a = 1",
            "line:2 = [\\\"b\\\"]",
            "line:2 > $[0] = b",
            "line:3 = attachment",
        ];
        assert_eq!(lines, expected);
        assert!(layers(b"{\n\"a\": [\n").is_empty());
        assert!(layers(b"{\"a\":1}\nand so on\n").is_empty());
    }

    #[test]
    fn a_line_is_put_back() {
        let input = b"{\"a\":1}\n{\"b\":\"c\"}\n";
        assert_eq!(replanted(input, "line:1 > $.b", "new").as_deref(), Some("new"));
        assert_eq!(replanted(input, "line:1", "{\n}"), None);
    }
}
