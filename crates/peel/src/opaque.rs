//! Opaque bytes: what they look like, and what they give away without being opened. A vector that
//! is used again makes equal beginnings of equal texts, and a pseudonym of the ciphertext.

use candor_case::{End, LayerId, Tree};
use sha2::{Digest, Sha256};

use crate::binary;

/// What opaque bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpaqueKind {
    /// Random from end to end, as ciphertext is; good compression cannot be told from it for sure.
    Encrypted,
    /// Random, but too short to be called ciphertext: a digest, a key, a number drawn by chance.
    Random,
    /// Nearly random: compressed in a way that is not known.
    Compressed,
    /// A file of a known format that peeling does not open, such as an image.
    File,
    /// Anything with a structure of its own.
    Structured,
}

/// A layer that could not be read, by what can be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OpaqueBlock {
    /// The layer.
    pub layer: LayerId,
    /// Its length in bytes.
    pub length: u64,
    /// What it looks like.
    pub kind: OpaqueKind,
    /// The name of its format, where the first bytes tell it: `png`, `zip`, …
    pub format: Option<&'static str>,
    /// Bits of entropy per byte, 0 to 8, estimated from at most 64 KiB and corrected for short
    /// samples (Miller and Madow), in hundredths.
    pub centibits: u16,
    /// SHA-256 of the first 32 bytes, its first 16 bytes; `None` if there are fewer than 32.
    pub head: Option<[u8; 16]>,
    /// SHA-256 of each of the first 64 whole blocks of 16 bytes, its first 8 bytes, in order.
    pub blocks: Vec<u64>,
}

/// Shorter values explain themselves by their field.
const SHORTEST: usize = 32;

/// Blocks that are noted of one layer.
const MOST_BLOCKS: usize = 64;

/// The opaque layers of a tree, in its order: those that peeling says are encrypted, unknown or
/// damaged, and binary values of 32 bytes or more.
pub fn opaque(tree: &Tree) -> Vec<OpaqueBlock> {
    let is_opaque =
        |end: &End| matches!(end, End::Encrypted | End::Unknown | End::Damaged(_) | End::Value);
    tree.iter()
        .filter(|(_, layer)| is_opaque(&layer.end) && layer.bytes.len() >= SHORTEST)
        .map(|(id, layer)| block(id, &layer.bytes))
        .collect()
}

fn block(layer: LayerId, bytes: &[u8]) -> OpaqueBlock {
    let format = binary::format(bytes);
    let centibits = centibits(bytes);
    let kind = match format {
        Some(_) => OpaqueKind::File,
        None if bytes.len() < binary::SHORTEST_ENCRYPTED => OpaqueKind::Random,
        None if binary::is_random(bytes) => OpaqueKind::Encrypted,
        None if u64::from(centibits) * 100 >= 88 * most_centibits(bytes.len()) => {
            OpaqueKind::Compressed
        }
        None => OpaqueKind::Structured,
    };
    let head = bytes.get(..32).map(digest::<16>);
    let blocks = bytes.as_chunks::<16>().0.iter().take(MOST_BLOCKS);
    let blocks = blocks.map(|block| u64::from_be_bytes(digest(block))).collect();
    let length = bytes.len() as u64;
    OpaqueBlock { layer, length, kind, format, centibits, head, blocks }
}

fn digest<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    std::array::from_fn(|at| digest[at])
}

/// The entropy of a sample in hundredths of a bit, so that no machine's last digit shows.
fn centibits(bytes: &[u8]) -> u16 {
    let sample = &bytes[..bytes.len().min(64 << 10)];
    let mut counts = [0u32; 256];
    for byte in sample {
        counts[usize::from(*byte)] += 1;
    }
    let total = sample.len().max(1) as f64;
    let kinds = counts.iter().filter(|count| **count > 0).count() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum();
    let corrected = entropy + (kinds - 1.0) / (2.0 * total * std::f64::consts::LN_2);
    (corrected.clamp(0.0, 8.0) * 100.0).round() as u16
}

/// The entropy that so few bytes can have at the most.
fn most_centibits(len: usize) -> u64 {
    ((len.clamp(1, 256) as f64).log2() * 100.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binary::tests::noise;
    use crate::{Budget, peel_bytes};

    fn of(bytes: &[u8]) -> Vec<OpaqueBlock> {
        let tree = peel_bytes(bytes.to_vec().into(), &Default::default(), &Budget::default());
        opaque(&tree)
    }

    #[test]
    fn kinds_are_told_apart() {
        let squeezed: Vec<u8> = noise(4000, 9).iter().map(|b| b.saturating_sub(20)).collect();
        let records: Vec<u8> = (0..400u32).flat_map(u32::to_le_bytes).collect();
        let image = [&b"\x89PNG\r\n\x1a\n"[..], &noise(500, 3)].concat();
        let table = [
            (noise(600, 1), OpaqueKind::Encrypted),
            (noise(40, 2), OpaqueKind::Random),
            (squeezed, OpaqueKind::Compressed),
            (image, OpaqueKind::File),
            (records, OpaqueKind::Structured),
        ];
        for (bytes, kind) in table {
            let found = of(&bytes);
            assert_eq!(found.len(), 1, "{kind:?}");
            assert_eq!((found[0].kind, found[0].length), (kind, bytes.len() as u64), "{found:?}");
        }
        assert!(of(b"plain text, and enough of it to be seen").is_empty());
    }

    #[test]
    fn equal_beginnings_show() {
        let (start, one, two) = (noise(64, 5), noise(100, 11), noise(100, 7));
        let first = of(&[&start[..], &one].concat()).remove(0);
        let second = of(&[&start[..], &two].concat()).remove(0);
        assert_eq!(first.head, second.head);
        assert_eq!(first.blocks[..4], second.blocks[..4]);
        assert_ne!(first.blocks[4], second.blocks[4]);
        assert_eq!(of(&noise(5000, 8))[0].blocks.len(), MOST_BLOCKS);
        assert!(first.centibits > 700, "{}", first.centibits);
    }
}
