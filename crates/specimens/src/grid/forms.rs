//! What senders make of a value before they write it down: normal forms, parts, digests.

use super::hash;
use super::recipe::{Key, Pocket, Role, Step};
use super::text::{self, utf8};

/// A step that makes text of text.
fn form(word: &str, make: impl Fn(&str) -> String + 'static) -> Step {
    Step::new(Role::Form, word, "", move |bytes, _| make(&utf8(bytes)).into_bytes())
}

pub(super) fn lower() -> Step {
    form("lower", str::to_lowercase)
}

pub(super) fn upper() -> Step {
    form("upper", str::to_uppercase)
}

pub(super) fn trim() -> Step {
    form("trim", |text| text.trim().to_owned())
}

pub(super) fn reversed() -> Step {
    form("reversed", |text| text.chars().rev().collect())
}

pub(super) fn rot13() -> Step {
    let turn = |c: char| match c {
        'a'..='z' => char::from((c as u8 - b'a' + 13) % 26 + b'a'),
        'A'..='Z' => char::from((c as u8 - b'A' + 13) % 26 + b'A'),
        c => c,
    };
    form("rot13", move |text| text.chars().map(turn).collect())
}

/// The substitution that the study learnt from the wild: the sixty-two letters and figures in
/// another order (its repository, `LeakDetector.py`).
pub(super) fn learnt_map() -> Step {
    const PLAIN: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const SENT: &str = "kibp8A4EWRMKHa7gvyz1dOPt6UI5xYD3nqhVwZBXfCcFeJmrLN20lS9QGsjTuo";
    let turn = |c: char| PLAIN.find(c).map_or(c, |at| char::from(SENT.as_bytes()[at]));
    form("*map*", move |text| text.chars().map(turn).collect())
}

/// What stands before the `@`.
pub(super) fn local_part() -> Step {
    form("local part", |text| text.split('@').next().unwrap_or("").to_owned())
}

/// Gmail's own rule: no dots, no tag, no capitals.
pub(super) fn gmail() -> Step {
    form("gmail", |text| {
        let text = text.to_lowercase();
        let (name, host) = text.split_once('@').unwrap_or((&text, ""));
        let name = name.split('+').next().unwrap_or("").replace('.', "");
        format!("{name}@{host}")
    })
}

/// A telephone number as ITU-T E.164 has it.
pub(super) fn e164() -> Step {
    form("e164", |text| format!("+{}", digits(text)))
}

/// A telephone number in figures alone.
pub(super) fn digits_only() -> Step {
    form("digits", digits)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Scheme, host and path of an address, in place of the whole.
fn parts(address: &str) -> (&str, &str, &str) {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let slash = rest.find('/').unwrap_or(rest.len());
    (scheme, &rest[..slash], &rest[slash..])
}

pub(super) fn host_only() -> Step {
    form("host only", |address| parts(address).1.to_owned())
}

pub(super) fn path_only() -> Step {
    form("path only", |address| parts(address).2.split(['?', '#']).next().unwrap_or("").to_owned())
}

pub(super) fn path_and_query() -> Step {
    form("path and query only", |address| {
        parts(address).2.split('#').next().unwrap_or("").to_owned()
    })
}

pub(super) fn without_query() -> Step {
    form("without query", |address| address.split(['?', '#']).next().unwrap_or("").to_owned())
}

pub(super) fn without_fragment() -> Step {
    form("without fragment", |address| address.split('#').next().unwrap_or("").to_owned())
}

pub(super) fn without_scheme() -> Step {
    form("without scheme", |address| {
        address.split_once("://").map_or(address, |(_, rest)| rest).to_owned()
    })
}

/// The address as the URL standard (WHATWG) writes it: host in lower case, no default port, no dot
/// segments.
pub(super) fn canonical() -> Step {
    form("canonical url", |address| {
        let (scheme, host, rest) = parts(address);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut segments: Vec<&str> = Vec::new();
        for segment in path.split('/').skip(1) {
            match segment {
                "." => {}
                ".." => {
                    segments.pop();
                }
                segment => segments.push(segment),
            }
        }
        let (scheme, host) = (scheme.to_lowercase(), host.to_lowercase());
        let host = host.trim_end_matches(":443");
        format!("{scheme}://{host}/{}?{query}", segments.join("/"))
    })
}

/// The front of the value, as a limit of `length` bytes leaves it.
pub(super) fn cut(length: usize) -> Step {
    form(&format!("truncated to {length} bytes"), move |text| text[..length].to_owned())
}

/// The front of the value, four fifths of it, as typing leaves it.
pub(super) fn typed() -> Step {
    form("truncated to *", |text| text[..text.len() * 4 / 5].to_owned())
}

/// The two halves of the value in two fields, the second one in `w`.
pub(super) fn split_in_half() -> Step {
    Step::new(Role::Form, "*split*", "", |bytes, pocket| {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        pocket.add("w", utf8(second));
        first.to_vec()
    })
}

/// An e-mail address as name and host, the host in `w`: all of the value is there.
pub(super) fn split_at_sign() -> Step {
    Step::new(Role::Form, "*split*", "", |bytes, pocket| {
        let text = utf8(bytes);
        let (name, host) = text.split_once('@').unwrap_or((&text, ""));
        pocket.add("w", host.to_owned());
        name.as_bytes().to_vec()
    })
}

/// A hash.
pub(super) fn digest(name: &'static str) -> Step {
    let run = hash::named(name).run;
    Step::new(Role::Digest, name, "", move |bytes, _| run(bytes))
}

/// Java's hash of a string, as the decimal number that it is.
pub(super) fn java_hash() -> Step {
    Step::new(Role::Digest, "java-hashcode", "", |bytes, _| {
        hash::java_hash_code(&utf8(bytes)).to_string().into_bytes()
    })
}

/// A secret put before or behind the value, under a word of the derivation that names its place.
fn salted(word: String, make: impl Fn(&str, &mut Pocket) -> String + 'static) -> Step {
    Step::new(Role::Form, word, "", move |bytes, pocket| make(&utf8(bytes), pocket).into_bytes())
}

/// A salt of the same request, before the value.
pub(super) fn salt_before() -> Step {
    salted("*salt*{k}*".to_owned(), |text, pocket| utf8(&pocket.key(Key::Text)) + text)
}

/// A salt of the same request, behind the value, with something between them.
pub(super) fn salt_behind(between: &'static str) -> Step {
    salted("*salt*{k}*".to_owned(), move |text, pocket| {
        format!("{text}{between}{}", utf8(&pocket.key(Key::Text)))
    })
}

/// A salt of an earlier exchange, which stood at `place`, before the value.
pub(super) fn earlier_salt(salt: String, place: &str) -> Step {
    salted(format!("*salt*{place}*"), move |text, _| format!("{salt}{text}"))
}

/// The salt that the study learnt from the wild, behind the value (its repository,
/// `LeakDetector.py`).
pub(super) fn learnt_salt() -> Step {
    salted("*salt*QX4QkKEU*".to_owned(), |text, _| format!("{text}QX4QkKEU"))
}

/// HMAC with a key of the same request.
pub(super) fn hmac(name: &'static str, key: Key) -> Step {
    Step::new(Role::Digest, format!("*hmac*{name}*{{k}}*"), "", move |bytes, pocket| {
        hash::hmac(hash::named(name), &pocket.key(key), bytes)
    })
}

/// HMAC with a key of an earlier exchange, which stood at `place`.
pub(super) fn earlier_hmac(name: &'static str, key: String, place: &str) -> Step {
    Step::new(Role::Digest, format!("*hmac*{name}*{place}*"), "", move |bytes, _| {
        hash::hmac(hash::named(name), key.as_bytes(), bytes)
    })
}

/// XOR with a repeating key of the same request.
pub(super) fn xor(key: Key) -> Step {
    Step::new(Role::Digest, "*xor*{k}*", "", move |bytes, pocket| {
        super::cipher::xor(&pocket.key(key), bytes)
    })
}

/// The first bytes of a digest.
pub(super) fn shortened(length: usize) -> Step {
    let word = format!("truncated to {length} bytes");
    Step::new(Role::Spelling, word, "", move |bytes, _| bytes[..length].to_vec())
}

/// Upper case for digits.
pub(super) fn upper_digits() -> Step {
    Step::new(Role::Spelling, "upper", "", |bytes, _| text::utf8(bytes).to_uppercase().into_bytes())
}
