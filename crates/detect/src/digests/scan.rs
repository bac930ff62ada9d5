//! Where digests may stand: windows of digits that stand for eight bytes of the table.

use super::table::Table;

/// Most candidates of one layer; one full of digests says no more with more.
const MOST: usize = 4096;

/// Longest run of base64 digits in which a digest is looked for; what is longer is something
/// encoded, which peeling opens. A digest of 64 bytes has 88 of them.
const BASE64_RUN: usize = 160;
/// Longest run of hexadecimal digits in which a digest is looked for.
const HEX_RUN: usize = 4096;

/// Digits that stand for eight bytes.
const HEX: usize = 16;
const BASE64: usize = 11;
const BASE32: usize = 13;

/// A place where a digest may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// Offset of its first byte.
    pub(crate) start: usize,
    pub(crate) writing: Writing,
    /// Its first eight bytes.
    pub(crate) key: u64,
}

/// How a digest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writing {
    /// As bytes.
    Raw,
    /// As eight bytes, the last one first.
    Reversed,
    /// In hexadecimal digits of one case.
    Hex,
    /// The same with a colon or hyphen between bytes.
    ColonHex,
    /// The same with hyphens where a UUID has them.
    Uuid,
    /// In base64 of either alphabet.
    Base64,
    /// In base64 of the alphabet for URLs, where that makes a difference.
    Base64Url,
    /// In base32.
    Base32,
    /// As a decimal number of 64 bits.
    Decimal,
}

impl Writing {
    /// Whether it is looked for in leaves only.
    pub(crate) fn is_of_leaves(self) -> bool {
        matches!(self, Self::Raw | Self::Reversed | Self::Decimal)
    }

    /// How derivations show it.
    pub(crate) fn step(self) -> Option<&'static str> {
        Some(match self {
            Self::Raw => return None,
            Self::Reversed => "bytes reversed",
            Self::Hex => "hex",
            Self::ColonHex => "colon-hex",
            Self::Uuid => "uuid",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Base32 => "base32",
            Self::Decimal => "decimal",
        })
    }
}

/// What a byte is as a digit: bits 0 to 5 its value in base64, bit 6 set if it is a digit there;
/// bits 8 to 11 its value in hexadecimal, bit 12 set if it is a digit there; bit 13 for upper, 14
/// for lower case letters, 15 for figures.
const DIGITS: [u16; 256] = digits();

const IS_BASE64: u16 = 1 << 6;
const IS_HEX: u16 = 1 << 12;
const UPPER: u16 = 1 << 13;
const LOWER: u16 = 1 << 14;
const FIGURE: u16 = 1 << 15;

const fn digits() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let value = match byte {
            b'A'..=b'Z' => (byte - b'A') as u16 | IS_BASE64 | UPPER,
            b'a'..=b'z' => ((byte - b'a') as u16 + 26) | IS_BASE64 | LOWER,
            b'0'..=b'9' => ((byte - b'0') as u16 + 52) | IS_BASE64 | FIGURE,
            b'+' | b'-' => 62 | IS_BASE64,
            b'/' | b'_' => 63 | IS_BASE64,
            _ => 0,
        };
        let hex = match byte {
            b'0'..=b'9' => (byte - b'0') as u16 | 16,
            b'a'..=b'f' => ((byte - b'a') as u16 + 10) | 16,
            b'A'..=b'F' => ((byte - b'A') as u16 + 10) | 16,
            _ => 0,
        };
        table[at] = value | hex << 8;
        at += 1;
    }
    table
}

fn digit(byte: u8) -> u16 {
    DIGITS[usize::from(byte)]
}

/// The value of a hexadecimal digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    let digit = digit(byte);
    (digit & IS_HEX != 0).then_some((digit >> 8 & 15) as u8)
}

/// The value of a digit of base64 in either alphabet.
pub(super) fn base64_digit(byte: u8) -> Option<u8> {
    let digit = digit(byte);
    (digit & IS_BASE64 != 0).then_some((digit & 63) as u8)
}

/// The value of a digit of base32 (RFC 4648) in either case.
pub(super) fn base32_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

/// Looks at every run of digits that is long enough for eight bytes.
pub(super) fn text(bytes: &[u8], table: &Table, out: &mut Vec<Candidate>) {
    colons(bytes, table, out);
    let mut start = 0;
    while let Some(window) = bytes.get(start..start + BASE64) {
        // A byte that is no digit lets all windows that hold it be skipped.
        if let Some(at) = window.iter().rposition(|b| digit(*b) & IS_BASE64 == 0) {
            start += at + 1;
            continue;
        }
        let rest = &bytes[start + BASE64..];
        let more = rest.iter().take_while(|b| digit(**b) & IS_BASE64 != 0).count();
        let end = start + BASE64 + more;
        run(bytes, start..end, table, out);
        if out.len() >= MOST {
            out.truncate(MOST);
            return;
        }
        start = end + 1;
    }
}

/// A run of digits of base64, which all other digits are too.
fn run(bytes: &[u8], range: std::ops::Range<usize>, table: &Table, out: &mut Vec<Candidate>) {
    let text = &bytes[range.clone()];
    let kinds = text.iter().fold(0, |kinds, b| kinds | digit(*b));
    let letters = kinds & (UPPER | LOWER) != 0;
    if kinds & FIGURE != 0 && letters && text.len() >= HEX {
        hex(text, range.start, table, out);
        uuids(text, range.start, table, out);
    }
    if letters && text.len() <= BASE64_RUN {
        if kinds & UPPER != 0 && kinds & LOWER != 0 {
            base64(text, range.start, table, out);
        }
        base32(text, range.start, table, out);
    }
}

/// Every sixteen hexadecimal digits.
fn hex(text: &[u8], offset: usize, table: &Table, out: &mut Vec<Candidate>) {
    let (mut key, mut length) = (0u64, 0);
    for (at, byte) in text.iter().enumerate() {
        let digit = digit(*byte);
        length = if digit & IS_HEX == 0 { 0 } else { length + 1 };
        key = key << 4 | u64::from(digit >> 8 & 15);
        if (HEX..=HEX_RUN).contains(&length) && table.may_hold(key) && table.holds(key) {
            let start = offset + at + 1 - HEX;
            out.push(Candidate { start, writing: Writing::Hex, key });
        }
    }
}

/// Every group of hexadecimal digits and hyphens that is a UUID.
fn uuids(text: &[u8], offset: usize, table: &Table, out: &mut Vec<Candidate>) {
    for hyphen in memchr::memchr_iter(b'-', text) {
        let Some(start) = hyphen.checked_sub(8) else { continue };
        let Some(uuid) = text.get(start..start + 36) else { continue };
        if [13, 18, 23].iter().any(|at| uuid[*at] != b'-') {
            continue;
        }
        let digits = || uuid.iter().filter(|b| **b != b'-').map(|b| hex_digit(*b));
        if digits().count() != 32 || digits().any(|digit| digit.is_none()) {
            continue;
        }
        let key = digits().flatten().take(HEX).fold(0, |key, digit| key << 4 | u64::from(digit));
        if table.may_hold(key) && table.holds(key) {
            out.push(Candidate { start: offset + start, writing: Writing::Uuid, key });
        }
    }
}

/// Pairs of hexadecimal digits with a colon or hyphen between them, from the first pair on.
fn colons(bytes: &[u8], table: &Table, out: &mut Vec<Candidate>) {
    const LENGTH: usize = 3 * 8 - 1;
    for at in memchr::memchr_iter(b':', bytes) {
        let Some(start) = at.checked_sub(2) else { continue };
        let Some(text) = bytes.get(start..start + LENGTH) else { continue };
        // Most colons are not followed by another three bytes on.
        if text[5] != b':' || bytes[..start].last() == Some(&b':') {
            continue;
        }
        let pairs = text.chunks(3).map(|pair| match pair {
            [a, b] | [a, b, b':'] => Some(hex_digit(*a)? << 4 | hex_digit(*b)?),
            _ => None,
        });
        let Some(key) =
            pairs.map(|byte| byte.map(u64::from)).try_fold(0, |key, byte| Some(key << 8 | byte?))
        else {
            continue;
        };
        if table.may_hold(key) && table.holds(key) {
            out.push(Candidate { start, writing: Writing::ColonHex, key });
        }
    }
}

/// Every eleven digits of base64.
fn base64(text: &[u8], offset: usize, table: &Table, out: &mut Vec<Candidate>) {
    let mut bits = 0u128;
    for (at, byte) in text.iter().enumerate() {
        bits = bits << 6 | u128::from(digit(*byte) & 63);
        let key = (bits >> 2) as u64;
        if at + 1 >= BASE64 && table.may_hold(key) && table.holds(key) {
            let start = at + 1 - BASE64;
            let url = text[start..].iter().any(|b| matches!(b, b'-' | b'_'));
            let writing = if url { Writing::Base64Url } else { Writing::Base64 };
            out.push(Candidate { start: offset + start, writing, key });
        }
    }
}

/// The first thirteen digits of base32 in every word of the run.
fn base32(text: &[u8], offset: usize, table: &Table, out: &mut Vec<Candidate>) {
    let mut start = 0;
    for word in text.split(|b| !b.is_ascii_alphanumeric()) {
        let digits = word.get(..BASE32).unwrap_or(&[]).iter().map(|b| base32_digit(*b));
        let bits = digits.map(|d| d.map(u128::from)).try_fold(0, |bits, d| Some(bits << 5 | d?));
        if let Some(bits) = bits.filter(|_| word.len() >= BASE32) {
            let key = (bits >> 1) as u64;
            if table.may_hold(key) && table.holds(key) {
                out.push(Candidate { start: offset + start, writing: Writing::Base32, key });
            }
        }
        start += word.len() + 1;
    }
}

/// Looks at a leaf as bytes, and as a number.
pub(super) fn leaf(bytes: &[u8], table: &Table, out: &mut Vec<Candidate>) {
    let binary = |b: &u8| *b >= 0x7f || *b < b' ' && !b.is_ascii_whitespace();
    if bytes.iter().any(binary) {
        raw(bytes, table, out);
    } else if let Some(key) = decimal(bytes).filter(|key| table.holds(*key)) {
        out.push(Candidate { start: 0, writing: Writing::Decimal, key });
    }
}

fn raw(bytes: &[u8], table: &Table, out: &mut Vec<Candidate>) {
    for (start, window) in bytes.array_windows::<8>().enumerate() {
        let key = u64::from_be_bytes(*window);
        if table.may_hold(key) && table.holds(key) && out.len() < MOST {
            out.push(Candidate { start, writing: Writing::Raw, key });
        }
    }
    if let Ok(number) = <[u8; 8]>::try_from(bytes) {
        let key = u64::from_le_bytes(number);
        if table.holds(key) {
            out.push(Candidate { start: 0, writing: Writing::Reversed, key });
        }
    }
}

/// A number of 64 bits, with or without sign, that is more than a count.
pub(super) fn decimal(bytes: &[u8]) -> Option<u64> {
    if !(10..=20).contains(&bytes.len()) {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse::<u64>().ok().or_else(|| text.parse::<i64>().ok().map(i64::cast_unsigned))
}
