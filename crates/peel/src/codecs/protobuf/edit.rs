//! Putting other content into a field: every length on the way down to it is written anew.

use std::ops::Range;

use super::wire::{Field, Fields, Value, push_varint};

/// The message in which the field whose content stands at `target` holds `content` instead. A
/// number takes decimal text only.
pub(super) fn replace(message: &[u8], target: Range<usize>, content: &[u8]) -> Option<Vec<u8>> {
    // From the outside in: where each message on the way starts, and its field that goes on.
    let mut way: Vec<(Range<usize>, Field)> = Vec::new();
    let mut range = 0..message.len();
    loop {
        let field = Fields::of(&message[range.clone()])
            .flatten()
            .find(|field| holds(field, range.start, &target))?;
        let found = range.start + field.content.start..range.start + field.content.end;
        way.push((range, field));
        if found == target {
            break;
        }
        range = found;
    }
    way.into_iter().rev().try_fold(content.to_vec(), |inner, (range, field)| {
        let bytes = &message[range];
        let field_bytes = encode(bytes, &field, inner)?;
        Some([&bytes[..field.whole.start], &field_bytes, &bytes[field.whole.end..]].concat())
    })
}

fn holds(field: &Field, start: usize, target: &Range<usize>) -> bool {
    start + field.content.start <= target.start && target.end <= start + field.content.end
}

/// The field with other content, its tag kept.
fn encode(message: &[u8], field: &Field, content: Vec<u8>) -> Option<Vec<u8>> {
    let mut tag = Vec::new();
    let wire = message[field.whole.start] & 7;
    push_varint(&mut tag, u64::from(field.number) << 3 | u64::from(wire));
    match field.value {
        Value::Bytes(_) => {
            push_varint(&mut tag, content.len() as u64);
            tag.extend(content);
        }
        Value::Number(_) => {
            let number: u64 = std::str::from_utf8(&content).ok()?.parse().ok()?;
            match wire {
                0 => push_varint(&mut tag, number),
                1 => tag.extend(number.to_le_bytes()),
                _ => tag.extend(u32::try_from(number).ok()?.to_le_bytes()),
            }
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_anew_on_the_way_up() {
        let message = b"\x08\x01\x1a\x07\x42\x05\x0a\x03abc\x20\x02";
        let long = [b'x'; 200];
        let replaced = replace(message, 8..11, &long).unwrap();
        let mut expected = b"\x08\x01\x1a\xce\x01\x42\xcb\x01\x0a\xc8\x01".to_vec();
        expected.extend(long);
        expected.extend(b"\x20\x02");
        assert_eq!(replaced, expected);
        assert_eq!(replace(message, 1..2, b"300").unwrap()[..3], *b"\x08\xac\x02");
        assert_eq!(replace(message, 1..2, b"three"), None);
    }
}
