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

/// Whether the first block's header can be one (RFC 1951, section 3.2.3), and its first literals
/// text where their codes are fixed. Most noise ends here.
fn may_begin(bytes: &[u8]) -> bool {
    let Some(first) = bytes.first_chunk().map(|eight: &[u8; 8]| u64::from_le_bytes(*eight)) else {
        return false;
    };
    match first >> 1 & 3 {
        0 => first >> 8 & 0xffff == !(first >> 24) & 0xffff,
        1 => {
            let literal = |at: u32| (first >> (3 + 8 * at)) as u8;
            // Codes of eight bits, highest first, stand for the literals up to 143.
            (0..3).map(literal).all(|code| match code.reverse_bits().checked_sub(0x30) {
                Some(literal @ 0..=143) => literal >= b'\t',
                _ => true,
            }) && !matches!(literal(0).reverse_bits(), 0..0x30)
        }
        2 => bytes.len() >= 32 && first >> 3 & 31 <= 29 && first >> 8 & 31 <= 29,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"\xabV*-N-R\xb2RJLItH\xadH\xcc-\xc8I\xd5\xcb/JW\xd2Q\xca\xcb/I\x05J\x94d\xa4*\x14\x96f&g+$\x15\xe5\x97\xe7)\xa4\xe5W\xe8(`\x11T\xaa\x05\x00";

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
