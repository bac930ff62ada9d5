//! Protobuf without a schema (the wire format of protobuf.dev, "Encoding"): every leaf field is
//! one piece, addressed by field numbers.
//!
//! The format has no magic number and fits a hundredth of all short binary, so a message is
//! believed only if every byte of it is accounted for and it holds text, or its field numbers
//! are small and in order. Numbers are given as decimal text, since only a schema could tell
//! signed from unsigned or from a fraction.

use std::ops::Range;

use bytes::Bytes;
use candor_case::{End, Opening};

use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View};
use crate::label::Media;
use crate::pieces::{Pieces, Put};
use crate::shape::kind;
use crate::steps;

mod edit;
mod looks;
mod wire;

use looks::{begins_as_field, is_packed, is_submessage};
pub(crate) use looks::{holds_text, is_message};
use wire::{Field, Fields, Value};

/// The codec.
pub(crate) struct Protobuf;

/// How deep one message is followed; bounds the length of a path.
const DEEPEST: usize = 64;

impl Codec for Protobuf {
    fn name(&self) -> &'static str {
        "protobuf"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.len() >= 2
            && view.label.coding().is_none()
            && (view.shape.any(kind::BINARY) || begins_as_field(view.bytes))
            && match view.label.media {
                Media::Protobuf => Fields::of(view.bytes).all_valid(),
                _ => is_message(view.bytes),
            }
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let mut scan = Scan::new(view, purse, out);
        let read = scan.message();
        scan.finish();
        if let Err((at, spent)) = read {
            out.rest(view, at, spent);
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        edit::replace(parent, opening.span.range(parent.len()), content)
    }
}

/// A message that is being read.
struct Frame<'a> {
    fields: Fields<'a>,
    /// Where the message stands in the layer.
    start: usize,
    /// Length of its path.
    base: usize,
    counts: Vec<Count>,
}

/// How often a field occurs in a message, and how many of them have been read.
struct Count {
    number: u32,
    total: usize,
    read: usize,
}

struct Scan<'a, 'v> {
    view: &'a View<'a>,
    purse: &'a mut Purse,
    stack: Vec<Frame<'a>>,
    path: String,
    out: &'a mut Pieces<'v>,
    /// Numbers in decimal, one after the other, and the pieces they belong to.
    digits: String,
    numbers: Vec<(usize, Range<usize>)>,
}

impl<'a, 'v> Scan<'a, 'v> {
    fn new(view: &'a View<'a>, purse: &'a mut Purse, out: &'a mut Pieces<'v>) -> Self {
        Self {
            view,
            purse,
            stack: Vec::new(),
            path: String::from("protobuf:"),
            out,
            digits: String::new(),
            numbers: Vec::new(),
        }
    }

    /// Reads the whole layer; on a shortfall gives the place from which nothing was read.
    fn message(&mut self) -> Result<(), (usize, Spent)> {
        self.enter(0..self.view.bytes.len()).map_err(|spent| (0, spent))?;
        while let Some(frame) = self.stack.last_mut() {
            let here = frame.start + frame.fields.at();
            match frame.fields.next().flatten() {
                Some(field) => self.field(field).map_err(|spent| (here, spent))?,
                None => {
                    self.stack.pop();
                }
            }
        }
        Ok(())
    }

    /// Starts on a message: counts its fields, since a path says an index only among several.
    fn enter(&mut self, range: Range<usize>) -> Result<(), Spent> {
        let view = self.view;
        let fields = Fields::of(&view.bytes[range.clone()]);
        let mut numbers = Vec::new();
        for field in fields.clone().flatten() {
            self.purse.pay_node(self.out.len())?;
            numbers.push(field.number);
        }
        numbers.sort_unstable();
        let runs = numbers.chunk_by(|a, b| a == b);
        let counts = runs.map(|run| Count { number: run[0], total: run.len(), read: 0 }).collect();
        self.stack.push(Frame { fields, start: range.start, base: self.path.len(), counts });
        Ok(())
    }

    fn field(&mut self, field: Field) -> Result<(), Spent> {
        let start = self.step_to(field.number);
        match field.value {
            Value::Number(number) => self.number(number, start, field.content),
            Value::Bytes(range) => self.bytes(start + range.start..start + range.end),
        }
    }

    /// Sets the path to a field of the message on top; gives where that message starts.
    fn step_to(&mut self, number: u32) -> usize {
        let top = self.stack.len() == 1;
        let Some(frame) = self.stack.last_mut() else { return 0 };
        self.path.truncate(frame.base);
        if !top {
            self.path.push('.');
        }
        steps::push_number(&mut self.path, u64::from(number));
        let at = frame.counts.binary_search_by_key(&number, |count| count.number);
        let count = at.ok().and_then(|at| frame.counts.get_mut(at)).filter(|c| c.total > 1);
        if let Some(count) = count {
            steps::push_index(&mut self.path, count.read);
            count.read += 1;
        }
        frame.start
    }

    fn number(&mut self, number: u64, start: usize, at: Range<usize>) -> Result<(), Spent> {
        let from = self.digits.len();
        steps::push_number(&mut self.digits, number);
        self.numbers.push((self.out.len(), from..self.digits.len()));
        self.push(start + at.start..start + at.end)?.ending(End::Plain);
        Ok(())
    }

    fn bytes(&mut self, range: Range<usize>) -> Result<(), Spent> {
        let content = &self.view.bytes[range.clone()];
        if self.stack.len() < DEEPEST && is_submessage(content) {
            return self.enter(range);
        }
        let packed = is_packed(content);
        let piece = self.push(range)?;
        if packed {
            piece.ending(End::Value);
        }
        Ok(())
    }

    fn push(&mut self, range: Range<usize>) -> Result<Put<'_>, Spent> {
        self.purse.pay_node(self.out.len())?;
        self.purse.pay_bytes(self.path.len())?;
        Ok(self.out.part(range, &self.path))
    }

    /// Puts the numbers into their pieces.
    fn finish(self) {
        let Self { out, digits, numbers, .. } = self;
        let digits = Bytes::from(digits);
        for (at, range) in numbers {
            out.set_bytes(at, digits.slice(range));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn fields_are_addressed_by_number() {
        let message =
            b"\x09\x01\x00\x00\x00\x00\x00\x00\x00\x1a\x0e\x08\x07\x42\x0a\x0a\x08visit-42\
            \x1a\x06\x42\x04\x0a\x02ok\x20\x96\x01\x2a\x03\x01\x02\x03";
        let expected = [
            "protobuf:1 = 1",
            "protobuf:3[0].1 = 7",
            "protobuf:3[0].8.1 = visit-42",
            "protobuf:3[1].8.1 = ok",
            "protobuf:4 = 150",
            "protobuf:5 = \\x01\\x02\\x03",
        ];
        assert_eq!(layers(message), expected);
        let found = replanted(message, "protobuf:3[0].8.1", &"long ".repeat(50));
        assert_eq!(found, Some("long ".repeat(50)));
        assert_eq!(replanted(message, "protobuf:4", "12345").as_deref(), Some("12345"));
        assert_eq!(replanted(message, "protobuf:4", "words"), None);
    }
}
