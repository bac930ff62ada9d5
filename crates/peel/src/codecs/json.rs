//! JSON (RFC 8259): every leaf of the document is one piece, addressed from `$`.
//!
//! The scanner is one loop with its own stack and gives spans; only strings with escapes are
//! copied, all of them into one buffer. A document that nests deeper than `scan::DEEPEST` is cut
//! there: what lies below is one piece of JSON, opened in its turn.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::pieces::Pieces;

mod cursor;
mod names;
mod scan;
pub(crate) mod text;

use cursor::Cursor;
use scan::{Scan, Stop};

/// The codec.
pub(crate) struct Json;

impl Codec for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn accepts(&self, view: &View) -> bool {
        matches!(first(view.bytes), Some(b'{' | b'[' | b'"'))
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        out.expect(view.bytes.len());
        let mut scan = Scan::new(view, purse, out);
        match scan.document() {
            Ok(()) => scan.finish(),
            Err(Stop::NotJson) => return Opened::No,
            Err(Stop::Spent(spent)) => {
                let at = scan.at();
                scan.finish();
                out.rest(view, at, spent);
            }
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let range = opening.span.range(parent.len());
        let mut value = text::escape(content)?;
        let quoted = range.start > 0 && parent.get(range.start - 1) == Some(&b'"');
        if !quoted {
            value.insert(0, b'"');
            value.push(b'"');
        }
        Some(splice(parent, opening.span, &value))
    }
}

/// The first byte that is not white space.
pub(crate) fn first(bytes: &[u8]) -> Option<u8> {
    bytes.iter().copied().find(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
}

/// Whether the bytes are one container from end to end, by its brackets and strings alone.
pub(crate) fn is_container(bytes: &[u8]) -> bool {
    let mut cursor = Cursor { bytes, at: 0 };
    cursor.skip_container().is_some() && cursor.at == bytes.len()
}

#[cfg(test)]
mod tests {
    use candor_case::End;

    use crate::codec::tests::{end, layers, replanted};

    #[test]
    fn leaves_are_addressed() {
        let table: [(&str, &[&str]); 9] = [
            (
                r#"{"a":{"b":[1,"x",true,null,-2.5e3]}}"#,
                &["$.a.b[0] = 1", "$.a.b[1] = x", "$.a.b[2] = true", "$.a.b[4] = -2.5e3"],
            ),
            (r#" [ "a" , [ ] , { } , [ "b" ] ] "#, &["$[0] = a", "$[3][0] = b"]),
            (
                r#"{"a.b":"1","":"2","\u0041":"3","e\"":""}"#,
                &["$.\"a.b\" = 1", "$.\"\" = 2", "$.A = 3", "$.\"e\\\"\" = "],
            ),
            (r#"{"a":"{\"b\":\"c\"}"}"#, &["$.a = {\\\"b\\\":\\\"c\\\"}", "$.a > $.b = c"]),
            (r#""a word""#, &["$ = a word"]),
            (r#"{"a":1}{"b":2}"#, &[]),
            (r#"{"a":1,}"#, &[]),
            (r#"{"a" 1}"#, &[]),
            ("{}", &[]),
        ];
        for (json, expected) in table {
            assert_eq!(layers(json.as_bytes()), expected, "{json}");
        }
    }

    #[test]
    fn what_is_not_json_is_left_alone() {
        for text in ["{", "[1", "[1 2]", "{\"a\":}", "\"a", "\"a\" b", "[01]", "{a:1}", "nothing"] {
            assert_eq!(layers(text.as_bytes()), [""; 0], "{text}");
            assert_eq!(end(text.as_bytes()), End::Plain, "{text}");
        }
    }

    #[test]
    fn values_are_put_back() {
        let json = br#"{"a":"x","n":7,"s":"{\"b\":\"c\"}"}"#;
        for path in ["$.a", "$.n", "$.s > $.b"] {
            let value = "q\"uote\\d, \u{e9}";
            let found = replanted(json, path, value);
            assert_eq!(found, Some(value.as_bytes().escape_ascii().to_string()), "{path}");
        }
    }
}
