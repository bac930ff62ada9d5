//! JSON Web Tokens (RFC 7519): the parts of a signed token (RFC 7515) or an encrypted one
//! (RFC 7516), base64url undone. Nothing is verified.

use std::borrow::Cow;
use std::ops::Range;

use candor_case::{ByteSpan, End, Opening};
use data_encoding::BASE64URL_NOPAD;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, Piece, View, splice};
use crate::shape::kind;

/// The codec.
pub(crate) struct Jwt;

impl Codec for Jwt {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.starts_with(b"ey")
            && view.shape.any(kind::DOT)
            && view.shape.only(kind::ALNUM | kind::DASH_LOW | kind::DOT)
    }

    fn open(&self, view: &View, _: &mut Purse) -> Opened {
        let names: &[&'static str] = match view.bytes.split(|b| *b == b'.').take(6).count() {
            3 => &["header", "payload", "signature"],
            5 => &["header", "key", "iv", "ciphertext", "tag"],
            _ => return Opened::No,
        };
        let mut pieces = Vec::new();
        let mut start = 0;
        for (part, name) in view.bytes.split(|b| *b == b'.').zip(names) {
            let Some(piece) = piece(part, start..start + part.len(), name) else {
                return Opened::No;
            };
            pieces.push(piece);
            start += part.len() + 1;
        }
        let is_header = |b: &[u8]| b.starts_with(b"{\"");
        if !pieces.first().is_some_and(|header| is_header(&header.bytes)) {
            return Opened::No;
        }
        Opened::pieces(pieces)
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, BASE64URL_NOPAD.encode(content).as_bytes()))
    }
}

fn piece(part: &[u8], range: Range<usize>, name: &'static str) -> Option<Piece> {
    let bytes = BASE64URL_NOPAD.decode(part).ok()?;
    let step: Cow<'static, str> = format!("jwt:{name}").into();
    let piece = Piece::new(bytes.into(), ByteSpan::of(range), step);
    // What signs or seals explains itself by its name; only the ciphertext could hide something.
    Some(match name {
        "header" | "payload" | "ciphertext" => piece,
        _ => piece.ending(End::Value),
    })
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn parts_are_opened() {
        let token = b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGFAZXhhbXBsZS5vcmcifQ.c2lnbmF0dXJl";
        let expected = [
            "jwt:header = {\\\"alg\\\":\\\"none\\\"}",
            "jwt:header > $.alg = none",
            "jwt:payload = {\\\"sub\\\":\\\"ada@example.org\\\"}",
            "jwt:payload > $.sub = ada@example.org",
            "jwt:signature = signature",
        ];
        assert_eq!(layers(token), expected);
        assert_eq!(replanted(token, "jwt:payload > $.sub", "x").as_deref(), Some("x"));
        assert_eq!(layers(b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGFAZXhhbXBsZS5vcmcifQ.").len(), 5);
    }

    #[test]
    fn dots_alone_are_no_token() {
        for text in ["eye.of.storm", "eyJhbGciOiJub25lIn0.x", "eyJh.a.b.c", "eyJh..."] {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
