//! Lists of character codes: `75,105,109` with any one separator, between brackets, or as the
//! arguments of `String.fromCharCode`; octal where that makes sense and decimal does not. Telemetry
//! is full of lists of numbers, so what they spell has to be a word.

use candor_case::Opening;

use crate::binary::is_random;
use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::json;
use crate::pieces::Pieces;
use crate::sense::is_known_binary;
use crate::shape::kind;

/// Fewer numbers spell something too often.
pub(crate) const FEWEST: usize = 6;

/// Fewer bytes are no format, and fewer than this many no noise.
const FEWEST_BYTES: usize = 16;
const FEWEST_NOISE: usize = 64;

/// The codec.
pub(crate) struct CharCodes;

impl Codec for CharCodes {
    fn name(&self) -> &'static str {
        "char-codes"
    }

    fn accepts(&self, view: &View) -> bool {
        // Only a call has letters in it.
        view.bytes.len() >= 2 * FEWEST
            && (view.bytes.first() == Some(&b'S') || !view.shape.any(kind::ALPHA))
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        match decode(view.bytes) {
            Some((content, _)) if purse.pay_bytes(view.bytes.len()).is_ok() => {
                out.whole(view, content, "char-codes");
                Opened::Fully
            }
            _ => Opened::No,
        }
    }

    fn close(&self, parent: &[u8], _: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let (_, written) = decode(parent)?;
        let codes: Vec<String> = match written {
            Written::Bytes => content.iter().map(u8::to_string).collect(),
            Written::Units => units(content)?.map(|unit| unit.to_string()).collect(),
            Written::Octal => units(content)?.map(|unit| format!("{unit:o}")).collect(),
        };
        let Some(list) = List::of(parent) else {
            let member = |(index, code): (usize, &String)| format!("\"{index}\":{code}");
            let members: Vec<String> = codes.iter().enumerate().map(member).collect();
            return Some(format!("{{{}}}", members.join(",")).into_bytes());
        };
        let separator = std::str::from_utf8(list.separator).ok()?;
        let range = list.inner;
        let inner = codes.join(separator);
        Some([&parent[..range.start], inner.as_bytes(), &parent[range.end..]].concat())
    }
}

/// Units of UTF-16 that text is made of.
fn units(content: &[u8]) -> Option<impl Iterator<Item = u16>> {
    std::str::from_utf8(content).ok().map(str::encode_utf16)
}

/// Whether a value of JSON may be a character code or a byte.
pub(crate) fn is_code(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    (1..=7).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}

/// Whether the bytes are a list of numbers that spell something.
pub(crate) fn is_list(text: &[u8]) -> bool {
    decode(text).is_some()
}

/// A list, without its frame.
struct List<'a> {
    inner: std::ops::Range<usize>,
    /// What stands between two numbers.
    separator: &'a [u8],
}

impl<'a> List<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        const FRAMES: [(&[u8], &[u8]); 4] = [
            (b"String.fromCharCode(", b")"),
            (b"String.fromCharCode(", b");"),
            (b"[", b"]"),
            (b"", b""),
        ];
        let framed =
            |(open, close): &&(&[u8], &[u8])| text.starts_with(open) && text.ends_with(close);
        let (open, close) = FRAMES.iter().find(framed)?;
        let framed = text.get(open.len()..text.len().checked_sub(close.len())?)?;
        let start = open.len() + framed.len() - framed.trim_ascii_start().len();
        let numbers = framed.trim_ascii();
        let inner = start..start + numbers.len();
        let first = digits(numbers);
        let separator = &numbers[first..];
        let is_digit = |at: usize| separator.get(at).is_some_and(u8::is_ascii_digit);
        let len = separator.iter().take(LONGEST_SEPARATOR).position(u8::is_ascii_digit)?;
        // The minus of a byte with a sign belongs to the number.
        let signed = separator[0] == b',' && len > 1 && separator[len - 1] == b'-' && is_digit(len);
        let separator = &separator[..len - usize::from(signed)];
        let marks = separator.trim_ascii();
        let known = match marks {
            [] => separator == b" ",
            [mark] => b",-;.|:_".contains(mark) && separator.starts_with(marks),
            _ => false,
        };
        (first > 0 && known).then_some(Self { inner, separator })
    }
}

/// Between numbers that stand on lines of their own is no more.
const LONGEST_SEPARATOR: usize = 64;

/// Length of the number that a text begins with.
fn digits(text: &[u8]) -> usize {
    let sign = usize::from(text.first() == Some(&b'-'));
    let digits = text[sign..].iter().take(8).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 { 0 } else { sign + digits }
}

/// How what a list stands for was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Units,
    Octal,
    Bytes,
}

/// What a list spells, if that is text that convinces, bytes of a known format, or noise.
fn decode(text: &[u8]) -> Option<(Vec<u8>, Written)> {
    if let Some(numbers) = numbers(text, 10).or_else(|| members(text)) {
        let bytes = bytes(&numbers).map(|bytes| (bytes, Written::Bytes));
        let found = bytes.or_else(|| Some((word(&numbers)?.into_bytes(), Written::Units)));
        if found.is_some() {
            return found;
        }
    }
    let octal = is_octal(text).then(|| numbers(text, 8)).flatten()?;
    Some((word(&octal)?.into_bytes(), Written::Octal))
}

/// Whether a list may be octal: only figures below 8, spaces between them, and many.
fn is_octal(text: &[u8]) -> bool {
    const FEWEST_OCTAL: usize = 12;
    let spaces = text.iter().filter(|b| **b == b' ').count();
    spaces + 1 >= FEWEST_OCTAL && text.iter().all(|b| matches!(b, b'0'..=b'7' | b' '))
}

/// The numbers of a list, written to that base.
fn numbers(text: &[u8], base: u32) -> Option<Vec<i32>> {
    let list = List::of(text)?;
    let mut rest = &text[list.inner];
    let mut numbers = Vec::new();
    loop {
        let len = digits(rest);
        let number = i32::from_str_radix(std::str::from_utf8(&rest[..len]).ok()?, base).ok()?;
        is_possible(number).then_some(())?;
        numbers.push(number);
        rest = &rest[len..];
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(list.separator)?;
    }
    (numbers.len() >= FEWEST).then_some(numbers)
}

/// The values of an object whose keys are 0, 1, 2 and so on: what becomes of an array of bytes that
/// is written as JSON.
fn members(text: &[u8]) -> Option<Vec<i32>> {
    let mut rest = text.strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
    let mut numbers = Vec::new();
    loop {
        let name = numbers.len().to_string();
        rest = rest.strip_prefix(b"\"")?.strip_prefix(name.as_bytes())?.strip_prefix(b"\"")?;
        rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let len = digits(rest);
        let number: i32 = std::str::from_utf8(&rest[..len]).ok()?.parse().ok()?;
        is_possible(number).then_some(())?;
        numbers.push(number);
        rest = rest[len..].trim_ascii_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(b",")?.trim_ascii_start();
    }
    (numbers.len() >= FEWEST).then_some(numbers)
}

/// Whether a number may be a byte, with a sign or without, or a character.
fn is_possible(number: i32) -> bool {
    (-128..=0x10_ffff).contains(&number)
}

/// What characters of those numbers spell, if that convinces: ordinary lists of numbers spell marks
/// and letters in any order.
fn word(numbers: &[i32]) -> Option<String> {
    let codes: Option<Vec<u32>> =
        numbers.iter().map(|n| u32::try_from(*n).ok().filter(|n| is_character(*n))).collect();
    let text = spell(&codes?)?;
    (is_word(&text) || is_document(&text)).then_some(text)
}

/// The bytes of those numbers, if they are text with characters beyond ASCII, of a known format, or
/// noise.
fn bytes(numbers: &[i32]) -> Option<Vec<u8>> {
    let byte = |n: &i32| u8::try_from(*n).ok().or_else(|| i8::try_from(*n).ok().map(|n| n as u8));
    let bytes: Vec<u8> = numbers.iter().map(byte).collect::<Option<_>>()?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| {
        !text.is_ascii()
            && text.chars().all(|c| is_character(u32::from(c)))
            && (is_word(text) || is_document(text))
    });
    let known = || bytes.len() >= FEWEST_BYTES && is_known_binary(&bytes);
    let noise = || bytes.len() >= FEWEST_NOISE && is_random(&bytes);
    (text.is_some() || known() || noise()).then_some(bytes)
}

/// Whether a text is a document of JSON or an address, which have more marks than words do.
fn is_document(text: &str) -> bool {
    let text = text.trim();
    let is_json = text.starts_with(['{', '[']) && text.contains('"');
    let is_address = || {
        text.split_once("://").is_some_and(|(scheme, rest)| {
            (2..=12).contains(&scheme.len())
                && scheme.bytes().all(|b| b.is_ascii_alphabetic())
                && rest.len() >= 4
                && rest.bytes().all(|b| b.is_ascii_graphic())
        })
    };
    is_json && json::is_container(text.as_bytes()) || is_address()
}

/// Whether most characters are letters, nearly all others such as stand between words, and none of
/// another alphabet than the rest.
fn is_word(text: &str) -> bool {
    let count = text.chars().count();
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let is_mark = |c: &char| " @.:/-_=&?".contains(*c) || *c >= '\u{1f000}';
    let marks = text.chars().filter(is_mark).count();
    // Latin letters fill more than one page; pictures go with any alphabet.
    let beyond = text.chars().filter(|c| !c.is_ascii() && *c < '\u{1f000}');
    let mut beyond = beyond.map(|c| u32::from(c) >> 8).map(|page| if page < 3 { 0 } else { page });
    let first = beyond.next();
    let one_alphabet = beyond.all(|page| Some(page) == first);
    let ascii = text.chars().filter(char::is_ascii).count();
    letters * 5 >= count * 3
        && (letters + marks) * 10 >= count * 9
        && one_alphabet
        && (ascii * 2 >= count || text.contains(' '))
}

fn is_character(code: u32) -> bool {
    matches!(code, 9 | 10 | 13 | 32..=126 | 0xa0..=0x10_ffff)
}

/// Units of UTF-16, or characters where they do not fit that.
fn spell(codes: &[u32]) -> Option<String> {
    let units: Option<Vec<u16>> = codes.iter().map(|code| u16::try_from(*code).ok()).collect();
    match units {
        Some(units) => String::from_utf16(&units).ok(),
        None => codes.iter().map(|code| char::from_u32(*code)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn lists_that_spell_words_are_opened() {
        let table = [
            ("97,100,97,64,120,46,111,114,103", Some("ada@x.org")),
            ("97 100 97 32 120 121", Some("ada xy")),
            ("String.fromCharCode(103, 114, 228, 102, 105, 110)", Some("gr\u{e4}fin")),
            ("128512-97-98-99-100-101", Some("\u{1f600}abcde")),
            ("141 144 141 40 154 157 166 145 154 141 143 145", Some("ada lovelace")),
            ("141,144,141,40,154,157,166,145,154,141,143,145", None),
            ("1,2,3,4,5,6,7,8", None),
            ("1080,2340,440,1080,2340", None),
            ("33,45,60,40,37,42,38", None),
            ("97,100,97", None),
            ("192.168.101.102", None),
            ("2026-11-22", None),
            ("97,100,97,64;120,46,111", None),
            ("97,,100,97,98,99,100", None),
        ];
        for (list, plain) in table {
            let expected: Vec<String> = plain
                .iter()
                .map(|p| format!("char-codes = {}", p.as_bytes().escape_ascii()))
                .collect();
            assert_eq!(layers(list.as_bytes()), expected, "{list}");
        }
        for list in [
            "97,100,97,64,120,46,111",
            "String.fromCharCode(103, 114, 228, 102, 105, 110)",
            "141 144 141 40 154 157 166 145 154 141 143 145",
        ] {
            let value = "another value";
            assert_eq!(replanted(list.as_bytes(), "char-codes", value).as_deref(), Some(value));
        }
    }

    fn codes(content: &[u8], separator: &str) -> String {
        content.iter().map(u8::to_string).collect::<Vec<_>>().join(separator)
    }

    #[test]
    fn documents_and_addresses_are_spelled() {
        let json = codes(br#"{"mail":"ada@example.org"}"#, ", ");
        let address = codes(b"https://example.org/?q=%41#top", ",");
        let indexed = |content: &[u8]| {
            let member = |(at, byte): (usize, &u8)| format!("\"{at}\":{byte}");
            let members: Vec<String> = content.iter().enumerate().map(member).collect();
            format!("{{{}}}", members.join(","))
        };
        let mail = b"ada@example.org";
        let table = [
            (json.clone(), "char-codes > $.mail = ada@example.org"),
            (format!("String.fromCharCode({json})"), "char-codes > $.mail = ada@example.org"),
            (format!("{{\"a\":[{json}]}}"), "$.a > char-codes > $.mail = ada@example.org"),
            (
                format!("{{\"a\":[ {} ]}}", codes(mail, ",\n  ")),
                "$.a > char-codes = ada@example.org",
            ),
            (format!("[1,[{}]]", codes(mail, ",")), "$[1] > char-codes = ada@example.org"),
            (format!("{{\"a\":{}}}", indexed(mail)), "$.a > char-codes = ada@example.org"),
            (indexed(mail), "char-codes = ada@example.org"),
            (
                format!("{{\"a\":[{}]}}", codes("gr\u{e4}fin ada".as_bytes(), ",")),
                "$.a > char-codes = gr\\xc3\\xa4fin ada",
            ),
        ];
        for (text, last) in table {
            assert_eq!(layers(text.as_bytes()).last().map(String::as_str), Some(last), "{text}");
            let path = last.split(" = ").next().unwrap();
            let value = "grace@example.org";
            assert_eq!(replanted(text.as_bytes(), path, value).as_deref(), Some(value), "{text}");
        }
        assert!(layers(address.as_bytes())[0].starts_with("char-codes = https://example.org/"));
        let numbers = r#"{"a":[1,2,3,4,5,6,7,8],"b":[97,100,97],"c":[1920,1080,97,98,99,100,101]}"#;
        assert_eq!(layers(numbers.as_bytes()).len(), 18);
    }

    #[test]
    fn lists_of_bytes_are_opened() {
        use candor_case::End;
        use data_encoding::BASE64;

        let zipped = BASE64.decode(b"H4sIAAAAAAACA0tMSXRIrUjMLchJ1csvSgcAxqq/kQ8AAAA=").unwrap();
        let signed: Vec<String> = zipped.iter().map(|b| (*b as i8).to_string()).collect();
        for list in [codes(&zipped, ","), signed.join(", ")] {
            let found = layers(format!("{{\"a\":[{list}]}}").as_bytes());
            assert_eq!(
                found.last().unwrap(),
                "$.a > char-codes > gzip = ada@example.org",
                "{list}"
            );
        }
        let noise = crate::binary::tests::noise(900, 5);
        let table = [
            codes(&noise, ", "),
            format!("{{\"p\":[{}]}}", codes(&noise, ",")),
            format!("{{\"p\": [\n  {}\n]}}", codes(&noise, ",\n  ")),
            format!("{{\"p\":\"{}\"}}", codes(&noise, " ")),
        ];
        for text in table {
            let bytes = bytes::Bytes::from(text.clone());
            let tree = crate::peel_bytes(bytes, &Default::default(), &Default::default());
            let sealed = tree.iter().find(|(_, layer)| layer.end == End::Encrypted);
            assert_eq!(sealed.unwrap().1.bytes[..], noise[..], "{text}");
        }
    }
}
