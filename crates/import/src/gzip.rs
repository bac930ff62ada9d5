//! Decompression within a budget: files made by strangers may inflate without end.

use std::io::{self, BufRead, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

/// Bytes that any file may inflate to, whatever its size.
const FREE: u64 = 64 << 20;

/// Beyond that, a file may inflate to that many times its own size. Recordings reach about 50.
const RATIO: u64 = 200;

/// No file may inflate to more than that.
const MOST: u64 = 64 << 30;

/// Whether these are the first bytes of gzip or zlib data.
pub(crate) fn is_compressed(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b") || is_zlib(head)
}

/// RFC 1950, section 2.2: deflate with a window of 32 KiB, and a check sum in the second byte.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [0x78, flags, ..] if (0x7800 + u16::from(*flags)) % 31 == 0)
}

/// The beginning of what is compressed, as far as these bytes go; empty if that is nothing.
pub(crate) fn head(compressed: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 512];
    let mut reader = Inflate::new(compressed);
    let mut filled = 0;
    while let Some(free) = out.get_mut(filled..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) | Err(_) => break,
            Ok(read) => filled += read,
        }
    }
    out.truncate(filled);
    out
}

/// Inflates gzip (of any number of members) or zlib data, and fails when the budget is used up.
pub(crate) struct Inflate<'a> {
    decoder: Decoder<'a>,
    budget: u64,
}

enum Decoder<'a> {
    Gzip(Box<MultiGzDecoder<&'a [u8]>>),
    Zlib(ZlibDecoder<&'a [u8]>),
}

impl<'a> Inflate<'a> {
    /// Starts; the budget follows from the size.
    pub(crate) fn new(compressed: &'a [u8]) -> Self {
        let decoder = if is_zlib(compressed) {
            Decoder::Zlib(ZlibDecoder::new(compressed))
        } else {
            Decoder::Gzip(Box::new(MultiGzDecoder::new(compressed)))
        };
        let size = compressed.len() as u64;
        Self { decoder, budget: size.saturating_mul(RATIO).clamp(FREE, MOST) }
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(out)?,
            Decoder::Zlib(decoder) => decoder.read(out)?,
        };
        match self.budget.checked_sub(read as u64) {
            Some(left) => self.budget = left,
            None => return Err(io::Error::other("it inflates beyond the budget")),
        }
        Ok(read)
    }
}

/// Inflates all of it, to at most `most` bytes.
pub(crate) fn all(compressed: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut reader = io::BufReader::with_capacity(64 << 10, Inflate::new(compressed));
    let mut out = Vec::new();
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(out);
        }
        if out.len() as u64 + piece.len() as u64 > most {
            return Err(io::Error::other(format!("it inflates to more than {most} bytes")));
        }
        out.extend_from_slice(piece);
        let length = piece.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn members_are_joined_and_heads_are_read() {
        let both = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(all(&both, 100).expect("inflates"), b"one two");
        assert!(all(&both, 6).is_err());
        assert!(is_compressed(&both));
        assert_eq!(head(&both[..both.len() - 3]), b"one two");
        assert!(head(b"\x1f\x8bnonsense").is_empty());
        assert!(!is_compressed(b"x") && !is_compressed(b"x\x02"));
    }

    #[test]
    fn a_bomb_ends_at_its_budget() {
        let bomb = gzip(&vec![0; 100 << 20]);
        let mut reader = Inflate::new(&bomb);
        let copied = io::copy(&mut reader, &mut io::sink());
        assert!(copied.expect_err("too much").to_string().contains("budget"));
    }
}
