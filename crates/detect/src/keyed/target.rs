//! Targets: the values that a keyed search looks at.

use candor_case::{End, Layer, LayerId};

use super::token;

/// Longest value that is looked at, in bytes; what is hidden by XOR may be a whole document.
const LONGEST: usize = 1 << 16;
/// Lengths of digests in bytes, whole or cut. Shorter ones are as common as numbers of sessions and
/// traces, and are left to the search without keys.
const DIGESTS: [usize; 7] = [16, 20, 24, 28, 32, 48, 64];

/// A value that may be a digest or hidden by XOR.
pub(super) struct Target {
    pub(super) layer: LayerId,
    /// The bytes that it stands for.
    pub(super) bytes: Vec<u8>,
    /// How they are written, as derivations show it.
    pub(super) steps: Vec<&'static str>,
    /// How many bytes of the layer three bytes take.
    pub(super) per_three: usize,
    /// Whether it may be a digest.
    pub(super) is_digest: bool,
    /// Whether it says of itself that it is a number.
    numbered: bool,
    /// Length of the layer.
    pub(super) length: usize,
}

impl Target {
    /// Looks at a leaf; `None` where it is neither.
    pub(super) fn of(id: LayerId, layer: &Layer) -> Option<Self> {
        let text = &layer.bytes[..];
        if layer.end == End::Opened || !(8..=LONGEST).contains(&text.len()) {
            return None;
        }
        let (bytes, steps, per_three) = read(text)?;
        let numbered = is_numbered_uuid(text);
        let is_digest = DIGESTS.contains(&bytes.len()) && !numbered;
        let length = text.len();
        (bytes.len() >= 8).then_some(Self {
            layer: id,
            bytes,
            steps,
            per_three,
            is_digest,
            numbered,
            length,
        })
    }

    /// Whether keys of other exchanges may be worth their cost.
    pub(super) fn is_worth_more(&self) -> bool {
        !self.numbered
    }
}

/// The bytes that a value stands for, how they are written, and the length of three of them.
fn read(text: &[u8]) -> Option<(Vec<u8>, Vec<&'static str>, usize)> {
    let has = |kind: fn(&u8) -> bool| text.iter().any(kind);
    if is_opaque(text) {
        return Some((text.to_vec(), vec![], 3));
    }
    // Most text has blanks or is shorter than eight bytes in hex or eleven in base64, and most of
    // the rest has a sign that neither of them knows.
    if text.len() < 11 || !text.iter().all(is_digit) {
        return None;
    }
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let figures = has(u8::is_ascii_digit);
    let one_case = figures && upper != lower;
    if one_case && text.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-') {
        let digits: Vec<u8> = text.iter().copied().filter(|b| *b != b'-').collect();
        let uuid = text.len() == 36 && digits.len() == 32;
        let bare = uuid || digits.len() == text.len();
        if let Some(bytes) = token::hex(&digits).filter(|_| bare) {
            let mut steps = vec![if uuid { "uuid" } else { "hex" }];
            steps.extend(upper.then_some("upper"));
            return Some((bytes, steps, 6));
        }
    }
    // Words are base64 too; what is not mixed is taken for words.
    let mixed = upper && lower && (figures || has(|b| matches!(b, b'+' | b'/' | b'-' | b'_')));
    let bytes = mixed.then(|| token::base64(text)).flatten()?;
    let url = has(|b| matches!(b, b'-' | b'_'));
    Some((bytes, vec![if url { "base64url" } else { "base64" }], 4))
}

/// Whether a byte may stand in hexadecimal digits, a UUID or base64 of either alphabet.
fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// Whether there are bytes that no printable ASCII has.
fn is_opaque(text: &[u8]) -> bool {
    text.iter().any(|b| *b >= 0x7f || *b < b' ')
}

/// Whether a value is a UUID that says of itself that it was drawn or counted, not hashed (RFC
/// 9562, versions 1, 4, 6 and 7).
fn is_numbered_uuid(text: &[u8]) -> bool {
    let hyphens = text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text[*at] == b'-');
    hyphens && matches!(text[14], b'1' | b'4' | b'6' | b'7')
}
