//! Character references of HTML and XML (WHATWG HTML, section 13.5): by number, and by the names
//! that encoders really write.

use std::borrow::Cow;

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Entities;

impl Codec for Entities {
    fn name(&self) -> &'static str {
        "html-entities"
    }

    fn accepts(&self, view: &View) -> bool {
        next(view.bytes, 0).is_some()
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        match unescape(view.bytes) {
            Cow::Borrowed(_) => Opened::No,
            Cow::Owned(text) => {
                out.whole(view, text, "html-entities");
                Opened::Fully
            }
        }
    }

    /// Escapes the first character, since text without any reference would not be opened again, and
    /// every mark, since some would make a form of it first.
    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let write = |(at, c): (usize, char)| match c {
            ' ' | '0'..='9' | 'A'..='Z' | 'a'..='z' if at > 0 => c.to_string(),
            c => format!("&#{};", u32::from(c)),
        };
        let text = std::str::from_utf8(content).ok().filter(|text| !text.is_empty())?;
        Some(text.char_indices().map(write).collect::<String>().into_bytes())
    }
}

/// Names of characters that are not letters of a language, as HTML has them; names of letters
/// hardly occur outside of prose.
const NAMES: [(&[u8], char); 44] = [
    (b"amp", '&'),
    (b"lt", '<'),
    (b"gt", '>'),
    (b"quot", '"'),
    (b"apos", '\''),
    (b"nbsp", '\u{a0}'),
    (b"commat", '@'),
    (b"period", '.'),
    (b"comma", ','),
    (b"colon", ':'),
    (b"semi", ';'),
    (b"sol", '/'),
    (b"bsol", '\\'),
    (b"quest", '?'),
    (b"excl", '!'),
    (b"num", '#'),
    (b"dollar", '$'),
    (b"percnt", '%'),
    (b"lpar", '('),
    (b"rpar", ')'),
    (b"ast", '*'),
    (b"plus", '+'),
    (b"equals", '='),
    (b"lsqb", '['),
    (b"lbrack", '['),
    (b"rsqb", ']'),
    (b"rbrack", ']'),
    (b"Hat", '^'),
    (b"lowbar", '_'),
    (b"grave", '`'),
    (b"lcub", '{'),
    (b"lbrace", '{'),
    (b"verbar", '|'),
    (b"vert", '|'),
    (b"rcub", '}'),
    (b"rbrace", '}'),
    (b"Tab", '\t'),
    (b"NewLine", '\n'),
    (b"hyphen", '\u{2010}'),
    (b"ndash", '\u{2013}'),
    (b"mdash", '\u{2014}'),
    (b"hellip", '\u{2026}'),
    (b"copy", '\u{a9}'),
    (b"reg", '\u{ae}'),
];

/// Undoes the references; a `&` that begins none stands for itself. Borrows where there is none.
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut found) = next(text, 0) else { return Cow::Borrowed(text) };
    let mut plain = Vec::with_capacity(text.len());
    let mut from = 0;
    loop {
        let (at, character, len) = found;
        plain.extend_from_slice(&text[from..at]);
        plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        from = at + len;
        match next(text, from) {
            Some(more) => found = more,
            None => break,
        }
    }
    plain.extend_from_slice(&text[from..]);
    Cow::Owned(plain)
}

/// Escapes what XML and HTML want escaped anywhere.
pub(crate) fn escape(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(content.len() + 16);
    for byte in content {
        match byte {
            b'&' => text.extend(b"&amp;"),
            b'<' => text.extend(b"&lt;"),
            b'>' => text.extend(b"&gt;"),
            b'"' => text.extend(b"&quot;"),
            b'\'' => text.extend(b"&#39;"),
            byte => text.push(*byte),
        }
    }
    text
}

/// The next reference from `from` on: where it stands, what for, and its length.
fn next(text: &[u8], from: usize) -> Option<(usize, char, usize)> {
    let ampersands = memchr::memchr_iter(b'&', text.get(from..)?).map(|at| from + at);
    ampersands.into_iter().find_map(|at| {
        let (character, len) = reference(&text[at..])?;
        Some((at, character, len))
    })
}

/// The character that a reference at the beginning of `text` stands for, and its length.
fn reference(text: &[u8]) -> Option<(char, usize)> {
    const LONGEST: usize = 12;
    let name = &text[1..text.len().min(LONGEST)];
    let name = &name[..name.iter().position(|b| *b == b';')?];
    let character = match name {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        name => NAMES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, name.len() + 2))
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let valid = !digits.is_empty() && digits.iter().all(|b| char::from(*b).is_digit(radix));
    let text = std::str::from_utf8(digits).ok().filter(|_| valid)?;
    char::from_u32(u32::from_str_radix(text, radix).ok()?).filter(|c| *c != '\0')
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn references_are_undone() {
        let table = [
            ("&#97;&#100;&#x61;&#X40;x&period;org", "ada@x.org"),
            ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
            ("Tom &amp; Jerry &unknown; &#; &#xzz; &amp", "Tom & Jerry &unknown; &#; &#xzz; &amp"),
            ("&#8364;&#x1f600;", "\u{20ac}\u{1f600}"),
        ];
        for (text, plain) in table {
            let plain = format!("html-entities = {}", plain.as_bytes().escape_ascii());
            assert_eq!(layers(text.as_bytes()), [plain], "{text}");
        }
        for text in ["a && b", "x?a=1&copy=2", "&#1114112;", "&nothing;", "AT&T; and so on"] {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
        let value = "a<b> & \"c\"";
        let found = replanted(b"a &lt; b, c &gt; d", "html-entities", value);
        assert_eq!(found, Some(value.as_bytes().escape_ascii().to_string()));
    }
}
