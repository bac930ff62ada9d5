//! The modes of AES (NIST SP 800-38A) in which programs seal what they send.

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;

/// Bytes in one block.
const BLOCK: usize = 16;

type Block = [u8; BLOCK];

/// AES of any length of key.
enum Aes {
    A128(Aes128),
    A192(Aes192),
    A256(Aes256),
}

impl Aes {
    fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(Self::A128),
            24 => Aes192::new_from_slice(key).ok().map(Self::A192),
            _ => Aes256::new_from_slice(key).ok().map(Self::A256),
        }
    }

    fn encrypt(&self, block: Block) -> Block {
        let mut block = Array::from(block);
        match self {
            Self::A128(aes) => aes.encrypt_block(&mut block),
            Self::A192(aes) => aes.encrypt_block(&mut block),
            Self::A256(aes) => aes.encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt(&self, block: Block) -> Block {
        let mut block = Array::from(block);
        match self {
            Self::A128(aes) => aes.decrypt_block(&mut block),
            Self::A192(aes) => aes.decrypt_block(&mut block),
            Self::A256(aes) => aes.decrypt_block(&mut block),
        }
        block.into()
    }
}

/// Cipher-block chaining with PKCS#7 padding. The last block is looked at first, so that a key that
/// does not fit costs two blocks.
pub(super) fn cbc(key: &[u8], iv: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let aes = Aes::new(key)?;
    let iv: Block = iv.try_into().ok()?;
    let blocks = whole_blocks(sealed)?;
    let open = |at: usize| {
        let before = at.checked_sub(1).map_or(iv, |at| blocks[at]);
        let plain = aes.decrypt(blocks[at]);
        std::array::from_fn::<u8, BLOCK, _>(|i| plain[i] ^ before[i])
    };
    let padding = padding(&open(blocks.len() - 1))?;
    Some(unpadded((0..blocks.len()).map(open), padding))
}

/// Block by block, with PKCS#7 padding.
pub(super) fn ecb(key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let aes = Aes::new(key)?;
    let blocks = whole_blocks(sealed)?;
    let padding = padding(&aes.decrypt(*blocks.last()?))?;
    Some(unpadded(blocks.iter().map(|block| aes.decrypt(*block)), padding))
}

/// The tag of GCM over a ciphertext without further data (NIST SP 800-38D, section 7.1).
pub(super) fn gcm_tag(key: &[u8], first: &[u8], sealed: &[u8]) -> Option<Block> {
    let aes = Aes::new(key)?;
    let mut hash = GHash::new(&aes.encrypt([0; BLOCK]).into());
    hash.update_padded(sealed);
    let bits = (sealed.len() as u128) * 8;
    hash.update(&[bits.to_be_bytes().into()]);
    let mask = aes.encrypt(first.try_into().ok()?);
    let tag: Block = hash.finalize().into();
    Some(std::array::from_fn(|i| tag[i] ^ mask[i]))
}

/// Counter mode.
pub(super) fn ctr(key: &[u8], first: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let aes = Aes::new(key)?;
    let first = u128::from_be_bytes(first.try_into().ok()?);
    let mut plain = sealed.to_vec();
    for (index, part) in plain.chunks_mut(BLOCK).enumerate() {
        let stream = aes.encrypt(first.wrapping_add(index as u128).to_be_bytes());
        part.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
    }
    Some(plain)
}

fn whole_blocks(sealed: &[u8]) -> Option<&[Block]> {
    let (blocks, rest) = sealed.as_chunks();
    (rest.is_empty() && !blocks.is_empty()).then_some(blocks)
}

/// Length of the PKCS#7 padding (RFC 5652, section 6.3) of a last block.
fn padding(last: &Block) -> Option<usize> {
    let len = usize::from(last[BLOCK - 1]);
    let fits =
        (1..=BLOCK).contains(&len) && last[BLOCK - len..].iter().all(|b| usize::from(*b) == len);
    fits.then_some(len)
}

fn unpadded(blocks: impl Iterator<Item = Block>, padding: usize) -> Vec<u8> {
    let mut plain = blocks.collect::<Vec<_>>().concat();
    plain.truncate(plain.len() - padding);
    plain
}
