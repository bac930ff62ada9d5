//! Zstandard (RFC 8878), by its magic number, whatever any label says. Frames that follow one
//! another are one stream.

use candor_case::{End, Limit, Opening};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;

/// Zstandard's magic number, as it stands in the stream.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The codec.
pub(crate) struct Zstd;

impl Codec for Zstd {
    fn name(&self) -> &'static str {
        "zstd"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.starts_with(&MAGIC)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let end = match frames(view.bytes, &mut content, purse.allowance(view.bytes.len())) {
            Ok(()) => End::Opened,
            Err(Fault::Spent) => Spent(Limit::Bytes).into(),
            Err(Fault::Damaged(why)) => End::damaged("zstd", why),
        };
        if content.is_empty() && end != End::Opened {
            return Opened::Partly(end);
        }
        out.whole(view, content, "zstd");
        Opened::Partly(end)
    }

    /// Stores the content in raw blocks (RFC 8878, section 3.1.1.2).
    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        const LONGEST_BLOCK: usize = 128 << 10;
        const WINDOW_OF_128_KIB: u8 = 7 << 3;
        let mut stream = MAGIC.to_vec();
        stream.extend([0, WINDOW_OF_128_KIB]);
        let mut blocks = content.chunks(LONGEST_BLOCK).peekable();
        if blocks.peek().is_none() {
            stream.extend([1, 0, 0]);
        }
        while let Some(block) = blocks.next() {
            let header = (block.len() as u32) << 3 | u32::from(blocks.peek().is_none());
            stream.extend_from_slice(&header.to_le_bytes()[..3]);
            stream.extend_from_slice(block);
        }
        Some(stream)
    }
}

enum Fault {
    Spent,
    Damaged(&'static str),
}

/// Reads frame after frame, at most `limit` bytes and one block more.
fn frames(mut input: &[u8], content: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
    const STEP: usize = 1 << 20;
    const LARGEST_WINDOW: u64 = 32 << 20;
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(LARGEST_WINDOW);
    while !input.is_empty() {
        if let Some(len) = skippable(input) {
            input = input.get(len..).ok_or(Fault::Damaged("a skippable frame is cut short"))?;
            continue;
        }
        decoder.init(&mut input).map_err(|_| Fault::Damaged("a frame's header is not valid"))?;
        while !decoder.is_finished() {
            let step = || BlockDecodingStrategy::UptoBytes(STEP);
            let decoded = decoder.decode_blocks(&mut input, step());
            if decoded.is_err() {
                // An empty last block ends the frame, so that the decoder gives up its window.
                let _ = decoder.decode_blocks(&[1u8, 0, 0, 0, 0, 0, 0][..], step());
            }
            let _ = decoder.collect_to_writer(&mut *content);
            decoded.map_err(|_| Fault::Damaged("a block is corrupt or cut short"))?;
            if content.len() > limit {
                return Err(Fault::Spent);
            }
        }
        let _ = decoder.collect_to_writer(&mut *content);
    }
    Ok(())
}

/// The length of a skippable frame (RFC 8878, section 3.1.2), if one begins here.
fn skippable(input: &[u8]) -> Option<usize> {
    let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ..] = *input else { return None };
    usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?.checked_add(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{end, layers, replanted};

    /// Made by another program.
    const SAMPLE: &[u8] = b"(\xb5/\xfd\x04h\xf5\x01\x00\x92C\x0d\x11\x90}cA\xbaC\x94_\xba\xdd-\x04\x84(f\x0e!\xdbA\xc81\x01\x88#5\xa0\x1dv'\xf8e}\xf8\xdb\x08=\xb8\xa2Q\xbc\x93\xaf\xe4'\x05\x15\x1fN\xbf^\xd7\x01\x01\x00\x87\xc9\x84\x02@d\xfd\xec";

    #[test]
    fn it_opens_and_closes() {
        assert_eq!(layers(SAMPLE)[1], "zstd > $.user = ada@example.org");
        let long = "x".repeat(200_000);
        for value in ["grace@example.org", long.as_str()] {
            let found = replanted(SAMPLE, "zstd > $.note", value);
            assert_eq!(found.as_deref(), Some(value));
        }
    }

    #[test]
    fn damage_keeps_what_came_before_it() {
        let long: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
        let mut stream = Zstd.close(&[], &opening(), &long).unwrap();
        stream.truncate(600_000);
        assert!(matches!(end(&stream), End::Damaged(_)));
        assert!(layers(&stream)[0].len() > 500_000);
    }

    fn opening() -> Opening {
        let span = candor_case::ByteSpan::new(0, 0);
        Opening { codec: "zstd", step: Default::default(), span, exact: true }
    }
}
