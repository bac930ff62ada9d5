//! Base64 that does not stand alone: behind or before something foreign, glued to something, cut at
//! its beginning, or in an alphabet that hardly anybody uses. All of it has to be text, or a format
//! with a magic number.

use std::ops::Range;

use super::alphabet::{self, RARE, STANDARD};
use super::{Data, SHORTEST};
use crate::binary::has_magic;
use crate::budget::Purse;
use crate::codec::{Opened, View};
use crate::codecs::{noise, protobuf};
use crate::pieces::Pieces;
use crate::sense::is_sensible_text;
use crate::shape::{Shape, kind};
use crate::steps;
use crate::text::is_text;

/// Shorter runs of letters are too often words.
const SHORTEST_RUN: usize = 16;

/// Decoded bytes that convince as text.
const SHORTEST_TEXT: usize = 12;

/// Longer texts are not searched.
const LONGEST: usize = 1 << 20;

/// How many runs of one text are looked at.
const MOST_RUNS: usize = 16;

/// Opens the runs of digits in a text that has other characters, too.
pub(super) fn open(view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
    let mixed = view.shape.any(kind::UPPER | kind::HEX_UPPER)
        && view.shape.any(kind::LOWER | kind::HEX_LOWER);
    if !mixed || view.bytes.len() < SHORTEST_RUN {
        return Opened::No;
    }
    if view.shape.any(kind::SPACE) {
        return words(view, purse, out);
    }
    if view.shape.any(kind::BINARY)
        || view.bytes.len() > LONGEST
        || purse.pay_bytes(view.bytes.len()).is_err()
    {
        return Opened::No;
    }
    if rare(view, out) || all(view, out) { Opened::Fully } else { Opened::No }
}

/// Opens every run of digits that makes sense.
fn all(view: &View, out: &mut Pieces) -> bool {
    let found: Vec<(Range<usize>, Vec<u8>)> = runs(view.bytes)
        .take(MOST_RUNS)
        .filter_map(|run| Some((run.clone(), decode(&view.bytes[run])?)))
        .collect();
    let single = found.len() == 1;
    for (index, (run, bytes)) in found.into_iter().enumerate() {
        let mut step = String::from("base64");
        if !single {
            steps::push_index(&mut step, index);
        }
        out.made(run, bytes, &step);
    }
    !out.is_empty()
}

/// Opens what makes sense among words, two or more, and keeps those around it.
pub(super) fn words(view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
    if let Opened::Fully = last_word(view, purse, out) {
        return Opened::Fully;
    }
    // Records of text alone have lengths that look like characters, too.
    let is_prose = is_text(view.bytes, view.shape) && !protobuf::holds_text(view.bytes);
    let fits = (SHORTEST_RUN..=LONGEST).contains(&view.bytes.len());
    if !fits || !is_prose || purse.pay_bytes(view.bytes.len()).is_err() {
        return Opened::No;
    }
    let found: Vec<(Range<usize>, Vec<u8>)> = runs(view.bytes)
        .filter_map(|run| Some((run.clone(), decode(&view.bytes[run])?)))
        .take(MOST_RUNS)
        .collect();
    let single = found.len() == 1;
    let (mut at, mut texts) = (0, 0);
    for (index, (run, bytes)) in found.into_iter().enumerate() {
        noise::text(view, at..run.start, &mut texts, out);
        at = run.end;
        let mut step = String::from("base64");
        if !single {
            steps::push_index(&mut step, index);
        }
        out.made(run, bytes, &step);
    }
    if out.is_empty() {
        return Opened::No;
    }
    noise::text(view, at..view.bytes.len(), &mut texts, out);
    Opened::Fully
}

/// Whether a part of a text was kept as it stands beside the base64 in it.
pub(super) fn is_word_around(text: &[u8], part: &[u8]) -> bool {
    Shape::of(text).any(kind::SPACE) && decode(part).is_none()
}

/// Opens the second of two words: a scheme and its credentials, in any header field.
fn last_word(view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
    let (first, last) = (memchr::memchr(b' ', view.bytes), memchr::memrchr(b' ', view.bytes));
    let (Some(space), true) = (first, first == last) else { return Opened::No };
    let word = space + 1..view.bytes.len();
    if word.len() < SHORTEST_RUN || purse.pay_bytes(word.len()).is_err() {
        return Opened::No;
    }
    match decode(&view.bytes[word.clone()]) {
        Some(bytes) => {
            out.made(word, bytes, "base64");
            Opened::Fully
        }
        None => Opened::No,
    }
}

/// Opens digits that make sense only from the second, third or fourth on, or behind a few that
/// belong to something else; and digits of other alphabets.
pub(super) fn cut(view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
    let mixed = view.shape.any(kind::UPPER | kind::HEX_UPPER)
        && view.shape.any(kind::LOWER | kind::HEX_LOWER);
    if !mixed || view.bytes.len() < SHORTEST_RUN {
        return Opened::No;
    }
    if rare(view, out) || memchr::memmem::find(view.bytes, b"--").is_some() && all(view, out) {
        return Opened::Fully;
    }
    let end = memchr::memchr(b'=', view.bytes).unwrap_or(view.bytes.len());
    let digits = &view.bytes[..end];
    let Some(start) = (1..4).find_map(|phase| start(digits, phase)) else { return Opened::No };
    match STANDARD.decode(&digits[start..]) {
        Some(bytes) if purse.pay_bytes(bytes.len()).is_ok() => {
            out.made(start..view.bytes.len(), bytes, "base64");
            Opened::Fully
        }
        _ => Opened::No,
    }
}

/// Where, of all digits that are a multiple of four behind `phase`, text begins that goes on to the
/// end and is most of what there is.
fn start(digits: &[u8], phase: usize) -> Option<usize> {
    /// Foreign digits at most.
    const MOST: usize = 24;
    let tail = digits.get(phase..)?;
    if tail.len() % 4 == 1 || tail.len() < SHORTEST_RUN {
        return None;
    }
    let last = tail.len() / 4 * 4 - 8;
    STANDARD.head(&tail[last..]).filter(|head| alphabet::is_text(*head))?;
    let bytes = STANDARD.decode(tail)?;
    // The text begins behind the last byte that is none.
    let begin = bytes.iter().rposition(|b| !matches!(b, b' '..=b'~')).map_or(0, |at| at + 1);
    let skipped = begin.div_ceil(3);
    let text = bytes.get(3 * skipped..)?;
    let enough = 4 * skipped + phase <= MOST && text.len() >= SHORTEST_TEXT.max(begin);
    (enough && is_sensible_text(text, SHORTEST_TEXT)).then_some(phase + 4 * skipped)
}

/// Opens digits of a rare alphabet.
fn rare(view: &View, out: &mut Pieces) -> bool {
    let end = view.bytes.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    let digits = &view.bytes[..end];
    let opened = RARE.iter().find_map(|alphabet| {
        let head = alphabet.head(digits)?;
        let texty = head.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t'));
        let bytes = texty.then(|| alphabet.decode(digits)).flatten()?;
        is_sensible_text(&bytes, SHORTEST_TEXT).then_some(bytes)
    });
    match opened {
        Some(bytes) => {
            out.whole(view, bytes, "base64");
            true
        }
        None => false,
    }
}

/// What a run stands for, if that makes sense.
fn decode(run: &[u8]) -> Option<Vec<u8>> {
    let data = Data::of(run).filter(|data| data.mixed && data.digits.len() >= SHORTEST)?;
    let head = data.alphabet.head(data.digits)?;
    if !alphabet::is_text(head) && !has_magic(&head) && head[0] != 0x78 {
        return None;
    }
    let bytes = data.alphabet.decode(data.digits)?;
    (is_sensible_text(&bytes, SHORTEST_TEXT) || has_magic(&bytes)).then_some(bytes)
}

/// The longest runs of digits with their padding; two dashes end one.
fn runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || b"+/-_".contains(&b);
    let mut at = 0;
    let next = move || {
        while at < text.len() {
            let start = at + text[at..].iter().position(|b| is_digit(*b))?;
            let rest = &text[start..];
            let len = rest.iter().position(|b| !is_digit(*b)).unwrap_or(rest.len());
            let len = memchr::memmem::find(&rest[..len], b"--").unwrap_or(len);
            let padding = rest[len..].iter().take(2).take_while(|b| **b == b'=').count();
            at = start + len.max(1) + padding + if rest[len..].starts_with(b"--") { 2 } else { 0 };
            if len >= SHORTEST_RUN {
                return Some(start..start + len + padding);
            }
        }
        None
    };
    std::iter::from_fn(next)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn base64_is_found_beside_something_else() {
        let table: [(&str, &[&str]); 12] = [
            ("v2.YWRhQGV4YW1wbGUub3Jn", &["base64 = ada@example.org"]),
            ("data:text/plain;base64,YWRhQGV4YW1wbGUub3Jn", &["base64 = ada@example.org"]),
            ("Key YWRhQGV4YW1wbGUub3Jn", &["base64 = ada@example.org"]),
            ("YWRhQGV4YW1wbGUub3Jn--4f1c0e6b8d", &["base64 = ada@example.org"]),
            (
                "YWRhQGV4YW1wbGUub3Jn.Z3JhY2VAZXhhbXBsZS5vcmc=",
                &["base64[0] = ada@example.org", "base64[1] = grace@example.org"],
            ),
            ("xYWRhQGV4YW1wbGUub3JnIQ==", &["base64 = ada@example.org!"]),
            ("aB3YWRhQGV4YW1wbGUub3Jn", &["base64 = ada@example.org"]),
            ("WRhQGV4YW1wbGUub3JnIGhlcmU", &["base64 = @example.org here"]),
            ("Qm7VzE23uXk9PLoiRatbWq", &[]),
            ("com.example.app.MainActivity", &[]),
            ("https:InternationalStandards", &[]),
            ("The InternationalOrganization", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
        let value = "grace@example.org";
        for input in
            ["v2.YWRhQGV4YW1wbGUub3Jn", "xYWRhQGV4YW1wbGUub3JnIQ==", "Key YWRhQGV4YW1wbGUub3Jn"]
        {
            assert_eq!(replanted(input.as_bytes(), "base64", value).as_deref(), Some(value));
        }
    }

    #[test]
    fn base64_is_found_between_words() {
        let table: [(&str, &[&str]); 5] = [
            (
                "payload=YWRhQGV4YW1wbGUub3Jn ok",
                &["text[0] = payload=", "base64 = ada@example.org", "text[1] =  ok"],
            ),
            (
                "12:00 INFO email: YWRhQGV4YW1wbGUub3Jn",
                &["text[0] = 12:00 INFO email: ", "base64 = ada@example.org"],
            ),
            (
                "a: 1\nemail: Z3JhY2VAZXhhbXBsZS5vcmc=\n",
                &["text[0] = a: 1\\nemail: ", "base64 = grace@example.org"],
            ),
            (
                "Gr\u{fc}\u{df}e an YWRhQGV4YW1wbGUub3Jn.",
                &[
                    "text[0] = Gr\\xc3\\xbc\\xc3\\x9fe an ",
                    "base64 = ada@example.org",
                    "text[1] = .",
                ],
            ),
            ("see InternationalOrganizationForStandards and com/example/MainActivity too", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(layers(text.as_bytes()), expected, "{text}");
        }
        let found = replanted(b"payload=YWRhQGV4YW1wbGUub3Jn ok", "base64", "grace@example.org");
        assert_eq!(found.as_deref(), Some("grace@example.org"));
        let found = replanted(b"payload=YWRhQGV4YW1wbGUub3Jn ok", "text[1]", " fine");
        assert_eq!(found.as_deref(), Some(" fine"));
    }

    #[test]
    fn rare_alphabets_are_read() {
        for alphabet in super::RARE {
            let text = alphabet.encode(b"ada.lovelace@example.org", false, false);
            assert_eq!(layers(&text), ["base64 = ada.lovelace@example.org"]);
            let found = replanted(&text, "base64", "grace@example.org");
            assert_eq!(found.as_deref(), Some("grace@example.org"));
        }
    }
}
