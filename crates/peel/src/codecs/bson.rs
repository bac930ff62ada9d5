//! BSON (bsonspec.org, 1.1): every leaf of a document, addressed by names.

use std::ops::Range;

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::walk::{self, DEEPEST, Leaf, Looks, Name, Number, Stop, Value, Visit};

/// The codec.
pub(crate) struct Bson;

impl Codec for Bson {
    fn name(&self) -> &'static str {
        "bson"
    }

    fn accepts(&self, view: &View) -> bool {
        is_document(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        walk::open(view, purse, out, "bson", read)
    }

    /// Writes the content anew, and the length of every document around it.
    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let mut around = Vec::new();
        let leaf = walk::find(parent, opening.span.range(parent.len()), read)?;
        documents(parent, &mut around)?;
        let nul = match leaf.value {
            Value::Text if !content.contains(&0) => &[0][..],
            Value::Bytes => &[][..],
            _ => return None,
        };
        let len = i32::try_from(content.len() + nul.len()).ok()?;
        let mut bytes = parent.to_vec();
        let old_len = leaf.content.len() + nul.len();
        bytes[leaf.head..leaf.head + 4].copy_from_slice(&len.to_le_bytes());
        bytes.splice(leaf.content.clone(), content.iter().copied());
        for document in around.iter().filter(|document| document.contains(&leaf.head)) {
            let len = i32::try_from(document.len() - old_len).ok()?.checked_add(len)?;
            bytes[document.start..document.start + 4].copy_from_slice(&len.to_le_bytes());
        }
        Some(bytes)
    }
}

/// Whether bytes of unknown kind are such a document.
pub(crate) fn is_document(bytes: &[u8]) -> bool {
    let whole = bytes.first_chunk().map(|len| i32::from_le_bytes(*len) as usize);
    whole == Some(bytes.len())
        && bytes.last() == Some(&0)
        && Looks::at(bytes, read).is_some_and(Looks::is_convincing)
}

fn read(bytes: &[u8], visit: &mut dyn Visit) -> Result<(), Stop> {
    let mut reader = Reader::new(bytes);
    document(&mut reader, visit, false, 0, &mut |_| ())?;
    if reader.is_done() { Ok(()) } else { Err(Stop::NotIt) }
}

/// Where documents stand, the inner ones before those around them.
fn documents(bytes: &[u8], found: &mut Vec<Range<usize>>) -> Option<()> {
    struct Nobody;
    impl Visit for Nobody {
        fn enter(&mut self, _: Name) -> Result<(), Stop> {
            Ok(())
        }
        fn leave(&mut self) {}
        fn leaf(&mut self, _: Leaf) -> Result<(), Stop> {
            Ok(())
        }
    }
    let mut reader = Reader::new(bytes);
    document(&mut reader, &mut Nobody, false, 0, &mut |range| found.push(range)).ok()
}

fn document(
    reader: &mut Reader,
    visit: &mut dyn Visit,
    is_list: bool,
    depth: usize,
    whole: &mut dyn FnMut(Range<usize>),
) -> Result<(), Stop> {
    let start = reader.at;
    let len = reader.little(4).ok_or(Stop::NotIt)?;
    if depth > DEEPEST || len > (reader.bytes.len() - start) as u64 {
        return Err(Stop::NotIt);
    }
    for index in 0.. {
        let kind = reader.byte().ok_or(Stop::NotIt)?;
        if kind == 0 {
            break;
        }
        let name = text_to_nul(reader)?;
        visit.enter(if is_list { Name::Index(index) } else { Name::Key(name) })?;
        match kind {
            3 | 4 => document(reader, visit, kind == 4, depth + 1, whole)?,
            _ => leaf(kind, reader, visit)?,
        }
        visit.leave();
    }
    whole(start..reader.at);
    if (reader.at - start) as u64 == len { Ok(()) } else { Err(Stop::NotIt) }
}

fn text_to_nul<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Stop> {
    let len = memchr::memchr(0, reader.rest()).ok_or(Stop::NotIt)?;
    let text = reader.take(len).ok_or(Stop::NotIt)?;
    reader.at += 1;
    Ok(text)
}

fn leaf(kind: u8, reader: &mut Reader, visit: &mut dyn Visit) -> Result<(), Stop> {
    let head = reader.at;
    let mut fixed = |len: usize| reader.little(len).ok_or(Stop::NotIt);
    let value = match kind {
        0x01 => Value::Number(Number::Float(f64::from_bits(fixed(8)?))),
        0x08 => Value::Number(Number::Truth(fixed(1)? != 0)),
        0x09 | 0x12 => Value::Number(Number::Signed(fixed(8)? as i64)),
        0x10 => Value::Number(Number::Signed(i64::from(fixed(4)? as i32))),
        0x11 => Value::Number(Number::Unsigned(fixed(8)?)),
        0x02 | 0x0d | 0x0e => return text(reader, visit),
        0x05 => return binary(reader, visit),
        0x07 | 0x13 => {
            reader.take(if kind == 7 { 12 } else { 16 }).ok_or(Stop::NotIt)?;
            Value::Opaque
        }
        0x06 | 0x0a | 0x7f | 0xff => return Ok(()),
        0x0b => {
            text_to_nul(reader)?;
            text_to_nul(reader)?;
            return Ok(());
        }
        _ => return Err(Stop::NotIt),
    };
    visit.leaf(Leaf { head, content: head..reader.at, value })
}

/// Text with its length and a zero behind it.
fn text(reader: &mut Reader, visit: &mut dyn Visit) -> Result<(), Stop> {
    let head = reader.at;
    let len = reader.little_len().and_then(|len| len.checked_sub(1)).ok_or(Stop::NotIt)?;
    let start = reader.at;
    reader.take(len).ok_or(Stop::NotIt)?;
    if reader.byte() != Some(0) {
        return Err(Stop::NotIt);
    }
    visit.leaf(Leaf { head, content: start..start + len, value: Value::Text })
}

fn binary(reader: &mut Reader, visit: &mut dyn Visit) -> Result<(), Stop> {
    let head = reader.at;
    let len = reader.little_len().ok_or(Stop::NotIt)?;
    reader.byte().ok_or(Stop::NotIt)?;
    let start = reader.at;
    reader.take(len).ok_or(Stop::NotIt)?;
    visit.leaf(Leaf { head, content: start..reader.at, value: Value::Bytes })
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    /// `{"v": 3, "user": {"u": "ada@example.org", "on": true}, "l": ["x", 1.5]}`.
    const SAMPLE: &[u8] = b"\x55\0\0\0\x10v\0\x03\0\0\0\x03user\0\x21\0\0\0\x02u\0\x10\0\0\0\
        ada@example.org\0\x08on\0\x01\0\x04l\0\x19\0\0\0\x02\x30\0\x02\0\0\0x\0\x01\x31\0\
        \0\0\0\0\0\0\xf8\x3f\0\0";

    #[test]
    fn leaves_are_addressed_by_names() {
        let mut sample = SAMPLE.to_vec();
        sample[0] = sample.len() as u8;
        let expected = [
            "bson:v = 3",
            "bson:user.u = ada@example.org",
            "bson:user.on = true",
            "bson:l[0] = x",
            "bson:l[1] = 1.5",
        ];
        assert_eq!(layers(&sample), expected);
        for value in ["grace", &"long ".repeat(70)] {
            assert_eq!(replanted(&sample, "bson:user.u", value).as_deref(), Some(value));
        }
        assert!(layers(&sample[..sample.len() - 1]).is_empty());
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let mut sample = SAMPLE.to_vec();
        sample[0] = sample.len() as u8;
        for at in [16, 24] {
            let mut broken = sample.clone();
            broken[at] = broken[at].wrapping_add(1);
            assert!(layers(&broken).is_empty(), "{at}");
        }
    }
}
