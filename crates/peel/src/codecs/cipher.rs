//! Ciphers, for keys that were found elsewhere. A key is believed where a tag says so, or where
//! padding fits and what it opens makes sense.

use candor_case::{Cipher, IvRule, Key};

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::sense::makes_sense;

mod aes;
mod stream;

/// The codec of one cipher.
pub(crate) struct Sealed(pub(crate) Cipher);

/// Bytes of text that convince where padding fits, too.
const SHORTEST_PADDED: usize = 4;

/// Bytes of text that convince where nothing but the text itself speaks for the key.
const SHORTEST_BARE: usize = 8;

impl Codec for Sealed {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn accepts(&self, view: &View) -> bool {
        view.keys.0.iter().any(|key| key.cipher == self.0)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        for key in keys(view).filter(|key| key.cipher == self.0 && applies(key, view, out)) {
            if purse.pay_bytes(view.bytes.len().min(MOST_TRIED)).is_err() {
                break;
            }
            if let Some(plain) = decrypt(key, view.bytes) {
                if purse.pay_bytes(plain.len()).is_err() {
                    break;
                }
                out.whole(view, plain, self.name()).keyed(&key.name);
                return Opened::Fully;
            }
        }
        Opened::No
    }
}

/// What a key that does not fit costs at most, in bytes.
const MOST_TRIED: usize = 4096;

/// Whether any key opens these bytes, which were decoded from the layer.
pub(crate) fn would_open(view: &View, bytes: &[u8], out: &Pieces) -> bool {
    keys(view).filter(|key| applies(key, view, out)).any(|key| decrypt(key, bytes).is_some())
}

/// All keys, those whose vector is known before those that take it from the ciphertext: in chains,
/// the latter open all but the first block of what the former open whole.
fn keys<'a>(view: &View<'a>) -> impl Iterator<Item = &'a Key> {
    let prefixed = |key: &&Key| key.iv == IvRule::Prefix;
    let all = &view.keys.0;
    all.iter().filter(move |key| !prefixed(key)).chain(all.iter().filter(prefixed))
}

/// Whether the key is meant for this exchange and this place in it.
fn applies(key: &Key, view: &View, out: &Pieces) -> bool {
    let is_site = |host: &String| {
        view.host
            .strip_suffix(host.as_str())
            .is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    };
    (key.hosts.is_empty() || key.hosts.iter().any(is_site))
        && (key.step.is_empty() || view.lineage().any(|opening| out.text_of(opening) == key.step))
}

/// The plaintext that a key makes of sealed bytes, whatever it may mean; `None` where length,
/// padding or vector do not fit the key. A tag that does not fit is no obstacle: what it
/// authenticates beside the ciphertext is not known.
pub fn unseal(key: &Key, bytes: &[u8]) -> Option<Vec<u8>> {
    let (iv, sealed) = split(key, bytes)?;
    plain(key, &iv, sealed, false)
}

/// The plaintext, if a tag vouches for it or it makes sense.
fn decrypt(key: &Key, bytes: &[u8]) -> Option<Vec<u8>> {
    let (iv, sealed) = split(key, bytes)?;
    let plain = plain(key, &iv, sealed, true)?;
    let shortest = match key.cipher {
        Cipher::AesCbc | Cipher::AesEcb => SHORTEST_PADDED,
        _ => SHORTEST_BARE,
    };
    (is_vouched_for(key, &iv, sealed) || makes_sense(&plain, shortest)).then_some(plain)
}

/// The plaintext; of a long one nothing where the `doubtful` beginning makes no sense.
fn plain(key: &Key, iv: &[u8], sealed: &[u8], doubtful: bool) -> Option<Vec<u8>> {
    let (cipher, secret) = (key.cipher, &key.bytes[..]);
    cipher.takes_key(secret.len()).then_some(())?;
    match cipher {
        Cipher::AesCbc => aes::cbc(secret, iv, sealed),
        Cipher::AesEcb => aes::ecb(secret, sealed),
        Cipher::AesCtr => begin(sealed, doubtful, |part| aes::ctr(secret, iv, part)),
        Cipher::AesGcm => {
            let first = gcm_counter(iv, 2)?;
            begin(untagged(sealed)?.0, doubtful, |part| aes::ctr(secret, &first, part))
        }
        Cipher::ChaCha20Poly1305 => {
            begin(untagged(sealed)?.0, doubtful, |part| stream::chacha20(secret, iv, part, 1))
        }
        Cipher::Rc4 => Some(stream::rc4(secret, sealed)),
        Cipher::Xor => Some(stream::xor(secret, sealed)),
    }
}

/// Whether the tag is the one that belongs to the ciphertext alone.
fn is_vouched_for(key: &Key, iv: &[u8], sealed: &[u8]) -> bool {
    let Some((sealed, tag)) = untagged(sealed) else { return false };
    let expected = match key.cipher {
        Cipher::AesGcm => {
            gcm_counter(iv, 1).and_then(|first| aes::gcm_tag(&key.bytes, &first, sealed))
        }
        Cipher::ChaCha20Poly1305 => stream::chacha20_tag(&key.bytes, iv, sealed),
        _ => None,
    };
    expected.as_ref() == Some(tag)
}

/// The initialisation vector, and what is sealed. A vector that is too short is filled with zeros,
/// as counters are.
fn split<'a>(key: &Key, bytes: &'a [u8]) -> Option<(Vec<u8>, &'a [u8])> {
    let len = key.cipher.iv_len();
    match &key.iv {
        IvRule::Prefix => {
            let (iv, sealed) = bytes.split_at_checked(len)?;
            Some((iv.to_vec(), sealed))
        }
        IvRule::Constant(iv) => {
            let mut whole = iv.to_vec();
            if key.cipher == Cipher::AesCtr {
                whole.resize(len, 0);
            }
            (whole.len() == len || len == 0).then_some((whole, bytes))
        }
        IvRule::None => Some((vec![0; len], bytes)),
        // Looked up before peeling; where it was not found, the key is of no use.
        IvRule::Field(_) => None,
    }
}

/// A counter of GCM (NIST SP 800-38D, section 7.1): the first is the tag's, the second the text's.
fn gcm_counter(nonce: &[u8], count: u8) -> Option<Vec<u8>> {
    (nonce.len() == 12).then(|| [nonce, &[0, 0, 0, count]].concat())
}

/// What is sealed, and the tag behind it.
fn untagged(sealed: &[u8]) -> Option<(&[u8], &[u8; 16])> {
    sealed.split_last_chunk()
}

/// Decrypts a long text only where its beginning makes sense as text or could be binary.
fn begin(
    sealed: &[u8],
    doubtful: bool,
    decrypt: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    const HEAD: usize = 64;
    if doubtful && sealed.len() > MOST_TRIED {
        let head = decrypt(&sealed[..HEAD])?;
        let text = crate::text::begins_as_text(&head);
        if !text && !crate::binary::has_magic(&head) && head[0] >= 0x20 && head[0] < 0x80 {
            return None;
        }
    }
    decrypt(sealed)
}

#[cfg(test)]
mod tests {
    use candor_case::{Cipher, IvRule, Key, Keys};

    use super::unseal;
    use crate::codec::tests::layers_with;
    use crate::{Budget, peel_bytes};

    /// `openssl enc -aes-128-cbc` of an address, key 00 to 0f, vector 10 to 1f.
    const CBC: &[u8] = b"\x7d\x3c\xc7\xfa\xd3\xea\x20\x9a\x1f\x66\x88\x35\x00\xfa\x6e\xbb\
        \xb9\xea\x79\x13\x4d\x05\x07\xde\x6a\xf2\xf7\x4e\xfd\x31\xd9\x97\
        \xbe\x25\x2a\x77\x03\x91\x65\x2f\xc1\xbc\xf3\x1d\x51\xbe\xee\xbf";

    const TEXT: &str = "the address https://example.org/private?q=1";

    fn key(cipher: Cipher, len: u8, iv: IvRule) -> Key {
        Key {
            name: "test key".into(),
            cipher,
            bytes: (0..len).collect::<Vec<u8>>().into(),
            iv,
            hosts: vec![],
            step: String::new(),
        }
    }

    fn vector() -> Vec<u8> {
        (16..32).collect()
    }

    #[test]
    fn a_fitting_key_opens() {
        let prefixed = [&vector()[..], CBC].concat();
        let constant = || IvRule::Constant(vector().into());
        let cbc = |iv| key(Cipher::AesCbc, 16, iv);
        let expected = format!("aes-cbc = {TEXT}");
        let open = |bytes: &[u8], key: Key| layers_with(bytes, &Keys(vec![key]));
        assert_eq!(open(CBC, cbc(constant())), [&*expected]);
        assert_eq!(
            open(&prefixed, Key { step: "input".into(), ..cbc(IvRule::Prefix) }),
            [&*expected]
        );
        let not_here = [
            Key { hosts: vec!["maker.test".into()], ..cbc(constant()) },
            Key { step: "form:p".into(), ..cbc(constant()) },
            cbc(IvRule::Constant(vector()[1..].to_vec().into())),
            key(Cipher::AesCbc, 15, constant()),
            key(Cipher::AesEcb, 16, IvRule::None),
        ];
        for key in not_here {
            assert!(open(CBC, key).is_empty());
        }
        assert!(layers_with(CBC, &Keys::default()).is_empty());
    }

    #[test]
    fn the_name_of_the_key_is_kept() {
        let keys = Keys(vec![key(Cipher::AesCbc, 16, IvRule::Constant(vector().into()))]);
        let tree = peel_bytes(CBC.to_vec().into(), &keys, &Budget::default());
        let used: Vec<(u32, &str)> =
            tree.keys_used.iter().map(|(id, name)| (id.0, name.as_str())).collect();
        assert_eq!(used, [(1, "test key")]);
    }

    /// Of each cipher, the sealed text as other programs make it, key 00 to 0f (1f for ChaCha20).
    #[test]
    fn every_cipher_is_undone() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let table = [
            (Cipher::AesCtr, 16, IvRule::Constant(vector().into()), CTR),
            (Cipher::AesGcm, 16, IvRule::Constant(vector()[..12].to_vec().into()), GCM),
            (Cipher::AesEcb, 16, IvRule::None, ECB),
            (
                Cipher::ChaCha20Poly1305,
                32,
                IvRule::Constant(vector()[..12].to_vec().into()),
                CHACHA,
            ),
            (Cipher::Rc4, 16, IvRule::None, RC4),
            (Cipher::Xor, 16, IvRule::None, XOR),
        ];
        for (cipher, len, iv, sealed) in table {
            let expected = format!("{} = {TEXT}", cipher.name());
            let sealed = hex(sealed);
            let found = layers_with(&sealed, &Keys(vec![key(cipher, len, iv.clone())]));
            assert_eq!(found, [expected], "{cipher:?}");
            let wrong = Key { bytes: vec![7; usize::from(len)].into(), ..key(cipher, len, iv) };
            assert!(layers_with(&sealed, &Keys(vec![wrong])).is_empty(), "{cipher:?}");
        }
    }

    const CTR: &str = "73968a5480b1671cf57d9d31e6e0e6e3e1f8ea2bbd74e36f3615184ce48bb927ba53511154919d94\
        14abbb";
    const GCM: &str = "b046668f6e2bd29d72ae2ed5af539f4e49865ba8538c0ad2f5a74c3f08777682a2ab4849e0d29e23\
        929de44eba035224d0625f9cf8797b00251775";
    const ECB: &str = "f27057abd1ed2cffb2d0fb5d81cb5e2881f063866bd7b2ba765cc9b65e60f6441dd2a20308bbc8da\
        fae2a03679c31a02";
    const CHACHA: &str = "2aa22027677da21b7eb54043b1dfc105095cda06e1bab719f2ffd22383cec4c98cf8e90fb8f0dee3\
        04a8cab734cd05ad48504a2ef198db5dfa1b57";
    const RC4: &str = "9df425d926867dbe63a8e4e666a95e3fa04bae7097cf2383fff2c0f79645842d2b48226951778727\
        f06a0c";
    const XOR: &str = "74696723656162756d7a792b64797a7f733b2d2c617d676a78656f25637f692070736b7565716338\
        79343b";

    /// Key 00 to 1f, nonce 10 to 1b: "no" and its tag, which alone would convince nobody.
    #[test]
    fn a_tag_vouches_for_what_makes_no_sense() {
        let table = [(Cipher::AesGcm, GCM_SHORT), (Cipher::ChaCha20Poly1305, CHACHA_SHORT)];
        for (cipher, sealed) in table {
            let sealed = data_encoding::HEXLOWER.decode(sealed.as_bytes()).unwrap();
            let key = key(cipher, 32, IvRule::Constant(vector()[..12].to_vec().into()));
            let keys = Keys(vec![key.clone()]);
            let found = layers_with(&sealed, &keys);
            assert_eq!(found, [format!("{} = no\\xff", cipher.name())]);
            let mut broken = sealed.clone();
            broken[18] ^= 1;
            assert!(layers_with(&broken, &keys).is_empty(), "{cipher:?}");
            assert_eq!(unseal(&key, &broken).as_deref(), Some(&b"no\xff"[..]));
        }
    }

    const GCM_SHORT: &str = "13916756716443029896eb685fea997b8733cf";
    const CHACHA_SHORT: &str = "30a5ba5030117ae29d31cd9c700815266d8dc4";

    #[test]
    fn short_ciphertext_in_base64_is_opened_with_its_key() {
        let text = data_encoding::BASE64.encode(CBC);
        let body = format!("a=1&p={}", text.replace('+', "%2B").replace('/', "%2F"));
        let keys = Keys(vec![Key {
            step: "form:p".into(),
            ..key(Cipher::AesCbc, 16, IvRule::Constant(vector().into()))
        }]);
        let found = layers_with(body.as_bytes(), &keys);
        assert_eq!(found.last().unwrap(), &format!("form:p > base64 > aes-cbc = {TEXT}"));
    }

    #[test]
    fn vectors_are_taken_from_other_fields() {
        let text = data_encoding::BASE64.encode(CBC);
        let iv = data_encoding::HEXLOWER.encode(&vector());
        let body = format!("{{\"k\":\"x\",\"p\":\"{text}\",\"iv\":\"{iv}\"}}");
        // The same key by another rule would lose the first block.
        let keys = Keys(vec![
            key(Cipher::AesCbc, 16, IvRule::Prefix),
            key(Cipher::AesCbc, 16, IvRule::Field("$.iv".into())),
        ]);
        let found = layers_with(body.as_bytes(), &keys);
        assert!(found.contains(&format!("$.p > base64 > aes-cbc = {TEXT}")), "{found:?}");
    }
}
