//! One pass over a document: a stack of containers, the path to the value at hand, the pieces.

use std::ops::Range;

use bytes::Bytes;
use candor_case::{ByteSpan, End};

use super::cursor::{Cursor, Scalar};
use super::text;
use crate::budget::{Purse, Spent};
use crate::codec::{Piece, View};
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

/// A container that is being read. `base` is the length of its own path.
#[derive(Clone, Copy)]
enum Frame {
    Object { base: usize },
    Array { base: usize, index: usize },
}

pub(super) struct Scan<'a, 'v> {
    view: &'a View<'v>,
    purse: &'a mut Purse,
    cursor: Cursor<'a>,
    stack: Vec<Frame>,
    path: String,
    pieces: Vec<Piece>,
    /// Unescaped strings, one after the other, and the pieces they belong to.
    plain: Vec<u8>,
    escaped: Vec<(usize, Range<usize>)>,
}

impl<'a, 'v> Scan<'a, 'v> {
    pub(super) fn new(view: &'a View<'v>, purse: &'a mut Purse) -> Self {
        Self {
            view,
            purse,
            cursor: Cursor { bytes: view.bytes, at: 0 },
            stack: Vec::new(),
            path: String::from("$"),
            pieces: Vec::new(),
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
        self.value()?;
        while let Some(frame) = self.stack.last().copied() {
            match frame {
                Frame::Object { base } => self.member(base)?,
                Frame::Array { base, index } => self.element(base, index)?,
            }
        }
        self.cursor.skip_space();
        if self.cursor.at == self.cursor.bytes.len() { Ok(()) } else { Err(Stop::NotJson) }
    }

    /// Goes on in an object: a member after the last one, or its end.
    fn member(&mut self, base: usize) -> Result<(), Stop> {
        let first = self.path.len() == base;
        match self.cursor.next_token().ok_or(Stop::NotJson)? {
            b'}' => return self.leave(base),
            b',' if !first => self.cursor.expect(b'"').ok_or(Stop::NotJson)?,
            b'"' if first => {}
            _ => return Err(Stop::NotJson),
        }
        let key = self.cursor.string().ok_or(Stop::NotJson)?;
        self.cursor.expect(b':').ok_or(Stop::NotJson)?;
        self.path.truncate(base);
        self.path.push('.');
        let raw = &self.cursor.bytes[key.range];
        if key.escaped {
            let mut plain = Vec::new();
            text::unescape(raw, &mut plain).ok_or(Stop::NotJson)?;
            steps::push_key(&mut self.path, &plain);
        } else {
            push_plain_key(&mut self.path, raw);
        }
        self.value()
    }

    /// Goes on in an array: an element after the last one, or its end.
    fn element(&mut self, base: usize, index: usize) -> Result<(), Stop> {
        let first = self.path.len() == base;
        match self.cursor.peek_token().ok_or(Stop::NotJson)? {
            b']' => {
                self.cursor.at += 1;
                return self.leave(base);
            }
            b',' if !first => self.cursor.at += 1,
            _ if first => {}
            _ => return Err(Stop::NotJson),
        }
        if let Some(Frame::Array { index, .. }) = self.stack.last_mut() {
            *index += 1;
        }
        self.path.truncate(base);
        steps::push_index(&mut self.path, index);
        self.value()
    }

    /// Leaves a container. Its own path stands again, longer than that of the container around
    /// it, which so knows that it is past its first child.
    fn leave(&mut self, base: usize) -> Result<(), Stop> {
        self.path.truncate(base);
        self.stack.pop();
        Ok(())
    }

    /// Reads a scalar, or enters a container.
    fn value(&mut self) -> Result<(), Stop> {
        self.purse.pay_node(self.pieces.len())?;
        let token = self.cursor.peek_token().ok_or(Stop::NotJson)?;
        let base = self.path.len();
        match token {
            b'{' | b'[' if self.stack.len() == DEEPEST => return self.too_deep(),
            b'{' => self.stack.push(Frame::Object { base }),
            b'[' => self.stack.push(Frame::Array { base, index: 0 }),
            b'"' => return self.string(),
            _ => return self.scalar(),
        }
        self.cursor.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Stop> {
        self.cursor.at += 1;
        let string = self.cursor.string().ok_or(Stop::NotJson)?;
        if string.escaped {
            let start = self.plain.len();
            let raw = &self.cursor.bytes[string.range.clone()];
            text::unescape(raw, &mut self.plain).ok_or(Stop::NotJson)?;
            self.escaped.push((self.pieces.len(), start..self.plain.len()));
            let span = ByteSpan::of(string.range);
            return self.push(|step| Piece::new(Bytes::new(), span, step));
        }
        let view = self.view;
        self.push(|step| view.part(string.range, step))
    }

    fn scalar(&mut self) -> Result<(), Stop> {
        let (range, kind) = self.cursor.scalar().ok_or(Stop::NotJson)?;
        // A bare number or word is not a document worth opening, and `null` says nothing.
        if self.stack.is_empty() {
            return Err(Stop::NotJson);
        }
        let view = self.view;
        match kind {
            Scalar::Null => Ok(()),
            Scalar::Value => self.push(|step| view.part(range, step).ending(End::Plain)),
        }
    }

    /// Takes a container as it stands, without following it.
    fn too_deep(&mut self) -> Result<(), Stop> {
        let start = self.cursor.at;
        self.cursor.skip_container().ok_or(Stop::NotJson)?;
        let (view, end) = (self.view, self.cursor.at);
        self.push(|step| view.part(start..end, step))
    }

    fn push(&mut self, piece: impl FnOnce(String) -> Piece) -> Result<(), Stop> {
        self.purse.pay_bytes(self.path.len())?;
        self.pieces.push(piece(self.path.as_str().to_owned()));
        Ok(())
    }

    /// The pieces, with the unescaped strings put in.
    pub(super) fn finish(self) -> Vec<Piece> {
        let Self { mut pieces, plain, escaped, .. } = self;
        let plain = Bytes::from(plain);
        for (at, range) in escaped {
            if let Some(piece) = pieces.get_mut(at) {
                piece.bytes = plain.slice(range);
            }
        }
        pieces
    }
}

/// Like [`steps::push_key`], with a short way for the keys that need no quoting.
fn push_plain_key(path: &mut String, key: &[u8]) {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b'@');
    match std::str::from_utf8(key) {
        Ok(text) if (1..=64).contains(&key.len()) && key.iter().all(plain) => path.push_str(text),
        _ => steps::push_key(path, key),
    }
}
