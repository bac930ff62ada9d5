//! Dumps as `hexdump -C` and `xxd` print them: an offset, bytes in hex, and perhaps the same bytes
//! as characters, line by line.

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Hexdump;

impl Codec for Hexdump {
    fn name(&self) -> &'static str {
        "hexdump"
    }

    fn accepts(&self, view: &View) -> bool {
        offset(view.bytes).is_some_and(|(at, _)| at == 0)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        match decode(view.bytes) {
            Some(bytes) if purse.pay_bytes(bytes.len()).is_ok() => {
                out.whole(view, bytes, "hexdump");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, _: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        const WIDTH: usize = 16;
        let line = |(at, row): (usize, &[u8])| {
            let hex: String = row.iter().map(|byte| format!(" {byte:02x}")).collect();
            format!("{:08x} {hex}\n", at * WIDTH)
        };
        (!content.is_empty())
            .then(|| content.chunks(WIDTH).enumerate().map(line).collect::<String>().into_bytes())
    }
}

/// The bytes of a dump; each line's offset counts those before it, which is what tells a dump from
/// a table of numbers.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in text.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let (at, row) = offset(line)?;
        (at == bytes.len()).then_some(())?;
        // The last line of `hexdump -C` is an offset alone.
        read_row(row, &mut bytes);
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// The offset at the front of a line, of seven or eight digits, and what is behind it.
fn offset(line: &[u8]) -> Option<(usize, &[u8])> {
    let len = line.iter().take(9).take_while(|b| b.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at_checked(len)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let at = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    let fits = matches!(len, 7 | 8) && rest.first().is_none_or(u8::is_ascii_whitespace);
    fits.then_some((at, rest))
}

/// Reads bytes until two spaces after one of them, a bar, or the end: at most sixteen, or thirty-two
/// where they stand close together.
fn read_row(row: &[u8], bytes: &mut Vec<u8>) {
    const WIDEST: usize = 32;
    let row = row.trim_ascii_start();
    // The column of characters stands behind a bar, or behind two spaces; those that `hexdump -C`
    // puts in the middle have bytes on both sides.
    let end = memchr::memmem::find(row, b" |").unwrap_or(row.len());
    let mut kept = 0;
    let mut gap = 0;
    for group in row[..end].split(|b| *b == b' ') {
        if group.is_empty() {
            gap += 1;
            continue;
        }
        let late = gap > 0 && kept != 8;
        let Some(pairs) = pairs(group).filter(|_| !late) else { return };
        if kept + pairs.len() > WIDEST {
            return;
        }
        kept += pairs.len();
        bytes.extend(pairs);
        gap = 0;
    }
}

/// The bytes of a group of digits without spaces.
fn pairs(group: &[u8]) -> Option<Vec<u8>> {
    let whole = matches!(group.len(), 2 | 4 | 8);
    whole.then(|| data_encoding::HEXLOWER_PERMISSIVE.decode(group).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    const CANONICAL: &str = "\
00000000  75 73 65 72 3d 67 72 61  63 65 20 68 6f 70 70 65  |user=grace hoppe|
00000010  72 20 31 39 30 36                                 |r 1906|
00000016
";

    const XXD: &str = "\
00000000: 7573 6572 3d67 7261 6365 2068 6f70 7065  user=grace hoppe
00000010: 7220 3139 3036                           r 1906
";

    #[test]
    fn dumps_are_read_back() {
        for dump in [CANONICAL, XXD, CANONICAL.trim_end()] {
            let found = layers(dump.as_bytes());
            assert_eq!(found.first().unwrap(), "hexdump = user=grace hopper 1906", "{dump}");
        }
        let moved = CANONICAL.replace("00000010", "00000011");
        for other in [&moved, "00000000", "2026112 11 22 rain", "00000000 and other words here"] {
            assert!(layers(other.as_bytes()).is_empty(), "{other}");
        }
    }

    #[test]
    fn a_value_is_put_back() {
        let value = "a value of more than sixteen bytes";
        let found = replanted(CANONICAL.as_bytes(), "hexdump", value);
        assert_eq!(found.as_deref(), Some(value));
    }
}
