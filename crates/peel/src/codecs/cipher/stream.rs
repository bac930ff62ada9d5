//! Stream ciphers: ChaCha20 (RFC 8439), RC4, and a repeated key by exclusive or.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};

/// Bytes in one block of ChaCha20; its first block is the key of the tag.
const BLOCK: u32 = 64;

/// ChaCha20 from a block on.
pub(super) fn chacha20(key: &[u8], nonce: &[u8], sealed: &[u8], block: u32) -> Option<Vec<u8>> {
    let mut stream = ChaCha20::new_from_slices(key, nonce).ok()?;
    stream.try_seek(block * BLOCK).ok()?;
    let mut plain = sealed.to_vec();
    stream.try_apply_keystream(&mut plain).ok()?;
    Some(plain)
}

/// The tag of ChaCha20-Poly1305 over a ciphertext without further data (RFC 8439, section 2.8).
pub(super) fn chacha20_tag(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Option<[u8; 16]> {
    let once = chacha20(key, nonce, &[0; 32], 0)?;
    let mut hash = Poly1305::new_from_slice(&once).ok()?;
    hash.update_padded(sealed);
    // Two lengths of eight bytes, lowest first: of the further data, none, and of the ciphertext.
    let lengths = (sealed.len() as u128) << 64;
    hash.update(&[lengths.to_le_bytes().into()]);
    Some(hash.finalize().into())
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
