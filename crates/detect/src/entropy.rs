//! How improbable a value is, in bits, estimated so low that nobody can call it too high.
//!
//! The rule, which a report may quote: an ASCII letter counts 2 bits, a figure 3.32, anything else
//! 3. In a run of at least eight hexadecimal digits that mixes letters and figures and is no
//! sequence, each counts 3.5. In another run of at least twelve letters and figures that looks drawn
//! rather than made of words, a letter counts 3: such a run has at least two figures and six
//! different characters, is no sequence, and at most a quarter of its neighbouring letters are among
//! the fifty pairs that are commonest in English. A character that continues a repetition (the same
//! as the one before it, outside hexadecimal runs also its neighbour in the alphabet, or the end of
//! three characters that stood in the value before) counts half a bit. Of an address, scheme,
//! `www.`, port and public suffix count nothing and the rest of the host half; of an e-mail address
//! the same holds for what follows the `@`.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::address::Address;
use crate::suffix;

/// Bits of a value, kept by position so that its parts can be counted too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bits {
    /// Bits of the first `i` bytes, for every `i` up to the length.
    sums: Vec<f64>,
}

impl Bits {
    /// Counts the bits of `text`.
    pub(crate) fn of(text: &str) -> Self {
        let mut each = characters(text);
        for (bits, weight) in each.iter_mut().zip(weights(text)) {
            *bits *= weight;
        }
        let mut sums = vec![0.0];
        let mut sum = 0.0;
        for bits in each {
            sum += bits;
            sums.push(sum);
        }
        Self { sums }
    }

    /// All of it.
    pub(crate) fn all(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0)
    }

    /// Those of the value from byte `start` on, counted as here.
    pub(crate) fn from(&self, start: usize) -> Self {
        let start = start.min(self.sums.len() - 1);
        let before = self.sums[start];
        Self { sums: self.sums[start..].iter().map(|sum| sum - before).collect() }
    }

    /// Those of a part; a range beyond the value is cut to it.
    pub(crate) fn part(&self, range: Range<usize>) -> f64 {
        let last = self.sums.len() - 1;
        let end = range.end.min(last);
        self.sums[end] - self.sums[range.start.min(end)]
    }
}

/// Bits of each byte; those of a longer character stand at its first byte.
fn characters(text: &str) -> Vec<f64> {
    let bytes = text.as_bytes();
    let (hex, tokens) = runs(bytes);
    let mut seen = BTreeSet::new();
    let mut before: Vec<char> = Vec::new();
    let mut out = vec![0.0; bytes.len()];
    for (at, c) in text.char_indices() {
        out[at] = if continues(&before, c, hex[at], &mut seen) {
            0.5
        } else if hex[at] {
            3.5
        } else if c.is_ascii_alphabetic() {
            if tokens[at] { 3.0 } else { 2.0 }
        } else if c.is_ascii_digit() {
            3.32
        } else {
            3.0
        };
        before.push(c);
    }
    out
}

/// Whether `c` continues a repetition; notes the three characters that it ends.
fn continues(before: &[char], c: char, hex: bool, seen: &mut BTreeSet<[char; 3]>) -> bool {
    let c = c.to_ascii_lowercase();
    let Some(&last) = before.last() else { return false };
    let last = last.to_ascii_lowercase();
    let neighbour = !hex && c.is_ascii_alphanumeric() && (c as u32).abs_diff(last as u32) <= 1;
    let known = match before {
        [.., second, _] => !seen.insert([second.to_ascii_lowercase(), last, c]),
        _ => false,
    };
    c == last || neighbour || known
}

/// Marks the runs of letters and figures that are hexadecimal numbers, and those that are drawn
/// tokens.
fn runs(bytes: &[u8]) -> (Vec<bool>, Vec<bool>) {
    let (mut hex, mut tokens) = (vec![false; bytes.len()], vec![false; bytes.len()]);
    let mut start = 0;
    while start < bytes.len() {
        let length = bytes[start..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let run = &bytes[start..start + length];
        if is_hex(run) {
            hex[start..start + length].fill(true);
        } else if is_token(run) {
            tokens[start..start + length].fill(true);
        }
        start += length.max(1);
    }
    (hex, tokens)
}

/// Whether a run is at least eight hexadecimal digits that hold two figures and a letter and
/// are no sequence.
fn is_hex(run: &[u8]) -> bool {
    let figures = figures(run);
    let all_hex = run.iter().all(u8::is_ascii_hexdigit);
    run.len() >= 8 && all_hex && figures >= 2 && figures < run.len() && !is_sequence(run)
}

/// Whether a run looks drawn at random rather than made of words.
fn is_token(run: &[u8]) -> bool {
    let lower = run.to_ascii_lowercase();
    let different = lower.iter().collect::<BTreeSet<_>>().len();
    let pairs: Vec<&[u8]> =
        lower.windows(2).filter(|pair| pair.iter().all(u8::is_ascii_alphabetic)).collect();
    let common = pairs.iter().filter(|pair| PAIRS.iter().any(|known| known == *pair)).count();
    run.len() >= 12
        && figures(run) >= 2
        && different >= 6
        && common * 4 <= pairs.len()
        && !is_sequence(run)
}

/// Whether at least half of the characters follow their neighbour.
fn is_sequence(run: &[u8]) -> bool {
    run.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count() * 2 >= run.len()
}

fn figures(run: &[u8]) -> usize {
    run.iter().filter(|b| b.is_ascii_digit()).count()
}

/// The commonest pairs of letters in English text; they make up half of it, and a thirteenth of
/// what is drawn at random.
const PAIRS: [&[u8; 2]; 50] = [
    b"th", b"he", b"in", b"er", b"an", b"re", b"on", b"at", b"en", b"nd", b"ti", b"es", b"or",
    b"te", b"of", b"ed", b"is", b"it", b"al", b"ar", b"st", b"to", b"nt", b"ng", b"se", b"ha",
    b"as", b"ou", b"io", b"le", b"ve", b"co", b"me", b"de", b"hi", b"ri", b"ro", b"ic", b"ne",
    b"ea", b"ra", b"ce", b"li", b"ch", b"ll", b"be", b"ma", b"si", b"om", b"ur",
];

/// How much each byte counts.
fn weights(text: &str) -> Vec<f64> {
    let mut out = vec![1.0; text.len()];
    if let Some(address) = Address::of(text) {
        out[..address.path].fill(0.0);
        weigh_host(text, address.host, &mut out);
    } else if let Some(at) = mail_host(text) {
        weigh_host(text, at..text.len(), &mut out);
    }
    out
}

/// Weighs a host: nothing for `www.` and the public suffix with its dot, half for the rest.
fn weigh_host(text: &str, host: Range<usize>, out: &mut [f64]) {
    let name = &text[host.clone()];
    let lower = name.to_ascii_lowercase();
    let start = if lower.starts_with("www.") { 4 } else { 0 };
    let suffix = suffix::suffix(&lower).map_or(0, |suffix| suffix.text.len() + 1);
    let end = name.len().saturating_sub(suffix).max(start);
    out[host.clone()].fill(0.0);
    out[host.start + start..host.start + end].fill(0.5);
}

/// Where the host of an e-mail address begins; `None` if it is not one.
fn mail_host(text: &str) -> Option<usize> {
    let at = text.rfind('@')?;
    let host = &text[at + 1..];
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    (at > 0 && plain && host.contains('.') && !text.contains([' ', '/'])).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> f64 {
        (Bits::of(text).all() * 100.0).round() / 100.0
    }

    #[test]
    fn the_rule_is_followed() {
        let table = [
            ("", 0.0),
            ("qx", 4.0),
            ("x7 ö", 2.0 + 3.32 + 3.0 + 3.0),
            ("0a9f36c2d7", 35.0),
            ("9f86d081884c7d65", 3.5 * 15.0 + 0.5),
            ("0123456789abcdef", 3.32 + 9.0 * 0.5 + 2.0 + 5.0 * 0.5),
            ("aaaaaa", 2.0 + 5.0 * 0.5),
            ("123456", 3.32 + 5.0 * 0.5),
            ("000000000000000", 3.32 + 14.0 * 0.5),
            ("https://www.example.org", 7.0),
            ("https://www.example.org/k", 7.0 + 5.0),
            ("kim@example.org", 6.0 + 3.0 + 7.0),
            // A drawn token, and what only looks like one.
            ("kq7vxt3mzbpf", 10.0 * 3.0 + 2.0 * 3.32),
            ("spikexj5qk3wz7tm", 13.0 * 3.0 + 3.0 * 3.32),
            ("interest2024", 2.0 * 7.0 + 0.5 + 4.0 * 3.32),
            ("kq7vxt3mzb", 8.0 * 2.0 + 2.0 * 3.32),
            ("k7k7k7k7k7k7", 2.0 + 3.32 + 2.0 + 3.32 + 8.0 * 0.5),
        ];
        for (text, expected) in table {
            assert_eq!(bits(text), expected, "{text}");
        }
    }

    #[test]
    fn parts_add_up() {
        let text = "https://www.example.org/private?q=secret-normal";
        let all = Bits::of(text);
        assert!((all.part(0..23) + all.part(23..text.len()) - all.all()).abs() < 1e-9);
        assert_eq!(all.part(90..99), 0.0);
        assert!(all.part(23..text.len()) > 40.0);
    }
}
