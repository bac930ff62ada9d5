//! Raw DEFLATE streams (RFC 1951): some senders put them under the label `deflate`, some under
//! none. Without a label only a stream that ends with the input and yields text is believed.

use candor_case::{End, Opening};

use crate::binary::has_magic;
use crate::budget::{Budget, Purse};
use crate::codec::{Codec, Opened, View};
use crate::codecs::{bson, cbor, gzip, msgpack, protobuf, utf16};
use crate::inflate::{Stop, inflate};
use crate::label::Coding;
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_utf8_text;

/// Raw deflate under its label.
pub(crate) struct Labelled;

/// Raw deflate without a label.
pub(crate) struct Guessed;

impl Codec for Labelled {
    fn name(&self) -> &'static str {
        "deflate"
    }

    fn accepts(&self, view: &View) -> bool {
        view.label.coding() == Some(Coding::Deflate) && view.shape.any(kind::BINARY)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let (taken, stop) = inflate(view.bytes, false, &mut content, purse);
        let damaged = |why: &'static str| End::damaged("deflate", why);
        let end = match stop {
            Stop::Complete if taken == view.bytes.len() => End::Opened,
            Stop::Spent(spent) => spent.into(),
            _ if content.is_empty() => return Opened::No,
            Stop::Complete => damaged("something follows its end"),
            Stop::Truncated => damaged("it ends before its end"),
            Stop::Corrupt => damaged("the deflate stream is corrupt"),
        };
        out.whole(view, content, "deflate");
        Opened::Partly(end)
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let mut stream = Vec::new();
        gzip::deflate(content, false, &mut stream)?;
        Some(stream)
    }
}

impl Codec for Guessed {
    fn name(&self) -> &'static str {
        "deflate"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= 12 && may_begin(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let (taken, stop) = inflate(view.bytes, false, &mut content, purse);
        let whole = stop == Stop::Complete && taken == view.bytes.len();
        if whole && content.len() >= 12 && makes_sense(&content) {
            out.whole(view, content, "deflate");
            return Opened::Fully;
        }
        // What was made in vain is paid for, so that guesses cannot multiply the work.
        let _ = purse.pay_bytes(content.len());
        Opened::No
    }
}

/// Whether bytes of unknown kind are such a stream of text, from end to end.
pub(crate) fn is_text_stream(bytes: &[u8]) -> bool {
    const LONGEST: usize = 4096;
    if !(12..=LONGEST).contains(&bytes.len()) || !may_begin(bytes) {
        return false;
    }
    let mut purse = Purse::new(&Budget { bytes: 64 << 10, ..Budget::default() });
    let mut content = Vec::new();
    let (taken, stop) = inflate(bytes, false, &mut content, &mut purse);
    let whole = stop == Stop::Complete && taken == bytes.len();
    whole && content.len() >= 12 && makes_sense(&content)
}

/// What a guess has to yield: text, or the beginning of something known.
fn makes_sense(content: &[u8]) -> bool {
    has_magic(content)
        || is_utf8_text(content)
        || msgpack::is_document(content)
        || cbor::is_document(content)
        || bson::is_document(content)
        || protobuf::holds_text(content)
        || utf16::is_wide(content)
}

/// Whether the first block's header can be one (RFC 1951, section 3.2.3). Nearly all noise ends
/// here, before anything is made ready to inflate it.
fn may_begin(bytes: &[u8]) -> bool {
    let mut head = [0; 16];
    let len = bytes.len().min(head.len());
    head[..len].copy_from_slice(&bytes[..len]);
    let head = u128::from_le_bytes(head);
    match head >> 1 & 3 {
        0 => head >> 8 & 0xffff == !(head >> 24) & 0xffff,
        1 => is_texty(head >> 3),
        2 => bytes.len() >= 32 && is_complete(head >> 3),
        _ => false,
    }
}

/// Whether a block of fixed codes begins with literals that are mostly text: twelve of them, or
/// those up to the first copy, which must be of something that is there.
fn is_texty(mut bits: u128) -> bool {
    let (mut literals, mut texty) = (0, 0);
    while literals < 12 {
        // Codes are written highest bit first; those of nine bits begin with 11001.
        let nine = (bits as u16 & 0x1ff).reverse_bits() >> 7;
        let (literal, width) = match nine >> 1 {
            code @ 0x30..=0xbf => (code - 0x30, 8),
            0xc8..=0xff => (nine - 0x190 + 144, 9),
            _ if is_copy(bits, literals) => break,
            _ => return false,
        };
        bits >>= width;
        literals += 1;
        texty += u32::from(matches!(literal, 9 | 10 | 13 | 0x20..=0x7e | 0xc2..=0xf4));
    }
    texty * 4 >= literals * 3
}

/// Whether fixed codes copy something from at most `made` bytes before.
fn is_copy(bits: u128, made: u32) -> bool {
    let code = (bits as u8).reverse_bits();
    let (length, width) = match code {
        0..2 => return false,
        2..0x30 => (u32::from(code >> 1) + 256, 7),
        _ => (u32::from(code & 7) + 280, 8),
    };
    let extra = match length {
        265..=284 => (length - 261) / 4,
        286.. => return false,
        _ => 0,
    };
    let distance = ((bits >> (width + extra)) as u8 & 31).reverse_bits() >> 3;
    let least = [1, 2, 3, 4, 5, 7, 9].get(usize::from(distance));
    least.is_some_and(|least| *least <= made)
}

/// Whether the lengths of the codes for code lengths make a complete code, as they must; random
/// ones do once in fifty times.
fn is_complete(bits: u128) -> bool {
    const WHOLE: u32 = 1 << 7;
    let (literals, distances, count) = (bits & 31, bits >> 5 & 31, (bits >> 10 & 15) + 4);
    let mut lengths = (bits >> 14) as u64;
    let mut whole = 0;
    for _ in 0..count {
        whole += if lengths & 7 == 0 { 0 } else { WHOLE >> (lengths & 7) };
        lengths >>= 3;
    }
    literals <= 29 && distances <= 29 && whole == WHOLE
}

#[cfg(test)]
mod tests {
    use super::may_begin;
    use crate::codec::tests::{layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"\xabV*-N-R\xb2RJLItH\xadH\xcc-\xc8I\xd5\xcb/JW\xd2Q\xca\xcb/I\x05J\x94d\xa4*\x14\x96f&g+$\x15\xe5\x97\xe7)\xa4\xe5W\xe8(`\x11T\xaa\x05\x00";

    #[test]
    fn headers_of_noise_are_turned_away_and_those_of_streams_are_not() {
        let noise = |seed: u64| crate::binary::tests::noise(64, seed * 2 + 1);
        let passed = (0..2000).filter(|seed| may_begin(&noise(*seed))).count();
        assert!(passed < 120, "{passed} of 2000");
        for len in [1, 20, 300, 5000, 100_000] {
            let text =
                "Opening hours of the library: 9 to 17; gr\u{fc}\u{df}e {\"a\":1}\n\n".repeat(len);
            for level in 0..=9 {
                let mut stream =
                    flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
                std::io::Write::write_all(&mut stream, text.as_bytes()).unwrap();
                assert!(may_begin(&stream.finish().unwrap()), "{len} at level {level}");
            }
        }
    }

    #[test]
    fn it_opens_and_closes() {
        assert_eq!(layers(SAMPLE)[1], "deflate > $.user = ada@example.org");
        let long = "x".repeat(200_000);
        for value in ["grace@example.org", long.as_str()] {
            let found = replanted(SAMPLE, "deflate > $.note", value);
            assert_eq!(found.as_deref(), Some(value));
        }
    }
}
