//! Noise in writing: bytes that look random, as digits of any base, in a text that nothing else
//! opens. Whoever can print ciphertext can put it where text stands, so text whose digits are
//! spread as evenly as drawn ones counts as unread; the words around it are kept as they are.

use std::ops::Range;

use candor_case::{End, Opening};
use data_encoding::{BASE32_NOPAD, BASE32HEX_NOPAD, BASE64_NOPAD, HEXLOWER_PERMISSIVE};

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::pieces::Pieces;
use crate::shape::kind;
use crate::steps;
use crate::text::is_text;

pub(crate) mod cut;

/// Fewer digits are looked at by no alphabet.
const SHORTEST: usize = 80;

/// How many digits of a long run decide.
const SAMPLE: usize = 4096;

/// The codec.
pub(crate) struct Noise;

impl Codec for Noise {
    fn name(&self) -> &'static str {
        "noise"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= SHORTEST
            && view.shape.any(kind::ALNUM)
            && is_text(view.bytes, view.shape)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        if let Err(spent) = purse.pay_bytes(view.bytes.len()) {
            return Opened::Partly(spent.into());
        }
        let mut found = noisy(view.bytes, is_digit);
        if found.is_empty() {
            found = noisy(view.bytes, |b| b.is_ascii_graphic());
        }
        match &found[..] {
            [] => Opened::No,
            [(run, writing)] if run.len() == view.bytes.len() && writing.name == "noise" => {
                Opened::Partly(End::Encrypted)
            }
            found => pieces(view, found, purse, out),
        }
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, content))
    }
}

/// Makes pieces of the noise and of the text around it, in order.
fn pieces(
    view: &View,
    found: &[(Range<usize>, &'static Writing)],
    purse: &mut Purse,
    out: &mut Pieces,
) -> Opened {
    let (mut at, mut texts) = (0, 0);
    for (index, (run, writing)) in found.iter().enumerate() {
        if let Err(spent) = purse.pay_node(out.len()) {
            out.rest(view, at, spent);
            return Opened::Fully;
        }
        text(view, at..run.start, &mut texts, out);
        at = run.end;
        let mut step = writing.name.to_owned();
        if found.len() > 1 {
            steps::push_index(&mut step, index);
        }
        match writing.decode(&view.bytes[run.clone()]) {
            Some(bytes) if purse.pay_bytes(bytes.len()).is_ok() => {
                out.made(run.clone(), bytes, &step);
            }
            _ => {
                out.part(run.clone(), &step).ending(End::Encrypted);
            }
        }
    }
    text(view, at..view.bytes.len(), &mut texts, out);
    Opened::Fully
}

/// A piece of plain text, unless it is blank.
pub(crate) fn text(view: &View, range: Range<usize>, index: &mut usize, out: &mut Pieces) {
    if view.bytes[range.clone()].trim_ascii().is_empty() {
        return;
    }
    let mut step = String::from("text");
    steps::push_index(&mut step, *index);
    *index += 1;
    out.part(range, &step).ending(End::Plain);
}

/// One way to write bytes down.
struct Writing {
    name: &'static str,
    digits: &'static [u8],
    /// The value of each byte as a digit, or [`NONE`].
    values: [u8; 256],
    /// How many digits have to be spread evenly: those of 64 bytes, and more where identifiers and
    /// numbers are written alike.
    fewest: usize,
}

const NONE: u8 = 0xff;

const fn writing(name: &'static str, digits: &'static [u8], fewest: usize) -> Writing {
    let mut values = [NONE; 256];
    let mut at = 0;
    while at < digits.len() {
        values[digits[at] as usize] = at as u8;
        at += 1;
    }
    Writing { name, digits, values, fewest }
}

const fn printable<const N: usize>() -> [u8; N] {
    let mut digits = [0; N];
    let mut at = 0;
    while at < N {
        digits[at] = b'!' + at as u8;
        at += 1;
    }
    digits
}

static ADOBE: [u8; 85] = printable();
static PRINTABLE: [u8; 94] = printable();

/// Narrow alphabets first, since the digits of each are also digits of wider ones.
static WRITINGS: [Writing; 15] = [
    writing("noise", b"0123456789", 256),
    writing("hex", b"0123456789abcdef", 129),
    writing("hex", b"0123456789ABCDEF", 129),
    writing("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 103),
    writing("noise", b"abcdefghijklmnopqrstuvwxyz234567", 103),
    writing("base32", b"0123456789ABCDEFGHIJKLMNOPQRSTUV", 103),
    writing("noise", b"0123456789abcdefghijklmnopqrstuv", 103),
    writing("noise", b"abcdefghijklmnopqrstuvwxyz", 192),
    writing("noise", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", 192),
    writing("noise", b"abcdefghijklmnopqrstuvwxyz0123456789", 192),
    writing("noise", b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 192),
    writing("base64", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 86),
    writing(
        "noise",
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
        SHORTEST,
    ),
    writing(
        "noise",
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
        SHORTEST,
    ),
    writing("noise", &ADOBE, SHORTEST),
];

/// All of printable ASCII, where it stands for nothing in particular.
static ANY: Writing = writing("noise", &PRINTABLE, 128);

/// Digits without a mark, of which identifiers are made; fewer are one.
const FEWEST_UNMARKED: usize = 192;

impl Writing {
    /// Whether these are digits of this alphabet, drawn by chance: each of them as often as any
    /// other, and as often behind any.
    fn wrote(&self, digits: &[u8]) -> bool {
        let sample = &digits[..digits.len().min(SAMPLE)];
        if digits.len() < self.fewest || digits.iter().any(|b| self.value(*b) == NONE) {
            return false;
        }
        let base = self.digits.len();
        let (mut counts, mut steps) = ([0u64; 94], [0u64; 94]);
        let mut last = 0;
        for digit in sample {
            let value = usize::from(self.value(*digit));
            counts[value] += 1;
            steps[(value + base - last) % base] += 1;
            last = value;
        }
        is_even(&counts[..base]) && is_even(&steps[..base])
    }

    /// The value of a digit; of base64, those of its variant for addresses are the same.
    fn value(&self, digit: u8) -> u8 {
        match (digit, self.digits.len()) {
            (b'-', 64) => 62,
            (b'_', 64) => 63,
            (digit, _) => self.values[usize::from(digit)],
        }
    }

    fn decode(&self, run: &[u8]) -> Option<Vec<u8>> {
        let encoding = match (self.name, self.digits.first()) {
            ("hex", _) => HEXLOWER_PERMISSIVE,
            ("base32", Some(b'A')) => BASE32_NOPAD,
            ("base32", _) => BASE32HEX_NOPAD,
            ("base64", _) => BASE64_NOPAD,
            _ => return None,
        };
        let digits: Vec<u8> = run
            .iter()
            .filter(|b| **b != b'=' && is_digit(b))
            .map(|b| match b {
                b'-' => b'+',
                b'_' => b'/',
                digit => *digit,
            })
            .collect();
        encoding.decode(&digits).ok()
    }
}

/// Whether counts are as uneven as those of drawn numbers, neither more nor less: Pearson's
/// chi-square is one below their number on average, with a variance of twice that; six standard
/// deviations more are still chance, a sixteenth of it is a table.
fn is_even(counts: &[u64]) -> bool {
    let free = counts.len() as f64 - 1.0;
    let total = counts.iter().sum::<u64>() as f64;
    let squares = counts.iter().map(|c| c * c).sum::<u64>() as f64;
    let chi = counts.len() as f64 / total * squares - total;
    (free / 16.0..free + 6.0 * (2.0 * free).sqrt()).contains(&chi)
}

/// What digits up to base 64 are made of.
pub(crate) fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(byte)
}

/// The runs of such bytes, each with its padding, that are noise, and how each is written.
fn noisy(text: &[u8], belongs: fn(&u8) -> bool) -> Vec<(Range<usize>, &'static Writing)> {
    let token = memchr::memmem::find(text, b"eyJ").unwrap_or(text.len());
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].iter().position(belongs).map(|skipped| at + skipped) {
        let len = text[start..].iter().position(|b| !belongs(b)).unwrap_or(text.len() - start);
        let run = &text[start..start + len];
        let padding = text[start + len..].iter().take(6).take_while(|b| **b == b'=').count();
        at = start + len + padding;
        if len < SHORTEST {
            match pieces_from(text, start..start + len, belongs) {
                Ok((end, writing)) => {
                    found.push((start..end, writing));
                    at = end;
                }
                Err(next) => at = at.max(next),
            }
            continue;
        }
        // The last part of a signed token explains itself.
        let signs = token < start && text[start - 1] == b'.';
        if signs || is_documented(run) {
            continue;
        }
        if let Some(writing) = written(run) {
            found.push((start..at, writing));
        }
    }
    found
}

/// The end of the noise in pieces that begins with a short run, and how it is written; where to
/// look on if there is none.
fn pieces_from(
    text: &[u8],
    first: Range<usize>,
    belongs: fn(&u8) -> bool,
) -> Result<(usize, &'static Writing), usize> {
    let Some(found) = cut::from(text, first, belongs) else { return Err(0) };
    let [.., before, last] = &found.pieces[..] else { return Err(0) };
    let written = found.digits(text).and_then(|digits| written(&digits));
    // Only the last two may begin something else.
    let next = if found.pieces.len() > 2 { before.start } else { 0 };
    let padding = text[last.end..].iter().take(6).take_while(|b| **b == b'=').count();
    written.map(|writing| (last.end + padding, writing)).ok_or(next)
}

/// Whether some digits are noise, however they are written.
pub(crate) fn is_noise(digits: &[u8]) -> bool {
    digits.len() >= SHORTEST && written(digits).is_some()
}

/// The way in which a run of noise is written; `None` if it is none.
fn written(run: &[u8]) -> Option<&'static Writing> {
    let unmarked = run.len() < FEWEST_UNMARKED && run.iter().all(u8::is_ascii_alphanumeric);
    let fits = |writing: &&Writing| !(unmarked && writing.digits.len() > 36) && writing.wrote(run);
    WRITINGS.iter().chain([&ANY]).find(fits)
}

/// What is long, drawn by chance and known: the number under which a device is sent messages
/// (registration tokens of Firebase).
fn is_documented(run: &[u8]) -> bool {
    const LONGEST: usize = 200;
    run.len() <= LONGEST && memchr::memmem::find(&run[..run.len().min(40)], b"APA91b").is_some()
}

#[cfg(test)]
mod tests;
