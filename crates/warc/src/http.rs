//! HTTP messages as WARC blocks hold them (`application/http`): HTTP/1.1-shaped text (RFC 9112),
//! whatever protocol carried them.
//!
//! Parsing is tolerant: it never fails, it says what was wrong. Field names and values keep their
//! case and order and borrow from the block.

use bytes::Bytes;

use crate::chunked::{self, Dechunked};
pub use crate::chunked::{chunk_end, chunk_start};

/// Heads longer than this many bytes are not read as heads.
const MAX_HEAD: usize = 8 << 20;

/// Heads with more fields than this are not read further.
const MAX_FIELDS: usize = 10_000;

/// A header or trailer field as sent, without white space around the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name, in the case it was sent.
    pub name: Bytes,
    /// Value; a folded one has a space for each fold.
    pub value: Bytes,
}

impl Field {
    /// Tells whether this is the field of that name, whatever its case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `POST /path HTTP/1.1`
    Request {
        /// Method, as sent.
        method: String,
        /// Whatever stands between method and version.
        target: String,
        /// `HTTP/1.1`; empty if there is none.
        version: String,
    },
    /// `HTTP/1.1 200 OK`
    Response {
        /// Status code; 0 if it is no number.
        status: u16,
        /// `HTTP/1.1`
        version: String,
    },
}

/// What was wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The block ends before the empty line.
    HeadCutShort,
    /// The head is longer, or has more fields, than any real one; what is left counts as body.
    HeadTooLong,
    /// The body ends within its chunks.
    ChunksCutShort,
    /// The fields say chunked, but the body is not. Some recorders remove the chunks and keep the
    /// field.
    NotChunked,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its first line.
    pub start: Start,
    /// Its header fields.
    pub fields: Vec<Field>,
    /// Its body with the chunks removed and the content-coding intact.
    pub body: Bytes,
    /// Its trailer fields.
    pub trailers: Vec<Field>,
    /// What was wrong with it.
    pub problem: Option<Problem>,
}

impl Message {
    /// The length that the fields state for the body, in bytes.
    pub fn stated_length(&self) -> Option<u64> {
        let field = self.fields.iter().find(|f| f.is("content-length"))?;
        std::str::from_utf8(&field.value).ok()?.parse().ok()
    }
}

/// Reads the message that a block holds.
pub fn parse(block: &Bytes) -> Message {
    with_body(parse_head(block, skip_line_ends(block)), block)
}

/// Reads the last response that a block holds: interim ones (100 and the like) before it are
/// stepped over. Some recorders write them all into one block.
pub fn parse_final(block: &Bytes) -> Message {
    let mut head = parse_head(block, skip_line_ends(block));
    while let Start::Response { status: 100 | 102..=199, .. } = head.start
        && block.get(head.end..).is_some_and(|rest| rest.starts_with(b"HTTP/"))
    {
        head = parse_head(block, head.end);
    }
    with_body(head, block)
}

struct Head {
    start: Start,
    fields: Vec<Field>,
    end: usize,
    problem: Option<Problem>,
}

fn with_body(head: Head, block: &Bytes) -> Message {
    let Head { start, fields, end, problem } = head;
    let rest = block.slice(end.min(block.len())..);
    if problem.is_some() || !is_chunked(&fields) || rest.is_empty() {
        return Message { start, fields, body: rest, trailers: vec![], problem };
    }
    match chunked::decode(&rest) {
        Dechunked::Whole { body, trailers } => {
            Message { start, fields, body, trailers, problem: None }
        }
        Dechunked::CutShort { body } => {
            let problem = Some(Problem::ChunksCutShort);
            Message { start, fields, body, trailers: vec![], problem }
        }
        Dechunked::NotChunked => {
            let problem = Some(Problem::NotChunked);
            Message { start, fields, body: rest, trailers: vec![], problem }
        }
    }
}

/// Tells whether the last transfer-coding is `chunked` (RFC 9112, section 6.1).
pub fn is_chunked(fields: &[Field]) -> bool {
    let last = fields.iter().rfind(|f| f.is("transfer-encoding"));
    let coding = last.and_then(|f| f.value.rsplit(|b| *b == b',').next());
    coding.is_some_and(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

/// Writes a head: the first line as given, the fields, the empty line.
pub fn write_head(start: &str, fields: &[Field]) -> Vec<u8> {
    let mut out = start.as_bytes().to_vec();
    out.extend_from_slice(b"\r\n");
    write_fields(&mut out, fields);
    out.extend_from_slice(b"\r\n");
    out
}

pub(crate) fn write_fields(out: &mut Vec<u8>, fields: &[Field]) {
    for field in fields {
        out.extend_from_slice(&field.name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(&field.value);
        out.extend_from_slice(b"\r\n");
    }
}

fn skip_line_ends(block: &[u8]) -> usize {
    block.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
}

fn parse_head(block: &Bytes, from: usize) -> Head {
    let limit = block.len().min(from.saturating_add(MAX_HEAD));
    let (first, mut end) = match line(block, from, limit) {
        Some((line, end)) => (line, end),
        None => {
            let problem = Some(cut_or_long(block, limit));
            return Head {
                start: parse_start(&block[from..limit]),
                fields: vec![],
                end: limit,
                problem,
            };
        }
    };
    let (fields, problem);
    (fields, end, problem) = parse_fields(block, end, limit);
    Head { start: parse_start(&first), fields, end, problem }
}

fn cut_or_long(block: &[u8], limit: usize) -> Problem {
    if limit == block.len() { Problem::HeadCutShort } else { Problem::HeadTooLong }
}

/// Reads fields up to and with an empty line; gives them, where they end, and what was wrong.
pub(crate) fn parse_fields(
    block: &Bytes,
    from: usize,
    limit: usize,
) -> (Vec<Field>, usize, Option<Problem>) {
    let mut fields: Vec<Field> = Vec::new();
    let mut at = from;
    while fields.len() < MAX_FIELDS {
        let Some((line, next)) = line(block, at, limit) else {
            if at < limit {
                push_line(&mut fields, block.slice(at..limit));
            }
            return (fields, limit, Some(cut_or_long(block, limit)));
        };
        at = next;
        if line.is_empty() {
            return (fields, at, None);
        }
        push_line(&mut fields, line);
    }
    (fields, at, Some(Problem::HeadTooLong))
}

/// The line at `at` without its end, and where the next one starts.
fn line(block: &Bytes, at: usize, limit: usize) -> Option<(Bytes, usize)> {
    let rest = block.get(at..limit)?;
    let end = memchr::memchr(b'\n', rest)?;
    let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
    Some((block.slice_ref(line), at + end + 1))
}

fn push_line(fields: &mut Vec<Field>, line: Bytes) {
    let folded = line.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
    if let (true, Some(last)) = (folded, fields.last_mut()) {
        last.value = [&last.value[..], b" ", trim(&line)].concat().into();
        return;
    }
    let (name, value) = match memchr::memchr(b':', &line) {
        Some(colon) => (&line[..colon], trim(&line[colon + 1..])),
        None => (&line[..], &line[line.len()..]),
    };
    fields.push(Field { name: line.slice_ref(name), value: line.slice_ref(value) });
}

fn trim(bytes: &[u8]) -> &[u8] {
    let white = |b: &u8| matches!(b, b' ' | b'\t');
    let start = bytes.iter().position(|b| !white(b)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|b| !white(b)).map_or(start, |at| at + 1);
    &bytes[start..end]
}

fn parse_start(line: &[u8]) -> Start {
    let text = String::from_utf8_lossy(line);
    if text.starts_with("HTTP/") {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let version = words.next().unwrap_or("").to_owned();
        let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        return Start::Response { status, version };
    }
    let (method, rest) = text.split_once(' ').unwrap_or((&text, ""));
    let (target, version) = match rest.rsplit_once(' ') {
        Some((target, version)) if version.starts_with("HTTP/") => (target, version),
        _ => (rest, ""),
    };
    Start::Request { method: method.into(), target: target.trim().into(), version: version.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(block: &'static [u8]) -> Message {
        parse(&Bytes::from_static(block))
    }

    fn fields(message: &Message) -> Vec<(&str, &str)> {
        let text = |b| std::str::from_utf8(b).expect("text");
        message.fields.iter().map(|f| (text(&f.name), text(&f.value))).collect()
    }

    #[test]
    fn a_request_keeps_the_order_and_case_of_its_fields() {
        let message =
            parsed(b"POST /a b?c HTTP/1.1\r\nX-One:  1 \r\nhOST: h\r\nX-one:2\r\n\r\nbody\r\n");
        assert_eq!(
            message.start,
            Start::Request {
                method: "POST".into(),
                target: "/a b?c".into(),
                version: "HTTP/1.1".into()
            }
        );
        assert_eq!(fields(&message), [("X-One", "1"), ("hOST", "h"), ("X-one", "2")]);
        assert_eq!(&message.body[..], b"body\r\n");
        assert_eq!(message.problem, None);
    }

    #[test]
    fn chunks_are_removed_and_trailers_kept() {
        let message = parsed(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n\
              3;x=y\r\nabc\r\n002\r\nde\r\n0\r\nGrpc-Status: 0\r\n\r\n",
        );
        assert_eq!(&message.body[..], b"abcde");
        assert_eq!(message.trailers.len(), 1);
        assert!(message.trailers[0].is("grpc-status"));
        assert_eq!(message.problem, None);
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_is_lost() {
        let table: [(&[u8], &[u8], Option<Problem>); 7] = [
            (b"", b"", Some(Problem::HeadCutShort)),
            (b"GET / HTTP/1.1\r\nA: b\r\nC", b"", Some(Problem::HeadCutShort)),
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n<html>",
                b"<html>",
                Some(Problem::NotChunked),
            ),
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
                b"ab",
                Some(Problem::ChunksCutShort),
            ),
            (
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\nzz",
                b"ab",
                Some(Problem::ChunksCutShort),
            ),
            (b"HTTP/1.1 200\ncontent-length: 9\n\nx", b"x", None),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\ny", b"y", None),
        ];
        for (block, body, problem) in table {
            let message = parse_final(&Bytes::from_static(block));
            assert_eq!(&message.body[..], body, "{block:?}");
            assert_eq!(message.problem, problem, "{block:?}");
        }
    }

    #[test]
    fn odd_lines_are_kept() {
        let message = parsed(b"GET\r\nno colon\r\n: empty\r\nA: b\r\n  c\r\n\r\n");
        assert_eq!(fields(&message), [("no colon", ""), ("", "empty"), ("A", "b c")]);
        let Start::Request { method, target, version } = message.start else { panic!("request") };
        assert_eq!((&*method, &*target, &*version), ("GET", "", ""));
    }

    #[test]
    fn a_head_of_many_lines_ends_somewhere() {
        let block = Bytes::from([&b"GET / HTTP/1.1\r\n"[..], &b"a\n".repeat(50_000)].concat());
        let message = parse(&block);
        assert_eq!(message.problem, Some(Problem::HeadTooLong));
        assert_eq!(message.fields.len(), MAX_FIELDS);
        assert!(!message.body.is_empty());
    }
}
