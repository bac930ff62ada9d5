//! Bytes as text: the bases, and the escapes of the formats that text travels in.

/// The alphabet of base64 (RFC 4648, section 4).
pub(super) const STANDARD: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// RFC 4648, section 5.
pub(super) const URL_SAFE: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The order of crypt(3).
pub(super) const CRYPT: &[u8] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Names of mailboxes in IMAP (RFC 3501, section 5.1.3).
pub(super) const MAILBOX: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Base64 (RFC 4648) in an alphabet of 64.
pub(super) fn base64(bytes: &[u8], alphabet: &[u8], padded: bool) -> String {
    let mut out = radix(bytes, alphabet, 6);
    while padded && !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// Base32 (RFC 4648), upper-case and padded, or lower-case and bare.
pub(super) fn base32(bytes: &[u8], padded: bool) -> String {
    let mut out = radix(bytes, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5);
    while padded && !out.len().is_multiple_of(8) {
        out.push('=');
    }
    if padded { out } else { out.to_ascii_lowercase() }
}

/// Base32 with digits in their own order (RFC 4648, section 7), padded.
pub(super) fn base32_hex(bytes: &[u8]) -> String {
    let mut out = radix(bytes, b"0123456789ABCDEFGHIJKLMNOPQRSTUV", 5);
    while !out.len().is_multiple_of(8) {
        out.push('=');
    }
    out
}

/// Digits of `bits` bits each, the last one filled up with zeros.
fn radix(bytes: &[u8], alphabet: &[u8], bits: u32) -> String {
    let mut out = String::new();
    let (mut held, mut count) = (0u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            out.push(char::from(alphabet[(held >> count) as usize & (alphabet.len() - 1)]));
        }
    }
    if count > 0 {
        let last = (held << (bits - count)) as usize & (alphabet.len() - 1);
        out.push(char::from(alphabet[last]));
    }
    out
}

/// Base58 as Bitcoin has it: one large number, leading zero bytes as ones.
pub(super) fn base58(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|b| **b == 0).map(|_| '1');
    zeros.chain(digits.iter().rev().map(|d| char::from(ALPHABET[*d as usize]))).collect()
}

/// Ascii85 between `<~` and `~>`, as Adobe has it.
pub(super) fn ascii85(bytes: &[u8]) -> String {
    let alphabet: Vec<u8> = (b'!'..=b'u').collect();
    format!("<~{}~>", base85(bytes, &alphabet).replace("!!!!!", "z"))
}

/// The alphabet of `b85encode` in Python's library and of Git's binary patches.
pub(super) const GIT85: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
/// The alphabet of Z85 (ZeroMQ RFC 32).
pub(super) const Z85: &[u8] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// Four bytes as five digits; a shorter last group loses as many digits as it lacks bytes.
pub(super) fn base85(bytes: &[u8], alphabet: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(4) {
        let mut whole = [0; 4];
        whole[..group.len()].copy_from_slice(group);
        let number = u32::from_be_bytes(whole);
        let digits = (0..5).rev().map(|power| alphabet[(number / 85u32.pow(power) % 85) as usize]);
        out.extend(digits.take(group.len() + 1).map(char::from));
    }
    out
}

/// Hexadecimal, lower-case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Every byte in the same frame, such as `\x4b` or `4B:`.
pub(super) fn each(bytes: &[u8], frame: impl Fn(u8) -> String, between: &str) -> String {
    bytes.iter().map(|b| frame(*b)).collect::<Vec<_>>().join(between)
}

/// Every UTF-16 unit in the same frame, such as `\u004b`.
pub(super) fn units(text: &str, frame: impl Fn(u16) -> String, between: &str) -> String {
    text.encode_utf16().map(frame).collect::<Vec<_>>().join(between)
}

/// Percent-encoding of all but what RFC 3986 calls unreserved.
pub(super) fn percent(bytes: &[u8]) -> String {
    let escape = |b: u8| match b {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => char::from(b).into(),
        _ => format!("%{b:02X}"),
    };
    each(bytes, escape, "")
}

/// Quoted-printable (RFC 2045, section 6.7) as cautious senders write it: every byte that is not a
/// letter or digit escaped, lines of at most 72 characters.
pub(super) fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut column = 0;
    for byte in bytes {
        let piece = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(*byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if column + piece.len() > 72 {
            out.push_str("=\r\n");
            column = 0;
        }
        column += piece.len();
        out.push_str(&piece);
    }
    out
}

/// A JSON string (RFC 8259) with its quotes.
pub(super) fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that XML (1.0) and HTML escape, as their named entities.
pub(super) fn xml_escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text as UTF-8 has it; the values of the grid are text until a step makes bytes of them.
pub(super) fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_those_of_their_specifications() {
        assert_eq!(base64(b"foob", STANDARD, true), "Zm9vYg==");
        assert_eq!(base64(&[0xfb, 0xff], URL_SAFE, false), "-_8");
        assert_eq!(base32(b"foob", true), "MZXW6YQ=");
        assert_eq!(base32(b"foob", false), "mzxw6yq");
        assert_eq!(base32_hex(b"foob"), "CPNMUOG=");
        assert_eq!(base58(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
        assert_eq!(base58(&[0, 0, 1]), "112");
        assert_eq!(ascii85(b"Man is d\0\0\0\0"), "<~9jqo^BlbD-z~>");
        assert_eq!(base85(b"Man is d", GIT85), "O<`^zX>%ZC");
        assert_eq!(base85(&[0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b], Z85), "HelloWorld");
    }

    #[test]
    fn escapes_are_those_of_their_specifications() {
        assert_eq!(percent("a b/ö".as_bytes()), "a%20b%2F%C3%B6");
        assert_eq!(quoted_printable("ö=1".as_bytes()), "=C3=B6=3D1");
        assert!(quoted_printable(&[b'a'; 100]).lines().all(|line| line.len() <= 76));
        assert_eq!(json_string("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
        assert_eq!(each(b"Ki", |b| format!("{b:02X}"), ":"), "4B:69");
        assert_eq!(units("K", |u| format!("\\u{u:04x}"), ""), "\\u004b");
    }
}
