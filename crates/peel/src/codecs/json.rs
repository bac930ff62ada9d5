//! JSON (RFC 8259): every leaf of the document is one piece, addressed from `$`.
//!
//! The scanner is one loop with its own stack and gives spans; only strings with escapes are
//! copied, all of them into one buffer. A document that nests deeper than [`DEEPEST`] is cut
//! there: what lies below is one piece of JSON, opened in its turn.

use std::ops::Range;

use bytes::Bytes;
use candor_case::{ByteSpan, End, Opening};

use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, Piece, View, splice};
use crate::steps;

mod cursor;
pub(crate) mod text;

use cursor::{Cursor, Scalar};

/// The codec.
pub(crate) struct Json;

impl Codec for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn accepts(&self, view: &View) -> bool {
        matches!(first(view.bytes), Some(b'{' | b'[' | b'"'))
    }

    fn open(&self, view: &View, purse: &mut Purse) -> Opened {
        let mut scan = Scan::new(view, purse);
        match scan.document() {
            Ok(()) => Opened::pieces(scan.finish()),
            Err(Stop::NotJson) => Opened::No,
            Err(Stop::Spent(spent)) => {
                let rest = view.rest(scan.cursor.at, spent);
                let mut pieces = scan.finish();
                pieces.push(rest);
                Opened::pieces(pieces)
            }
        }
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

/// How deep one document is followed; bounds the length of a path.
const DEEPEST: usize = 128;

/// Why scanning stopped before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    NotJson,
    Spent(Spent),
}

impl From<Spent> for Stop {
    fn from(spent: Spent) -> Self {
        Self::Spent(spent)
    }
}

/// A container that is being read. `base` is the length of its own path.
#[derive(Clone, Copy)]
enum Frame {
    Object { base: usize },
    Array { base: usize, index: usize },
}

struct Scan<'a, 'v> {
    view: &'a View<'v>,
    purse: &'a mut Purse,
    cursor: Cursor<'a>,
    stack: Vec<Frame>,
    path: String,
    pieces: Vec<Piece>,
    /// Unescaped strings, one after the other, and the pieces they belong to.
    plain: Vec<u8>,
    escaped: Vec<(usize, Range<usize>)>,
}

impl<'a, 'v> Scan<'a, 'v> {
    fn new(view: &'a View<'v>, purse: &'a mut Purse) -> Self {
        Self {
            view,
            purse,
            cursor: Cursor { bytes: view.bytes, at: 0 },
            stack: Vec::new(),
            path: String::from("$"),
            pieces: Vec::new(),
            plain: Vec::new(),
            escaped: Vec::new(),
        }
    }

    /// Reads one value, what belongs to it, and nothing after it.
    fn document(&mut self) -> Result<(), Stop> {
        self.value()?;
        while let Some(frame) = self.stack.last().copied() {
            match frame {
                Frame::Object { base } => self.member(base)?,
                Frame::Array { base, index } => self.element(base, index)?,
            }
        }
        self.cursor.skip_space();
        if self.cursor.at == self.cursor.bytes.len() { Ok(()) } else { Err(Stop::NotJson) }
    }

    /// Goes on in an object: a member after the last one, or its end.
    fn member(&mut self, base: usize) -> Result<(), Stop> {
        let first = self.path.len() == base;
        match self.cursor.next_token().ok_or(Stop::NotJson)? {
            b'}' => return self.leave(base),
            b',' if !first => self.cursor.expect(b'"').ok_or(Stop::NotJson)?,
            b'"' if first => {}
            _ => return Err(Stop::NotJson),
        }
        let key = self.cursor.string().ok_or(Stop::NotJson)?;
        self.cursor.expect(b':').ok_or(Stop::NotJson)?;
        self.path.truncate(base);
        self.path.push('.');
        let raw = &self.cursor.bytes[key.range];
        if key.escaped {
            let mut plain = Vec::new();
            text::unescape(raw, &mut plain).ok_or(Stop::NotJson)?;
            steps::push_key(&mut self.path, &plain);
        } else {
            push_plain_key(&mut self.path, raw);
        }
        self.value()
    }

    /// Goes on in an array: an element after the last one, or its end.
    fn element(&mut self, base: usize, index: usize) -> Result<(), Stop> {
        let first = self.path.len() == base;
        match self.cursor.peek_token().ok_or(Stop::NotJson)? {
            b']' => {
                self.cursor.at += 1;
                return self.leave(base);
            }
            b',' if !first => self.cursor.at += 1,
            _ if first => {}
            _ => return Err(Stop::NotJson),
        }
        if let Some(Frame::Array { index, .. }) = self.stack.last_mut() {
            *index += 1;
        }
        self.path.truncate(base);
        steps::push_index(&mut self.path, index);
        self.value()
    }

    fn leave(&mut self, base: usize) -> Result<(), Stop> {
        self.path.truncate(base);
        self.stack.pop();
        // The path of the container stands again; its parent sees by the length that it is not
        // at its first child. At the top nothing is left to see.
        Ok(())
    }

    /// Reads a scalar, or enters a container.
    fn value(&mut self) -> Result<(), Stop> {
        self.purse.pay_node(self.pieces.len())?;
        let token = self.cursor.peek_token().ok_or(Stop::NotJson)?;
        let base = self.path.len();
        match token {
            b'{' | b'[' if self.stack.len() == DEEPEST => return self.too_deep(),
            b'{' => self.stack.push(Frame::Object { base }),
            b'[' => self.stack.push(Frame::Array { base, index: 0 }),
            b'"' => return self.string(),
            _ => return self.scalar(),
        }
        self.cursor.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Stop> {
        self.cursor.at += 1;
        let string = self.cursor.string().ok_or(Stop::NotJson)?;
        if string.escaped {
            let start = self.plain.len();
            let raw = &self.cursor.bytes[string.range.clone()];
            text::unescape(raw, &mut self.plain).ok_or(Stop::NotJson)?;
            self.escaped.push((self.pieces.len(), start..self.plain.len()));
            let span = ByteSpan::of(string.range);
            return self.push(|step| Piece::new(Bytes::new(), span, step));
        }
        let view = self.view;
        self.push(|step| view.part(string.range, step))
    }

    fn scalar(&mut self) -> Result<(), Stop> {
        let (range, kind) = self.cursor.scalar().ok_or(Stop::NotJson)?;
        // A bare number or word is not a document worth opening, and `null` says nothing.
        if self.stack.is_empty() {
            return Err(Stop::NotJson);
        }
        let view = self.view;
        match kind {
            Scalar::Null => Ok(()),
            Scalar::Value => self.push(|step| view.part(range, step).ending(End::Plain)),
        }
    }

    /// Takes a container as it stands, without following it.
    fn too_deep(&mut self) -> Result<(), Stop> {
        let start = self.cursor.at;
        self.cursor.skip_container().ok_or(Stop::NotJson)?;
        let (view, end) = (self.view, self.cursor.at);
        self.push(|step| view.part(start..end, step))
    }

    fn push(&mut self, piece: impl FnOnce(String) -> Piece) -> Result<(), Stop> {
        self.purse.pay_bytes(self.path.len())?;
        self.pieces.push(piece(self.path.as_str().to_owned()));
        Ok(())
    }

    /// The pieces, with the unescaped strings put in.
    fn finish(self) -> Vec<Piece> {
        let Self { mut pieces, plain, escaped, .. } = self;
        let plain = Bytes::from(plain);
        for (at, range) in escaped {
            if let Some(piece) = pieces.get_mut(at) {
                piece.bytes = plain.slice(range);
            }
        }
        pieces
    }
}

/// Like [`steps::push_key`], with a short way for the keys that need no quoting.
fn push_plain_key(path: &mut String, key: &[u8]) {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b'@');
    match std::str::from_utf8(key) {
        Ok(text) if (1..=64).contains(&key.len()) && key.iter().all(plain) => path.push_str(text),
        _ => steps::push_key(path, key),
    }
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
