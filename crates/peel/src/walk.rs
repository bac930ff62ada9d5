//! Walking documents of nested values: what readers of MessagePack, CBOR and their like report, and
//! the two who listen, one that only wants to know whether the bytes are such a document, and one
//! that takes its leaves out.

use std::ops::Range;

use bytes::Bytes;
use candor_case::End;

use crate::budget::{Purse, Spent};
use crate::codec::{Opened, View};
use crate::pieces::Pieces;
use crate::shape::{Shape, kind};
use crate::steps;
use crate::text::is_utf8_text;

/// How deep one document is followed; bounds recursion and the length of a path.
pub(crate) const DEEPEST: usize = 64;

/// Why reading a document stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bytes are no such document.
    NotIt,
    /// A budget ended.
    Spent(Spent),
    /// What was looked for was found.
    Found,
}

impl From<Spent> for Stop {
    fn from(spent: Spent) -> Self {
        Self::Spent(spent)
    }
}

/// What a value is called in its container.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name<'a> {
    /// A key.
    Key(&'a [u8]),
    /// A key that is a number, and is the name of a field.
    Number(i64),
    /// A position.
    Index(usize),
}

/// A number of any kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Truth(bool),
}

/// A value that holds no others; ranges are within the layer.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Where its head begins, which says its kind and length.
    pub(crate) head: usize,
    /// Its content.
    pub(crate) content: Range<usize>,
    pub(crate) value: Value,
}

/// What a leaf holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Text as it stands.
    Text,
    /// Text that was written in another way.
    Written(String),
    /// Bytes that may be anything.
    Bytes,
    /// A short value that explains itself by its field.
    Opaque,
    /// A number.
    Number(Number),
}

/// Who is told of the values of a document, in its order.
pub(crate) trait Visit {
    /// A value of that name begins.
    fn enter(&mut self, name: Name) -> Result<(), Stop>;
    /// The value that began last ends.
    fn leave(&mut self);
    /// The value that began last is this.
    fn leaf(&mut self, leaf: Leaf) -> Result<(), Stop>;
}

/// A reader of one format: tells a listener of every value in the bytes.
pub(crate) type Reading = fn(&[u8], &mut dyn Visit) -> Result<(), Stop>;

/// What a document looks like from outside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looks {
    /// Values that hold no others.
    pub(crate) leaves: usize,
    /// Bytes of text, in keys and values.
    pub(crate) text: usize,
    /// Bytes that should be text and are not.
    pub(crate) garbled: usize,
}

impl Looks {
    /// Looks through bytes that may be a document of that format.
    pub(crate) fn at(bytes: &[u8], read: Reading) -> Option<Self> {
        let mut listener = Looking { bytes, looks: Self::default(), depth: 0 };
        match read(bytes, &mut listener) {
            Ok(()) => Some(listener.looks),
            Err(_) => None,
        }
    }

    /// Whether it holds text, and nothing that should be text and is not: next to certain, since
    /// every byte of the document is accounted for, too.
    pub(crate) fn is_convincing(self) -> bool {
        self.leaves > 0 && self.text >= 4 && self.garbled == 0
    }
}

struct Looking<'a> {
    bytes: &'a [u8],
    looks: Looks,
    depth: usize,
}

impl Looking<'_> {
    fn text(&mut self, text: &[u8]) {
        match is_utf8_text(text) {
            true => self.looks.text += text.len(),
            false => self.looks.garbled += text.len(),
        }
    }
}

impl Visit for Looking<'_> {
    fn enter(&mut self, name: Name) -> Result<(), Stop> {
        if let Name::Key(key) = name {
            self.text(key);
        }
        self.depth += 1;
        if self.depth <= DEEPEST { Ok(()) } else { Err(Stop::NotIt) }
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Stop> {
        self.looks.leaves += 1;
        match leaf.value {
            Value::Text => self.text(self.bytes.get(leaf.content).unwrap_or_default()),
            Value::Written(text) => self.text(text.as_bytes()),
            Value::Bytes | Value::Opaque | Value::Number(_) => {}
        }
        Ok(())
    }
}

/// Takes the leaves of the layer out into pieces whose steps begin with `codec`.
pub(crate) fn open(
    view: &View,
    purse: &mut Purse,
    out: &mut Pieces,
    codec: &str,
    read: Reading,
) -> Opened {
    let mut taking = Taking::new(purse, out, codec);
    let done = read(view.bytes, &mut taking);
    let last = taking.last;
    taking.finish();
    match done {
        Ok(()) => Opened::Fully,
        Err(Stop::Spent(spent)) => {
            out.rest(view, last, spent);
            Opened::Fully
        }
        Err(_) => Opened::No,
    }
}

struct Taking<'a, 'v> {
    purse: &'a mut Purse,
    out: &'a mut Pieces<'v>,
    path: String,
    /// Lengths of the path before each name in it.
    bases: Vec<usize>,
    /// How far leaves have been taken.
    last: usize,
    /// Text that was made, one after the other, and the pieces it belongs to.
    made: String,
    pending: Vec<(usize, Range<usize>)>,
}

impl<'a, 'v> Taking<'a, 'v> {
    fn new(purse: &'a mut Purse, out: &'a mut Pieces<'v>, codec: &str) -> Self {
        let (path, bases) = (codec.to_owned(), Vec::new());
        Self { purse, out, path, bases, last: 0, made: String::new(), pending: Vec::new() }
    }

    fn write(&mut self, text: impl std::fmt::Display) {
        use std::fmt::Write;
        let start = self.made.len();
        let _ = write!(self.made, "{text}");
        self.pending.push((self.out.len(), start..self.made.len()));
    }

    fn finish(self) {
        let made = Bytes::from(self.made);
        for (at, range) in self.pending {
            self.out.set_bytes(at, made.slice(range));
        }
    }
}

impl Visit for Taking<'_, '_> {
    fn enter(&mut self, name: Name) -> Result<(), Stop> {
        self.purse.pay_node(self.out.len())?;
        let first = self.bases.is_empty();
        self.bases.push(self.path.len());
        if first {
            self.path.push(':');
        }
        let separate = |path: &mut String| {
            if !first {
                path.push('.');
            }
        };
        match name {
            Name::Key(key) => {
                separate(&mut self.path);
                steps::push_key(&mut self.path, key);
            }
            Name::Number(number) => {
                separate(&mut self.path);
                if number < 0 {
                    self.path.push('-');
                }
                steps::push_number(&mut self.path, number.unsigned_abs());
            }
            Name::Index(index) => steps::push_index(&mut self.path, index),
        }
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(base) = self.bases.pop() {
            self.path.truncate(base);
        }
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Stop> {
        self.purse.pay_node(self.out.len())?;
        self.purse.pay_bytes(self.path.len())?;
        let plain = match &leaf.value {
            Value::Text | Value::Bytes | Value::Opaque => false,
            Value::Written(text) => {
                self.purse.pay_bytes(text.len())?;
                self.write(text);
                false
            }
            Value::Number(number) => {
                match number {
                    Number::Unsigned(number) => self.write(number),
                    Number::Signed(number) => self.write(number),
                    Number::Float(number) => self.write(number),
                    Number::Truth(truth) => self.write(truth),
                }
                true
            }
        };
        self.last = leaf.content.end;
        let piece = self.out.part(leaf.content, &self.path);
        if plain {
            piece.ending(End::Plain);
        } else if matches!(leaf.value, Value::Opaque) {
            piece.ending(End::Value);
        }
        Ok(())
    }
}

/// The leaf of a document whose content is exactly this range.
pub(crate) fn find(bytes: &[u8], content: Range<usize>, read: Reading) -> Option<Leaf> {
    let mut finding = Finding { content, found: None };
    let _ = read(bytes, &mut finding);
    finding.found
}

struct Finding {
    content: Range<usize>,
    found: Option<Leaf>,
}

impl Visit for Finding {
    fn enter(&mut self, _: Name) -> Result<(), Stop> {
        Ok(())
    }

    fn leave(&mut self) {}

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Stop> {
        if leaf.content != self.content {
            return Ok(());
        }
        self.found = Some(leaf);
        Err(Stop::Found)
    }
}

/// Whether some bytes are text that a document would carry as such: what a reader does who has to
/// tell text from bytes by looks.
pub(crate) fn is_texty(bytes: &[u8]) -> bool {
    !Shape::of(bytes).any(kind::CONTROL) && std::str::from_utf8(bytes).is_ok()
}
