//! What a codec is, and the one ordered slice of all of them.
//!
//! A new codec is one file in [`crate::codecs`] and one line here.

use std::borrow::Cow;
use std::rc::Rc;

use bytes::Bytes;
use candor_case::{ByteSpan, End, Keys, LayerId, Opening, Tree};

use crate::budget::{Purse, Spent};
use crate::codecs::{
    aes_cbc, base64, brotli, cookie, credentials, deflate, form, gzip, hex, json, jwt, multipart,
    ndjson, percent, protobuf, url, utf16, zlib, zstd,
};
use crate::label::Label;
use crate::shape::{Shape, kind};

/// All codecs, in the order in which a layer is offered to them; the first that opens it wins.
/// Beside each stand the kinds of byte of which one must occur for it to be asked at all, so that
/// the many short words that telemetry is made of cost next to nothing.
///
/// 1. What begins with a magic number: nothing else looks like it.
/// 2. What a label names and no magic shows (`br`, raw `deflate`).
/// 3. UTF-16, since its bytes mean nothing until they are characters.
/// 4. Structured text, strictest grammar first: JSON, then lines of it; multipart; URLs; header
///    grammars; JWT, whose parts would also pass for base64; forms, whose values are unescaped
///    along the way.
/// 5. Escaped text, narrowest alphabet first: percent needs its `%`, hex digits are also base64.
/// 6. Binary: ciphers, which need a fitting key and padding; protobuf, which needs every byte.
/// 7. Compressed streams without magic, which only a full and plausible decode betrays.
pub(crate) static CODECS: [(u16, &dyn Codec); 21] = [
    (kind::BINARY, &gzip::Gzip),
    (kind::BINARY, &zstd::Zstd),
    (kind::BINARY, &zlib::Zlib),
    (kind::BINARY, &brotli::Labelled),
    (kind::BINARY, &deflate::Labelled),
    (kind::BINARY, &utf16::Utf16),
    (kind::MARK, &json::Json),
    (kind::LINE, &ndjson::Ndjson),
    (kind::LINE, &multipart::Multipart),
    (kind::PLUS_SLASH, &url::Url),
    (kind::EQUALS, &cookie::Cookie),
    (kind::SPACE, &credentials::Credentials),
    (kind::DOT, &jwt::Jwt),
    (kind::EQUALS, &form::Form),
    (kind::PERCENT, &percent::Percent),
    (kind::HEX, &hex::Hex),
    (kind::ALNUM, &base64::Base64),
    (kind::BINARY, &aes_cbc::AesCbc),
    (kind::BINARY | kind::SPACE, &protobuf::Protobuf),
    (kind::BINARY, &deflate::Guessed),
    (kind::BINARY, &brotli::Guessed),
];

/// One way to open a layer, and to close it again.
pub(crate) trait Codec: Sync {
    /// The name that [`Opening::codec`] carries.
    fn name(&self) -> &'static str;

    /// Whether it is worth trying: a cheap look at shape, first bytes and label.
    fn accepts(&self, view: &View) -> bool;

    /// Opens the layer. Declines with [`Opened::No`] when the bytes turn out not to be its own.
    fn open(&self, view: &View, purse: &mut Purse) -> Opened;

    /// Gives the bytes of the parent in which `content` stands in place of what `opening` made.
    /// `None` when this codec has no inverse, or none for this content.
    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let _ = (parent, opening, content);
        None
    }
}

/// A layer as codecs see it.
pub(crate) struct View<'a> {
    /// Its bytes.
    pub(crate) bytes: &'a Bytes,
    /// The kinds of byte in them.
    pub(crate) shape: Shape,
    /// What the header fields say of them.
    pub(crate) label: &'a Label,
    /// The layer itself, the last in `tree`.
    pub(crate) id: LayerId,
    /// All layers so far.
    pub(crate) tree: &'a Tree,
    /// Keys that may be tried.
    pub(crate) keys: &'a Keys,
    /// The host that the exchange went to; empty if unknown.
    pub(crate) host: &'a str,
}

impl View<'_> {
    /// How the layer was opened.
    pub(crate) fn opening(&self) -> &Opening {
        &self.tree.layer(self.id).opening
    }

    /// The whole of the layer, as a span.
    pub(crate) fn span(&self) -> ByteSpan {
        ByteSpan::of(0..self.bytes.len())
    }

    /// A piece that is a verbatim part of the layer.
    pub(crate) fn part(
        &self,
        range: std::ops::Range<usize>,
        step: impl Into<Cow<'static, str>>,
    ) -> Piece {
        let span = ByteSpan::of(range);
        Piece::new(self.bytes.slice(span.range(self.bytes.len())), span, step)
    }

    /// A piece that was decoded from the whole layer.
    pub(crate) fn whole(&self, bytes: Vec<u8>, step: impl Into<Cow<'static, str>>) -> Piece {
        Piece::new(bytes.into(), self.span(), step)
    }

    /// A piece for what a container still holds from `at` when a budget ended.
    pub(crate) fn rest(&self, at: usize, spent: Spent) -> Piece {
        self.part(at.min(self.bytes.len())..self.bytes.len(), "rest").ending(spent.into())
    }
}

/// A layer to be.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Its bytes.
    pub(crate) bytes: Bytes,
    /// What it was made from in its parent.
    pub(crate) span: ByteSpan,
    /// What the path prints.
    pub(crate) step: Cow<'static, str>,
    /// Why peeling stops here, where the codec knows; `None` lets the search go on.
    pub(crate) end: Option<End>,
    /// What header fields of its own say of it.
    pub(crate) label: Option<Rc<Label>>,
}

impl Piece {
    pub(crate) fn new(bytes: Bytes, span: ByteSpan, step: impl Into<Cow<'static, str>>) -> Self {
        Self { bytes, span, step: step.into(), end: None, label: None }
    }

    /// The same piece, at which peeling stops.
    pub(crate) fn ending(self, end: End) -> Self {
        Self { end: Some(end), ..self }
    }

    /// The same piece, with a label.
    pub(crate) fn labelled(self, label: Label) -> Self {
        Self { label: Some(Rc::new(label)), ..self }
    }
}

/// What came of trying to open a layer.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The bytes are not this codec's.
    No,
    /// They are, and this is how the layer ends and what it holds. An end other than
    /// [`End::Opened`] with pieces means that only a part could be read.
    Into(End, Vec<Piece>),
}

impl Opened {
    /// Opened to the last byte.
    pub(crate) fn pieces(pieces: Vec<Piece>) -> Self {
        let end = if pieces.is_empty() { End::Plain } else { End::Opened };
        Self::Into(end, pieces)
    }
}

impl From<Spent> for End {
    fn from(spent: Spent) -> Self {
        Self::OutOfBudget { what: spent.0.into() }
    }
}

/// The codec of that name.
pub(crate) fn named(name: &str) -> Option<&'static dyn Codec> {
    CODECS.iter().map(|(_, codec)| *codec).find(|codec| codec.name() == name)
}

/// The parent's bytes with those of `span` replaced.
pub(crate) fn splice(parent: &[u8], span: ByteSpan, content: &[u8]) -> Vec<u8> {
    let range = span.range(parent.len());
    let mut spliced = Vec::with_capacity(parent.len() - range.len() + content.len());
    spliced.extend_from_slice(&parent[..range.start]);
    spliced.extend_from_slice(content);
    spliced.extend_from_slice(&parent[range.end..]);
    spliced
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Budget, peel_bytes};

    /// `path = bytes` for every layer under the input, without the root's own step.
    pub(crate) fn layers(input: &[u8]) -> Vec<String> {
        layers_with(input, &Keys::default())
    }

    /// The same, with keys.
    pub(crate) fn layers_with(input: &[u8], keys: &Keys) -> Vec<String> {
        let tree = peel_bytes(Bytes::copy_from_slice(input), keys, &Budget::default());
        let line = |(id, layer): (LayerId, &candor_case::Layer)| {
            let path = tree.path(id);
            let path = path.strip_prefix("input > ")?;
            Some(format!("{path} = {}", layer.bytes.escape_ascii()))
        };
        tree.iter().filter_map(line).collect()
    }

    /// How the input itself ends.
    pub(crate) fn end(input: &[u8]) -> End {
        let bytes = Bytes::copy_from_slice(input);
        let tree = peel_bytes(bytes, &Keys::default(), &Budget::default());
        tree.layers[0].end.clone()
    }

    /// Puts another value into the layer at `path` and looks there again.
    pub(crate) fn replanted(input: &[u8], path: &str, value: &str) -> Option<String> {
        let peel = |bytes| peel_bytes(bytes, &Keys::default(), &Budget::default());
        let tree = peel(Bytes::copy_from_slice(input));
        let find = |tree: &Tree| {
            let full = format!("input > {path}");
            let id = tree.iter().map(|(id, _)| id).find(|id| tree.path(*id) == full);
            id.unwrap_or_else(|| panic!("nothing at {path}"))
        };
        let (_, rebuilt) = crate::replant::rebuild(&tree, find(&tree), value.as_bytes())?;
        let again = peel(rebuilt.into());
        Some(again.layer(find(&again)).bytes.escape_ascii().to_string())
    }

    #[test]
    fn names_lead_back_to_codecs() {
        for (_, codec) in CODECS {
            assert_eq!(named(codec.name()).map(Codec::name), Some(codec.name()));
        }
        assert!(named("request.body").is_none());
    }
}
