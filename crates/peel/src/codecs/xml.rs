//! XML 1.0: the text of elements and the values of attributes, addressed by names from the root
//! (`xml:event.user.u`, `xml:event.user.@id`), and property lists, addressed by their own keys
//! (`plist:user.u`). A document is believed only if its tags match to the last byte.

use std::borrow::Cow;
use std::ops::Range;

use candor_case::{Opening, Step};

use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::entities;
use crate::pieces::{Pieces, Put};
use crate::steps;

mod plist;
mod token;

pub(crate) use plist::XmlPlist;
use token::{Token, Tokens};

/// The codec.
pub(crate) struct Xml;

/// How deep one document is followed; bounds the length of a path.
const DEEPEST: usize = 128;

impl Codec for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn accepts(&self, view: &View) -> bool {
        begins(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut scan = Scan {
            bytes: view.bytes,
            path: "xml:".to_owned(),
            bases: Vec::new(),
            found: Vec::new(),
        };
        let done = scan.document(purse, out);
        let mut steps: Vec<Step> = scan.found.iter().map(|(step, _)| *step).collect();
        out.number(&mut steps);
        for (step, (_, range)) in steps.into_iter().zip(&scan.found) {
            put(view, range.clone(), step, out);
        }
        match done {
            Ok(()) => Opened::Fully,
            Err(Stop::NotXml) => Opened::No,
            Err(Stop::Spent(at, spent)) => {
                out.rest(view, at, spent);
                Opened::Fully
            }
        }
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let printable = !content.iter().any(|b| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'));
        printable.then(|| splice(parent, opening.span, &entities::escape(content)))
    }
}

/// Puts a piece of text down, with its references undone.
fn put<'o>(view: &View, range: Range<usize>, step: Step, out: &'o mut Pieces) -> Put<'o> {
    let plain = match entities::unescape(&view.bytes[range.clone()]) {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text.into()),
    };
    out.add(range, plain, step)
}

/// Whether the bytes begin as a document: a declaration, a comment or a tag.
fn begins(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    matches!(text, [b'<', b'?' | b'!' | b'_' | b'a'..=b'z' | b'A'..=b'Z', ..])
        && text.trim_ascii_end().ends_with(b">")
}

enum Stop {
    NotXml,
    Spent(usize, Spent),
}

struct Scan<'a> {
    bytes: &'a [u8],
    path: String,
    /// Lengths of the path before each open element, and the elements' names.
    bases: Vec<(usize, Range<usize>)>,
    /// What was found, with its step.
    found: Vec<(Step, Range<usize>)>,
}

impl Scan<'_> {
    fn document(&mut self, purse: &mut Purse, out: &mut Pieces) -> Result<(), Stop> {
        let mut tokens = Tokens::new(self.bytes);
        let mut roots = 0;
        while let Some(token) = tokens.next().ok_or(Stop::NotXml)? {
            let here = tokens.at();
            purse.pay_node(self.found.len()).map_err(|spent| Stop::Spent(here, spent))?;
            match token {
                Token::Open { name, attributes, closed } => {
                    roots += usize::from(self.bases.is_empty());
                    self.enter(name)?;
                    for (key, value) in attributes {
                        self.attribute(key, value, purse, out).map_err(|s| Stop::Spent(here, s))?;
                    }
                    if closed {
                        self.leave();
                    }
                }
                Token::Close { name } => {
                    let (_, open) = self.bases.last().ok_or(Stop::NotXml)?;
                    if self.bytes[open.clone()] != self.bytes[name] {
                        return Err(Stop::NotXml);
                    }
                    self.leave();
                }
                Token::Text(range) => {
                    let blank = self.bytes[range.clone()].trim_ascii().is_empty();
                    match (blank, self.bases.is_empty()) {
                        (true, _) => {}
                        (false, true) => return Err(Stop::NotXml),
                        (false, false) => {
                            self.keep(range, purse, out).map_err(|s| Stop::Spent(here, s))?;
                        }
                    }
                }
            }
        }
        if roots == 1 && self.bases.is_empty() { Ok(()) } else { Err(Stop::NotXml) }
    }

    fn enter(&mut self, name: Range<usize>) -> Result<(), Stop> {
        if self.bases.len() == DEEPEST {
            return Err(Stop::NotXml);
        }
        self.bases.push((self.path.len(), name.clone()));
        if self.bases.len() > 1 {
            self.path.push('.');
        }
        steps::push_key(&mut self.path, &self.bytes[name]);
        Ok(())
    }

    fn leave(&mut self) {
        if let Some((base, _)) = self.bases.pop() {
            self.path.truncate(base);
        }
    }

    fn attribute(
        &mut self,
        key: Range<usize>,
        value: Range<usize>,
        purse: &mut Purse,
        out: &mut Pieces,
    ) -> Result<(), Spent> {
        let base = self.path.len();
        self.path.push_str(".@");
        steps::push_key(&mut self.path, &self.bytes[key]);
        let kept = purse.pay_node(self.found.len()).and_then(|()| self.keep(value, purse, out));
        self.path.truncate(base);
        kept
    }

    fn keep(
        &mut self,
        range: Range<usize>,
        purse: &mut Purse,
        out: &mut Pieces,
    ) -> Result<(), Spent> {
        purse.pay_bytes(2 * self.path.len())?;
        let path = &self.path;
        let step = out.step(|text| text.push_str(path));
        self.found.push((step, range));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn text_and_attributes_are_addressed_by_names() {
        let document = b"<?xml version=\"1.0\"?>\n<!DOCTYPE e [<!ENTITY x \"y\">]><e v='3'>\
            <!-- no --><u id=\"a&amp;b\"/><l><i>one</i><i>two</i></l><c><![CDATA[<raw>]]></c>\n</e>\n";
        let expected = [
            "xml:e.@v = 3",
            "xml:e.u.@id = a&b",
            "xml:e.l.i[0] = one",
            "xml:e.l.i[1] = two",
            "xml:e.c = <raw>",
        ];
        assert_eq!(layers(document), expected);
        for path in ["xml:e.@v", "xml:e.u.@id", "xml:e.l.i[1]"] {
            let value = "a<b> & c";
            assert_eq!(replanted(document, path, value).as_deref(), Some(value), "{path}");
        }
    }

    #[test]
    fn only_whole_documents_are_opened() {
        let table = [
            "<p>open",
            "<a><b></a></b>",
            "<a/><b/>",
            "a < b > c",
            "<a b>x</a>",
            "<a>x</a> and more",
            "<>",
            "<br>",
            "<!-->",
            "<a 1=2/>",
        ];
        for text in table {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
        assert!(layers("<a>".repeat(1000).as_bytes()).is_empty());
    }
}
