//! BLAKE2 (RFC 7693) and BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020), the latter for
//! what fits into one chunk.

use super::sha2;

/// Order of the message words in each round of BLAKE2.
const ORDER: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// How BLAKE3 moves the message words from one round to the next.
const MOVES: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

/// The words that each of a round's eight mixings touches: columns, then diagonals.
const MIXINGS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

pub(super) fn blake2b_512(data: &[u8]) -> Vec<u8> {
    blake2b(data, 64)
}

pub(super) fn blake2b_256(data: &[u8]) -> Vec<u8> {
    blake2b(data, 32)
}

fn blake2b(data: &[u8], length: usize) -> Vec<u8> {
    let roots = sha2::wide_roots();
    let mut state = roots;
    state[0] ^= 0x0101_0000 ^ length as u64;
    for (count, block, last) in blocks(data, 128) {
        let m: Vec<u64> = block.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect();
        let mut v: [u64; 16] = std::array::from_fn(|i| if i < 8 { state[i] } else { roots[i - 8] });
        v[12] ^= count;
        v[14] ^= if last { u64::MAX } else { 0 };
        for round in 0..12 {
            for (i, [a, b, c, d]) in MIXINGS.into_iter().enumerate() {
                let order = ORDER[round % 10];
                for (word, turns) in [(m[order[2 * i]], (32, 24)), (m[order[2 * i + 1]], (16, 63))]
                {
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(word);
                    v[d] = (v[d] ^ v[a]).rotate_right(turns.0);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(turns.1);
                }
            }
        }
        state = std::array::from_fn(|i| state[i] ^ v[i] ^ v[i + 8]);
    }
    state.iter().flat_map(|word| word.to_le_bytes()).take(length).collect()
}

/// One mixing of the narrow functions.
fn mix(v: &mut [u32; 16], [a, b, c, d]: [usize; 4], words: [u32; 2]) {
    for (word, turns) in words.into_iter().zip([(16, 12), (8, 7)]) {
        v[a] = v[a].wrapping_add(v[b]).wrapping_add(word);
        v[d] = (v[d] ^ v[a]).rotate_right(turns.0);
        v[c] = v[c].wrapping_add(v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(turns.1);
    }
}

fn words(block: &[u8]) -> [u32; 16] {
    let chunks: &[[u8; 4]] = block.as_chunks().0;
    std::array::from_fn(|i| u32::from_le_bytes(chunks[i]))
}

pub(super) fn blake2s_256(data: &[u8]) -> Vec<u8> {
    let roots = sha2::narrow_roots();
    let mut state = roots;
    state[0] ^= 0x0101_0020;
    for (count, block, last) in blocks(data, 64) {
        let m = words(&block);
        let mut v: [u32; 16] = std::array::from_fn(|i| if i < 8 { state[i] } else { roots[i - 8] });
        v[12] ^= count as u32;
        v[14] ^= if last { u32::MAX } else { 0 };
        for order in ORDER {
            for (i, mixing) in MIXINGS.into_iter().enumerate() {
                mix(&mut v, mixing, [m[order[2 * i]], m[order[2 * i + 1]]]);
            }
        }
        state = std::array::from_fn(|i| state[i] ^ v[i] ^ v[i + 8]);
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(super) fn blake3(data: &[u8]) -> Vec<u8> {
    assert!(data.len() <= 1024, "longer values would need a tree of chunks");
    let roots = sha2::narrow_roots();
    let mut state = roots;
    let all = blocks(data, 64);
    for (index, (count, block, last)) in all.into_iter().enumerate() {
        let length = count as usize - 64 * index;
        let flags = u32::from(index == 0) | if last { 2 | 8 } else { 0 };
        let mut m = words(&block);
        let mut v: [u32; 16] = std::array::from_fn(|i| match i {
            0..8 => state[i],
            8..12 => roots[i - 8],
            14 => length as u32,
            15 => flags,
            _ => 0,
        });
        for _ in 0..7 {
            for (i, mixing) in MIXINGS.into_iter().enumerate() {
                mix(&mut v, mixing, [m[2 * i], m[2 * i + 1]]);
            }
            m = std::array::from_fn(|i| m[MOVES[i]]);
        }
        state = std::array::from_fn(|i| v[i] ^ v[i + 8]);
    }
    state.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Blocks filled up with zeros, each with the bytes up to its end and whether it is the last.
fn blocks(data: &[u8], size: usize) -> Vec<(u64, Vec<u8>, bool)> {
    let count = data.len().div_ceil(size).max(1);
    let block = |i: usize| {
        let end = data.len().min((i + 1) * size);
        let mut bytes = data[i * size..end].to_vec();
        bytes.resize(size, 0);
        (end as u64, bytes, i + 1 == count)
    };
    (0..count).map(block).collect()
}
