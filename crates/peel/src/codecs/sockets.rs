//! Messages of two protocols over WebSocket and long polling: Socket.IO (protocol 5, in Engine.IO
//! protocol 4), and SignalR's hub protocol with its record separators or length prefixes.

use std::ops::Range;

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::{json, msgpack};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::steps;

/// Socket.IO.
pub(crate) struct SocketIo;

/// SignalR.
pub(crate) struct SignalR;

/// Between records, of both protocols.
const SEPARATOR: u8 = 0x1e;

impl Codec for SocketIo {
    fn name(&self) -> &'static str {
        "socket.io"
    }

    fn accepts(&self, view: &View) -> bool {
        view.bytes.split(|b| *b == SEPARATOR).all(|packet| payload(packet).is_some())
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let packets: Vec<&[u8]> = view.bytes.split(|b| *b == SEPARATOR).collect();
        let mut start = 0;
        for (index, packet) in packets.iter().enumerate() {
            if let Err(spent) = purse.pay_node(out.len()) {
                out.rest(view, start, spent);
                break;
            }
            let mut step = String::from("socket.io");
            if packets.len() > 1 {
                steps::push_index(&mut step, index);
            }
            match payload(packet) {
                Some(at) if at < packet.len() => out.part(start + at..start + packet.len(), &step),
                Some(_) => {
                    start += packet.len() + 1;
                    continue;
                }
                None => return Opened::No,
            };
            start += packet.len() + 1;
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let apart = memchr::memchr(SEPARATOR, content).is_none();
        apart.then(|| splice(parent, opening.span, content))
    }
}

/// Where the JSON of a packet begins; its length where it has none. The types are Engine.IO's
/// `4`, a message, and Socket.IO's, of which events and acknowledgements carry data.
fn payload(packet: &[u8]) -> Option<usize> {
    let rest = match packet {
        [b'4', b'0'..=b'6', rest @ ..] => rest,
        [b'0', b'{', ..] => &packet[1..],
        _ => return None,
    };
    let digits = |rest: &[u8]| rest.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
    // Number of binary attachments, name space, number of the acknowledgement.
    let mut rest = rest;
    let attachments = digits(rest);
    if rest.get(attachments) == Some(&b'-') {
        rest = &rest[attachments + 1..];
    }
    if rest.first() == Some(&b'/') {
        let end = memchr::memchr(b',', rest).map_or(rest.len(), |at| at + 1);
        rest = &rest[end..];
    }
    rest = &rest[digits(rest)..];
    let at = packet.len() - rest.len();
    let begins = matches!(
        rest,
        [b'[', b'"' | b'[' | b'{' | b']' | b'0'..=b'9', ..] | [b'{', b'"' | b'}', ..]
    );
    let fits = rest.is_empty() || begins && json::is_container(rest);
    // A packet without data is two digits, which any number may be.
    (fits && (!rest.is_empty() || packet.contains(&b'/'))).then_some(at)
}

impl Codec for SignalR {
    fn name(&self) -> &'static str {
        "signalr"
    }

    fn accepts(&self, view: &View) -> bool {
        match view.bytes.last() {
            Some(&SEPARATOR) => view.bytes.first() == Some(&b'{'),
            _ => prefixed(view.bytes).is_some(),
        }
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(records) = separated(view.bytes).or_else(|| prefixed(view.bytes)) else {
            return Opened::No;
        };
        let single = records.len() == 1;
        for (index, record) in records.into_iter().enumerate() {
            if let Err(spent) = purse.pay_node(out.len()) {
                out.rest(view, record.start, spent);
                break;
            }
            let mut step = String::from("signalr");
            if !single {
                steps::push_index(&mut step, index);
            }
            out.part(record, &step);
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let text =
            parent.last() == Some(&SEPARATOR) && memchr::memchr(SEPARATOR, content).is_none();
        text.then(|| splice(parent, opening.span, content))
    }
}

/// Records of JSON, each behind which a separator stands.
fn separated(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let text = bytes.strip_suffix(&[SEPARATOR])?;
    let mut records = Vec::new();
    let mut start = 0;
    for record in text.split(|b| *b == SEPARATOR) {
        json::is_container(record).then_some(())?;
        records.push(start..start + record.len());
        start += record.len() + 1;
    }
    Some(records)
}

/// Records of MessagePack, each behind its length.
fn prefixed(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader::new(bytes);
    let mut records = Vec::new();
    while !reader.is_done() {
        let len = usize::try_from(reader.varint()?).ok()?;
        let start = reader.at;
        let record = reader.take(len)?;
        // A ping holds no text, so it does not prove anything, but every record is a list.
        matches!(record.first(), Some(0x91..=0x9f)).then_some(())?;
        records.push(start..reader.at);
    }
    let convinces = |range: &Range<usize>| msgpack::is_document(&bytes[range.clone()]);
    records.iter().any(convinces).then_some(records)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn packets_of_socket_io_are_opened() {
        let table = [
            ("42[\"open\",{\"u\":\"x\"}]", "socket.io > $[1].u = x"),
            ("42/page,7[\"open\",{\"u\":\"x\"}]", "socket.io > $[1].u = x"),
            ("451-[\"file\",{\"_placeholder\":true,\"u\":\"x\"}]", "socket.io > $[1].u = x"),
            ("0{\"sid\":\"a\",\"pingInterval\":25000}", "socket.io > $.pingInterval = 25000"),
            ("42[\"a\"]\u{1e}42[\"b\",\"c\"]", "socket.io[1] > $[1] = c"),
        ];
        for (text, last) in table {
            assert_eq!(layers(text.as_bytes()).last().map(String::as_str), Some(last), "{text}");
            let path = last.split(" = ").next().unwrap();
            assert_eq!(replanted(text.as_bytes(), path, "new").as_deref(), Some("new"));
        }
        for text in ["42", "4242", "42[open]", "42 [1]", "0{", "442[1"] {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
    }

    #[test]
    fn records_of_signalr_are_opened() {
        let text = "{\"type\":6}\u{1e}{\"type\":1,\"arguments\":[\"ada@example.org\"]}\u{1e}";
        let path = "signalr[1] > $.arguments[0]";
        assert_eq!(layers(text.as_bytes()).last().unwrap(), &format!("{path} = ada@example.org"));
        assert_eq!(replanted(text.as_bytes(), path, "new").as_deref(), Some("new"));
        let packed = b"\x02\x91\x06\x15\x93\x01\xa4Open\x91\xacthe argument";
        let found = layers(packed);
        assert_eq!(
            found.last().unwrap(),
            "signalr[1] > msgpack:[2][0] = the argument",
            "{found:?}"
        );
        assert!(layers(b"{\"a\":1}\x1e{broken\x1e").is_empty());
    }
}
