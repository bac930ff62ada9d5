//! Compressed forms: DEFLATE and its wrappings, LZ4 with matches, Zstandard of raw blocks.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::hash;

const IN_MEMORY: &str = "writing to memory cannot fail";

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut stream = GzEncoder::new(Vec::new(), Compression::best());
    stream.write_all(bytes).and_then(|()| stream.finish()).expect(IN_MEMORY)
}

pub(super) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
    stream.write_all(bytes).and_then(|()| stream.finish()).expect(IN_MEMORY)
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut stream = DeflateEncoder::new(Vec::new(), Compression::best());
    stream.write_all(bytes).and_then(|()| stream.finish()).expect(IN_MEMORY)
}

/// An LZ4 frame (LZ4 Frame Format 1.6) of one block, with its content's checksum.
pub(super) fn lz4_frame(bytes: &[u8]) -> Vec<u8> {
    let descriptor = [0x64, 0x40];
    let block = lz4_block(bytes);
    let mut out = vec![0x04, 0x22, 0x4d, 0x18];
    out.extend(descriptor);
    out.push((hash::named("xxh32").run)(&descriptor)[2]);
    out.extend((block.len() as u32).to_le_bytes());
    out.extend(block);
    out.extend([0; 4]);
    out.extend((hash::named("xxh32").run)(bytes).iter().rev());
    out
}

/// An LZ4 block: greedy matches of the last place where the same four bytes stood.
fn lz4_block(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut known: BTreeMap<&[u8], usize> = BTreeMap::new();
    let (mut from, mut at) = (0, 0);
    // The format wants the last match to begin 12 bytes before the end and five literals after it.
    while at + 12 < bytes.len() {
        let Some(before) = known.insert(&bytes[at..at + 4], at) else {
            at += 1;
            continue;
        };
        let limit = bytes.len() - 5 - at;
        let length = (0..limit).take_while(|i| bytes[before + i] == bytes[at + i]).count();
        lz4_sequence(&mut out, &bytes[from..at], Some(((at - before) as u16, length - 4)));
        at += length;
        from = at;
    }
    lz4_sequence(&mut out, &bytes[from..], None);
    out
}

/// Literals, then a match of an offset and the length beyond four.
fn lz4_sequence(out: &mut Vec<u8>, literals: &[u8], copied: Option<(u16, usize)>) {
    let nibble = |length: usize| length.min(15) as u8;
    let more = |out: &mut Vec<u8>, length: usize| {
        if length >= 15 {
            out.extend(vec![255; (length - 15) / 255]);
            out.push(((length - 15) % 255) as u8);
        }
    };
    out.push(nibble(literals.len()) << 4 | copied.map_or(0, |(_, length)| nibble(length)));
    more(out, literals.len());
    out.extend(literals);
    if let Some((offset, length)) = copied {
        out.extend(offset.to_le_bytes());
        more(out, length);
    }
}

/// A Zstandard frame (RFC 8878) of raw blocks, with its content's checksum.
pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 100;
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa4];
    out.extend((bytes.len() as u32).to_le_bytes());
    let blocks = bytes.len().div_ceil(BLOCK).max(1);
    for i in 0..blocks {
        let block = &bytes[i * BLOCK..bytes.len().min((i + 1) * BLOCK)];
        let header = u32::from(i + 1 == blocks) | (block.len() as u32) << 3;
        out.extend(&header.to_le_bytes()[..3]);
        out.extend(block);
    }
    out.extend((hash::named("xxh64").run)(bytes).iter().rev().take(4));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_become_matches() {
        let text = b"the same words, the same words, the same words, and an end to it";
        let block = lz4_block(text);
        assert!(block.len() < text.len() - 20, "{}", block.len());
        assert_eq!(lz4_block(b"short"), b"\x50short");
    }
}
