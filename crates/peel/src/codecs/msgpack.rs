//! MessagePack (msgpack.org, specification): every leaf of a map or list, addressed by keys.
//!
//! Half of all bytes are a number to it, so only a container is believed that holds text and takes
//! up every byte.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::walk::{self, DEEPEST, Leaf, Looks, Name, Number, Stop, Value, Visit};

/// The codec.
pub(crate) struct Msgpack;

impl Codec for Msgpack {
    fn name(&self) -> &'static str {
        "msgpack"
    }

    fn accepts(&self, view: &View) -> bool {
        is_document(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        walk::open(view, purse, out, "msgpack", read)
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let leaf = walk::find(parent, opening.span.range(parent.len()), read)?;
        let head = head(&leaf.value, content)?;
        Some([&parent[..leaf.head], &head, content, &parent[leaf.content.end..]].concat())
    }
}

/// Whether bytes of unknown kind are such a document.
pub(crate) fn is_document(bytes: &[u8]) -> bool {
    let container = matches!(bytes, [0x81..=0x8f | 0x91..=0x9f | 0xdc..=0xdf, _, ..]);
    container && Looks::at(bytes, read).is_some_and(Looks::is_convincing)
}

/// The head of text or bytes as long as `content`.
fn head(value: &Value, content: &[u8]) -> Option<Vec<u8>> {
    let (one, two, four) = match value {
        Value::Text if std::str::from_utf8(content).is_ok() => (0xd9, 0xda, 0xdb),
        Value::Bytes => (0xc4, 0xc5, 0xc6),
        _ => return None,
    };
    let len = u32::try_from(content.len()).ok()?;
    Some(match len {
        0..0x100 => vec![one, len as u8],
        0x100..0x1_0000 => [&[two][..], &(len as u16).to_be_bytes()].concat(),
        _ => [&[four][..], &len.to_be_bytes()].concat(),
    })
}

fn read(bytes: &[u8], visit: &mut dyn Visit) -> Result<(), Stop> {
    let mut reader = Reader::new(bytes);
    value(&mut reader, visit, 0)?;
    if reader.is_done() { Ok(()) } else { Err(Stop::NotIt) }
}

fn value(reader: &mut Reader, visit: &mut dyn Visit, depth: usize) -> Result<(), Stop> {
    let head = reader.at;
    let format = reader.byte().ok_or(Stop::NotIt)?;
    if let Some((is_map, count)) = container(format, reader)? {
        return items(reader, visit, is_map, count, depth + 1);
    }
    if let Some(number) = number(format, reader)? {
        let content = head..reader.at;
        return visit.leaf(Leaf { head, content, value: Value::Number(number) });
    }
    let (value, len) = match format {
        0xc0 => return Ok(()),
        0xa0..=0xbf => (Value::Text, usize::from(format & 31)),
        0xd9..=0xdb => (Value::Text, len(reader, 1 << (format - 0xd9))?),
        0xc4..=0xc6 => (Value::Bytes, len(reader, 1 << (format - 0xc4))?),
        // Extensions have one byte more, their type; short ones are times and the like.
        0xd4..=0xd8 => (Value::Opaque, 1 + (1 << (format - 0xd4))),
        0xc7..=0xc9 => (Value::Bytes, 1 + len(reader, 1 << (format - 0xc7))?),
        _ => return Err(Stop::NotIt),
    };
    let start = reader.at;
    reader.take(len).ok_or(Stop::NotIt)?;
    visit.leaf(Leaf { head, content: start..reader.at, value })
}

fn len(reader: &mut Reader, bytes: usize) -> Result<usize, Stop> {
    reader.big_len(bytes).ok_or(Stop::NotIt)
}

/// Whether a container begins, whether it is a map, and how many items it has.
fn container(format: u8, reader: &mut Reader) -> Result<Option<(bool, usize)>, Stop> {
    Ok(Some(match format {
        0x80..=0x8f => (true, usize::from(format & 15)),
        0x90..=0x9f => (false, usize::from(format & 15)),
        0xdc | 0xdd => (false, len(reader, 2 << (format - 0xdc))?),
        0xde | 0xdf => (true, len(reader, 2 << (format - 0xde))?),
        _ => return Ok(None),
    }))
}

fn number(format: u8, reader: &mut Reader) -> Result<Option<Number>, Stop> {
    let big = |reader: &mut Reader, len| reader.big(len).ok_or(Stop::NotIt);
    Ok(Some(match format {
        0..=0x7f => Number::Unsigned(u64::from(format)),
        0xe0.. => Number::Signed(i64::from(format as i8)),
        0xc2 | 0xc3 => Number::Truth(format == 0xc3),
        0xca => Number::Float(f64::from(f32::from_bits(big(reader, 4)? as u32))),
        0xcb => Number::Float(f64::from_bits(big(reader, 8)?)),
        0xcc..=0xcf => Number::Unsigned(big(reader, 1 << (format - 0xcc))?),
        0xd0 => Number::Signed(i64::from(big(reader, 1)? as i8)),
        0xd1 => Number::Signed(i64::from(big(reader, 2)? as i16)),
        0xd2 => Number::Signed(i64::from(big(reader, 4)? as i32)),
        0xd3 => Number::Signed(big(reader, 8)? as i64),
        _ => return Ok(None),
    }))
}

fn items(
    reader: &mut Reader,
    visit: &mut dyn Visit,
    is_map: bool,
    count: usize,
    depth: usize,
) -> Result<(), Stop> {
    if depth > DEEPEST {
        return Err(Stop::NotIt);
    }
    for index in 0..count {
        match is_map {
            true => key(reader, visit)?,
            false => visit.enter(Name::Index(index))?,
        }
        value(reader, visit, depth)?;
        visit.leave();
    }
    Ok(())
}

/// Reads a key: text, or a number.
fn key(reader: &mut Reader, visit: &mut dyn Visit) -> Result<(), Stop> {
    let format = reader.byte().ok_or(Stop::NotIt)?;
    let len = match format {
        0xa0..=0xbf => usize::from(format & 31),
        0xd9..=0xdb => len(reader, 1 << (format - 0xd9))?,
        _ => {
            return match number(format, reader)? {
                Some(Number::Unsigned(number)) => {
                    let number = i64::try_from(number).map_err(|_| Stop::NotIt)?;
                    visit.enter(Name::Number(number))
                }
                Some(Number::Signed(number)) => visit.enter(Name::Number(number)),
                _ => Err(Stop::NotIt),
            };
        }
    };
    visit.enter(Name::Key(reader.take(len).ok_or(Stop::NotIt)?))
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    /// `{"v":3,"user":{"u":"ada@example.org","t":[-1,1.5,true,nil]},"raw":bin}`.
    const SAMPLE: &[u8] = b"\x83\xa1v\x03\xa4user\x82\xa1u\xafada@example.org\xa1t\x94\xff\xcb\
        \x3f\xf8\0\0\0\0\0\0\xc3\xc0\xa3raw\xc4\x02\x00\xff";

    #[test]
    fn leaves_are_addressed_by_keys() {
        let expected = [
            "msgpack:v = 3",
            "msgpack:user.u = ada@example.org",
            "msgpack:user.t[0] = -1",
            "msgpack:user.t[1] = 1.5",
            "msgpack:user.t[2] = true",
            "msgpack:raw = \\x00\\xff",
        ];
        assert_eq!(layers(SAMPLE), expected);
        for value in ["grace", &"long ".repeat(70)] {
            assert_eq!(replanted(SAMPLE, "msgpack:user.u", value).as_deref(), Some(value));
        }
        assert_eq!(layers(b"\x91\xa6answer"), ["msgpack:[0] = answer"]);
    }

    #[test]
    fn only_whole_documents_with_text_are_opened() {
        for bytes in [&SAMPLE[..40], &b"\x81\x01\x02"[..], b"\x91\xa6answer!", b"\x81\xa2ok\xc1"] {
            assert!(layers(bytes).is_empty(), "{bytes:?}");
        }
        assert!(layers(&[0x91; 1000]).is_empty());
    }
}
