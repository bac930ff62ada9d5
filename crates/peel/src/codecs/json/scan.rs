//! One pass over a document: a stack of containers, the path to the value at hand, the pieces.

use std::ops::Range;

use bytes::Bytes;

use super::cursor::{Cursor, Scalar};
use super::names::Names;
use super::text;
use crate::budget::{Purse, Spent};
use crate::codec::View;
use crate::codecs::char_codes;
use crate::pieces::{Pieces, Stop as Ending};
use crate::steps;

/// How deep one document is followed; bounds the length of a path.
const DEEPEST: usize = 128;

/// Why scanning stopped before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    NotJson,
    Spent(Spent),
}

impl From<Spent> for Stop {
    fn from(spent: Spent) -> Self {
        Self::Spent(spent)
    }
}

/// A container that is being read.
#[derive(Clone, Copy)]
struct Frame {
    is_object: bool,
    /// Length of its own path.
    base: usize,
    /// How many values have been read.
    count: usize,
    /// How many of them may be character codes or bytes.
    codes: usize,
    /// Where it begins, and the number of its first piece.
    start: (usize, usize),
}

/// What a value is called in its container.
enum Name {
    Root,
    Key(Range<usize>),
    Index(usize),
}

pub(super) struct Scan<'a, 'v> {
    purse: &'a mut Purse,
    cursor: Cursor<'a>,
    stack: Vec<Frame>,
    /// The path of the innermost container, and perhaps of one that has been left.
    path: String,
    names: Names,
    out: &'a mut Pieces<'v>,
    /// Unescaped strings, one after the other, and the pieces they belong to.
    plain: Vec<u8>,
    escaped: Vec<(usize, Range<usize>)>,
}

impl<'a, 'v> Scan<'a, 'v> {
    pub(super) fn new(view: &'a View<'a>, purse: &'a mut Purse, out: &'a mut Pieces<'v>) -> Self {
        Self {
            purse,
            cursor: Cursor { bytes: view.bytes, at: 0 },
            stack: Vec::new(),
            path: String::from("$"),
            names: Names::new(),
            out,
            plain: Vec::new(),
            escaped: Vec::new(),
        }
    }

    /// How far the document has been read.
    pub(super) fn at(&self) -> usize {
        self.cursor.at
    }

    /// Reads one value, what belongs to it, and nothing after it.
    pub(super) fn document(&mut self) -> Result<(), Stop> {
        self.value(Name::Root)?;
        while let Some(frame) = self.stack.last_mut() {
            let count = frame.count;
            frame.count += 1;
            match frame.is_object {
                true => self.member(count == 0)?,
                false => self.element(count)?,
            }
        }
        self.cursor.skip_space();
        if self.cursor.at == self.cursor.bytes.len() { Ok(()) } else { Err(Stop::NotJson) }
    }

    /// Goes on in an object: a member after the last one, or its end.
    fn member(&mut self, first: bool) -> Result<(), Stop> {
        match self.cursor.next_token().ok_or(Stop::NotJson)? {
            b'}' => return self.leave(),
            b',' if !first => self.cursor.expect(b'"').ok_or(Stop::NotJson)?,
            b'"' if first => {}
            _ => return Err(Stop::NotJson),
        }
        let key = self.cursor.string().ok_or(Stop::NotJson)?;
        self.cursor.expect(b':').ok_or(Stop::NotJson)?;
        let name = self.names.name(self.cursor.bytes, &key).ok_or(Stop::NotJson)?;
        self.value(Name::Key(name))
    }

    /// Goes on in an array: an element after the last one, or its end.
    fn element(&mut self, index: usize) -> Result<(), Stop> {
        match self.cursor.peek_token().ok_or(Stop::NotJson)? {
            b']' => {
                self.cursor.at += 1;
                return self.leave();
            }
            b',' if index > 0 => self.cursor.at += 1,
            _ if index == 0 => {}
            _ => return Err(Stop::NotJson),
        }
        self.value(Name::Index(index))
    }

    /// Reads a scalar, or enters a container.
    fn value(&mut self, name: Name) -> Result<(), Stop> {
        self.purse.pay_node(self.out.len())?;
        match self.cursor.peek_token().ok_or(Stop::NotJson)? {
            token @ (b'{' | b'[') if self.stack.len() < DEEPEST => {
                self.enter(token == b'{', name);
                Ok(())
            }
            b'{' | b'[' => self.too_deep(name),
            b'"' => self.string(name),
            _ => self.scalar(name),
        }
    }

    fn enter(&mut self, is_object: bool, name: Name) {
        self.path.truncate(self.base());
        match name {
            Name::Root => {}
            Name::Key(printed) => self.path.push_str(self.names.text(&printed)),
            Name::Index(index) => steps::push_index(&mut self.path, index),
        }
        let start = (self.cursor.at, self.out.len());
        self.stack.push(Frame { is_object, base: self.path.len(), count: 0, codes: 0, start });
        self.cursor.at += 1;
    }

    /// Ends a container. Where all it holds are numbers that spell something, it is one piece.
    fn leave(&mut self) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        // The end has been counted, too.
        let all = frame.codes >= char_codes::FEWEST && frame.codes + 1 == frame.count;
        if !all || self.stack.is_empty() {
            return Ok(());
        }
        let range = frame.start.0..self.cursor.at;
        self.purse.pay_bytes(range.len())?;
        if char_codes::is_list(&self.cursor.bytes[range.clone()]) {
            self.out.keep(frame.start.1);
            let path = self.path.get(..frame.base).unwrap_or("$");
            let step = self.out.step(|text| text.push_str(path));
            self.out.leaf(range, step, Ending::Unknown);
        }
        Ok(())
    }

    /// Length of the path of the innermost container.
    fn base(&self) -> usize {
        self.stack.last().map_or(1, |frame| frame.base)
    }

    fn string(&mut self, name: Name) -> Result<(), Stop> {
        self.cursor.at += 1;
        let string = self.cursor.string().ok_or(Stop::NotJson)?;
        if string.escaped {
            let start = self.plain.len();
            let raw = &self.cursor.bytes[string.range.clone()];
            text::unescape(raw, &mut self.plain).ok_or(Stop::NotJson)?;
            self.escaped.push((self.out.len(), start..self.plain.len()));
        }
        self.push(string.range, name, Ending::Unknown)
    }

    fn scalar(&mut self, name: Name) -> Result<(), Stop> {
        let (range, kind) = self.cursor.scalar().ok_or(Stop::NotJson)?;
        // A bare number or word is not a document worth opening, and `null` says nothing.
        if self.stack.is_empty() {
            return Err(Stop::NotJson);
        }
        if let Some(frame) = self.stack.last_mut() {
            let is_code = char_codes::is_code(&self.cursor.bytes[range.clone()]);
            frame.codes += usize::from(is_code);
        }
        match kind {
            Scalar::Null => Ok(()),
            Scalar::Value => self.push(range, name, Ending::Plain),
        }
    }

    /// Takes a container as it stands, without following it.
    fn too_deep(&mut self, name: Name) -> Result<(), Stop> {
        let start = self.cursor.at;
        self.cursor.skip_container().ok_or(Stop::NotJson)?;
        self.push(start..self.cursor.at, name, Ending::Unknown)
    }

    fn push(&mut self, range: Range<usize>, name: Name, stop: Ending) -> Result<(), Stop> {
        let path = self.path.get(..self.base()).unwrap_or("$");
        let step = match name {
            Name::Root => self.out.step(|text| text.push_str(path)),
            Name::Key(printed) => self.out.step_of_two(path, self.names.text(&printed)),
            Name::Index(index) => self.out.step(|text| {
                text.push_str(path);
                steps::push_index(text, index);
            }),
        };
        self.purse.pay_bytes(step.len())?;
        self.out.leaf(range, step, stop);
        Ok(())
    }

    /// Puts the unescaped strings into their pieces.
    pub(super) fn finish(self) {
        let Self { out, plain, escaped, .. } = self;
        let plain = Bytes::from(plain);
        for (at, range) in escaped {
            out.set_bytes(at, plain.slice(range));
        }
    }
}
