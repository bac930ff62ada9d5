//! The shape of some bytes: which kinds of byte occur in them. One pass over a value settles
//! which codecs need not be asked.

/// Kinds of byte, one bit each.
pub(crate) mod kind {
    /// `A` to `F`.
    pub(crate) const HEX_UPPER: u16 = 1;
    /// `a` to `f`.
    pub(crate) const HEX_LOWER: u16 = 1 << 1;
    /// `G` to `Z`.
    pub(crate) const UPPER: u16 = 1 << 2;
    /// `g` to `z`.
    pub(crate) const LOWER: u16 = 1 << 3;
    /// `0` to `9`.
    pub(crate) const DIGIT: u16 = 1 << 4;
    /// `+` and `/`.
    pub(crate) const PLUS_SLASH: u16 = 1 << 5;
    /// `-` and `_`.
    pub(crate) const DASH_LOW: u16 = 1 << 6;
    /// `=`.
    pub(crate) const EQUALS: u16 = 1 << 7;
    /// `%`.
    pub(crate) const PERCENT: u16 = 1 << 8;
    /// `&`.
    pub(crate) const AMPERSAND: u16 = 1 << 9;
    /// Space, tab, line feed and carriage return.
    pub(crate) const SPACE: u16 = 1 << 10;
    /// Line feed, in addition to `SPACE`.
    pub(crate) const LINE: u16 = 1 << 11;
    /// Other control characters, `DEL` among them.
    pub(crate) const CONTROL: u16 = 1 << 12;
    /// Bytes from 0x80.
    pub(crate) const HIGH: u16 = 1 << 13;
    /// `.`.
    pub(crate) const DOT: u16 = 1 << 14;
    /// All other printable ASCII.
    pub(crate) const MARK: u16 = 1 << 15;

    /// Digits and letters of hexadecimal.
    pub(crate) const HEX: u16 = HEX_UPPER | HEX_LOWER | DIGIT;
    /// ASCII letters.
    pub(crate) const ALPHA: u16 = HEX_UPPER | HEX_LOWER | UPPER | LOWER;
    /// ASCII letters and digits.
    pub(crate) const ALNUM: u16 = HEX | UPPER | LOWER;
    /// What base64 may hold, white space included.
    pub(crate) const BASE64: u16 = ALNUM | PLUS_SLASH | DASH_LOW | EQUALS | SPACE | LINE;
    /// What no text in UTF-8 with ASCII letters needs.
    pub(crate) const BINARY: u16 = CONTROL | HIGH;
}

const KINDS: [u16; 256] = kinds();

const fn kinds() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = kind_of(at as u8);
        at += 1;
    }
    table
}

const fn kind_of(byte: u8) -> u16 {
    match byte {
        b'A'..=b'F' => kind::HEX_UPPER,
        b'a'..=b'f' => kind::HEX_LOWER,
        b'G'..=b'Z' => kind::UPPER,
        b'g'..=b'z' => kind::LOWER,
        b'0'..=b'9' => kind::DIGIT,
        b'+' | b'/' => kind::PLUS_SLASH,
        b'-' | b'_' => kind::DASH_LOW,
        b'=' => kind::EQUALS,
        b'%' => kind::PERCENT,
        b'&' => kind::AMPERSAND,
        b'\n' => kind::SPACE | kind::LINE,
        b' ' | b'\t' | b'\r' => kind::SPACE,
        b'.' => kind::DOT,
        0..=0x1f | 0x7f => kind::CONTROL,
        0x80.. => kind::HIGH,
        _ => kind::MARK,
    }
}

/// Which kinds of byte occur.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape(u16);

impl Shape {
    /// Looks at every byte once.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut seen = [0u16; 4];
        let mut fours = bytes.chunks_exact(4);
        for four in &mut fours {
            for (mask, byte) in seen.iter_mut().zip(four) {
                *mask |= KINDS[usize::from(*byte)];
            }
        }
        let rest = fours.remainder().iter().fold(0, |mask, b| mask | KINDS[usize::from(*b)]);
        Self(seen.iter().fold(rest, |mask, one| mask | one))
    }

    /// The mask as two numbers below 256, lower kinds first.
    pub(crate) fn halves(self) -> [usize; 2] {
        let [low, high] = self.0.to_le_bytes();
        [usize::from(low), usize::from(high)]
    }

    /// Whether one of these kinds occurs.
    pub(crate) fn any(self, kinds: u16) -> bool {
        self.0 & kinds != 0
    }

    /// Whether no other kinds occur.
    pub(crate) fn only(self, kinds: u16) -> bool {
        self.0 & !kinds == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_seen_wherever_they_stand() {
        let table: [(&[u8], u16, u16); 6] = [
            (b"", 0, 0),
            (b"deadBEEF99", kind::HEX_UPPER, kind::HEX),
            (b"Zm9v+/==", kind::PLUS_SLASH, kind::BASE64),
            (b"abcd%", kind::PERCENT, kind::PERCENT | kind::HEX_LOWER),
            (b"a\nb", kind::LINE, kind::HEX | kind::SPACE | kind::LINE),
            (b"abcdefgh\x80", kind::HIGH, kind::HIGH | kind::ALNUM),
        ];
        for (bytes, any, only) in table {
            let shape = Shape::of(bytes);
            assert_eq!(shape.any(any), any != 0, "{bytes:?}");
            assert!(shape.only(only), "{bytes:?}");
        }
        assert!(!Shape::of(b"abc!").only(kind::BASE64));
    }
}
