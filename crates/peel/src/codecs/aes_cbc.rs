//! AES in cipher-block chaining (NIST SP 800-38A) with PKCS#7 padding (RFC 5652, section 6.3),
//! for keys that were found elsewhere. Believed only where padding and plaintext both fit.

use aes::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::NoPadding};
use candor_case::{Cipher, IvRule, Key};

use crate::binary::has_magic;
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::protobuf;
use crate::pieces::Pieces;
use crate::text::is_convincing;

/// Bytes in one block of AES.
const BLOCK: usize = 16;

/// The codec.
pub(crate) struct AesCbc;

impl Codec for AesCbc {
    fn name(&self) -> &'static str {
        "aes-cbc"
    }

    fn accepts(&self, view: &View) -> bool {
        !view.keys.0.is_empty()
            && view.bytes.len() >= BLOCK
            && view.bytes.len().is_multiple_of(BLOCK)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        for key in view.keys.0.iter().filter(|key| applies(key, view, out)) {
            if purse.pay_bytes(2 * BLOCK).is_err() {
                break;
            }
            let plain = decrypt(key, view.bytes);
            if let Some(plain) = plain.filter(|plain| is_plausible(plain)) {
                out.whole(view, plain, "aes-cbc");
                return Opened::Fully;
            }
        }
        Opened::No
    }
}

/// Whether the key is meant for this exchange and this place in it.
fn applies(key: &Key, view: &View, out: &Pieces) -> bool {
    let is_site = |host: &String| {
        view.host
            .strip_suffix(host.as_str())
            .is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    key.cipher == Cipher::AesCbc
        && (key.hosts.is_empty() || key.hosts.iter().any(is_site))
        && (key.step.is_empty() || view.lineage().any(|o| out.text_of(o) == key.step))
}

/// The plaintext, if its padding is right. The last block is looked at first, so that a key
/// that does not fit costs two blocks.
fn decrypt(key: &Key, bytes: &[u8]) -> Option<Vec<u8>> {
    let (iv, data) = match &key.iv {
        IvRule::Prefix => bytes.split_at_checked(BLOCK)?,
        IvRule::Constant(iv) => (&iv[..], bytes),
        IvRule::None => (&[0; BLOCK][..], bytes),
        IvRule::Field(_) => return None,
    };
    let before_last = match data.len() {
        0 => return None,
        BLOCK => iv,
        len => &data[len - 2 * BLOCK..len - BLOCK],
    };
    let last = chain(&key.bytes, before_last, &data[data.len() - BLOCK..])?;
    let padding = padding(&last)?;
    let mut plain = chain(&key.bytes, iv, data)?;
    plain.truncate(plain.len() - padding);
    Some(plain)
}

/// Decrypts whole blocks; the key's length chooses the variant.
fn chain(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    fn run<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        let mut plain = data.to_vec();
        C::new_from_slices(key, iv).ok()?.decrypt_padded::<NoPadding>(&mut plain).ok()?;
        Some(plain)
    }
    match key.len() {
        16 => run::<cbc::Decryptor<aes::Aes128>>(key, iv, data),
        24 => run::<cbc::Decryptor<aes::Aes192>>(key, iv, data),
        32 => run::<cbc::Decryptor<aes::Aes256>>(key, iv, data),
        _ => None,
    }
}

/// Length of the PKCS#7 padding of a last block.
fn padding(last: &[u8]) -> Option<usize> {
    let count = *last.last()?;
    let len = usize::from(count);
    let fits = (1..=BLOCK).contains(&len) && last[BLOCK - len..].iter().all(|b| *b == count);
    fits.then_some(len)
}

/// A wrong key gives right padding once in 256 times, so the plaintext has to make sense too.
fn is_plausible(plain: &[u8]) -> bool {
    is_convincing(&plain[..plain.len().min(4096)])
        || has_magic(plain)
        || (plain.len() >= 8 && protobuf::is_message(plain))
}

#[cfg(test)]
mod tests {
    use candor_case::{Cipher, IvRule, Key, Keys};

    use crate::codec::tests::layers_with;

    /// `openssl enc -aes-128-cbc` of an address, key 00 to 0f, vector 10 to 1f.
    const SAMPLE: &[u8] = b"\x7d\x3c\xc7\xfa\xd3\xea\x20\x9a\x1f\x66\x88\x35\x00\xfa\x6e\xbb\
        \xb9\xea\x79\x13\x4d\x05\x07\xde\x6a\xf2\xf7\x4e\xfd\x31\xd9\x97\
        \xbe\x25\x2a\x77\x03\x91\x65\x2f\xc1\xbc\xf3\x1d\x51\xbe\xee\xbf";

    fn key(iv: IvRule, hosts: &[&str], step: &str) -> Keys {
        Keys(vec![Key {
            name: "test".into(),
            cipher: Cipher::AesCbc,
            bytes: (0..16).collect::<Vec<u8>>().into(),
            iv,
            hosts: hosts.iter().map(|h| (*h).to_owned()).collect(),
            step: step.into(),
        }])
    }

    #[test]
    fn a_fitting_key_opens() {
        let iv: Vec<u8> = (16..32).collect();
        let prefixed = [&iv[..], SAMPLE].concat();
        let expected = "aes-cbc = the address https://example.org/private?q=1";
        let constant = || IvRule::Constant(iv.clone().into());
        assert_eq!(layers_with(SAMPLE, &key(constant(), &[], "")), [expected]);
        assert_eq!(layers_with(&prefixed, &key(IvRule::Prefix, &[], "input")), [expected]);
        let not_here = [
            key(constant(), &["maker.test"], ""),
            key(constant(), &[], "form:p"),
            key(IvRule::Constant(iv[1..].to_vec().into()), &[], ""),
            Keys::default(),
        ];
        for keys in not_here {
            assert!(layers_with(SAMPLE, &keys).is_empty());
        }
    }
}
