//! What a codec is, and the one ordered slice of all of them.
//!
//! A new codec is one file in [`crate::codecs`] and one line here.

use bytes::Bytes;
use candor_case::{ByteSpan, Cipher, End, Keys, Layer, LayerId, Opening};

use crate::budget::{Purse, Spent};
use crate::codecs::{
    base32, base58, base64, base85, bplist, brotli, bson, cbor, char_codes, cipher, cookie,
    credentials, deflate, entities, escape, form, grpc, guard, gzip, hex, hexdump, json, jwt,
    lz_string, lz4, minidump, msgpack, multipart, ndjson, noise, percent, protobuf,
    quoted_printable, sentry, sockets, structured, thrift, url, utf16, utf32, xml, zlib, zstd,
};
use crate::gate::Gate;
use crate::label::Label;
use crate::pieces::Pieces;
use crate::shape::{Shape, kind};

/// All codecs, in the order in which a layer is offered to them; the first that opens it wins.
/// Beside each stands its gate: what must be true of the bytes for it to be asked at all, so that
/// the many short words that telemetry is made of cost next to nothing.
///
/// 1. What begins with a magic number: nothing else looks like it.
/// 2. What a label names and no magic shows (`br`, raw `deflate`).
/// 3. Wide characters, since their bytes mean nothing until they are characters; the wider first,
///    whose mark begins with that of the narrower.
/// 4. Structured text, strictest grammar first: lists that spell a word would be JSON, dumps hex
///    with odd separators, envelopes lines of JSON, and property lists XML.
/// 5. Header grammars; JWT, whose parts would also pass for base64; escapes that use the `=` of
///    forms; forms, whose values are unescaped along the way.
/// 6. Escaped text, narrowest alphabet first: percent needs its `%`, hex digits are also base32,
///    and those base64. LZ-string comes before base64, which would call it encrypted.
/// 7. Binary: ciphers, which need a fitting key; records, which need every byte, those with a
///    length or a frame of their own first.
/// 8. Compressed streams without magic, which only a full and plausible decode betrays.
/// 9. Noise in writing, which is what text is that is digits and makes no sense.
pub(crate) const CODECS: [(Gate, &dyn Codec); 56] = [
    (Gate::binary().first(&[0x1f]), &gzip::Gzip),
    (
        Gate::binary().first(&[
            0x28, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c,
            0x5d, 0x5e, 0x5f,
        ]),
        &zstd::Zstd,
    ),
    (Gate::binary().first(&[4]), &lz4::Frame),
    (Gate::binary().first(b"b"), &bplist::BinaryPlist),
    (Gate::binary().first(b"M"), &minidump::Minidump),
    (Gate::binary(), &zlib::Zlib),
    (Gate::binary(), &brotli::Labelled),
    (Gate::binary(), &deflate::Labelled),
    (Gate::binary(), &utf32::Utf32),
    (Gate::binary(), &utf16::Utf16),
    (Gate::any(kind::DIGIT).only(CODES).first(b"0123456789[{S"), &char_codes::CharCodes),
    (Gate::any(kind::SPACE).only(TEXT).first(HEX_DIGITS), &hexdump::Hexdump),
    (Gate::any(kind::LINE).first(b"{"), &sentry::Sentry),
    (Gate::any(kind::MARK).first(b"{[\" \t\n\r"), &json::Json),
    (Gate::any(kind::LINE).first(b"{[ \t\n\r"), &ndjson::Ndjson),
    (Gate::any(kind::MARK).first(b")wf{"), &guard::Prefix),
    (Gate::any(kind::MARK).first(NAMES), &guard::Jsonp),
    (Gate::any(kind::MARK).first(b"04"), &sockets::SocketIo),
    (Gate::any(kind::CONTROL), &sockets::SignalR),
    (Gate::any(kind::MARK).first(b"<\xef \t\n\r"), &xml::XmlPlist),
    (Gate::any(kind::MARK).first(b"<\xef \t\n\r"), &xml::Xml),
    (Gate::any(kind::LINE), &multipart::Multipart),
    (Gate::any(kind::PLUS_SLASH), &url::Url),
    (Gate::any(kind::EQUALS), &cookie::Cookie),
    (Gate::any(kind::SPACE), &credentials::Credentials),
    (Gate::any(kind::MARK), &structured::Structured),
    (Gate::any(kind::DOT).only(kind::ALNUM | kind::DASH_LOW | kind::DOT).first(b"e"), &jwt::Jwt),
    (Gate::any(kind::EQUALS), &quoted_printable::QuotedPrintable),
    (Gate::any(kind::EQUALS), &form::Form),
    (Gate::any(kind::PERCENT), &percent::Percent),
    (Gate::any(kind::PERCENT | kind::MARK).only(TEXT), &escape::Escape),
    (Gate::any(kind::AMPERSAND).only(TEXT), &entities::Entities),
    (Gate::any(kind::DIGIT).only(kind::HEX | HEX_MARKS).first(HEX_DIGITS), &hex::Hex),
    // Only sixteen of the thirty-two digits: that is hex, whatever it means.
    (Gate::any(kind::UPPER | kind::LOWER).only(kind::ALNUM | kind::EQUALS), &base32::Base32),
    (Gate::any(kind::ALNUM).only(kind::BASE64 | kind::MARK).first(LZ_STRING), &lz_string::Digits),
    (Gate::any(kind::HIGH), &lz_string::Wide),
    (Gate::any(kind::ALNUM).only(TEXT), &base64::Base64),
    (Gate::any(kind::ALNUM).only(kind::ALNUM), &base58::Base58),
    (Gate::any(kind::MARK).only(DENSE), &base85::Base85),
    (Gate::binary(), &cipher::Sealed(Cipher::AesCbc)),
    (Gate::binary(), &cipher::Sealed(Cipher::AesGcm)),
    (Gate::binary(), &cipher::Sealed(Cipher::ChaCha20Poly1305)),
    (Gate::binary(), &cipher::Sealed(Cipher::AesEcb)),
    (Gate::binary(), &cipher::Sealed(Cipher::AesCtr)),
    (Gate::binary(), &cipher::Sealed(Cipher::Rc4)),
    (Gate::binary(), &cipher::Sealed(Cipher::Xor)),
    (Gate::binary().first(&[0, 1]), &grpc::Grpc),
    (Gate::binary(), &bson::Bson),
    (Gate::binary(), &lz4::Sized),
    (Gate::any(kind::HIGH), &msgpack::Msgpack),
    (Gate::any(kind::HIGH), &cbor::Cbor),
    (Gate::any(kind::BINARY | kind::SPACE), &protobuf::Protobuf),
    (Gate::any(kind::CONTROL), &thrift::Thrift),
    (Gate::binary(), &deflate::Guessed),
    (Gate::binary(), &brotli::Guessed),
    (Gate::any(kind::ALNUM).only(TEXT), &noise::Noise),
];

/// What lists of character codes are made of.
const CODES: u16 = kind::ALNUM | kind::SPACE | kind::LINE | kind::MARK | kind::DOT | kind::DASH_LOW;

/// Text of a program, which has no control characters.
const TEXT: u16 = !kind::CONTROL;

/// Characters without white space or anything that is not ASCII.
const DENSE: u16 = !(kind::BINARY | kind::SPACE);

/// What stands between hexadecimal bytes, and the `x` of a prefix.
const HEX_MARKS: u16 = kind::MARK | kind::SPACE | kind::DASH_LOW | kind::DOT | kind::LOWER;

const HEX_DIGITS: &[u8] = b"0123456789abcdefABCDEF";

/// First characters of names, and of a comment.
const NAMES: &[u8] = b"/_$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// First digits of LZ-string: the first code is 0 or 1.
const LZ_STRING: &[u8] = b"ABCDEFGHIJKLMNOPghijklmnopqrstuv";

/// One way to open a layer, and to close it again.
pub(crate) trait Codec: Sync {
    /// The name that [`Opening::codec`] carries.
    fn name(&self) -> &'static str;

    /// Whether it is worth trying: a cheap look at shape, first bytes and label.
    fn accepts(&self, view: &View) -> bool;

    /// Opens the layer into `out`. Declines with [`Opened::No`] when the bytes turn out not to be
    /// its own; what it has put into `out` by then is dropped.
    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened;

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
    /// The layer itself, the last of `layers`.
    pub(crate) id: LayerId,
    /// All layers so far.
    pub(crate) layers: &'a [Layer],
    /// Keys that may be tried.
    pub(crate) keys: &'a Keys,
    /// The host that the exchange went to; empty if unknown.
    pub(crate) host: &'a str,
}

impl View<'_> {
    /// The codec that made the layer, or its root.
    pub(crate) fn codec(&self) -> &'static str {
        self.layers.get(self.id.0 as usize).map_or("", |layer| layer.opening.codec)
    }

    /// Whether the layer is what a person asks about, without an exchange around it: shorter
    /// values are worth a guess there.
    pub(crate) fn is_input(&self) -> bool {
        self.codec() == "input"
    }

    /// Whether the layer is a whole body as it was sent.
    pub(crate) fn is_body(&self) -> bool {
        matches!(self.codec(), "request.body" | "response.body")
    }

    /// How the layer and each above it were opened, from the inside out.
    pub(crate) fn lineage(&self) -> impl Iterator<Item = &Opening> {
        let layer = |id: LayerId| self.layers.get(id.0 as usize);
        std::iter::successors(layer(self.id), move |at| layer(at.parent?)).map(|at| &at.opening)
    }
}

/// What came of trying to open a layer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The bytes are not this codec's.
    No,
    /// They are, to the last byte.
    Fully,
    /// They are, and this is why not everything could be read.
    Partly(End),
}

impl From<Spent> for End {
    fn from(spent: Spent) -> Self {
        Self::OutOfBudget { what: spent.0 }
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
    use candor_case::Tree;

    use super::*;
    use crate::{Budget, peel_bytes};

    /// `path = bytes` for every layer under the input, without the root's own step.
    pub(crate) fn layers(input: &[u8]) -> Vec<String> {
        layers_with(input, &Keys::default())
    }

    /// The same, with keys.
    pub(crate) fn layers_with(input: &[u8], keys: &Keys) -> Vec<String> {
        let tree = peel_bytes(Bytes::copy_from_slice(input), keys, &Budget::default());
        let line = |(id, layer): (LayerId, &Layer)| {
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
