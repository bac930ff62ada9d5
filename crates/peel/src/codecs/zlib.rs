//! zlib (RFC 1950), by its two-byte header and a beginning that inflates, whatever any label says.

use candor_case::{End, Opening};

use crate::budget::{Budget, Purse};
use crate::codec::{Codec, Opened, View};
use crate::codecs::gzip;
use crate::inflate::{Stop, inflate};
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Zlib;

impl Codec for Zlib {
    fn name(&self) -> &'static str {
        "zlib"
    }

    fn accepts(&self, view: &View) -> bool {
        has_header(view.bytes) && view.shape.any(crate::shape::kind::BINARY) && begins(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let (taken, stop) = inflate(view.bytes, true, &mut content, purse);
        let damaged = |why: &'static str| End::damaged("zlib", why);
        let end = match stop {
            Stop::Complete if taken == view.bytes.len() => End::Opened,
            Stop::Complete => damaged("something follows its end"),
            Stop::Truncated => damaged("it ends before its end"),
            Stop::Corrupt => damaged("the deflate stream is corrupt"),
            Stop::Spent(spent) => spent.into(),
        };
        if content.is_empty() && end != End::Opened {
            return Opened::No;
        }
        out.whole(view, content, "zlib");
        Opened::Partly(end)
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let mut stream = Vec::new();
        gzip::deflate(content, true, &mut stream)?;
        Some(stream)
    }
}

/// Deflate with a window of 32 KiB or less, a fitting check value, no preset dictionary.
fn has_header(bytes: &[u8]) -> bool {
    let [cmf, flags, _, ..] = *bytes else { return false };
    cmf & 0x0f == 8
        && cmf >> 4 <= 7
        && flags & 0x20 == 0
        && (u16::from(cmf) << 8 | u16::from(flags)).is_multiple_of(31)
}

/// Whether the bytes have the header and their beginning inflates to something. One in a
/// thousand random pairs of bytes is such a header, so the header alone proves little.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    if !has_header(bytes) {
        return false;
    }
    let mut purse = Purse::new(&Budget { bytes: 1024, ..Budget::default() });
    let mut content = Vec::new();
    let (_, stop) = inflate(&bytes[..bytes.len().min(1024)], true, &mut content, &mut purse);
    stop != Stop::Corrupt && (stop == Stop::Complete || content.len() >= 8)
}

#[cfg(test)]
mod tests {
    use candor_case::End;

    use crate::codec::tests::{end, layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"x\xda\xabV*-N-R\xb2RJLItH\xadH\xcc-\xc8I\xd5\xcb/JW\xd2Q\xca\xcb/I\x05J\x94d\xa4*\x14\x96f&g+$\x15\xe5\x97\xe7)\xa4\xe5W\xe8(`\x11T\xaa\x05\x00\xf1\xa7\x1a\x98";

    #[test]
    fn it_opens_and_closes() {
        assert_eq!(layers(SAMPLE)[1], "zlib > $.user = ada@example.org");
        let long = "x".repeat(200_000);
        for value in ["grace@example.org", long.as_str()] {
            let found = replanted(SAMPLE, "zlib > $.note", value);
            assert_eq!(found.as_deref(), Some(value));
        }
    }

    #[test]
    fn a_header_alone_is_not_enough() {
        assert_eq!(end(b"x\x9c\x00\x01\x02\x03\x04\x05\x06\x07"), End::Value);
        assert_eq!(end(b"x^2 is a square"), End::Plain);
        assert!(matches!(end(&SAMPLE[..60]), End::Damaged(_)));
    }
}
