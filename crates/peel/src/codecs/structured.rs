//! Structured fields (RFC 9651) of a header: the texts and byte sequences among the members of a
//! dictionary or list. Members that are numbers and tokens stand in the layer itself.

use std::borrow::Cow;
use std::ops::Range;

use candor_case::Opening;
use data_encoding::BASE64;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::label::Field;
use crate::pieces::Pieces;
use crate::read::Reader;

/// The codec.
pub(crate) struct Structured;

impl Codec for Structured {
    fn name(&self) -> &'static str {
        "structured"
    }

    fn accepts(&self, view: &View) -> bool {
        view.label.field == Field::Structured && memchr::memchr2(b'"', b':', view.bytes).is_some()
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(members) = members(view.bytes) else { return Opened::No };
        if !members.iter().any(|member| member.text.is_some()) {
            return Opened::No;
        }
        let names: Vec<Cow<[u8]>> = members.iter().map(|member| member.name.0.clone()).collect();
        let steps = out.keyed("field", &names);
        for (step, member) in steps.into_iter().zip(members) {
            if let Err(spent) = purse.pay_node(out.len()) {
                out.rest(view, member.range.start, spent);
                break;
            }
            out.add(member.range, member.text.map(Into::into), step);
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let range = opening.span.range(parent.len());
        let is_bytes = parent.get(..range.start)?.ends_with(b":");
        let value = match (is_bytes, std::str::from_utf8(content)) {
            (true, _) => BASE64.encode(content).into_bytes(),
            (false, Ok(text)) if text.bytes().all(|b| (b' '..=b'~').contains(&b)) => {
                text.replace('\\', "\\\\").replace('"', "\\\"").into_bytes()
            }
            _ => return None,
        };
        Some(splice(parent, opening.span, &value))
    }
}

/// A key, or a position.
#[derive(Clone, Default)]
struct Name<'a>(Cow<'a, [u8]>);

/// A member whose value may say something.
struct Member<'a> {
    name: Name<'a>,
    range: Range<usize>,
    /// Its text or bytes; `None` where the range holds them as they are.
    text: Option<Vec<u8>>,
}

/// The members of a dictionary or list that takes up the whole field; each item of it is a member
/// under its key, or its position.
fn members(field: &[u8]) -> Option<Vec<Member<'_>>> {
    let mut reader = Reader::new(field);
    let mut found = Vec::new();
    for index in 0usize.. {
        skip_space(&mut reader);
        let name = match key(&mut reader) {
            Some(key) => Name(Cow::Borrowed(key)),
            None => Name(Cow::Owned(index.to_string().into_bytes())),
        };
        items(&mut reader, &name, &mut found)?;
        skip_space(&mut reader);
        match reader.byte() {
            None => return Some(found),
            Some(b',') => {}
            Some(_) => return None,
        }
    }
    None
}

fn skip_space(reader: &mut Reader) {
    while let Some(b' ' | b'\t') = reader.rest().first() {
        reader.at += 1;
    }
}

/// The key of a dictionary's member, with its `=`.
fn key<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let rest = reader.rest();
    let in_key = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*');
    let len = rest.iter().position(|b| !in_key(b))?;
    let is_key = len > 0 && rest[len] == b'=' && matches!(rest[0], b'a'..=b'z' | b'*');
    is_key.then(|| {
        reader.at += len + 1;
        &rest[..len]
    })
}

/// An item, or a list of items in parentheses, with the parameters behind it.
fn items<'a>(reader: &mut Reader, name: &Name<'a>, found: &mut Vec<Member<'a>>) -> Option<()> {
    if reader.rest().first() == Some(&b'(') {
        reader.at += 1;
        loop {
            skip_space(reader);
            if reader.rest().first() == Some(&b')') {
                reader.at += 1;
                break;
            }
            item(reader, name, found)?;
            parameters(reader)?;
        }
    } else {
        item(reader, name, found)?;
    }
    parameters(reader)
}

fn parameters(reader: &mut Reader) -> Option<()> {
    while reader.rest().first() == Some(&b';') {
        reader.at += 1;
        skip_space(reader);
        let rest = reader.rest();
        let in_key = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*');
        let len = rest.iter().position(|b| !in_key(b)).unwrap_or(rest.len());
        (len > 0).then_some(())?;
        reader.at += len;
        if reader.rest().first() == Some(&b'=') {
            reader.at += 1;
            item(reader, &Name::default(), &mut Vec::new())?;
        }
    }
    Some(())
}

fn item<'a>(reader: &mut Reader, name: &Name<'a>, found: &mut Vec<Member<'a>>) -> Option<()> {
    let rest = reader.rest();
    let start = reader.at + 1;
    let (len, text) = match rest.first()? {
        b'"' => {
            let (len, text) = string(&rest[1..])?;
            (len, Some(text))
        }
        b':' => {
            let len = memchr::memchr(b':', &rest[1..])?;
            (len, Some(BASE64.decode(&rest[1..1 + len]).ok()?))
        }
        b'?' if matches!(rest.get(1), Some(b'0' | b'1')) => {
            reader.at += 2;
            return Some(());
        }
        first if first.is_ascii_alphanumeric() || matches!(first, b'*' | b'-' | b'@') => {
            let in_token = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/@".contains(b);
            let len = rest.iter().position(|b| !in_token(b)).unwrap_or(rest.len());
            let range = reader.at..reader.at + len;
            reader.at += len;
            found.push(Member { name: name.clone(), range, text: None });
            return Some(());
        }
        _ => return None,
    };
    found.push(Member { name: name.clone(), range: start..start + len, text });
    reader.at = start + len + 1;
    Some(())
}

/// Length and text of a string whose quote has been read.
fn string(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let mut text = Vec::new();
    let mut at = 0;
    loop {
        match rest.get(at..)? {
            [b'"', ..] => return Some((at, text)),
            [b'\\', same @ (b'"' | b'\\'), ..] => {
                text.push(*same);
                at += 2;
            }
            [b'\\', ..] | [] => return None,
            [byte, ..] => {
                text.push(*byte);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Option<Vec<String>> {
        let shown = |member: Member| {
            let name = String::from_utf8_lossy(&member.name.0).into_owned();
            let text = member.text.unwrap_or_else(|| field.as_bytes()[member.range].to_vec());
            format!("{name}={}", text.escape_ascii())
        };
        members(field.as_bytes()).map(|members| members.into_iter().map(shown).collect())
    }

    #[test]
    fn members_are_found() {
        let table: [(&str, Option<&[&str]>); 7] = [
            ("v=3, u=\"a \\\"b\\\"\";q=0.9, open=?1", Some(&["v=3", "u=a \\\"b\\\""])),
            ("u=:YWRh:, b=:/w==:", Some(&["u=ada", "b=\\xff"])),
            (
                "\"Chromium\";v=\"156\", \"Not A;Brand\";v=\"8\"",
                Some(&["0=Chromium", "1=Not A;Brand"]),
            ),
            ("sig=(\"@method\" \"@path\");created=1", Some(&["sig=@method", "sig=@path"])),
            ("\"open", None),
            ("Mozilla/5.0 (X11; Linux)", None),
            ("a, \"b\" c", None),
        ];
        for (field, expected) in table {
            let expected: Option<Vec<String>> =
                expected.map(|all| all.iter().map(|s| (*s).to_owned()).collect());
            assert_eq!(read(field), expected, "{field}");
        }
    }
}
