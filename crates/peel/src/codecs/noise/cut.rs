//! Noise in pieces: digits that were folded into lines, as key files and mail fold base64, or cut
//! into pieces of one length.
//!
//! Pieces this short look like identifiers, and lists of identifiers are no ciphertext. What tells
//! them apart is how they end: identifiers of a list are all of one length, and a text that is cut
//! to a length has a rest. Pieces without a rest are one text only where they stand in lines as
//! wide as encoders make them, and use marks that identifiers lack.

use std::ops::Range;

use super::is_digit;

/// Shorter pieces are words.
pub(crate) const SHORTEST_PIECE: usize = 16;

/// Separators that are longer hold words of their own.
const LONGEST_SEPARATOR: usize = 4;

/// What is known of pieces that follow each other: all of one width but the last, which may be
/// shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) width: usize,
    pub(crate) pieces: usize,
    pub(crate) last: usize,
    /// Whether they are lines.
    pub(crate) in_lines: bool,
}

impl Cut {
    /// Whether pieces cut like this are one text, and no list of identifiers; `digits` are those of
    /// all pieces.
    pub(crate) fn is_one_text(self, digits: impl Iterator<Item = u8> + Clone) -> bool {
        let Self { width, pieces, last, in_lines } = self;
        let has_rest = last < width;
        if digits.clone().all(|b| b.is_ascii_digit()) {
            return false;
        }
        if digits.clone().all(|b| b.is_ascii_hexdigit()) {
            // Digests, keys and numbers of traces are whole groups of four bytes.
            let may_be_ids = width.is_multiple_of(8) && last.is_multiple_of(8);
            return match may_be_ids {
                true => has_rest && in_lines && pieces >= 4,
                false => (has_rest || in_lines) && pieces >= 3,
            };
        }
        let marked = || digits.clone().any(|b| !b.is_ascii_alphanumeric());
        match has_rest {
            true => pieces >= 3 || in_lines && width >= 40,
            false => pieces >= 2 && in_lines && width >= 48 && width.is_multiple_of(4) && marked(),
        }
    }
}

/// Pieces of a text.
pub(super) struct Found {
    /// Where they stand, the same separator between any two of them.
    pub(super) pieces: Vec<Range<usize>>,
    in_lines: bool,
}

impl Found {
    /// The digits of all pieces, if they are one text.
    pub(super) fn digits(&self, text: &[u8]) -> Option<Vec<u8>> {
        let (first, last) = (self.pieces.first()?, self.pieces.last()?);
        let cut = Cut {
            width: first.len(),
            pieces: self.pieces.len(),
            last: last.len(),
            in_lines: self.in_lines,
        };
        let digits = self.pieces.iter().flat_map(|piece| &text[piece.clone()]).copied();
        cut.is_one_text(digits.clone()).then(|| digits.collect())
    }
}

/// The pieces that begin with the run at `first`; `None` if it is alone.
pub(super) fn from(text: &[u8], first: Range<usize>, belongs: fn(&u8) -> bool) -> Option<Found> {
    if first.len() < SHORTEST_PIECE || text[first.clone()].starts_with(b"--") {
        return None;
    }
    let width = first.len();
    let separator = separator(&text[first.end..], belongs)?;
    let mut pieces = vec![first];
    while let Some(last) = pieces.last().filter(|last| last.len() == width) {
        let start = last.end + separator.len();
        if !text[last.end..].starts_with(separator) {
            break;
        }
        let len = text[start..].iter().take(width + 1).take_while(|b| belongs(b)).count();
        let piece = start..start + len;
        if len == 0 || len > width || is_word(&text[piece.clone()], width) {
            break;
        }
        pieces.push(piece);
    }
    let in_lines = separator.contains(&b'\n') && separator.iter().all(u8::is_ascii_whitespace);
    (pieces.len() > 1).then_some(Found { pieces, in_lines })
}

/// Whether a whole text is digits in lines, and one text.
pub(crate) fn is_folded(text: &[u8]) -> bool {
    let first = text.iter().take_while(|b| is_digit(b)).count();
    let found = from(text, 0..first, is_digit).filter(|found| {
        found.in_lines && found.pieces.last().is_some_and(|last| last.end == text.len())
    });
    found.is_some_and(|found| found.digits(text).is_some())
}

/// What stands between a run and the next one; padding ends a text.
fn separator(rest: &[u8], belongs: fn(&u8) -> bool) -> Option<&[u8]> {
    let len = rest.iter().position(belongs)?;
    let separator = &rest[..len];
    ((1..=LONGEST_SEPARATOR).contains(&len) && !separator.contains(&b'=')).then_some(separator)
}

/// Whether what follows pieces is no rest of theirs: the end of an armour, or a word.
fn is_word(piece: &[u8], width: usize) -> bool {
    let behind_first = piece.get(1..).unwrap_or_default();
    let spelt = piece.iter().all(u8::is_ascii_alphabetic)
        && (behind_first.iter().all(u8::is_ascii_lowercase)
            || piece.iter().all(u8::is_ascii_uppercase));
    piece.starts_with(b"--") || piece.len() < width.min(SHORTEST_PIECE) && spelt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_cut_has_a_rest() {
        let cut = |width, pieces, last, in_lines| Cut { width, pieces, last, in_lines };
        let (base64, plain, hex, decimal) =
            (&b"aZ3+"[..], &b"aZ3z"[..], &b"a3f9"[..], &b"1234"[..]);
        let table = [
            (cut(64, 5, 20, true), base64, true),
            (cut(76, 2, 20, true), plain, true),
            (cut(24, 2, 20, true), base64, false),
            (cut(40, 3, 12, false), plain, true),
            (cut(40, 2, 12, false), base64, false),
            // All of one length.
            (cut(64, 5, 64, true), base64, true),
            (cut(64, 5, 64, true), plain, false),
            (cut(64, 5, 64, false), base64, false),
            (cut(43, 9, 43, true), base64, false),
            (cut(22, 9, 22, true), base64, false),
            // Hex is what most identifiers are written in.
            (cut(60, 9, 22, true), hex, true),
            (cut(60, 9, 22, false), hex, true),
            (cut(60, 9, 60, true), hex, true),
            (cut(60, 9, 60, false), hex, false),
            (cut(64, 9, 32, true), hex, true),
            (cut(64, 9, 32, false), hex, false),
            (cut(64, 3, 32, true), hex, false),
            (cut(64, 9, 64, true), hex, false),
            (cut(20, 9, 13, true), decimal, false),
        ];
        for (cut, digits, expected) in table {
            assert_eq!(cut.is_one_text(digits.iter().copied()), expected, "{cut:?}");
        }
    }

    #[test]
    fn pieces_stand_between_equal_separators() {
        let (full, rest) = ("aZ3+aZ3+aZ3+aZ3+aZ3+", "aZ3+aZ");
        let pieces = |text: &str| {
            let len = text.bytes().position(|b| !is_digit(&b)).unwrap_or(text.len());
            from(text.as_bytes(), 0..len, is_digit).map_or(0, |found| found.pieces.len())
        };
        let table = [
            (format!("{full}\n{full}\n{rest}\n"), 3),
            (format!("{full}\r\n\t{full}\r\n\t{rest}"), 3),
            (format!("{full}\",\"{full}\",\"{rest}\"]"), 3),
            (format!("{full}\n{full}\n-----END"), 2),
            (format!("{full}\n{full}\nThanks"), 2),
            (format!("{full}\n{full}\n\n{rest}"), 2),
            (format!("{full}\n{full},{rest}"), 2),
            (format!("{full}==\n{full}==\n{rest}"), 0),
            (format!("{full} and then {full}"), 0),
            (format!("{rest}\n{full}"), 0),
            (full.to_owned(), 0),
        ];
        for (text, count) in table {
            assert_eq!(pieces(&text), count, "{text:?}");
        }
    }
}
