//! Minidumps (Microsoft's MINIDUMP_HEADER; the streams of Breakpad and Crashpad): the command line,
//! the environment and what else is text by nature, and the texts that stand in memory. What holds
//! none is left as unread bytes.

use std::ops::Range;

use candor_case::{End, Opening};

use crate::binary::{SHORTEST_ENCRYPTED, is_random};
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::steps;

/// The codec.
pub(crate) struct Minidump;

impl Codec for Minidump {
    fn name(&self) -> &'static str {
        "minidump"
    }

    fn accepts(&self, view: &View) -> bool {
        begins(view.bytes)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(streams) = streams(view.bytes) else {
            return Opened::Partly(End::damaged("minidump", "its directory is cut short"));
        };
        let mut covered = known(view.bytes, streams.len());
        for stream in streams {
            let Some(name) = text_stream(stream.kind) else { continue };
            if let Err(spent) = items(view, &stream.content, name, purse, out) {
                out.rest(view, stream.content.start, spent);
                return Opened::Fully;
            }
            covered.push(stream.content);
        }
        covered.sort_by_key(|range| range.start);
        let mut index = 0;
        for gap in gaps(view.bytes.len(), &covered) {
            if let Err((at, spent)) = texts(view, gap, &mut index, purse, out) {
                out.rest(view, at, spent);
                return Opened::Fully;
            }
        }
        Opened::Fully
    }

    /// Texts of the same length or shorter, filled up with zeros: nothing else may move.
    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let range = opening.span.range(parent.len());
        let filled = content.len() <= range.len();
        filled.then(|| {
            let mut bytes = parent.to_vec();
            bytes[range.clone()].fill(0);
            bytes[range.start..range.start + content.len()].copy_from_slice(content);
            bytes
        })
    }
}

/// Whether the bytes begin as a minidump.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MDMP\x93\xa7") && bytes.len() >= HEADER
}

struct Stream {
    kind: u32,
    content: Range<usize>,
}

/// The streams of the directory.
fn streams(bytes: &[u8]) -> Option<Vec<Stream>> {
    const MOST: u64 = 1024;
    let mut header = Reader::from(bytes, 8);
    let (count, directory) = (header.little(4)?, header.little(4)?);
    let mut reader = Reader::from(bytes, usize::try_from(directory).ok()?);
    let mut streams = Vec::new();
    for _ in 0..count.min(MOST) {
        let kind = reader.little(4)? as u32;
        let (len, at) = (reader.little(4)? as usize, reader.little(4)? as usize);
        let end = at.saturating_add(len).min(bytes.len());
        streams.push(Stream { kind, content: at.min(end)..end });
    }
    Some(streams)
}

/// Length of the header.
const HEADER: usize = 32;

/// What has been read of the file itself: its header and its directory.
fn known(bytes: &[u8], streams: usize) -> Vec<Range<usize>> {
    let directory = Reader::from(bytes, 12).little(4).unwrap_or_default() as usize;
    let end = directory.saturating_add(12 * streams).min(bytes.len());
    vec![0..HEADER.min(bytes.len()), directory.min(end)..end]
}

/// The name of a stream that is text by nature.
fn text_stream(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0x4767_0003 => "cpu",
        0x4767_0004 => "status",
        0x4767_0005 => "release",
        0x4767_0006 => "command-line",
        0x4767_0007 => "environment",
        0x4767_0009 => "maps",
        10 => "comment",
        _ => return None,
    })
}

/// The parts of a stream of texts that zeros separate: arguments, variables, or the one text.
fn items(
    view: &View,
    stream: &Range<usize>,
    name: &str,
    purse: &mut Purse,
    out: &mut Pieces,
) -> Result<(), crate::budget::Spent> {
    let mut step = String::new();
    let mut start = stream.start;
    for (index, item) in view.bytes[stream.clone()].split(|b| *b == 0).enumerate() {
        purse.pay_node(out.len())?;
        if !item.is_empty() {
            step.clear();
            step.push_str("minidump:");
            step.push_str(name);
            let variable = memchr::memchr(b'=', item).filter(|_| name == "environment");
            let skip = match variable {
                Some(at) => {
                    step.push('.');
                    steps::push_key(&mut step, &item[..at]);
                    at + 1
                }
                None => {
                    steps::push_index(&mut step, index);
                    0
                }
            };
            out.part(start + skip..start + item.len(), &step);
        }
        start += item.len() + 1;
    }
    Ok(())
}

/// What lies between ranges that are in order.
fn gaps(len: usize, covered: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut at = 0;
    for range in covered {
        if range.start > at {
            gaps.push(at..range.start);
        }
        at = at.max(range.end);
    }
    gaps.push(at..len.max(at));
    gaps
}

/// Shorter texts in memory are chance.
const SHORTEST: usize = 8;

/// The texts that stand in memory, as ASCII or as UTF-16.
fn texts(
    view: &View,
    memory: Range<usize>,
    index: &mut usize,
    purse: &mut Purse,
    out: &mut Pieces,
) -> Result<(), (usize, crate::budget::Spent)> {
    let bytes = &view.bytes[..memory.end];
    let mut at = memory.start;
    let mut step = String::new();
    // Where what has been passed over without a text begins.
    let mut dark = at;
    while at < bytes.len() {
        let narrow = bytes[at..].iter().take_while(|b| is_printable(**b)).count();
        let pairs = bytes[at..].as_chunks::<2>().0;
        let wide = pairs.iter().take_while(|[low, high]| *high == 0 && is_printable(*low)).count();
        let len = if narrow >= SHORTEST {
            narrow
        } else if wide >= SHORTEST {
            2 * wide
        } else {
            at += narrow.max(1);
            continue;
        };
        unread(view, dark..at, purse, out).map_err(|spent| (dark, spent))?;
        purse.pay_node(out.len()).map_err(|spent| (at, spent))?;
        step.clear();
        step.push_str("minidump:memory");
        steps::push_index(&mut step, *index);
        *index += 1;
        out.part(at..at + len, &step);
        at += len;
        dark = at;
    }
    unread(view, dark..at, purse, out).map_err(|spent| (dark, spent))
}

/// A piece for memory that holds no text, so that it counts as unread: stacks, records, keys.
/// What is short explains itself, and zeros say nothing.
fn unread(
    view: &View,
    range: Range<usize>,
    purse: &mut Purse,
    out: &mut Pieces,
) -> Result<(), crate::budget::Spent> {
    let bytes = &view.bytes[range.clone()];
    if bytes.len() < SHORTEST_ENCRYPTED || bytes.iter().all(|b| *b == 0) {
        return Ok(());
    }
    purse.pay_node(out.len())?;
    let end = if is_random(bytes) { End::Encrypted } else { End::Unknown };
    let mut step = String::from("minidump:bytes");
    steps::push_index(&mut step, out.len());
    out.part(range, &step).ending(end);
    Ok(())
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{end, layers, replanted};

    fn dump() -> Vec<u8> {
        let streams: [(u32, &[u8]); 3] = [
            (0x4767_0006, b"/opt/browser\0--url=https://www.example.org/p?q=1\0"),
            (0x4767_0007, b"LANG=C\0LAST=secret words\0"),
            (5, b"\x01\x02\xff\xfeleft in memory\0\x03s\0e\0c\0r\0e\0t\0 \0w\0o\0r\0d\0\0\0"),
        ];
        let word = |n: usize| (n as u32).to_le_bytes();
        let mut bytes = [b"MDMP\x93\xa7\0\0", &word(3)[..], &word(32)].concat();
        bytes.resize(32, 0);
        let mut at = 32 + 3 * 12;
        for (kind, content) in streams {
            bytes.extend([word(kind as usize), word(content.len()), word(at)].concat());
            at += content.len();
        }
        streams.iter().for_each(|(_, content)| bytes.extend(*content));
        bytes
    }

    #[test]
    fn texts_are_pieces() {
        let expected = [
            "minidump:command-line[0] = /opt/browser",
            "minidump:command-line[1] = --url=https://www.example.org/p?q=1",
            "minidump:environment.LANG = C",
            "minidump:environment.LAST = secret words",
            "minidump:memory[0] = left in memory",
            "minidump:memory[1] = s\\x00e\\x00c\\x00r\\x00e\\x00t\\x00 \\x00w\\x00o\\x00r\\x00d\\x00",
            "minidump:memory[1] > utf-16 = secret word",
        ];
        assert_eq!(layers(&dump()), expected);
        assert_eq!(
            replanted(&dump(), "minidump:environment.LAST", "other").as_deref(),
            Some("other")
        );
        assert_eq!(replanted(&dump(), "minidump:environment.LANG", "longer"), None);
        assert!(matches!(end(&dump()[..40]), candor_case::End::Damaged(_)));
    }

    #[test]
    fn memory_without_text_is_unread() {
        use candor_case::End;

        let header = [b"MDMP\x93\xa7\0\0", &[0; 24][..]].concat();
        let noise = crate::binary::tests::noise(5000, 3);
        for (memory, wanted) in [(noise, 4000), (vec![0xff; 100_000], 100_000), (vec![0; 900], 0)] {
            let bytes = [&header[..], &memory].concat();
            let tree = crate::peel_bytes(bytes.into(), &Default::default(), &Default::default());
            let is_dark = |end: &End| matches!(end, End::Encrypted | End::Unknown);
            let dark = tree.iter().filter(|(_, layer)| is_dark(&layer.end));
            let dark: usize = dark.map(|(_, layer)| layer.bytes.len()).sum();
            assert!(dark >= wanted, "{dark} of {wanted}");
            assert_ne!(tree.layers[0].end, End::Plain);
        }
        assert_eq!(end(&[&header[..], &[0; 900]].concat()), End::Unknown);
        let short = [&header[..], b"\x01\x02"].concat();
        assert_eq!(end(&short), End::Value);
    }
}
