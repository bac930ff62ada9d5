//! Tokens: the short values of an exchange, any of which may be a key or a salt.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bytes::Bytes;
use candor_case::{End, Layer, LayerId, Tree};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};

use crate::sentinel;

/// Most tokens of one exchange.
const MOST: usize = 64;
/// Shortest and longest token, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=128;

/// Names of fields that hold what others are salted with.
const SPEAKING: [&str; 10] =
    ["salt", "key", "secret", "nonce", "token", "seed", "rand", "iv", "sig", "ts"];

/// A value that may be a key or a salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The value as it stands there.
    pub bytes: Bytes,
    /// Where it stands, as derivations show it.
    pub place: String,
    /// Whether the name of its field speaks of a key or a salt.
    pub speaks: bool,
}

/// The tokens of what was peeled, request or response: short values, each once, those in fields
/// that speak of keys first; at most 64.
pub fn tokens(tree: &Tree) -> Vec<Token> {
    of(tree, |_| true)
}

/// The tokens of what was sent.
pub(super) fn own(tree: &Tree, sent: &[bool]) -> Vec<Token> {
    of(tree, |id| sent.get(id.0 as usize) == Some(&true))
}

fn of(tree: &Tree, takes: impl Fn(LayerId) -> bool) -> Vec<Token> {
    let mut ranked: Vec<(bool, usize, LayerId)> = Vec::new();
    for (id, layer) in tree.iter().filter(|(id, _)| takes(*id)) {
        if is_token(layer) {
            let step = tree.step(id).to_ascii_lowercase();
            let name = step.rsplit([':', '.']).next().unwrap_or("");
            let speaks = SPEAKING.iter().any(|word| name.contains(word)) || name == "k";
            // Long values are content; names of people and pages are short enough to be tried.
            ranked.push((!speaks, layer.bytes.len() / 64, id));
        }
    }
    ranked.sort_unstable();
    let mut seen = BTreeSet::new();
    let each = ranked.into_iter().filter(|(.., id)| seen.insert(&tree.layer(*id).bytes));
    let token = |(mute, _, id): (bool, usize, LayerId)| Token {
        bytes: tree.layer(id).bytes.clone(),
        place: tree.path(id),
        speaks: !mute,
    };
    each.take(MOST).map(token).collect()
}

fn is_token(layer: &Layer) -> bool {
    let leaf = layer.end != End::Opened;
    leaf && LENGTHS.contains(&layer.bytes.len()) && !sentinel::is_sentinel(&layer.bytes)
}

/// A key as bytes, and how it was read from its token.
pub(super) struct Key<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) token: &'a Token,
    /// Coding in which the token stands for the key.
    pub(super) coding: Option<&'static str>,
}

impl Key<'_> {
    /// Where the key stands, as derivations show it.
    pub(super) fn place(&self) -> String {
        match self.coding {
            Some(coding) => format!("{} ({coding})", self.token.place),
            None => self.token.place.clone(),
        }
    }
}

/// The keys that tokens may be: their text first, then what it stands for in hex or base64.
pub(super) fn keys(tokens: &[Token]) -> Vec<Key<'_>> {
    let plain = tokens.iter().map(|token| Key {
        bytes: Cow::Borrowed(&token.bytes[..]),
        token,
        coding: None,
    });
    let decoded = tokens.iter().flat_map(|token| {
        let both = [("hex", hex(&token.bytes)), ("base64", base64(&token.bytes))];
        both.into_iter().filter_map(move |(coding, bytes)| {
            let bytes = Cow::Owned(bytes.filter(|bytes| bytes.len() >= 8)?);
            Some(Key { bytes, token, coding: Some(coding) })
        })
    });
    plain.chain(decoded).collect()
}

/// The bytes that hexadecimal digits stand for.
pub(super) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text).ok()
}

/// The bytes that base64 in either alphabet stands for, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    let digits = &text[..end];
    let url = digits.iter().any(|b| matches!(b, b'-' | b'_'));
    if url { BASE64URL_NOPAD.decode(digits) } else { BASE64_NOPAD.decode(digits) }.ok()
}
