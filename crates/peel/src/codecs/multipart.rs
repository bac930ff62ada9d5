//! Multipart bodies (RFC 2046, section 5.1; names of fields by RFC 7578): each part's content,
//! under the boundary that the label names, or else the one that the body begins with.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;
use candor_case::{Header, Opening};
use memchr::memmem::Finder;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::label::{Label, Media};
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Multipart;

impl Codec for Multipart {
    fn name(&self) -> &'static str {
        "multipart"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.starts_with(b"--")
            || (view.label.media == Media::Multipart && view.label.coding().is_none())
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let labelled = view.label.boundary.as_ref().map(|b| delimiter(b));
        let candidates = [labelled, own_delimiter(view.bytes)];
        for delimiter in candidates.into_iter().flatten() {
            parts(view, &delimiter, purse, out);
            if !out.is_empty() {
                return Opened::Fully;
            }
        }
        Opened::No
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, content))
    }
}

fn delimiter(boundary: &[u8]) -> Vec<u8> {
    [b"--", boundary].concat()
}

/// The first line, if it can be a delimiter: a boundary is 1 to 70 characters of a narrow set.
fn own_delimiter(bytes: &[u8]) -> Option<Vec<u8>> {
    let line = bytes[..bytes.len().min(80)].split(|b| *b == b'\n').next()?.trim_ascii_end();
    let boundary = line.strip_prefix(b"--")?;
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(b);
    let fits = (1..=70).contains(&boundary.len());
    (fits && line.len() < bytes.len() && boundary.iter().all(allowed)).then(|| line.into())
}

/// The parts between delimiters; only parts that begin with header fields count.
fn parts(view: &View, delimiter: &[u8], purse: &mut Purse, out: &mut Pieces) {
    let bytes = view.bytes;
    let finder = Finder::new(delimiter);
    let mut names = Vec::new();
    let mut found: Vec<(Range<usize>, Label)> = Vec::new();
    let mut rest = None;
    let find = |from: usize| {
        let places = finder.find_iter(bytes.get(from..).unwrap_or_default()).map(|at| from + at);
        places.into_iter().find(|at| stands_alone(bytes, *at, delimiter.len()))
    };
    let mut next = find(0);
    while let Some(at) = next {
        let start = at + delimiter.len();
        next = find(start);
        if let Err(spent) = purse.pay_node(names.len()) {
            rest = Some((at, spent));
            break;
        }
        let Some(part) = part(bytes, start, next.unwrap_or(bytes.len())) else { continue };
        names.push(Cow::Owned(part.name));
        found.push((part.content, part.label));
    }
    let steps = out.keyed("multipart", &names);
    for (step, (content, label)) in steps.into_iter().zip(found) {
        out.add(content, None, step).labelled(label);
    }
    if let Some((at, spent)) = rest {
        out.rest(view, at, spent);
    }
}

/// Whether a delimiter is a line of its own, or the last one: short ones stand in contents, too.
fn stands_alone(bytes: &[u8], at: usize, len: usize) -> bool {
    let begins = at == 0 || bytes[at - 1] == b'\n';
    let ends = matches!(bytes.get(at + len..), Some([] | [b'\r' | b'\n' | b' ' | b'\t', ..]))
        || bytes.get(at + len..).is_some_and(|rest| rest.starts_with(b"--"));
    begins && ends
}

struct Part {
    name: Vec<u8>,
    content: Range<usize>,
    label: Label,
}

/// Reads the part in `start..end`, where `start` is right after its delimiter.
fn part(bytes: &Bytes, start: usize, end: usize) -> Option<Part> {
    let mut at = start + line_end(bytes.get(start..end)?)?;
    let mut headers = Vec::new();
    loop {
        let line = bytes.get(at..end)?;
        match line_end(line) {
            Some(len) => {
                at += len;
                break;
            }
            None => {
                let len = memchr::memchr(b'\n', line)? + 1;
                headers.push(header(bytes, at..at + len)?);
                at += len;
            }
        }
    }
    let content = bytes.get(at..end)?;
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    let disposition = headers.iter().find(|h| h.is("content-disposition"));
    let name = disposition.and_then(|h| parameter(&h.value, b"name=")).unwrap_or_default();
    Some(Part { name, content: at..at + content.len(), label: Label::read(&headers) })
}

/// Length of the line break that the bytes begin with.
fn line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\n', ..] => Some(1),
        _ => None,
    }
}

fn header(bytes: &Bytes, line: Range<usize>) -> Option<Header> {
    let text = &bytes[line.clone()];
    let colon = memchr::memchr(b':', text)?;
    let value = text[colon + 1..].trim_ascii();
    Some(Header {
        name: bytes.slice(line.start..line.start + colon),
        value: bytes.slice_ref(value),
    })
}

/// A parameter of a header field's value, without its quotes.
fn parameter(value: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    loop {
        at += memchr::memmem::find(value.get(at..)?, name)?;
        let stands_alone = at > 0 && b"; \t".contains(&value[at - 1]);
        at += name.len();
        if !stands_alone {
            continue;
        }
        let rest = &value[at..];
        return Some(match rest.strip_prefix(b"\"") {
            Some(quoted) => quoted[..memchr::memchr(b'"', quoted)?].to_vec(),
            None => rest.split(|b| *b == b';').next().unwrap_or_default().trim_ascii().to_vec(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    const BODY: &[u8] = b"--frontier-7\r\nContent-Disposition: form-data; name=\"a b\"\r\n\r\n\
        one\r\n--frontier-7\r\nContent-Disposition: form-data; filename=\"x\"; name=doc\r\n\
        Content-Type: application/json\r\n\r\n{\"k\":\"v\"}\r\n--frontier-7\r\n\
        content-disposition: form-data; name=doc\r\n\r\n\r\n--frontier-7--\r\n";

    #[test]
    fn parts_are_pieces_without_any_label() {
        let expected = [
            "multipart:\"a b\" = one",
            "multipart:doc[0] = {\\\"k\\\":\\\"v\\\"}",
            "multipart:doc[0] > $.k = v",
            "multipart:doc[1] = ",
        ];
        assert_eq!(layers(BODY), expected);
        assert_eq!(replanted(BODY, "multipart:doc[0] > $.k", "new").as_deref(), Some("new"));
    }

    #[test]
    fn short_boundaries_are_known() {
        let body = "--B\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\nada --Byron --B\r\n\
                    --B\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx\r\n--B--\r\n";
        let expected = ["multipart:e = ada --Byron --B", "multipart:f = x"];
        assert_eq!(layers(body.as_bytes()), expected);
        let longer = body.replace("--B\r", "--B7\r").replace("--B-", "--B7-");
        assert_eq!(layers(longer.as_bytes())[1], expected[1]);
    }

    #[test]
    fn dashes_alone_are_no_multipart() {
        for text in [
            "-- a comment",
            "--x\nsome: header\n",
            "-- \nAda\nTel: 1",
            "--boundary-1\nno header",
            "--",
            "--boundary-1",
        ] {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
