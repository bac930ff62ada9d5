//! Telling apart binary that no codec opens: short values, bytes that look random, the rest.

use candor_case::End;

use crate::shape::Shape;
use crate::text::is_text;

/// The shortest run of bytes that is called encrypted; below it randomness cannot be told from a
/// digest or a key, and such values explain themselves by their field.
pub(crate) const SHORTEST_ENCRYPTED: usize = 48;

/// How much of a long run is looked at.
const SAMPLE: usize = 64 << 10;

/// Why peeling stops at bytes that nothing opens.
pub(crate) fn end_of(bytes: &[u8], shape: Shape) -> End {
    if bytes.is_empty() {
        End::Empty
    } else if is_text(bytes, shape) {
        End::Plain
    } else if bytes.len() < SHORTEST_ENCRYPTED {
        End::Value
    } else if format(bytes).is_none() && is_random(bytes) {
        End::Encrypted
    } else {
        End::Unknown
    }
}

/// Whether the byte values are spread as evenly as random ones are.
///
/// Pearson's chi-square over the 256 values: 255 on average for random bytes of any number,
/// with a standard deviation of 22.6; six of them above the average is still called random.
/// Ten equal bytes among 48 are not, nor is the output of most compressors beyond a few KiB.
pub(crate) fn is_random(bytes: &[u8]) -> bool {
    const LIMIT: u64 = 391;
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    if sample.len() < SHORTEST_ENCRYPTED {
        return false;
    }
    let mut counts = [0u64; 256];
    for byte in sample {
        counts[usize::from(*byte)] += 1;
    }
    // chi² = 256/n · Σ c² − n, kept in whole numbers.
    let squares: u64 = counts.iter().map(|c| c * c).sum();
    let n = sample.len() as u64;
    256 * squares < (LIMIT + n) * n
}

/// The format of a file that peeling does not open, by its first bytes (each format's own
/// specification; most stand in the `magic` database of `file`).
pub(crate) fn format(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 27] = [
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"GIF8", "gif"),
        (b"II*\0", "tiff"),
        (b"MM\0*", "tiff"),
        (b"%PDF-", "pdf"),
        (b"PK\x03\x04", "zip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
        (b"LZIP", "lzip"),
        (b"\xff\x06\0\0sNaPpY", "snappy"),
        (b"\x5d\0\0", "lzma"),
        (b"\x7fELF", "elf"),
        (b"\0asm", "wasm"),
        (b"\xca\xfe\xba\xbe", "java-class"),
        (b"dex\n", "dex"),
        (b"OggS", "ogg"),
        (b"fLaC", "flac"),
        (b"ID3", "mp3"),
        (b"\x1a\x45\xdf\xa3", "matroska"),
        (b"wOFF", "woff"),
        (b"wOF2", "woff2"),
        (b"OTTO", "otf"),
        (b"SQLite format 3\0", "sqlite"),
        (b"\0\0\x01\0", "ico"),
    ];
    let known = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name);
    known.or(match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("wav"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("mp4"),
        _ => None,
    })
}

/// Whether the bytes begin as something that [`crate::codecs`] knows for certain by a magic number.
pub(crate) fn has_magic(bytes: &[u8]) -> bool {
    matches!(bytes, [0x1f, 0x8b, 8, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [4, 0x22, 0x4d, 0x18, ..])
        || bytes.starts_with(b"bplist0")
        || crate::codecs::zlib::begins(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Bytes that look random, the same ones every time (xorshift64*).
    pub(crate) fn noise(len: usize, seed: u64) -> Vec<u8> {
        let mut state = seed | 1;
        let step = |_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
        };
        (0..len).map(step).collect()
    }

    #[test]
    fn noise_is_random_at_every_length() {
        let wrong = (0..2000u64)
            .filter(|seed| !is_random(&noise(48 + (*seed as usize * 7) % 5000, seed * 77 + 13)))
            .count();
        assert!(wrong <= 4, "{wrong} of 2000");
    }

    #[test]
    fn structure_is_not_random() {
        let counter: Vec<u8> = (0..200u32).flat_map(u32::to_le_bytes).collect();
        assert!(!is_random(&counter));
        assert!(!is_random(&[7; 64]));
        let mut with_gaps = noise(48, 5);
        with_gaps[10..20].fill(0);
        assert!(!is_random(&with_gaps));
    }

    #[test]
    fn ends_say_why() {
        let table: [(Vec<u8>, End); 5] = [
            (vec![], End::Empty),
            (b"hello".to_vec(), End::Plain),
            (noise(16, 3), End::Value),
            (noise(64, 3), End::Encrypted),
            ([0, 1, 2, 3].repeat(40), End::Unknown),
        ];
        for (bytes, end) in table {
            assert_eq!(end_of(&bytes, Shape::of(&bytes)), end, "{bytes:?}");
        }
    }
}
