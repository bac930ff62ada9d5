//! Stream ciphers: ChaCha20 (RFC 8439), RC4, and a repeated key by exclusive or.

/// ChaCha20 as ChaCha20-Poly1305 uses it, with its counter from 1, from a block on.
pub(super) fn chacha20(key: &[u8], nonce: &[u8], sealed: &[u8], block: u64) -> Option<Vec<u8>> {
    let key: [u8; 32] = key.try_into().ok()?;
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    let word = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
    let mut state = [0u32; 16];
    state[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
    let words = key.as_chunks().0.iter().map(word);
    state[4..12].iter_mut().zip(words).for_each(|(to, from)| *to = from);
    state[12] = u32::try_from(block).ok()?.checked_add(1)?;
    let words = nonce.as_chunks().0.iter().map(word);
    state[13..].iter_mut().zip(words).for_each(|(to, from)| *to = from);
    let mut plain = sealed.to_vec();
    for part in plain.chunks_mut(64) {
        let stream = chacha_block(&state);
        part.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
        state[12] = state[12].wrapping_add(1);
    }
    Some(plain)
}

fn chacha_block(state: &[u32; 16]) -> [u8; 64] {
    const COLUMNS: [[usize; 4]; 4] = [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]];
    const DIAGONALS: [[usize; 4]; 4] =
        [[0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]];
    let mut mixed = *state;
    for _ in 0..10 {
        for at in COLUMNS.into_iter().chain(DIAGONALS) {
            quarter(&mut mixed, at);
        }
    }
    let mut stream = [0; 64];
    for (index, four) in stream.chunks_exact_mut(4).enumerate() {
        four.copy_from_slice(&mixed[index].wrapping_add(state[index]).to_le_bytes());
    }
    stream
}

fn quarter(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    let mut step = |to: usize, from: usize, other: usize, turn: u32| {
        state[to] = state[to].wrapping_add(state[from]);
        state[other] = (state[other] ^ state[to]).rotate_left(turn);
    };
    step(a, b, d, 16);
    step(c, d, b, 12);
    step(a, b, d, 8);
    step(c, d, b, 7);
}

/// RC4, which is its own inverse.
pub(super) fn rc4(key: &[u8], sealed: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|i| i as u8);
    let mut j = 0u8;
    for (i, key) in (0..=255u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(state[usize::from(i)]).wrapping_add(*key);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0u8, 0u8);
    let mut next = || {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        let sum = state[usize::from(i)].wrapping_add(state[usize::from(j)]);
        state[usize::from(sum)]
    };
    sealed.iter().map(|byte| byte ^ next()).collect()
}

/// The key, laid over the bytes again and again; its own inverse.
pub(super) fn xor(key: &[u8], sealed: &[u8]) -> Vec<u8> {
    sealed.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}
