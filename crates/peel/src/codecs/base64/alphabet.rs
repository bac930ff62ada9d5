//! The alphabets of base64, and reading digits of them.

/// What the values of a table say of bytes that are no digits.
const NONE: u8 = 0xff;

/// Sixty-four digits.
pub(super) struct Alphabet {
    digits: [u8; 64],
    values: [u8; 256],
    /// Whether a last group may be padded.
    pads: bool,
}

/// RFC 4648, sections 4 and 5 in one: `-` is read as `+`, `_` as `/`.
pub(super) static STANDARD: Alphabet = {
    let mut alphabet =
        alphabet(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
    alphabet.values[b'-' as usize] = 62;
    alphabet.values[b'_' as usize] = 63;
    alphabet
};

/// Names of mailboxes in IMAP (RFC 3501, section 5.1.3).
static MAILBOX: Alphabet =
    alphabet(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,", false);

/// `crypt` of Unix.
static CRYPT: Alphabet =
    alphabet(b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", false);

/// bcrypt.
static BCRYPT: Alphabet =
    alphabet(b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", false);

/// The alphabets that hardly anybody uses, which have to prove more.
pub(super) static RARE: [&Alphabet; 3] = [&MAILBOX, &CRYPT, &BCRYPT];

const fn alphabet(digits: &[u8; 64], pads: bool) -> Alphabet {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < 64 {
        values[digits[at] as usize] = at as u8;
        at += 1;
    }
    Alphabet { digits: *digits, values, pads }
}

/// The alphabet of a text that was opened as base64.
pub(super) fn of(text: &[u8]) -> Option<&'static Alphabet> {
    let digits: Vec<u8> = text.iter().copied().filter(|b| *b > b' ' && *b != b'=').collect();
    let begins = |alphabet: &&&Alphabet| {
        alphabet.reads(&digits) && alphabet.head(&digits).is_some_and(is_text)
    };
    let rare = || RARE.iter().find(begins).copied();
    let standard = STANDARD.reads(&digits);
    let texty = STANDARD.head(&digits).is_none_or(is_text);
    match (standard, texty) {
        (true, true) => Some(&STANDARD),
        (true, false) => rare().or(Some(&STANDARD)),
        (false, _) => rare(),
    }
}

/// Whether six bytes can be the beginning of text, whatever its language.
pub(super) fn is_text(head: [u8; 6]) -> bool {
    let printable = head.iter().all(|b| matches!(b, b' '..=b'~' | b'\t' | b'\n' | b'\r'));
    printable || crate::text::begins_as_text(&head)
}

impl Alphabet {
    /// Whether all of these are its digits.
    pub(super) fn reads(&self, digits: &[u8]) -> bool {
        digits.iter().all(|b| self.values[usize::from(*b)] != NONE)
    }

    /// What the first eight digits stand for; `None` if there are fewer, or others.
    pub(super) fn head(&self, digits: &[u8]) -> Option<[u8; 6]> {
        let eight: &[u8; 8] = digits.first_chunk()?;
        let mut number = 0u64;
        let mut seen = 0;
        for digit in eight {
            let value = self.values[usize::from(*digit)];
            seen |= value;
            number = number << 6 | u64::from(value & 63);
        }
        let [_, _, head @ ..] = number.to_be_bytes();
        (seen != NONE).then_some(head)
    }

    /// Decodes digits without padding into `buffer`; `None` if it is too small, or a byte is no
    /// digit.
    pub(super) fn decode_into<'b>(&self, digits: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let len = digits.len() / 4 * 3 + [0, 0, 1, 2][digits.len() % 4];
        let buffer = buffer.get_mut(..len)?;
        let mut seen = 0;
        let (groups, rest) = digits.as_chunks::<4>();
        let (threes, last) = buffer.as_chunks_mut::<3>();
        for (group, three) in groups.iter().zip(threes) {
            let number = group.iter().fold(0, |number, digit| {
                let value = self.values[usize::from(*digit)];
                seen |= value;
                number << 6 | u32::from(value & 63)
            });
            let [_, a, b, c] = number.to_be_bytes();
            *three = [a, b, c];
        }
        if !rest.is_empty() {
            let number = rest.iter().fold(0, |number, digit| {
                let value = self.values[usize::from(*digit)];
                seen |= value;
                number << 6 | u32::from(value & 63)
            });
            let bytes = (number << (6 * (4 - rest.len()))).to_be_bytes();
            last.copy_from_slice(&bytes[1..1 + last.len()]);
        }
        (seen != NONE && digits.len() % 4 != 1).then_some(buffer)
    }

    /// Decodes digits without padding.
    pub(super) fn decode(&self, digits: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = vec![0; digits.len() / 4 * 3 + 2];
        let len = self.decode_into(digits, &mut bytes)?.len();
        bytes.truncate(len);
        Some(bytes)
    }

    /// Encodes bytes, in the URL-safe variant where that is wanted.
    pub(super) fn encode(&self, bytes: &[u8], url_safe: bool, padded: bool) -> Vec<u8> {
        let mut text = Vec::with_capacity(bytes.len() / 3 * 4 + 4);
        for three in bytes.chunks(3) {
            let mut whole = [0; 4];
            whole[1..=three.len()].copy_from_slice(three);
            let number = u32::from_be_bytes(whole);
            let digits = (0..=three.len()).map(|at| (number >> (18 - 6 * at)) as usize & 63);
            text.extend(digits.map(|value| match (url_safe, self.digits[value]) {
                (true, b'+') => b'-',
                (true, b'/') => b'_',
                (_, digit) => digit,
            }));
        }
        while padded && self.pads && !text.len().is_multiple_of(4) {
            text.push(b'=');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_and_written() {
        let bytes: Vec<u8> = (0..=255).collect();
        for alphabet in [&STANDARD, &MAILBOX, &CRYPT, &BCRYPT] {
            for len in [0, 1, 2, 3, 4, 5, 6, 255] {
                let text = alphabet.encode(&bytes[..len], false, false);
                assert_eq!(alphabet.decode(&text).unwrap(), bytes[..len]);
                assert!(alphabet.reads(&text));
            }
        }
        assert_eq!(STANDARD.encode(b"\xfb\xff", true, true), b"-_8=");
        assert_eq!(STANDARD.decode(b"-_8").unwrap(), b"\xfb\xff");
        assert_eq!(STANDARD.head(b"YWRhQGV4YW1w"), Some(*b"ada@ex"));
        for broken in [&b"YWRh!"[..], b"A", b"YWR", b"AAAAA"] {
            let fits = broken.len() % 4 != 1 && STANDARD.reads(broken);
            assert_eq!(STANDARD.decode(broken).is_some(), fits);
        }
    }
}
