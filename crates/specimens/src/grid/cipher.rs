//! Ciphers, each in the layout that senders use: the initialisation vector or nonce before the
//! ciphertext, the tag behind it.

use ring::aead;

/// AES (FIPS 197), the forward direction only: every mode here that candor must undo can be made
/// with it.
struct Aes {
    rounds: Vec<[u8; 16]>,
}

impl Aes {
    fn new(key: &[u8]) -> Self {
        let length = key.len() / 4;
        let mut words: Vec<[u8; 4]> = key.as_chunks().0.to_vec();
        let mut constant = 1u8;
        for i in length..4 * (length + 7) {
            let mut word = words[i - 1];
            if i % length == 0 {
                word.rotate_left(1);
                word = word.map(substitute);
                word[0] ^= constant;
                constant = double(constant);
            } else if length > 6 && i % length == 4 {
                word = word.map(substitute);
            }
            words.push(std::array::from_fn(|j| word[j] ^ words[i - length][j]));
        }
        let round = |four: &[[u8; 4]]| std::array::from_fn(|i| four[i / 4][i % 4]);
        Self { rounds: words.chunks_exact(4).map(round).collect() }
    }

    fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let last = self.rounds.len() - 1;
        let mut state = xor16(block, self.rounds[0]);
        for (i, key) in self.rounds.iter().enumerate().skip(1) {
            let shifted: [u8; 16] =
                std::array::from_fn(|at| substitute(state[(at + 4 * (at % 4)) % 16]));
            state = xor16(if i == last { shifted } else { mix(shifted) }, *key);
        }
        state
    }
}

fn mix(state: [u8; 16]) -> [u8; 16] {
    std::array::from_fn(|at| {
        let column = &state[at / 4 * 4..][..4];
        let all = column.iter().fold(0, |sum, byte| sum ^ byte);
        column[at % 4] ^ all ^ double(column[at % 4] ^ column[(at + 1) % 4])
    })
}

fn double(byte: u8) -> u8 {
    (byte << 1) ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

/// The S-box, computed: the inverse in GF(2^8), which is the power of 254, and an affine map.
fn substitute(byte: u8) -> u8 {
    let times = |a: u8, b: u8| {
        let (mut a, mut product) = (a, 0);
        for bit in 0..8 {
            product ^= if b >> bit & 1 == 1 { a } else { 0 };
            a = double(a);
        }
        product
    };
    let inverse = (0..254).fold(1, |power, _| times(power, byte));
    (1..5).fold(inverse, |sum, turn| sum ^ inverse.rotate_left(turn)) ^ 0x63
}

fn xor16(a: [u8; 16], b: [u8; 16]) -> [u8; 16] {
    std::array::from_fn(|i| a[i] ^ b[i])
}

/// PKCS#7 (RFC 5652, section 6.3).
fn padded(bytes: &[u8]) -> Vec<u8> {
    let count = 16 - bytes.len() % 16;
    [bytes, &vec![count as u8; count]].concat()
}

/// AES-CBC without its initialisation vector.
pub(super) fn aes_cbc(key: &[u8], iv: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    let aes = Aes::new(key);
    let mut chain = iv;
    let blocks = padded(bytes);
    let sealed = blocks.as_chunks().0.iter().map(|block| {
        chain = aes.encrypt(xor16(*block, chain));
        chain
    });
    sealed.collect::<Vec<_>>().concat()
}

/// AES-ECB.
pub(super) fn aes_ecb(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let aes = Aes::new(key);
    padded(bytes).as_chunks().0.iter().flat_map(|block| aes.encrypt(*block)).collect()
}

/// AES-CTR without its first counter, which counts up as one number of 128 bits.
pub(super) fn aes_ctr(key: &[u8], counter: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    let aes = Aes::new(key);
    let start = u128::from_be_bytes(counter);
    let stream = (0..).flat_map(|i: u128| aes.encrypt(start.wrapping_add(i).to_be_bytes()));
    bytes.iter().zip(stream).map(|(b, s)| b ^ s).collect()
}

/// AES-GCM with a nonce of 96 bits; the tag follows the ciphertext.
pub(super) fn aes_gcm(key: &[u8], nonce: [u8; 12], bytes: &[u8]) -> Vec<u8> {
    seal(if key.len() == 16 { &aead::AES_128_GCM } else { &aead::AES_256_GCM }, key, nonce, bytes)
}

/// ChaCha20-Poly1305 (RFC 8439); the tag follows the ciphertext.
pub(super) fn chacha20_poly1305(key: &[u8], nonce: [u8; 12], bytes: &[u8]) -> Vec<u8> {
    seal(&aead::CHACHA20_POLY1305, key, nonce, bytes)
}

fn seal(algorithm: &'static aead::Algorithm, key: &[u8], nonce: [u8; 12], bytes: &[u8]) -> Vec<u8> {
    let key =
        aead::UnboundKey::new(algorithm, key).expect("the grid draws keys of the right length");
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    let mut sealed = bytes.to_vec();
    let done = aead::LessSafeKey::new(key).seal_in_place_append_tag(
        nonce,
        aead::Aad::empty(),
        &mut sealed,
    );
    done.expect("values are far below the limit of these ciphers");
    sealed
}

/// RC4.
pub(super) fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|i| i as u8);
    let mut j = 0u8;
    for i in 0..256 {
        j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0u8, 0u8);
    let stream = |byte: &u8| {
        i = i.wrapping_add(1);
        let a = state[usize::from(i)];
        j = j.wrapping_add(a);
        let b = state[usize::from(j)];
        state.swap(usize::from(i), usize::from(j));
        byte ^ state[usize::from(a.wrapping_add(b))]
    };
    bytes.iter().map(stream).collect()
}

/// A repeating key, laid over the bytes.
pub(super) fn xor(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    bytes.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::text::hex;

    #[test]
    fn aes_is_that_of_the_standard() {
        let block: [u8; 16] = std::array::from_fn(|i| i as u8 * 0x11);
        let key: Vec<u8> = (0..32).collect();
        let table = [
            (16, "69c4e0d86a7b0430d8cdb78070b4c55a"),
            (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
            (32, "8ea2b7ca516745bfeafc49904b496089"),
        ];
        for (length, sealed) in table {
            assert_eq!(hex(&Aes::new(&key[..length]).encrypt(block)), sealed, "{length}");
        }
    }

    #[test]
    fn rc4_is_what_everybody_means_by_it() {
        assert_eq!(hex(&rc4(b"Key", b"Plaintext")), "bbf316e8d940af0ad3");
    }
}
