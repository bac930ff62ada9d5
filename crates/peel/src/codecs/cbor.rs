//! CBOR (RFC 8949): every leaf of a map or list, addressed by keys, in definite and indefinite
//! lengths; tags are passed over.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::walk::{self, DEEPEST, Leaf, Looks, Name, Number, Stop, Value, Visit};

/// The codec.
pub(crate) struct Cbor;

impl Codec for Cbor {
    fn name(&self) -> &'static str {
        "cbor"
    }

    fn accepts(&self, view: &View) -> bool {
        is_document(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        walk::open(view, purse, out, "cbor", read)
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let leaf = walk::find(parent, opening.span.range(parent.len()), read)?;
        let major = match leaf.value {
            Value::Text if std::str::from_utf8(content).is_ok() => TEXT,
            Value::Bytes => BYTES,
            _ => return None,
        };
        let len = u32::try_from(content.len()).ok()?;
        let head = [&[major << 5 | 26][..], &len.to_be_bytes()].concat();
        Some([&parent[..leaf.head], &head, content, &parent[leaf.content.end..]].concat())
    }
}

/// Whether bytes of unknown kind are such a document.
pub(crate) fn is_document(bytes: &[u8]) -> bool {
    let tagged = bytes.starts_with(&[0xd9, 0xd9, 0xf7]);
    let container = matches!(bytes, [0x81..=0x9b | 0x9f | 0xa1..=0xbb | 0xbf, _, ..]);
    (tagged || container) && Looks::at(bytes, read).is_some_and(Looks::is_convincing)
}

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// The end of something of indefinite length.
const BREAK: u8 = 0xff;

fn read(bytes: &[u8], visit: &mut dyn Visit) -> Result<(), Stop> {
    let mut reader = Reader::new(bytes);
    value(&mut reader, visit, 0)?;
    if reader.is_done() { Ok(()) } else { Err(Stop::NotIt) }
}

/// Major type and argument (RFC 8949, section 3); an argument of `None` is an indefinite length.
fn head(reader: &mut Reader) -> Result<(u8, u8, Option<u64>), Stop> {
    let first = reader.byte().ok_or(Stop::NotIt)?;
    let (major, info) = (first >> 5, first & 31);
    let argument = match info {
        0..24 => Some(u64::from(info)),
        24..=27 => Some(reader.big(1 << (info - 24)).ok_or(Stop::NotIt)?),
        31 if matches!(major, BYTES | TEXT | LIST | MAP) => None,
        _ => return Err(Stop::NotIt),
    };
    Ok((major, info, argument))
}

fn value(reader: &mut Reader, visit: &mut dyn Visit, depth: usize) -> Result<(), Stop> {
    let start = reader.at;
    let (major, info, argument) = head(reader)?;
    let number = match (major, argument) {
        (BYTES | TEXT, len) => return string(reader, visit, start, major, len),
        (LIST | MAP, count) => return items(reader, visit, major == MAP, count, depth + 1),
        (TAG, Some(_)) if depth < DEEPEST => return value(reader, visit, depth + 1),
        (UNSIGNED, Some(number)) => Number::Unsigned(number),
        (NEGATIVE, Some(number)) => Number::Signed(negative(number)?),
        (7, Some(bits)) => match info {
            20 | 21 => Number::Truth(info == 21),
            22 | 23 => return Ok(()),
            25 => Number::Float(half(bits as u16)),
            26 => Number::Float(f64::from(f32::from_bits(bits as u32))),
            27 => Number::Float(f64::from_bits(bits)),
            _ => return Err(Stop::NotIt),
        },
        _ => return Err(Stop::NotIt),
    };
    visit.leaf(Leaf { head: start, content: start..reader.at, value: Value::Number(number) })
}

fn negative(number: u64) -> Result<i64, Stop> {
    i64::try_from(number).map(|number| -1 - number).map_err(|_| Stop::NotIt)
}

/// A floating-point number of 16 bits (IEEE 754).
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (bits >> 10 & 31, f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    }
}

/// Text or bytes; of indefinite length, in pieces that stand one behind the other.
fn string(
    reader: &mut Reader,
    visit: &mut dyn Visit,
    head_at: usize,
    major: u8,
    len: Option<u64>,
) -> Result<(), Stop> {
    let start = reader.at;
    let mut value = if major == TEXT { Value::Text } else { Value::Bytes };
    match len {
        Some(len) => {
            take(reader, len)?;
        }
        None => {
            let mut whole = Vec::new();
            loop {
                if reader.rest().first() == Some(&BREAK) {
                    reader.at += 1;
                    break;
                }
                let (kind, _, len) = head(reader)?;
                let len = len.filter(|_| kind == major).ok_or(Stop::NotIt)?;
                whole.extend_from_slice(take(reader, len)?);
            }
            value = match String::from_utf8(whole) {
                Ok(text) => Value::Written(text),
                Err(_) if major == BYTES => Value::Bytes,
                Err(_) => return Err(Stop::NotIt),
            };
        }
    }
    visit.leaf(Leaf { head: head_at, content: start..reader.at, value })
}

fn take<'a>(reader: &mut Reader<'a>, len: u64) -> Result<&'a [u8], Stop> {
    usize::try_from(len).ok().and_then(|len| reader.take(len)).ok_or(Stop::NotIt)
}

fn items(
    reader: &mut Reader,
    visit: &mut dyn Visit,
    is_map: bool,
    count: Option<u64>,
    depth: usize,
) -> Result<(), Stop> {
    if depth > DEEPEST {
        return Err(Stop::NotIt);
    }
    for index in 0.. {
        match count {
            Some(count) if index as u64 == count => return Ok(()),
            None if reader.rest().first() == Some(&BREAK) => {
                reader.at += 1;
                return Ok(());
            }
            _ => {}
        }
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
    match head(reader)? {
        (TEXT | BYTES, _, Some(len)) => visit.enter(Name::Key(take(reader, len)?)),
        (UNSIGNED, _, Some(number)) => {
            visit.enter(Name::Number(i64::try_from(number).map_err(|_| Stop::NotIt)?))
        }
        (NEGATIVE, _, Some(number)) => visit.enter(Name::Number(negative(number)?)),
        _ => Err(Stop::NotIt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{layers, replanted};

    /// `{"v": 3, "user": {"u": "ada@example.org", 2: -7}, "t": [_ 1.5, true, (_ "ab", "cd")]}`.
    const SAMPLE: &[u8] = b"\xa3\x61v\x03\x64user\xa2\x61u\x6fada@example.org\x02\x26\x61t\x9f\
        \xf9\x3e\x00\xf5\x7f\x62ab\x62cd\xff\xff";

    #[test]
    fn leaves_are_addressed_by_keys() {
        let expected = [
            "cbor:v = 3",
            "cbor:user.u = ada@example.org",
            "cbor:user.2 = -7",
            "cbor:t[0] = 1.5",
            "cbor:t[1] = true",
            "cbor:t[2] = abcd",
        ];
        assert_eq!(layers(SAMPLE), expected);
        for value in ["grace", &"long ".repeat(70)] {
            assert_eq!(replanted(SAMPLE, "cbor:user.u", value).as_deref(), Some(value));
        }
        let tagged = [&[0xd9, 0xd9, 0xf7][..], SAMPLE].concat();
        assert_eq!(layers(&tagged).len(), 6);
    }

    #[test]
    fn only_whole_documents_with_text_are_opened() {
        for bytes in [&SAMPLE[..30], &b"\xa1\x01\x02"[..], b"\x81\x66answer!", b"\x9f\x64text"] {
            assert!(layers(bytes).is_empty(), "{bytes:?}");
        }
        assert!(layers(&[0x81; 1000]).is_empty());
        assert!(layers(&[0xc1; 1000]).is_empty());
    }

    #[test]
    fn halves_are_read() {
        let table = [(0x3c00, 1.0), (0xc000, -2.0), (0x0001, 2f64.powi(-24)), (0x7bff, 65504.0)];
        for (bits, number) in table {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }
}
