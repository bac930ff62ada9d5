//! Binary property lists (`CFBinaryPList.c` of Apple's CoreFoundation): every leaf, addressed by
//! keys. Objects refer to one another by number, so a list may be a knot: its leaves are counted.

use std::ops::Range;

use candor_case::{End, Limit, Opening};

use crate::budget::{Purse, Spent};
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::walk::{self, DEEPEST, Leaf, Name, Number, Stop, Value, Visit};

const MAGIC: &[u8] = b"bplist0";

/// The codec.
pub(crate) struct BinaryPlist;

impl Codec for BinaryPlist {
    fn name(&self) -> &'static str {
        "plist"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.starts_with(MAGIC)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        match walk::open(view, purse, out, "plist", read) {
            Opened::No => {
                Opened::Partly(End::damaged("plist", "an object is cut short or missing"))
            }
            opened => opened,
        }
    }

    /// Writes the object anew behind all others, and lets its number point there.
    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let leaf = walk::find(parent, opening.span.range(parent.len()), read)?;
        let list = List::of(parent)?;
        let number = (0..list.count).find(|at| list.offset(*at) == Some(leaf.head))?;
        let object = object(&leaf.value, content)?;
        let mut bytes = parent.get(..list.table)?.to_vec();
        bytes.extend(object);
        let table = bytes.len();
        // Offsets of eight bytes reach everywhere.
        for at in 0..list.count {
            let offset = if at == number { list.table } else { list.offset(at)? };
            bytes.extend((offset as u64).to_be_bytes());
        }
        bytes.extend([0, 0, 0, 0, 0, 0, 8, list.reference as u8]);
        for number in [list.count, list.top, table] {
            bytes.extend((number as u64).to_be_bytes());
        }
        Some(bytes)
    }
}

/// An object of text or bytes.
fn object(value: &Value, content: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(content.len()).ok()?;
    let head = |kind: u8, len: u32| [&[kind << 4 | 15, 0x12][..], &len.to_be_bytes()].concat();
    match value {
        Value::Bytes => Some([&head(4, len), content].concat()),
        Value::Text | Value::Written(_) => {
            let text = std::str::from_utf8(content).ok()?;
            if text.is_ascii() {
                return Some([&head(5, len), content].concat());
            }
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            Some([&head(6, units.len() as u32 / 2), &units[..]].concat())
        }
        _ => None,
    }
}

/// Where the objects of a list stand.
struct List<'a> {
    bytes: &'a [u8],
    /// Bytes of an offset, and of a reference to an object.
    width: usize,
    reference: usize,
    count: usize,
    top: usize,
    table: usize,
}

impl<'a> List<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        const TRAILER: usize = 32;
        let table_end = bytes.len().checked_sub(TRAILER)?;
        let mut trailer = Reader::from(bytes, table_end + 6);
        let (width, reference) = (usize::from(trailer.byte()?), usize::from(trailer.byte()?));
        let mut number = || usize::try_from(trailer.big(8)?).ok();
        let (count, top, table) = (number()?, number()?, number()?);
        let fits = (1..=8).contains(&width)
            && (1..=8).contains(&reference)
            && count.checked_mul(width)?.checked_add(table)? <= table_end
            && top < count;
        fits.then_some(Self { bytes, width, reference, count, top, table })
    }

    fn offset(&self, object: usize) -> Option<usize> {
        if object >= self.count {
            return None;
        }
        let mut reader = Reader::from(self.bytes, self.table + object * self.width);
        let offset = usize::try_from(reader.big(self.width)?).ok()?;
        (offset < self.table).then_some(offset)
    }
}

/// A walk through a list; every object may be met some few times, since equal ones are shared.
struct Walk<'a> {
    list: List<'a>,
    left: usize,
}

fn read(bytes: &[u8], visit: &mut dyn Visit) -> Result<(), Stop> {
    let list = List::of(bytes).ok_or(Stop::NotIt)?;
    let left = list.count.saturating_mul(16).saturating_add(64);
    let top = list.top;
    Walk { list, left }.object(top, visit, 0)
}

impl Walk<'_> {
    fn object(&mut self, number: usize, visit: &mut dyn Visit, depth: usize) -> Result<(), Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Spent(Spent(Limit::Nodes)))?;
        let head = self.list.offset(number).ok_or(Stop::NotIt)?;
        let mut reader = Reader::from(self.list.bytes, head);
        let marker = reader.byte().ok_or(Stop::NotIt)?;
        let (kind, info) = (marker >> 4, marker & 15);
        let (len, value) = match kind {
            0 => match info {
                8 | 9 => (0, Value::Number(Number::Truth(info == 9))),
                _ => return Ok(()),
            },
            1..=3 => {
                let len = 1usize << (info & 7);
                (len, number_of(kind, reader.big(len.min(8)).ok_or(Stop::NotIt)?, len)?)
            }
            8 => (usize::from(info) + 1, Value::Opaque),
            _ => {
                let len = length(info, &mut reader)?;
                match kind {
                    4 => (len, Value::Bytes),
                    5 | 7 => (len, Value::Text),
                    6 => (len.saturating_mul(2), wide(&reader, len)?),
                    10..=12 => return self.list(reader.at, len, visit, depth + 1),
                    13 => return self.dictionary(reader.at, len, visit, depth + 1),
                    _ => return Err(Stop::NotIt),
                }
            }
        };
        let start = if (1..=3).contains(&kind) { head + 1 } else { reader.at };
        let content = content(self.list.bytes, start, len)?;
        visit.leaf(Leaf { head, content, value })
    }

    fn list(
        &mut self,
        at: usize,
        count: usize,
        visit: &mut dyn Visit,
        depth: usize,
    ) -> Result<(), Stop> {
        for index in 0..count {
            let item = self.reference(at, index, depth)?;
            visit.enter(Name::Index(index))?;
            self.object(item, visit, depth)?;
            visit.leave();
        }
        Ok(())
    }

    fn dictionary(
        &mut self,
        at: usize,
        count: usize,
        visit: &mut dyn Visit,
        depth: usize,
    ) -> Result<(), Stop> {
        for index in 0..count {
            let key = self.reference(at, index, depth)?;
            let item = self.reference(at, count.saturating_add(index), depth)?;
            match self.key(key)? {
                Value::Written(key) => visit.enter(Name::Key(key.as_bytes()))?,
                _ => return Err(Stop::NotIt),
            }
            self.object(item, visit, depth)?;
            visit.leave();
        }
        Ok(())
    }

    /// The number of an object that a container refers to.
    fn reference(&self, at: usize, index: usize, depth: usize) -> Result<usize, Stop> {
        let width = self.list.reference;
        let at = index.checked_mul(width).and_then(|skip| at.checked_add(skip));
        let at = at.filter(|_| depth <= DEEPEST).ok_or(Stop::NotIt)?;
        let number = Reader::from(self.list.bytes, at).big(width).ok_or(Stop::NotIt)?;
        usize::try_from(number).map_err(|_| Stop::NotIt)
    }

    /// The text of a key.
    fn key(&self, number: usize) -> Result<Value, Stop> {
        let at = self.list.offset(number).ok_or(Stop::NotIt)?;
        let mut reader = Reader::from(self.list.bytes, at);
        let marker = reader.byte().ok_or(Stop::NotIt)?;
        let len = length(marker & 15, &mut reader)?;
        match marker >> 4 {
            5 | 7 => {
                let text = reader.take(len).ok_or(Stop::NotIt)?;
                Ok(Value::Written(String::from_utf8_lossy(text).into_owned()))
            }
            6 => wide(&reader, len),
            _ => Err(Stop::NotIt),
        }
    }
}

fn content(bytes: &[u8], start: usize, len: usize) -> Result<Range<usize>, Stop> {
    let end = start.checked_add(len).filter(|end| *end <= bytes.len()).ok_or(Stop::NotIt)?;
    Ok(start..end)
}

/// The length in a marker, or in the number behind it.
fn length(info: u8, reader: &mut Reader) -> Result<usize, Stop> {
    if info < 15 {
        return Ok(usize::from(info));
    }
    let marker = reader.byte().filter(|marker| marker >> 4 == 1).ok_or(Stop::NotIt)?;
    reader.big_len(1 << (marker & 3)).ok_or(Stop::NotIt)
}

/// A whole number, a fraction or a date (seconds since the beginning of 2001).
fn number_of(kind: u8, bits: u64, len: usize) -> Result<Value, Stop> {
    let number = match (kind, len) {
        (1, 8) => Number::Signed(bits as i64),
        (1, 1 | 2 | 4) => Number::Unsigned(bits),
        // Of 16 bytes the first eight are the upper half, which tells nothing but the sign.
        (1, 16) => return Ok(Value::Opaque),
        (2 | 3, 4) => Number::Float(f64::from(f32::from_bits(bits as u32))),
        (2 | 3, 8) => Number::Float(f64::from_bits(bits)),
        _ => return Err(Stop::NotIt),
    };
    Ok(Value::Number(number))
}

/// Text in UTF-16, highest byte first.
fn wide(reader: &Reader, units: usize) -> Result<Value, Stop> {
    let bytes = units.checked_mul(2).and_then(|len| reader.rest().get(..len)).ok_or(Stop::NotIt)?;
    let units = bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    Ok(Value::Written(text.collect()))
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{end, layers, replanted};

    /// `{"u": "ada@example.org", "l": [5, "\u{e9}", true], "d": <00 ff>}`.
    fn sample() -> Vec<u8> {
        let objects: [&[u8]; 10] = [
            b"\xd3\x01\x02\x03\x04\x05\x06",
            b"\x51u",
            b"\x51l",
            b"\x51d",
            b"\x5f\x10\x0fada@example.org",
            b"\xa3\x07\x08\x09",
            b"\x42\x00\xff",
            b"\x10\x05",
            b"\x61\x00\xe9",
            b"\x09",
        ];
        plist(&objects)
    }

    fn plist(objects: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"bplist00".to_vec();
        let mut offsets = Vec::new();
        for object in objects {
            offsets.push(bytes.len() as u8);
            bytes.extend(*object);
        }
        let table = bytes.len() as u64;
        bytes.extend(&offsets);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        for number in [objects.len() as u64, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn leaves_are_addressed_by_keys() {
        let expected = [
            "plist:u = ada@example.org",
            "plist:l[0] = 5",
            "plist:l[1] = \\xc3\\xa9",
            "plist:l[2] = true",
            "plist:d = \\x00\\xff",
        ];
        assert_eq!(layers(&sample()), expected);
        for value in ["grace", &"long ".repeat(70)] {
            assert_eq!(replanted(&sample(), "plist:u", value).as_deref(), Some(value));
        }
    }

    #[test]
    fn knots_come_to_an_end() {
        let own_parent = plist(&[b"\xa1\x00"]);
        assert!(matches!(end(&own_parent), candor_case::End::Damaged(_)));
        let doubled: Vec<Vec<u8>> =
            (1..40u8).map(|n| vec![0xa2, n, n]).chain([b"\x54leaf".to_vec()]).collect();
        let doubled: Vec<&[u8]> = doubled.iter().map(Vec::as_slice).collect();
        let found = layers(&plist(&doubled));
        assert!(found.len() < 1000, "{}", found.len());
        assert!(found.iter().any(|line| line.starts_with("rest")));
        let mut short = sample();
        short.truncate(30);
        assert_ne!(end(&short), candor_case::End::Opened);
    }
}
