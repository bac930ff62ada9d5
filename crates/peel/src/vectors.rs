//! Initialisation vectors that stand in another field of the exchange: looked up in a first tree,
//! so that a second one can be peeled with them.

use bytes::Bytes;
use candor_case::{IvRule, Key, Keys, Tree};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

/// The keys with the vectors that this tree holds put in; `None` where no key asks for one that is
/// there.
pub(crate) fn resolve(keys: &Keys, tree: &Tree) -> Option<Keys> {
    let mut resolved = false;
    let all = keys.0.iter().map(|key| {
        let vector = match &key.iv {
            IvRule::Field(step) => find(tree, step, key.cipher.iv_len()),
            _ => None,
        };
        match vector {
            Some(vector) => {
                resolved = true;
                Key { iv: IvRule::Constant(vector), ..key.clone() }
            }
            None => key.clone(),
        }
    });
    let all = Keys(all.collect());
    resolved.then_some(all)
}

/// The vector in the first layer of that step that holds one.
fn find(tree: &Tree, step: &str, len: usize) -> Option<Bytes> {
    let layers = tree.iter().filter(|(id, _)| tree.step(*id) == step);
    layers.into_iter().find_map(|(_, layer)| written(&layer.bytes, len))
}

/// The vector in a value: the bytes themselves, or hex or base64 of them.
fn written(value: &Bytes, len: usize) -> Option<Bytes> {
    if value.len() == len {
        return Some(value.clone());
    }
    let encodings = [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD];
    encodings
        .iter()
        .filter_map(|encoding| encoding.decode(value).ok())
        .find(|bytes| bytes.len() == len)
        .map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_read_however_they_are_written() {
        let bytes: Vec<u8> = (0xf0..=0xff).collect();
        let table = [
            Bytes::from(bytes.clone()),
            HEXLOWER_PERMISSIVE.encode(&bytes).into(),
            BASE64.encode(&bytes).into(),
            BASE64URL_NOPAD.encode(&bytes).into(),
        ];
        for value in table {
            assert_eq!(written(&value, 16).as_deref(), Some(&bytes[..]), "{value:?}");
        }
        assert_eq!(written(&Bytes::from_static(b"too short"), 16), None);
    }
}
