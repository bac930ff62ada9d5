//! Key material: keys that stand in what was sent or received, by documented fields and scripts,
//! and by the names that programmers give to keys.

use std::collections::BTreeMap;

use bytes::Bytes;
use candor_case::{Cipher, End, Exchange, IvRule, Key, Layer, LayerId, Tree};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

use crate::fields::Documented;
use crate::paths::Paths;
use crate::services::Services;
use crate::{quoted, sentinel};

/// Most undocumented keys of one exchange.
const MOST: usize = 16;
/// Longest script that is read, in bytes.
const LONGEST: usize = 4 << 20;
/// How far around a quoted string a word may stand that says what it is, in bytes.
const NEAR: usize = 64;

/// Words in the names of keys, and words that make a name something else.
const NAMES: [&str; 4] = ["key", "secret", "aes", "cipher"];
const OTHERS: [&str; 7] = ["public", "api", "keyid", "key_id", "keyword", "monkey", "hotkey"];

/// Modes by the word that names them.
const MODES: [(&str, Cipher); 7] = [
    ("gcm", Cipher::AesGcm),
    ("ctr", Cipher::AesCtr),
    ("ecb", Cipher::AesEcb),
    ("cbc", Cipher::AesCbc),
    ("chacha", Cipher::ChaCha20Poly1305),
    ("rc4", Cipher::Rc4),
    ("xor", Cipher::Xor),
];

/// Ciphers of a key of which nothing is said.
const USUAL: [Cipher; 4] = [Cipher::AesCbc, Cipher::AesGcm, Cipher::AesCtr, Cipher::AesEcb];

/// All keys of one exchange, each named by its place, sorted.
pub(crate) fn keys(
    exchange: &Exchange,
    tree: &Tree,
    paths: &Paths<'_>,
    documented: &Documented<'_>,
    services: &Services,
) -> Vec<Key> {
    let mut keys = of_fields(exchange, tree, paths, documented);
    keys.extend(of_scripts(exchange, tree, services));
    let mut found = Vec::new();
    let leaves =
        tree.iter().filter(|(_, layer)| layer.end != End::Opened && layer.bytes.len() >= 16);
    let answer = has_answer(tree);
    for (id, layer) in leaves {
        let found_here = match layer.bytes.len() {
            ..=64 => of_named_field(exchange, tree, id, layer).unwrap_or_default(),
            65..=LONGEST if answer => of_long_leaf(exchange, tree, id, layer),
            _ => continue,
        };
        found.extend(found_here);
        if found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    keys.extend(found);
    keys.sort();
    keys.dedup();
    keys
}

fn name(what: &str, tree: &Tree, id: LayerId, exchange: &Exchange) -> String {
    format!("{what} at {} of {}", tree.path(id), exchange.id.0)
}

/// The keys that stand in fields documented to carry one.
fn of_fields(
    exchange: &Exchange,
    tree: &Tree,
    paths: &Paths<'_>,
    documented: &Documented<'_>,
) -> Vec<Key> {
    let host = exchange.request.host();
    let services = documented.services.iter();
    let fields: Vec<_> = services.flat_map(|s| s.key_fields.iter().map(move |f| (s, f))).collect();
    let mut keys = Vec::new();
    if fields.is_empty() {
        return keys;
    }
    for (id, layer) in tree.iter() {
        for (service, field) in &fields {
            if paths.any(&field.globs, id) && !sentinel::is_sentinel(&layer.bytes) {
                let what = format!("{}/{}", service.id, field.id);
                keys.extend(field.key(&layer.bytes, &host, name(&what, tree, id, exchange)));
            }
        }
    }
    keys
}

/// The keys that scripts name where a documented call says so.
fn of_scripts(exchange: &Exchange, tree: &Tree, services: &Services) -> Vec<Key> {
    let mut keys = Vec::new();
    for (id, layer) in received(tree) {
        for (service, text) in services.key_texts() {
            let what = format!("{service}/{}", text.id);
            keys.extend(text.keys(&layer.bytes, &name(&what, tree, id, exchange)));
        }
    }
    keys
}

/// Whether a tree is one of what was received.
fn has_answer(tree: &Tree) -> bool {
    let mut roots = tree.iter().filter(|(_, layer)| layer.parent.is_none());
    roots.any(|(id, _)| tree.step(id).starts_with("response."))
}

/// Text that was received, and that nothing opens: scripts and pages.
fn received(tree: &Tree) -> impl Iterator<Item = (LayerId, &Layer)> {
    let any = has_answer(tree);
    let is_received = move |id: LayerId| {
        let root = tree.lineage(id).first().copied();
        root.is_some_and(|root| tree.step(root).starts_with("response."))
    };
    tree.iter().filter(move |(id, layer)| {
        any && layer.end != End::Opened
            && (24..=LONGEST).contains(&layer.bytes.len())
            && is_received(*id)
    })
}

/// The undocumented keys of a leaf that is longer than a key, if it was received.
fn of_long_leaf(exchange: &Exchange, tree: &Tree, id: LayerId, layer: &Layer) -> Vec<Key> {
    let root = tree.lineage(id).first().map_or("", |root| tree.step(*root));
    if !root.starts_with("response.") {
        return vec![];
    }
    in_script(&layer.bytes, &name("key", tree, id, exchange))
}

/// A key that is all of a field whose name says so.
fn of_named_field(
    exchange: &Exchange,
    tree: &Tree,
    id: LayerId,
    layer: &Layer,
) -> Option<Vec<Key>> {
    let own = bare_name(tree.step(id));
    let all = if is_key_name(own) { key_bytes(&layer.bytes, true) } else { vec![] };
    if all.is_empty() {
        return None;
    }
    let own = own.to_ascii_lowercase();
    let siblings: BTreeMap<String, LayerId> = tree
        .iter()
        .filter(|(_, other)| other.parent == layer.parent && layer.parent.is_some())
        .map(|(other, _)| (field_name(tree.step(other)), other))
        .collect();
    let said: String = siblings
        .values()
        .map(|other| &tree.layer(*other).bytes)
        .filter(|bytes| bytes.len() <= 64)
        .map(|bytes| format!(" {}", String::from_utf8_lossy(bytes)))
        .chain([own])
        .collect();
    let received = tree.path(id).starts_with("response.");
    let iv = ["iv", "nonce", "vector"].iter().find_map(|name| siblings.get(*name));
    let rule = iv.and_then(|iv| match received {
        true => vector(&tree.layer(*iv).bytes).map(|bytes| IvRule::Constant(bytes.into())),
        false => Some(IvRule::Field(tree.step(*iv).to_owned())),
    });
    let hosts = if received { vec![] } else { vec![exchange.request.host()] };
    let name = name("key", tree, id, exchange);
    let each = all.iter();
    Some(each.flat_map(|key| with_ciphers(key, &said, rule.clone(), &name, &hosts)).collect())
}

/// Name of the field in a step: what stands behind the codec and the keys above it.
fn bare_name(step: &str) -> &str {
    let front = step.bytes().rposition(|b| matches!(b, b':' | b'.')).map_or(0, |at| at + 1);
    let name = step.get(front..).unwrap_or(step);
    name.split('[').next().unwrap_or(name).trim_matches('"')
}

/// The same in lower case.
fn field_name(step: &str) -> String {
    bare_name(step).to_ascii_lowercase()
}

/// Whether a name of any case is one that programmers give to keys.
fn is_key_name(name: &str) -> bool {
    let holds = |word: &&str| {
        let mut places = name.as_bytes().windows(word.len());
        places.any(|place| place.eq_ignore_ascii_case(word.as_bytes()))
    };
    let speaks = name.eq_ignore_ascii_case("k") || NAMES.iter().any(holds);
    speaks && !OTHERS.iter().any(holds)
}

/// Keys among the quoted strings of a script or page.
fn in_script(text: &[u8], name: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    for range in quoted::strings(text) {
        if !(16..=64).contains(&range.len()) {
            continue;
        }
        let before = &text[range.start.saturating_sub(NEAR)..range.start - 1];
        let named = named(before);
        let all = named.map(|is_text| key_bytes(&text[range.clone()], is_text));
        let Some(all) = all.filter(|all| !all.is_empty()) else { continue };
        let around = range.start.saturating_sub(4 * NEAR)..text.len().min(range.end + 4 * NEAR);
        let said = String::from_utf8_lossy(&text[around.clone()]).to_ascii_lowercase();
        let iv =
            ["iv", "nonce"].iter().find_map(|name| quoted::argument(&text[around.clone()], name));
        let iv = iv.and_then(vector).map(|iv| IvRule::Constant(iv.into()));
        keys.extend(all.iter().flat_map(|key| with_ciphers(key, &said, iv.clone(), name, &[])));
        if keys.len() >= MOST {
            break;
        }
    }
    keys
}

/// Whether what stands before a string names it a key, and if so, whether it may be the key's text
/// itself rather than hex or base64 of it.
fn named(before: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(before).to_ascii_lowercase();
    // The name that the string is given to: the last word before `:` or `=`.
    let front = text.rfind([':', '=']).map_or("", |at| &text[..at]);
    let name = front.trim_end().trim_end_matches(['"', '\'']);
    let name = name.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
    is_key_name(name).then(|| name != "k" || text.contains("utf8"))
}

/// The secrets that a text may stand for: hex or base64 of them, or, where `as_text`, themselves.
fn secrets(text: &[u8], as_text: bool) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    if text.is_empty() || sentinel::is_sentinel(text) {
        return out;
    }
    let digits = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let hex = HEXLOWER_PERMISSIVE.decode(text).ok();
    out.extend(hex);
    if out.is_empty() {
        out.extend(BASE64_NOPAD.decode(digits).or(BASE64URL_NOPAD.decode(digits)).ok());
    }
    out.extend((as_text && !text.contains(&b' ')).then(|| text.to_vec()));
    out
}

/// The keys that a text may stand for: 16, 24 or 32 bytes.
fn key_bytes(text: &[u8], as_text: bool) -> Vec<Vec<u8>> {
    let mut all = secrets(text, as_text);
    all.retain(|bytes| matches!(bytes.len(), 16 | 24 | 32));
    all
}

/// The vector that a text stands for: 12 or 16 bytes.
fn vector(text: &[u8]) -> Option<Vec<u8>> {
    secrets(text, true).into_iter().find(|bytes| matches!(bytes.len(), 12 | 16))
}

/// A key for each cipher that it may be for. Where a vector is given, it is that and no other.
fn with_ciphers(
    bytes: &[u8],
    said: &str,
    iv: Option<IvRule>,
    name: &str,
    hosts: &[String],
) -> Vec<Key> {
    let said = said.to_ascii_lowercase();
    let modes = MODES.iter().filter(|(word, _)| said.contains(word)).map(|(_, cipher)| *cipher);
    let mut ciphers: Vec<Cipher> = modes.collect();
    if ciphers.is_empty() {
        ciphers.extend(USUAL);
    }
    let mut keys = Vec::new();
    for cipher in ciphers.into_iter().filter(|cipher| cipher.takes_key(bytes.len())) {
        let own = if cipher.iv_len() == 0 { IvRule::None } else { IvRule::Prefix };
        let given = iv.clone().filter(|_| cipher.iv_len() > 0);
        keys.push(Key {
            name: name.to_owned(),
            cipher,
            bytes: Bytes::copy_from_slice(bytes),
            iv: given.unwrap_or(own),
            hosts: hosts.to_vec(),
            step: String::new(),
        });
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_other_strings() {
        let hex = "00112233445566778899aabbccddeeff";
        let table = [
            (format!("var cfg={{k:CryptoJS.enc.Hex.parse(\"{hex}\"),mode:\"CBC\"}}"), 1),
            // As 16 bytes and as 32, in four ciphers each.
            (format!("const aesKey = '{hex}';"), 8),
            (format!("secret: \"{hex}\", iv: \"0123456789abcdef\", // cbc"), 2),
            ("key=CryptoJS.enc.Utf8.parse('a1b2c3d4e5f6g7h8');ECB".into(), 1),
            (format!("{{apiKey:'{hex}'}}"), 0),
            (format!("{{etag:'{hex}'}}"), 0),
            (format!("key='{}'", &hex[..30]), 0),
            ("key='00000000000000000000000000000000'".into(), 0),
            ("{keyword:'abcdefghijklmnop'}".into(), 0),
        ];
        for (script, expected) in table {
            assert_eq!(in_script(script.as_bytes(), "x").len(), expected, "{script}");
        }
    }
}
