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
            .filter(|b| **b != b'=')
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
fn is_digit(byte: &u8) -> bool {
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
        // The last part of a signed token explains itself.
        let signs = token < start && text[start - 1] == b'.';
        if len < SHORTEST || signs || is_documented(run) {
            continue;
        }
        if let Some(writing) = written(run) {
            found.push((start..at, writing));
        }
    }
    found
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
mod tests {
    use candor_case::{End, Tree};
    use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

    use crate::binary::tests::noise;
    use crate::codec::tests::layers;
    use crate::{Budget, peel_bytes};

    fn peeled(text: &str) -> Tree {
        peel_bytes(text.as_bytes().to_vec().into(), &Default::default(), &Budget::default())
    }

    /// How many bytes of a text are in leaves that nothing could read.
    fn unread(text: &str) -> usize {
        let tree = peeled(text);
        let sealed = tree.iter().filter(|(_, layer)| layer.end == End::Encrypted);
        sealed.map(|(_, layer)| layer.bytes.len()).sum()
    }

    /// Bytes as digits of any alphabet, drawn one by one.
    fn drawn(alphabet: &[u8], len: usize) -> String {
        let drawn = noise(len * 2, 77);
        let pair = |pair: &[u8]| usize::from(pair[0]) << 8 | usize::from(pair[1]);
        drawn.chunks(2).map(|two| char::from(alphabet[pair(two) % alphabet.len()])).collect()
    }

    #[test]
    fn noise_is_unread_however_it_is_written() {
        let bytes = noise(700, 21);
        let (base64, hex) = (BASE64.encode(&bytes), HEXLOWER.encode(&bytes));
        let url = BASE64URL_NOPAD.encode(&bytes);
        let base32 = BASE32.encode(&bytes);
        let alphabet = |at: usize| drawn(super::WRITINGS[at].digits, 900);
        let mut table = vec![
            hex.clone(),
            HEXUPPER.encode(&bytes),
            format!("v1:{hex}"),
            format!("v1.{base64}"),
            format!("d:{base64}"),
            format!("d:{url}"),
            format!("a,b,{base64}"),
            format!("a,b\n1,{hex}\n2,{hex}\n"),
            format!("x\n{base64}\n"),
            format!("{{\"d\":\"{hex}\"}}"),
            format!("{{\"d\":\"v1.{base64}\"}}"),
            format!("https://www.example.org/x?blob={hex}"),
            format!("https://www.example.org/x?blob=v1.{url}"),
            format!("a=1; s=v1:{hex}"),
            base32.clone(),
            base32.to_lowercase(),
        ];
        table.extend((0..super::WRITINGS.len()).map(alphabet));
        table.push(drawn(&super::PRINTABLE, 900));
        for text in table {
            assert!(unread(&text) >= 400, "{} of {text}", unread(&text));
        }
        for len in [70, 90, 120] {
            let short = noise(len, 5);
            for text in [HEXLOWER.encode(&short), format!("v1.{}", BASE64.encode(&short))] {
                assert!(unread(&text) >= 64, "{text}");
            }
        }
    }

    #[test]
    fn words_beside_noise_are_kept() {
        let hex = HEXLOWER.encode(&noise(100, 3));
        let found = layers(format!("user ada@example.org sent {hex} today").as_bytes());
        assert_eq!(found[0], "text[0] = user ada@example.org sent ");
        assert!(found[1].starts_with("hex = "));
        assert_eq!(found[2], "text[1] =  today");
    }

    #[test]
    fn what_only_looks_like_noise_stays_as_it_is() {
        let hex = |len, seed| HEXLOWER.encode(&noise(len, seed));
        let uuid = |seed| {
            let h = hex(16, seed);
            [&h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]].join("-")
        };
        let list = |separator: &str, item: &dyn Fn(u64) -> String| {
            (1..40).map(|seed| item(seed * 31)).collect::<Vec<_>>().join(separator)
        };
        let prose = "We the people keep a diary of every address that is visited, and of nothing \
                     else whatsoever, because that is what the manual of the browser says.";
        let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ";
        let table = [
            hex(48, 1),
            hex(64, 2),
            list(",", &uuid),
            list("_", &uuid),
            list("/", &uuid),
            list(" ", &|seed| hex(32, seed)),
            list(";", &|seed| hex(64, seed)),
            list(",", &|seed| BASE64.encode(&noise(32, seed))),
            prose.repeat(20),
            prose.replace([' ', ',', '.'], "").repeat(4),
            prose.replace([' ', ',', '.'], "_").repeat(4),
            prose.replace(' ', "/").repeat(4),
            "https://www.example.org/".to_owned() + &prose.replace([' ', ',', '.'], "-"),
            "com/example/application/MainActivity$InnerClass.onCreateView/".repeat(5),
            "org.example.Telemetry.INSTANCE.getUploader().send(Payload.of(\"x\"));".repeat(3),
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".repeat(2),
            "deadbeef".repeat(60),
            "0123456789".repeat(40),
            format!("see {jwt}.{} for more", BASE64URL_NOPAD.encode(&noise(256, 8))),
            format!("cVb0Zq-7QkSx:APA91b{}", &BASE64URL_NOPAD.encode(&noise(110, 8))[..134]),
        ];
        for text in table {
            assert_eq!(unread(&text), 0, "{text}\n{:?}", layers(text.as_bytes()));
        }
    }
}
