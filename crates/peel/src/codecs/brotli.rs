//! Brotli (RFC 7932), under its label, or where a whole stream yields plain text: it has no
//! magic number.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use candor_case::{End, Limit, Opening};

use crate::binary::has_magic;
use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View};
use crate::codecs::protobuf;
use crate::inflate::Stop;
use crate::label::Coding;
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::text::is_utf8_text;

/// Brotli under its label.
pub(crate) struct Labelled;

/// Brotli without a label.
pub(crate) struct Guessed;

impl Codec for Labelled {
    fn name(&self) -> &'static str {
        "br"
    }

    fn accepts(&self, view: &View) -> bool {
        view.label.coding() == Some(Coding::Brotli) && view.shape.any(kind::BINARY)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let limit = purse.allowance(view.bytes.len());
        let (taken, stop) = match decompress(view.bytes, &mut content, limit, usize::MAX) {
            // The decoder gives up what it holds when its input runs out, but not when it is
            // corrupt; small bites save all but the last.
            (_, Stop::Corrupt) => {
                content.clear();
                decompress(view.bytes, &mut content, limit, 64)
            }
            done => done,
        };
        let damaged = |why: &'static str| End::damaged("br", why);
        let end = match stop {
            Stop::Complete if taken == view.bytes.len() => End::Opened,
            Stop::Spent(spent) => spent.into(),
            _ if content.is_empty() => return Opened::No,
            Stop::Complete => damaged("something follows its end"),
            Stop::Truncated => damaged("it ends before its end"),
            Stop::Corrupt => damaged("the stream is corrupt"),
        };
        out.whole(view, content, "br");
        Opened::Partly(end)
    }

    /// Stores the content in uncompressed meta-blocks (RFC 7932, section 9.2).
    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        const LONGEST: usize = 1 << 16;
        let mut stream = Vec::with_capacity(content.len() + 16);
        // The first header follows one bit, the window's size (0: 16 bits); the others start on
        // a byte. ISLAST 0, MNIBBLES 0 (four), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
        for (index, block) in content.chunks(LONGEST).enumerate() {
            let header = ((block.len() as u32 - 1) << 3) | 1 << 19;
            let header = header << u32::from(index == 0);
            stream.extend_from_slice(&header.to_le_bytes()[..3]);
            stream.extend_from_slice(block);
        }
        // ISLAST and ISLASTEMPTY, after the window's bit if nothing came before.
        stream.push(if content.is_empty() { 0b110 } else { 0b11 });
        Some(stream)
    }
}

impl Codec for Guessed {
    fn name(&self) -> &'static str {
        "br"
    }

    fn accepts(&self, view: &View) -> bool {
        (24..=1 << 20).contains(&view.bytes.len()) && may_begin(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let limit = purse.allowance(view.bytes.len());
        let (taken, stop) = decompress(view.bytes, &mut content, limit, usize::MAX);
        let whole = stop == Stop::Complete && taken == view.bytes.len();
        if whole && content.len() >= 24 && makes_sense(&content) {
            out.whole(view, content, "br");
            return Opened::Fully;
        }
        let _ = purse.pay_bytes(content.len());
        Opened::No
    }
}

/// Whether bytes of unknown kind are such a stream of text, from end to end.
pub(crate) fn is_text_stream(bytes: &[u8]) -> bool {
    const LONGEST: usize = 4096;
    if !(24..=LONGEST).contains(&bytes.len()) || !may_begin(bytes) {
        return false;
    }
    let mut content = Vec::new();
    let (taken, stop) = decompress(bytes, &mut content, 64 << 10, usize::MAX);
    let whole = stop == Stop::Complete && taken == bytes.len();
    whole && content.len() >= 24 && makes_sense(&content)
}

/// What a guess has to yield: text, or the beginning of something known.
fn makes_sense(content: &[u8]) -> bool {
    is_utf8_text(content) || has_magic(content) || protobuf::holds_text(content)
}

/// Whether the first header (RFC 7932, sections 9.1 and 9.2) can be one: a window, and a block that
/// is about as long as what these bytes may hold. Most noise ends here.
fn may_begin(bytes: &[u8]) -> bool {
    let Some(bits) = bytes.first_chunk().map(|eight: &[u8; 8]| u64::from_le_bytes(*eight)) else {
        return false;
    };
    // WBITS takes one, four or seven bits.
    let (window, reserved) = match (bits & 1, bits >> 1 & 7, bits >> 4 & 7) {
        (0, _, _) => (1, false),
        (_, 0, n) => (7, n == 1),
        (_, _, _) => (4, false),
    };
    let bits = bits >> window;
    let last = bits & 1 == 1;
    let empty = last && bits & 2 != 0;
    let bits = bits >> if last { 2 } else { 1 };
    let nibbles = (bits & 3) + 4;
    let length = (bits >> 2 & ((1 << (4 * nibbles)) - 1)) + 1;
    let enough = length >= 16 && length <= (bytes.len() as u64).saturating_mul(64);
    !reserved && !empty && nibbles < 7 && enough
}

/// Decompresses one stream onto the end of `content`, in bites of `bite` bytes, and gives the
/// bytes of input it took.
fn decompress(input: &[u8], content: &mut Vec<u8>, limit: usize, bite: usize) -> (usize, Stop) {
    // Without the large-window extension, so that no header asks for more than 16 MiB.
    let mut state = BrotliState::new_strict(
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
    );
    let (mut left, mut taken) = (0, 0);
    let mut buffer = vec![0; input.len().saturating_mul(4).clamp(256, 64 << 10)];
    loop {
        let (mut room, mut made, mut total) = (buffer.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            input,
            &mut room,
            &mut made,
            &mut buffer,
            &mut total,
            &mut state,
        );
        content.extend_from_slice(&buffer[..made]);
        match result {
            BrotliResult::ResultSuccess => return (taken, Stop::Complete),
            BrotliResult::ResultFailure => return (taken, Stop::Corrupt),
            _ if content.len() >= limit => return (taken, Stop::Spent(Spent(Limit::Bytes))),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => {
                left = bite.min(input.len() - taken);
                if left == 0 {
                    return (taken, Stop::Truncated);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"\x1bK\x00\x00,\x0e\xec\xf6\xecxQ?\x08,\xee\xd2\xd5Z\x04\x08oo\x82\x90\x99\xb5H\x18\x0b\xdd\xd4a\xe9+\xb47\xd8\x80\x03\xf6\x07\x0b\x07\x9dW\x1a\x1c\x87\xcf5\x12\xa53NkQ\x95\xb0\xca\x1c1V\xdc'\x91\x97\xf3}\x030";

    #[test]
    fn it_opens_and_closes() {
        assert_eq!(layers(SAMPLE)[1], "br > $.user = ada@example.org");
        let long = "x".repeat(200_000);
        for value in ["grace@example.org", long.as_str()] {
            let found = replanted(SAMPLE, "br > $.note", value);
            assert_eq!(found.as_deref(), Some(value));
        }
    }

    #[test]
    fn damage_under_a_label_keeps_what_came_before_it() {
        let text: Vec<u8> = (0..9000u32).flat_map(|n| n.to_string().into_bytes()).collect();
        let span = candor_case::ByteSpan::new(0, 0);
        let opening = Opening { codec: "br", step: Default::default(), span, exact: true };
        let stream = Labelled.close(&[], &opening, &text).unwrap();
        let mut content = Vec::new();
        let (taken, stop) = decompress(&stream, &mut content, usize::MAX, 64);
        assert_eq!((taken, stop, content.len()), (stream.len(), Stop::Complete, text.len()));
        content.clear();
        let (_, stop) = decompress(&stream[..20_000], &mut content, usize::MAX, usize::MAX);
        assert_eq!((stop, content.len()), (Stop::Truncated, 20_000 - 3));
        let (_, stop) = decompress(&stream, &mut content, 1000, usize::MAX);
        assert_eq!(stop, Stop::Spent(Spent(Limit::Bytes)));
    }
}
