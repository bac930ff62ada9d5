//! Property lists in XML (Apple's PropertyList-1.0.dtd): leaves, addressed by their keys.

use std::ops::Range;

use candor_case::{End, Opening};
use data_encoding::BASE64;

use super::token::{Token, Tokens};
use super::{begins, put};
use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::entities;
use crate::pieces::Pieces;
use crate::steps;
use crate::walk::DEEPEST;

/// The codec.
pub(crate) struct XmlPlist;

impl Codec for XmlPlist {
    fn name(&self) -> &'static str {
        "xml-plist"
    }

    fn accepts(&self, view: &View) -> bool {
        begins(view.bytes)
            && memchr::memmem::find(&view.bytes[..view.bytes.len().min(1024)], b"<plist").is_some()
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut scan = Scan { view, tokens: Tokens::new(view.bytes), path: "plist".to_owned() };
        match scan.document(purse, out) {
            Ok(()) => Opened::Fully,
            Err(Stop::NotPlist) => Opened::No,
            Err(Stop::Spent(spent)) => {
                let at = scan.tokens.at();
                out.rest(view, at, spent);
                Opened::Fully
            }
        }
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let range = opening.span.range(parent.len());
        let is_data = parent[..range.start].ends_with(b"<data>");
        let value = match is_data {
            true => BASE64.encode(content).into_bytes(),
            false => entities::escape(content),
        };
        Some(splice(parent, opening.span, &value))
    }
}

enum Stop {
    NotPlist,
    Spent(Spent),
}

impl From<Spent> for Stop {
    fn from(spent: Spent) -> Self {
        Self::Spent(spent)
    }
}

struct Scan<'a> {
    view: &'a View<'a>,
    tokens: Tokens<'a>,
    path: String,
}

/// A token that means something here.
enum Mark {
    Open(Range<usize>),
    Empty(Range<usize>),
    Close,
    Text(Range<usize>),
    End,
}

impl Scan<'_> {
    fn document(&mut self, purse: &mut Purse, out: &mut Pieces) -> Result<(), Stop> {
        match self.mark()? {
            Mark::Open(name) if self.is(&name, b"plist") => {}
            _ => return Err(Stop::NotPlist),
        }
        let first = self.mark()?;
        self.value(first, purse, out, 0)?;
        match (self.mark()?, self.mark()?) {
            (Mark::Close, Mark::End) => Ok(()),
            _ => Err(Stop::NotPlist),
        }
    }

    fn is(&self, name: &Range<usize>, expected: &[u8]) -> bool {
        self.view.bytes.get(name.clone()) == Some(expected)
    }

    /// The next token that is not white space between elements.
    fn mark(&mut self) -> Result<Mark, Stop> {
        loop {
            return Ok(match self.tokens.next().ok_or(Stop::NotPlist)? {
                None => Mark::End,
                Some(Token::Open { name, closed: false, .. }) => Mark::Open(name),
                Some(Token::Open { name, .. }) => Mark::Empty(name),
                Some(Token::Close { .. }) => Mark::Close,
                Some(Token::Text(range)) => {
                    if self.view.bytes[range.clone()].trim_ascii().is_empty() {
                        continue;
                    }
                    Mark::Text(range)
                }
            });
        }
    }

    /// The text of an element whose start tag has been read.
    fn text(&mut self) -> Result<Range<usize>, Stop> {
        let here = self.tokens.at();
        match self.mark()? {
            Mark::Close => Ok(here..here),
            Mark::Text(range) => match self.mark()? {
                Mark::Close => Ok(range),
                _ => Err(Stop::NotPlist),
            },
            _ => Err(Stop::NotPlist),
        }
    }

    fn value(
        &mut self,
        mark: Mark,
        purse: &mut Purse,
        out: &mut Pieces,
        depth: usize,
    ) -> Result<(), Stop> {
        purse.pay_node(out.len())?;
        let name = match mark {
            Mark::Open(name) => name,
            Mark::Empty(name) if self.is(&name, b"true") || self.is(&name, b"false") => {
                purse.pay_bytes(self.path.len())?;
                out.part(name, &self.path).ending(End::Plain);
                return Ok(());
            }
            Mark::Empty(_) => return Ok(()),
            _ => return Err(Stop::NotPlist),
        };
        if depth > DEEPEST {
            return Err(Stop::NotPlist);
        }
        match self.view.bytes.get(name).unwrap_or_default() {
            b"dict" => self.dictionary(purse, out, depth),
            b"array" => self.list(purse, out, depth),
            kind => {
                let is_data = kind == b"data";
                let is_text = kind == b"string";
                let range = self.text()?;
                purse.pay_bytes(self.path.len())?;
                self.leaf(range, is_data, is_text, out)
            }
        }
    }

    fn leaf(
        &self,
        range: Range<usize>,
        is_data: bool,
        is_text: bool,
        out: &mut Pieces,
    ) -> Result<(), Stop> {
        let path = &self.path;
        if is_data {
            let digits: Vec<u8> =
                self.view.bytes[range.clone()].iter().copied().filter(|b| *b > b' ').collect();
            let bytes = BASE64.decode(&digits).map_err(|_| Stop::NotPlist)?;
            out.made(range, bytes, path);
        } else {
            let step = out.step(|text| text.push_str(path));
            let piece = put(self.view, range, step, out);
            if !is_text {
                piece.ending(End::Plain);
            }
        }
        Ok(())
    }

    fn dictionary(
        &mut self,
        purse: &mut Purse,
        out: &mut Pieces,
        depth: usize,
    ) -> Result<(), Stop> {
        loop {
            match self.mark()? {
                Mark::Close => return Ok(()),
                Mark::Open(name) if self.is(&name, b"key") => {}
                _ => return Err(Stop::NotPlist),
            }
            let key = self.text()?;
            let base = self.path.len();
            self.path.push(if depth == 0 { ':' } else { '.' });
            let key = entities::unescape(&self.view.bytes[key]);
            steps::push_key(&mut self.path, &key);
            let first = self.mark()?;
            self.value(first, purse, out, depth + 1)?;
            self.path.truncate(base);
        }
    }

    fn list(&mut self, purse: &mut Purse, out: &mut Pieces, depth: usize) -> Result<(), Stop> {
        for index in 0.. {
            let first = self.mark()?;
            if matches!(first, Mark::Close) {
                break;
            }
            let base = self.path.len();
            if depth == 0 {
                self.path.push(':');
            }
            steps::push_index(&mut self.path, index);
            self.value(first, purse, out, depth + 1)?;
            self.path.truncate(base);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn leaves_are_addressed_by_keys() {
        let list = b"<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"x\" \"y\">\n\
            <plist version=\"1.0\"><dict><key>v</key><integer>3</integer>\n\
            <key>a &amp; b</key><array><string>x &lt; y</string><true/></array>\
            <key>d</key><data>\n aGVs\n bG8= </data><key>e</key><string></string></dict></plist>\n";
        let expected = [
            "plist:v = 3",
            "plist:\"a & b\"[0] = x < y",
            "plist:\"a & b\"[1] = true",
            "plist:d = hello",
            "plist:e = ",
        ];
        assert_eq!(layers(list), expected);
        for path in ["plist:v", "plist:\"a & b\"[0]", "plist:e"] {
            assert_eq!(replanted(list, path, "p & q").as_deref(), Some("p & q"), "{path}");
        }
    }
}
