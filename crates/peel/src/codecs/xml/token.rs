//! Reading tags and text off a document; `None` always means that the bytes are not XML.

use std::ops::Range;

use crate::read::Reader;

/// A piece of a document.
pub(super) enum Token {
    /// A start tag, or an empty element's.
    Open { name: Range<usize>, attributes: Vec<(Range<usize>, Range<usize>)>, closed: bool },
    /// An end tag.
    Close { name: Range<usize> },
    /// Text, or the content of a CDATA section.
    Text(Range<usize>),
}

/// The tokens of a document; comments, declarations and instructions are passed over.
pub(super) struct Tokens<'a> {
    reader: Reader<'a>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { reader: Reader::from(bytes, at) }
    }

    /// How far the document has been read.
    pub(super) fn at(&self) -> usize {
        self.reader.at
    }

    /// The next token; of `Some(None)` there is none any more.
    pub(super) fn next(&mut self) -> Option<Option<Token>> {
        loop {
            let rest = self.reader.rest();
            let start = self.reader.at;
            let token = match rest {
                [] => return Some(None),
                [b'<', b'/', ..] => {
                    self.reader.at += 2;
                    let name = self.name()?;
                    self.skip_space();
                    self.expect(b'>')?;
                    Token::Close { name }
                }
                [b'<', b'?', ..] => {
                    self.skip_past(b"?>")?;
                    continue;
                }
                [b'<', b'!', b'-', b'-', ..] => {
                    self.reader.at += 4;
                    self.skip_past(b"-->")?;
                    continue;
                }
                _ if rest.starts_with(b"<![CDATA[") => {
                    self.skip_past(b"]]>")?;
                    Token::Text(start + 9..self.reader.at - 3)
                }
                [b'<', b'!', ..] => {
                    self.skip_declaration()?;
                    continue;
                }
                [b'<', ..] => self.open()?,
                _ => {
                    let len = memchr::memchr(b'<', rest).unwrap_or(rest.len());
                    self.reader.take(len)?;
                    Token::Text(start..self.reader.at)
                }
            };
            return Some(Some(token));
        }
    }

    fn open(&mut self) -> Option<Token> {
        self.reader.at += 1;
        let name = self.name()?;
        let mut attributes = Vec::new();
        loop {
            let spaced = self.skip_space();
            match self.reader.rest() {
                [b'>', ..] => {
                    self.reader.at += 1;
                    return Some(Token::Open { name, attributes, closed: false });
                }
                [b'/', b'>', ..] => {
                    self.reader.at += 2;
                    return Some(Token::Open { name, attributes, closed: true });
                }
                _ if spaced => attributes.push(self.attribute()?),
                _ => return None,
            }
        }
    }

    fn attribute(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        let key = self.name()?;
        self.skip_space();
        self.expect(b'=')?;
        self.skip_space();
        let quote = self.reader.byte().filter(|b| matches!(b, b'"' | b'\''))?;
        let start = self.reader.at;
        let len = memchr::memchr2(quote, b'<', self.reader.rest())?;
        self.reader.take(len)?;
        self.expect(quote)?;
        Some((key, start..start + len))
    }

    /// A name: a letter or `_`, then letters, digits and some marks; all beyond ASCII is a letter.
    fn name(&mut self) -> Option<Range<usize>> {
        let start = self.reader.at;
        let first = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b':') || b >= 0x80;
        let later = |b: u8| first(b) || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        let rest = self.reader.rest();
        let len = rest.iter().position(|b| !later(*b)).unwrap_or(rest.len());
        rest.first().filter(|b| first(**b))?;
        self.reader.take(len)?;
        Some(start..self.reader.at)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.reader.byte()? == byte).then_some(())
    }

    fn skip_space(&mut self) -> bool {
        let before = self.reader.rest().len();
        let rest = self.reader.rest().trim_ascii_start().len();
        self.reader.at += before - rest;
        before > rest
    }

    fn skip_past(&mut self, end: &[u8]) -> Option<()> {
        let at = memchr::memmem::find(self.reader.rest(), end)?;
        self.reader.take(at + end.len()).map(|_| ())
    }

    /// A document type, with what it may declare between brackets; none of it is followed.
    fn skip_declaration(&mut self) -> Option<()> {
        let mut inside = false;
        let rest = self.reader.rest();
        let end = rest.iter().position(|byte| {
            inside = (inside || *byte == b'[') && *byte != b']';
            *byte == b'>' && !inside
        })?;
        self.reader.take(end + 1).map(|_| ())
    }
}
