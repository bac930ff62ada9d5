//! JSON Web Tokens (RFC 7519): the parts of a signed token (RFC 7515) or an encrypted one
//! (RFC 7516), base64url undone. Nothing is verified.

use candor_case::{End, Opening};
use data_encoding::BASE64URL_NOPAD;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::pieces::Pieces;
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

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        let names: &[&str] = match view.bytes.split(|b| *b == b'.').take(6).count() {
            3 => &["jwt:header", "jwt:payload", "jwt:signature"],
            5 => &["jwt:header", "jwt:key", "jwt:iv", "jwt:ciphertext", "jwt:tag"],
            _ => return Opened::No,
        };
        let mut start = 0;
        for (part, name) in view.bytes.split(|b| *b == b'.').zip(names) {
            let range = start..start + part.len();
            let Ok(bytes) = BASE64URL_NOPAD.decode(part) else { return Opened::No };
            if start == 0 && !bytes.starts_with(b"{\"") {
                return Opened::No;
            }
            let piece = out.made(range, bytes, name);
            // What signs or seals explains itself by its name; only the ciphertext could hide
            // something.
            if !matches!(*name, "jwt:header" | "jwt:payload" | "jwt:ciphertext") {
                piece.ending(End::Value);
            }
            start += part.len() + 1;
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, BASE64URL_NOPAD.encode(content).as_bytes()))
    }
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
            assert!(layers(text.as_bytes()).iter().all(|line| !line.contains("jwt")), "{text}");
        }
    }
}
