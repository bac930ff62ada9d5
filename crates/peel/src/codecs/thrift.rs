//! Thrift without a schema (Apache Thrift, "thrift-compact-protocol" and "thrift-binary-protocol"):
//! every leaf of a struct, addressed by field numbers.
//!
//! Neither protocol has a magic number outside of calls, so a struct is believed only if its fields
//! are numbered upwards, it holds text, and it takes up every byte.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::walk::{
    self, DEEPEST, Leaf, Looks, Name, Number, Reading, Stop, Value, Visit, is_texty,
};

/// The codec.
pub(crate) struct Thrift;

impl Codec for Thrift {
    fn name(&self) -> &'static str {
        "thrift"
    }

    fn accepts(&self, view: &View) -> bool {
        writing(view.bytes).is_some()
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        match writing(view.bytes) {
            Some(writing) => walk::open(view, purse, out, "thrift", writing.reading()),
            None => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let writing = writing(parent)?;
        let leaf = walk::find(parent, opening.span.range(parent.len()), writing.reading())?;
        let (Value::Text | Value::Bytes) = leaf.value else { return None };
        let mut head = Vec::new();
        match writing {
            Writing::Compact => push_varint(&mut head, content.len() as u64),
            Writing::Binary => head.extend(u32::try_from(content.len()).ok()?.to_be_bytes()),
        }
        Some([&parent[..leaf.head], &head, content, &parent[leaf.content.end..]].concat())
    }
}

/// Whether bytes of unknown kind are a struct.
pub(crate) fn is_struct(bytes: &[u8]) -> bool {
    writing(bytes).is_some()
}

/// The two protocols.
#[derive(Clone, Copy)]
enum Writing {
    Binary,
    Compact,
}

impl Writing {
    fn reading(self) -> Reading {
        match self {
            Self::Binary => read_binary,
            Self::Compact => read_compact,
        }
    }
}

/// The protocol that the bytes are written in.
fn writing(bytes: &[u8]) -> Option<Writing> {
    if bytes.last() != Some(&0) || bytes.len() < 8 {
        return None;
    }
    let convinces = |writing: &Writing| {
        let looks = Looks::at(bytes, writing.reading());
        looks.is_some_and(|looks| looks.is_convincing() && looks.text >= 8)
    };
    let binary = matches!(bytes, [0x80, 1, ..] | [2 | 3 | 4 | 6 | 8 | 10..=15, 0, ..]);
    let compact = matches!(bytes, [0x82, _, ..])
        || matches!(bytes, [first, ..] if *first >= 0x10 && first & 15 <= 13 && first & 15 > 0);
    let writings = [(binary, Writing::Binary), (compact, Writing::Compact)];
    writings.into_iter().filter(|(fits, _)| *fits).map(|(_, writing)| writing).find(convinces)
}

/// The two protocols as one: what kinds their bytes stand for, and how numbers are written.
trait Protocol {
    /// The next field of a struct, after the one of this number; `None` at its end.
    fn field(&self, reader: &mut Reader, last: u16) -> Option<Option<(u16, Kind)>>;
    /// Kind of the items of a list, and their number.
    fn list(&self, reader: &mut Reader) -> Option<(Kind, usize)>;
    /// Kinds of keys and values of a map, and their number.
    fn map(&self, reader: &mut Reader) -> Option<(Kind, Kind, usize)>;
    /// A number of that kind.
    fn number(&self, reader: &mut Reader, kind: Kind) -> Option<Number>;
    /// The length of text or bytes.
    fn length(&self, reader: &mut Reader) -> Option<usize>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    True,
    False,
    /// A truth value of one byte.
    Truth,
    /// A whole number of that many bytes.
    Whole(u8),
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

fn read_binary(bytes: &[u8], visit: &mut dyn Visit) -> Result<(), Stop> {
    let mut reader = Reader::new(bytes);
    if bytes.starts_with(&[0x80, 1]) {
        reader.at = 4;
        let len = reader.big_len(4).ok_or(Stop::NotIt)?;
        reader.take(len + 4).ok_or(Stop::NotIt)?;
    }
    whole(&Binary, reader, visit)
}

fn read_compact(bytes: &[u8], visit: &mut dyn Visit) -> Result<(), Stop> {
    let mut reader = Reader::new(bytes);
    if bytes.first() == Some(&0x82) {
        reader.at = 2;
        reader.varint().ok_or(Stop::NotIt)?;
        let len = Compact.length(&mut reader).ok_or(Stop::NotIt)?;
        reader.take(len).ok_or(Stop::NotIt)?;
    }
    whole(&Compact, reader, visit)
}

fn whole(protocol: &dyn Protocol, mut reader: Reader, visit: &mut dyn Visit) -> Result<(), Stop> {
    fields(protocol, &mut reader, visit, 0)?;
    if reader.is_done() { Ok(()) } else { Err(Stop::NotIt) }
}

fn fields(
    protocol: &dyn Protocol,
    reader: &mut Reader,
    visit: &mut dyn Visit,
    depth: usize,
) -> Result<(), Stop> {
    if depth > DEEPEST {
        return Err(Stop::NotIt);
    }
    let mut last = 0;
    while let Some((number, kind)) = protocol.field(reader, last).ok_or(Stop::NotIt)? {
        if number <= last {
            return Err(Stop::NotIt);
        }
        last = number;
        visit.enter(Name::Number(i64::from(number)))?;
        value(protocol, reader, kind, visit, depth)?;
        visit.leave();
    }
    Ok(())
}

fn value(
    protocol: &dyn Protocol,
    reader: &mut Reader,
    kind: Kind,
    visit: &mut dyn Visit,
    depth: usize,
) -> Result<(), Stop> {
    let head = reader.at;
    let value = match kind {
        Kind::Struct => return fields(protocol, reader, visit, depth + 1),
        Kind::List => return list(protocol, reader, visit, depth + 1),
        Kind::Map => return map(protocol, reader, visit, depth + 1),
        Kind::Binary => {
            let len = protocol.length(reader).ok_or(Stop::NotIt)?;
            let start = reader.at;
            let bytes = reader.take(len).ok_or(Stop::NotIt)?;
            let value = if is_texty(bytes) { Value::Text } else { Value::Bytes };
            return visit.leaf(Leaf { head, content: start..reader.at, value });
        }
        Kind::Uuid => {
            reader.take(16).ok_or(Stop::NotIt)?;
            Value::Opaque
        }
        kind => Value::Number(protocol.number(reader, kind).ok_or(Stop::NotIt)?),
    };
    visit.leaf(Leaf { head, content: head..reader.at, value })
}

fn list(
    protocol: &dyn Protocol,
    reader: &mut Reader,
    visit: &mut dyn Visit,
    depth: usize,
) -> Result<(), Stop> {
    let (kind, count) = protocol.list(reader).ok_or(Stop::NotIt)?;
    // Every item takes a byte at least, which bounds what a lie about their number can cost.
    if depth > DEEPEST || count > reader.rest().len() {
        return Err(Stop::NotIt);
    }
    for index in 0..count {
        visit.enter(Name::Index(index))?;
        value(protocol, reader, element(kind), visit, depth)?;
        visit.leave();
    }
    Ok(())
}

fn map(
    protocol: &dyn Protocol,
    reader: &mut Reader,
    visit: &mut dyn Visit,
    depth: usize,
) -> Result<(), Stop> {
    let (keys, values, count) = protocol.map(reader).ok_or(Stop::NotIt)?;
    if depth > DEEPEST || count > reader.rest().len() {
        return Err(Stop::NotIt);
    }
    for _ in 0..count {
        match element(keys) {
            Kind::Binary => {
                let len = protocol.length(reader).ok_or(Stop::NotIt)?;
                visit.enter(Name::Key(reader.take(len).ok_or(Stop::NotIt)?))?;
            }
            kind => match protocol.number(reader, kind).ok_or(Stop::NotIt)? {
                Number::Signed(number) => visit.enter(Name::Number(number))?,
                _ => return Err(Stop::NotIt),
            },
        }
        value(protocol, reader, element(values), visit, depth)?;
        visit.leave();
    }
    Ok(())
}

/// In lists and maps truth values take a byte.
fn element(kind: Kind) -> Kind {
    if matches!(kind, Kind::True | Kind::False) { Kind::Truth } else { kind }
}

struct Binary;

impl Protocol for Binary {
    fn field(&self, reader: &mut Reader, _: u16) -> Option<Option<(u16, Kind)>> {
        match reader.byte()? {
            0 => Some(None),
            kind => Some(Some((reader.big(2)? as u16, binary_kind(kind)?))),
        }
    }

    fn list(&self, reader: &mut Reader) -> Option<(Kind, usize)> {
        Some((binary_kind(reader.byte()?)?, usize::try_from(reader.big(4)?).ok()?))
    }

    fn map(&self, reader: &mut Reader) -> Option<(Kind, Kind, usize)> {
        let (keys, values) = (binary_kind(reader.byte()?)?, binary_kind(reader.byte()?)?);
        Some((keys, values, usize::try_from(reader.big(4)?).ok()?))
    }

    fn number(&self, reader: &mut Reader, kind: Kind) -> Option<Number> {
        Some(match kind {
            Kind::Truth => Number::Truth(truth(reader.byte()?)?),
            Kind::Double => Number::Float(f64::from_bits(reader.big(8)?)),
            Kind::Whole(len) => {
                let unused = 64 - 8 * u32::from(len);
                Number::Signed((reader.big(usize::from(len))? << unused) as i64 >> unused)
            }
            _ => return None,
        })
    }

    fn length(&self, reader: &mut Reader) -> Option<usize> {
        reader.big_len(4)
    }
}

fn truth(byte: u8) -> Option<bool> {
    (byte <= 1).then_some(byte == 1)
}

fn binary_kind(byte: u8) -> Option<Kind> {
    Some(match byte {
        2 => Kind::Truth,
        3 => Kind::Whole(1),
        4 => Kind::Double,
        6 => Kind::Whole(2),
        8 => Kind::Whole(4),
        10 => Kind::Whole(8),
        11 => Kind::Binary,
        12 => Kind::Struct,
        13 => Kind::Map,
        14 | 15 => Kind::List,
        16 => Kind::Uuid,
        _ => return None,
    })
}

struct Compact;

impl Protocol for Compact {
    fn field(&self, reader: &mut Reader, last: u16) -> Option<Option<(u16, Kind)>> {
        let first = reader.byte()?;
        if first == 0 {
            return Some(None);
        }
        let number = match first >> 4 {
            0 => u16::try_from(zigzag(reader.varint()?)).ok()?,
            delta => last.checked_add(u16::from(delta))?,
        };
        Some(Some((number, compact_kind(first & 15)?)))
    }

    fn list(&self, reader: &mut Reader) -> Option<(Kind, usize)> {
        let first = reader.byte()?;
        let count = match first >> 4 {
            15 => usize::try_from(reader.varint()?).ok()?,
            count => usize::from(count),
        };
        Some((compact_kind(first & 15)?, count))
    }

    fn map(&self, reader: &mut Reader) -> Option<(Kind, Kind, usize)> {
        match usize::try_from(reader.varint()?).ok()? {
            0 => Some((Kind::Binary, Kind::Binary, 0)),
            count => {
                let kinds = reader.byte()?;
                Some((compact_kind(kinds >> 4)?, compact_kind(kinds & 15)?, count))
            }
        }
    }

    fn number(&self, reader: &mut Reader, kind: Kind) -> Option<Number> {
        Some(match kind {
            Kind::True => Number::Truth(true),
            Kind::False => Number::Truth(false),
            // 1 is true; false is 2, or 0 from some writers.
            Kind::Truth => Number::Truth(truth(reader.byte().filter(|b| *b <= 2)? % 2)?),
            Kind::Whole(1) => Number::Signed(i64::from(reader.byte()? as i8)),
            Kind::Whole(_) => Number::Signed(zigzag(reader.varint()?)),
            Kind::Double => Number::Float(f64::from_bits(reader.little(8)?)),
            _ => return None,
        })
    }

    fn length(&self, reader: &mut Reader) -> Option<usize> {
        let len = usize::try_from(reader.varint()?).ok()?;
        (len <= reader.rest().len()).then_some(len)
    }
}

fn compact_kind(bits: u8) -> Option<Kind> {
    Some(match bits {
        1 => Kind::True,
        2 => Kind::False,
        3 => Kind::Whole(1),
        4 => Kind::Whole(2),
        5 => Kind::Whole(4),
        6 => Kind::Whole(8),
        7 => Kind::Double,
        8 => Kind::Binary,
        9 | 10 => Kind::List,
        11 => Kind::Map,
        12 => Kind::Struct,
        13 => Kind::Uuid,
        _ => return None,
    })
}

/// A signed number out of one whose lowest bit is the sign.
fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Writes LEB128 at the end of `bytes`.
fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    /// `{1: 3, 2: "open", 3: {1: "ada@example.org", 2: true}, 5: [1, -1], 6: {"k": "v"}}`.
    const COMPACT: &[u8] = b"\x15\x06\x18\x04open\x1c\x18\x0fada@example.org\x11\x00\x29\x25\
        \x02\x01\x1b\x01\x88\x01k\x01v\x00";

    /// `{1: 3, 2: "open", 3: {1: "ada@example.org"}}`.
    const BINARY: &[u8] = b"\x08\0\x01\0\0\0\x03\x0b\0\x02\0\0\0\x04open\x0c\0\x03\x0b\0\x01\
        \0\0\0\x0fada@example.org\0\0";

    #[test]
    fn fields_are_addressed_by_number() {
        let expected = [
            "thrift:1 = 3",
            "thrift:2 = open",
            "thrift:3.1 = ada@example.org",
            "thrift:3.2 = true",
            "thrift:5[0] = 1",
            "thrift:5[1] = -1",
            "thrift:6.k = v",
        ];
        assert_eq!(layers(COMPACT), expected);
        assert_eq!(layers(BINARY), expected[..3]);
        for sample in [COMPACT, BINARY] {
            for value in ["grace", &"long ".repeat(70)] {
                assert_eq!(replanted(sample, "thrift:3.1", value).as_deref(), Some(value));
            }
        }
    }

    #[test]
    fn calls_are_opened_like_structs() {
        let compact = [&b"\x82\x21\x07\x04send"[..], COMPACT].concat();
        let binary = [&b"\x80\x01\0\x01\0\0\0\x04send\0\0\0\x07"[..], BINARY].concat();
        assert_eq!(layers(&compact).len(), 7);
        assert_eq!(layers(&binary).len(), 3);
    }

    #[test]
    fn only_whole_structs_with_text_are_opened() {
        let bytes: [&[u8]; 4] = [
            &COMPACT[..20],
            &BINARY[..30],
            b"\x15\x02\x15\x04\x15\x06\0",
            b"\x08\0\x01\0\0\0\x03\0",
        ];
        for bytes in bytes {
            assert!(layers(bytes).iter().all(|line| !line.starts_with("thrift")), "{bytes:?}");
        }
    }
}
