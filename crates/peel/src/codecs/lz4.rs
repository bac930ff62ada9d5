//! LZ4: frames by their magic number (LZ4 Frame Format 1.6), and bare blocks behind their size in
//! four bytes, as `store_size` of the usual libraries writes them, where the size fits exactly.

use candor_case::{End, Limit, Opening};

use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::text::is_utf8_text;

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// Frames.
pub(crate) struct Frame;

/// Blocks behind their size.
pub(crate) struct Sized;

impl Codec for Frame {
    fn name(&self) -> &'static str {
        "lz4"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.starts_with(&MAGIC)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut content = Vec::new();
        let limit = purse.allowance(view.bytes.len());
        let end = match frames(view.bytes, &mut content, limit) {
            Ok(()) => End::Opened,
            Err(Fault::Spent) => Spent(Limit::Bytes).into(),
            Err(Fault::Damaged(why)) => End::damaged("lz4", why),
        };
        if !content.is_empty() || end == End::Opened {
            out.whole(view, content, "lz4");
        }
        Opened::Partly(end)
    }

    /// Stores the content in uncompressed blocks, without checksums.
    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        const LARGEST: usize = 4 << 20;
        // Version 1, independent blocks of at most 4 MiB; the third byte checks the first two.
        let mut frame = [&MAGIC[..], &[0x60, 0x70, 0x73]].concat();
        for block in content.chunks(LARGEST) {
            frame.extend((block.len() as u32 | 1 << 31).to_le_bytes());
            frame.extend(block);
        }
        frame.extend([0; 4]);
        Some(frame)
    }
}

impl Codec for Sized {
    fn name(&self) -> &'static str {
        "lz4-block"
    }

    fn accepts(&self, view: &View) -> bool {
        is_sized_block(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        match sized(view.bytes, purse.allowance(view.bytes.len())) {
            Some(content) => {
                out.whole(view, content, "lz4");
                Opened::Fully
            }
            None => Opened::No,
        }
    }

    /// One run of literals.
    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let mut block = u32::try_from(content.len()).ok()?.to_le_bytes().to_vec();
        block.push((content.len().min(15) as u8) << 4);
        if content.len() >= 15 {
            let more = content.len() - 15;
            block.extend(vec![255; more / 255]);
            block.push((more % 255) as u8);
        }
        block.extend(content);
        Some(block)
    }
}

/// Whether bytes of unknown kind are a block of text behind its size.
pub(crate) fn is_sized_block(bytes: &[u8]) -> bool {
    const LARGEST: usize = 64 << 20;
    let Some([a, b, c, d, token, literal, ..]) = bytes.first_chunk::<6>() else { return false };
    let size = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    // A block holds its size at the least in 1 of 255 bytes, and begins with a literal.
    let possible = (12..=LARGEST).contains(&size) && size / 255 <= bytes.len();
    let plain = matches!(literal, b' '..=b'~' | b'\n' | b'\r' | b'\t') || *token >= 0xf0;
    possible && plain && *token >= 0x10 && sized(bytes, LARGEST).is_some()
}

/// The text of a block behind its size.
fn sized(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    let mut content = Vec::new();
    block(&bytes[4..], &mut content, 0, size.min(limit)).ok()?;
    (content.len() == size && is_utf8_text(&content)).then_some(content)
}

enum Fault {
    Spent,
    Damaged(&'static str),
}

const CUT: Fault = Fault::Damaged("it ends before its end");

/// Reads frame after frame.
fn frames(bytes: &[u8], content: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
    let mut reader = Reader::new(bytes);
    while !reader.is_done() {
        let magic = reader.array::<4>().ok_or(CUT)?;
        match magic {
            MAGIC => frame(&mut reader, content, limit)?,
            // Skippable frames.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                let len = reader.little_len().ok_or(CUT)?;
                reader.take(len).ok_or(CUT)?;
            }
            _ => return Err(Fault::Damaged("something follows its end")),
        }
    }
    Ok(())
}

fn frame(reader: &mut Reader, content: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
    const BLOCKS_ARE_LINKED: u8 = 0x20;
    const BLOCK_SUM: usize = 0x10;
    const CONTENT_SIZE: usize = 0x08;
    const CONTENT_SUM: usize = 0x04;
    const DICTIONARY: usize = 0x01;
    let flags = reader.byte().ok_or(CUT)?;
    reader.byte().ok_or(CUT)?;
    if flags >> 6 != 1 {
        return Err(Fault::Damaged("its version is not known"));
    }
    let has = |bit: usize| usize::from(usize::from(flags) & bit != 0);
    reader.take(8 * has(CONTENT_SIZE) + 4 * has(DICTIONARY) + 1).ok_or(CUT)?;
    let begin = content.len();
    loop {
        let size = reader.little(4).ok_or(CUT)? as usize;
        if size == 0 {
            break;
        }
        let bytes = reader.take(size & 0x7fff_ffff).ok_or(CUT)?;
        reader.take(4 * has(BLOCK_SUM)).ok_or(CUT)?;
        // In linked blocks matches reach back into the ones before.
        let floor = if flags & BLOCKS_ARE_LINKED == 0 { begin } else { content.len() };
        if size >> 31 == 0 {
            block(bytes, content, floor, limit)?;
        } else if content.len() + bytes.len() > limit {
            return Err(Fault::Spent);
        } else {
            content.extend_from_slice(bytes);
        }
    }
    reader.take(4 * has(CONTENT_SUM)).ok_or(CUT).map(|_| ())
}

/// Decodes one block (LZ4 Block Format) onto the end of `content`; matches reach back to `floor`.
fn block(bytes: &[u8], content: &mut Vec<u8>, floor: usize, limit: usize) -> Result<(), Fault> {
    const CORRUPT: Fault = Fault::Damaged("a block is corrupt");
    let mut reader = Reader::new(bytes);
    loop {
        let token = usize::from(reader.byte().ok_or(CORRUPT)?);
        let literals = length(&mut reader, token >> 4).ok_or(CORRUPT)?;
        let literals = reader.take(literals).ok_or(CORRUPT)?;
        if content.len() + literals.len() > limit {
            return Err(Fault::Spent);
        }
        content.extend_from_slice(literals);
        if reader.is_done() {
            return Ok(());
        }
        let offset = reader.little(2).ok_or(CORRUPT)? as usize;
        let len = length(&mut reader, token & 15).ok_or(CORRUPT)? + 4;
        let from = content.len().checked_sub(offset).filter(|from| *from >= floor && offset > 0);
        let from = from.ok_or(CORRUPT)?;
        if content.len() + len > limit {
            return Err(Fault::Spent);
        }
        // What is copied may reach into what it makes.
        let mut left = len;
        while left > 0 {
            let run = left.min(content.len() - from);
            content.extend_from_within(from..from + run);
            left -= run;
        }
    }
}

/// A length: four bits of the token, then bytes as long as they are 255.
fn length(reader: &mut Reader, bits: usize) -> Option<usize> {
    let mut length = bits;
    if bits == 15 {
        loop {
            let more = reader.byte()?;
            length = length.checked_add(usize::from(more))?;
            if more != 255 {
                break;
            }
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{end, layers, replanted};

    /// A frame with linked blocks and a content checksum; its block copies twice.
    fn sample() -> Vec<u8> {
        let block = b"\xb1{\"a\":\"lala \x03\x00\xf1\x01grace@x.org\"}, \x1e\x00\x50\"}]}}";
        let mut frame = b"\x04\x22\x4d\x18\x44\x40\x00".to_vec();
        frame.extend((block.len() as u32).to_le_bytes());
        frame.extend(block);
        frame.extend([0, 0, 0, 0, 1, 2, 3, 4]);
        frame
    }

    #[test]
    fn frames_are_opened_and_closed() {
        let found = layers(&sample());
        assert!(found[0].starts_with("lz4 = {\\\"a\\\":\\\"lala la la"), "{found:?}");
        let stored = Frame.close(&[], &opening(), b"{\"user\":\"ada@example.org\"}").unwrap();
        assert_eq!(layers(&stored)[1], "lz4 > $.user = ada@example.org");
        let value = "x".repeat(5000);
        assert_eq!(replanted(&stored, "lz4 > $.user", &value), Some(value));
        assert!(matches!(end(&sample()[..20]), End::Damaged(_)));
    }

    #[test]
    fn sized_blocks_have_to_fit_exactly() {
        let block = Sized.close(&[], &opening(), b"the name is ada lovelace").unwrap();
        assert_eq!(layers(&block), ["lz4 = the name is ada lovelace"]);
        let mut wrong = block.clone();
        wrong[0] += 1;
        assert!(layers(&wrong).is_empty());
        assert_eq!(
            replanted(&block, "lz4", "another name altogether").as_deref(),
            Some("another name altogether")
        );
    }

    #[test]
    fn copies_may_overlap_and_never_reach_too_far() {
        let mut content = Vec::new();
        assert!(block(b"\x1fa\x01\x00\x05\x10b", &mut content, 0, 1000).is_ok());
        assert_eq!(content, [&[b'a'; 25][..], b"b"].concat());
        for broken in [&b"\x1fa\x02\x00\x05\x10b"[..], b"\x1fa\x00\x00\x05", b"\xff\xff", b""] {
            assert!(block(broken, &mut Vec::new(), 0, 1000).is_err());
        }
        let bomb = [&b"\x1fa\x01\x00"[..], &[255; 5000], &[0]].concat();
        assert!(matches!(block(&bomb, &mut Vec::new(), 0, 1000), Err(Fault::Spent)));
    }

    fn opening() -> Opening {
        let span = candor_case::ByteSpan::new(0, 0);
        Opening { codec: "lz4", step: Default::default(), span, exact: true }
    }
}
