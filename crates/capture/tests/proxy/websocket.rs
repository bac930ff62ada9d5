//! WebSocket conversations pass untouched; their messages are recorded, inflated.

use bytes::Bytes;
use candor_capture::Config;
use candor_case::{Direction, EventKind, Exchange, ExchangeKind, GapReason, Missing, Opcode};
use flate2::{Compress, Compression, FlushCompress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Bench, Memory, Origin, Wire, patient, read_exactly, read_head};

const ASK: &str = "GET /chat HTTP/1.1\r\nHost: origin.example.org\r\nConnection: Upgrade\r\n\
                   Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

fn accept(extensions: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{extensions}\r\n"
    )
}

const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

/// A frame as a client sends it.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [0x11, 0x22, 0x33, 0x44];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend((long as u16).to_be_bytes());
        }
    }
    frame.extend(key);
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k));
    frame
}

/// Compresses as RFC 7692 says: flushed, without the last four bytes.
fn deflate(context: &mut Compress, message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    context.compress_vec(message, &mut out, FlushCompress::Sync).expect("compresses");
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
    out.truncate(out.len() - 4);
    out
}

/// Accepts and sends every byte back as it came, masks and all: enough of a server for a client
/// that only compares.
async fn echo(mut wire: Box<dyn Wire>, extensions: &'static str) {
    assert_eq!(read_head(&mut wire).await, ASK);
    wire.write_all(accept(extensions).as_bytes()).await.expect("written");
    wire.flush().await.expect("flushed");
    let mut bytes = [0; 4096];
    while let Ok(n @ 1..) = wire.read(&mut bytes).await {
        wire.write_all(&bytes[..n]).await.expect("written");
        wire.flush().await.expect("flushed");
    }
}

async fn messages(sink: &Memory, count: usize) -> Vec<(Exchange, Bytes)> {
    sink.wait("messages", |sink| Some(sink.messages()).filter(|m| m.len() == count)).await
}

fn told(message: &Exchange) -> (Direction, Opcode, u64, String, Option<Missing>) {
    let ExchangeKind::Message { direction, opcode, index, payload, .. } = &message.kind else {
        panic!("{message:?}")
    };
    let text = String::from_utf8_lossy(&payload.bytes).into_owned();
    (*direction, *opcode, *index, text, payload.missing.clone())
}

#[tokio::test]
async fn compressed_messages_are_recorded_inflated_and_pass_untouched() {
    let origin = Origin::start(Some(&["http/1.1"]), |wire| echo(wire, DEFLATE)).await;
    let bench = Bench::direct(&origin).await;
    let mut tls = bench.tls("origin.example.org", &["http/1.1"]).await;
    tls.write_all(ASK.as_bytes()).await.expect("written");
    assert_eq!(read_head(&mut tls).await, accept(DEFLATE));
    let mut context = Compress::new(Compression::default(), false);
    let text = "the same words, the same words, the same words";
    let first = deflate(&mut context, text.as_bytes());
    let second = deflate(&mut context, text.as_bytes());
    assert!(second.len() < 12, "it leans on the first: {}", second.len());
    let (left, right) = second.split_at(3);
    let frames = [
        masked(0xc1, &first),
        // In two fragments, with a ping between.
        masked(0x41, left),
        masked(0x89, b"ping"),
        masked(0x80, right),
        masked(0x82, &[b'x'; 300]),
    ];
    let all = frames.concat();
    tls.write_all(&all).await.expect("written");
    assert_eq!(read_exactly(&mut tls, all.len()).await, all);
    let recorded = messages(&bench.sink, 6).await;
    let ways = [Direction::Sent, Direction::Received];
    for way in ways {
        let mine: Vec<_> = recorded.iter().filter(|(m, _)| told(m).0 == way).collect();
        let words: Vec<_> = mine.iter().map(|(m, _)| told(m).3).collect();
        assert_eq!(words, [text.to_owned(), text.to_owned(), "x".repeat(300)], "{way:?}");
        assert_eq!(told(&mine[2].0).1, Opcode::Binary);
        assert_eq!(mine[1].1, [&frames[1][..], &frames[3]].concat(), "frames as sent, no ping");
    }
    let handshake = bench.sink.ended(1).await.remove(0);
    assert_eq!(handshake.response.as_ref().map(|r| r.status), Some(101));
    let mut indices: Vec<_> = recorded.iter().map(|(m, _)| told(m).2).collect();
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2, 3, 4, 5]);
    for (message, _) in &recorded {
        let ExchangeKind::Message { parent, .. } = &message.kind else { panic!() };
        assert_eq!(*parent, handshake.head().id);
        assert_eq!(message.request.url, "https://origin.example.org/chat");
        assert_ne!(message.id, handshake.head().id);
    }
}

#[tokio::test]
async fn no_context_takeover_is_understood() {
    const EXTENSION: &str = "Sec-WebSocket-Extensions: permessage-deflate; \
                             client_no_context_takeover; server_no_context_takeover\r\n";
    let origin = Origin::start(None, |wire| echo(wire, EXTENSION)).await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    tcp.write_all(ASK.as_bytes()).await.expect("written");
    read_head(&mut tcp).await;
    for _ in 0..2 {
        let once = deflate(&mut Compress::new(Compression::default(), false), b"again");
        tcp.write_all(&masked(0xc1, &once)).await.expect("written");
    }
    let recorded = messages(&bench.sink, 4).await;
    assert!(recorded.iter().all(|(m, _)| told(m).3 == "again"));
}

#[tokio::test]
async fn what_is_no_frame_is_a_gap_and_passes_all_the_same() {
    let origin = Origin::start(None, |wire| echo(wire, "")).await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    tcp.write_all(ASK.as_bytes()).await.expect("written");
    read_head(&mut tcp).await;
    tcp.write_all(&masked(0x81, b"plain")).await.expect("written");
    read_exactly(&mut tcp, 11).await;
    for _ in 0..2 {
        // No such opcode.
        tcp.write_all(&[0x87, 0x00, 1, 2, 3]).await.expect("written");
        assert_eq!(read_exactly(&mut tcp, 5).await, [0x87, 0x00, 1, 2, 3]);
    }
    drop(tcp);
    assert_eq!(messages(&bench.sink, 2).await.len(), 2);
    let gaps = |sink: &Memory| {
        let gap = |e: EventKind| match e {
            EventKind::Gap { reason: GapReason::Damaged, bytes, detail, .. } => {
                detail.contains("sent").then_some(bytes)
            }
            _ => None,
        };
        sink.events().into_iter().filter_map(gap).collect::<Vec<_>>()
    };
    let seen = bench.sink.wait("gaps", |s| Some(gaps(s)).filter(|g| g.len() == 2)).await;
    assert_eq!(seen.iter().map(|b| b.expect("counted")).sum::<u64>(), 10);
}

#[tokio::test]
async fn a_message_beyond_the_budget_is_cut_and_said() {
    let origin = Origin::start(None, |wire| echo(wire, DEFLATE)).await;
    let mut config: Config = origin.config();
    config.limits.message_bytes = 64 << 10;
    let bench = Bench::with(config).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    tcp.write_all(ASK.as_bytes()).await.expect("written");
    read_head(&mut tcp).await;
    let bomb = deflate(&mut Compress::new(Compression::best(), false), &vec![0; 8 << 20]);
    assert!(bomb.len() < 20_000);
    let frame = masked(0xc2, &bomb);
    tcp.write_all(&frame).await.expect("written");
    assert_eq!(read_exactly(&mut tcp, frame.len()).await, frame);
    let recorded = messages(&bench.sink, 2).await;
    assert_eq!(told(&recorded[0].0).4, Some(Missing::Truncated));
    let budget = |e: &EventKind| matches!(e, EventKind::Gap { reason: GapReason::OutOfBudget, .. });
    assert_eq!(bench.sink.events().iter().filter(|e| budget(e)).count(), 2);
}

#[tokio::test]
async fn the_sinkhole_listens_and_says_goodbye() {
    let bench = Bench::sinkhole().await;
    let mut tls = bench.tls("push.example.org", &["http/1.1"]).await;
    tls.write_all(ASK.as_bytes()).await.expect("written");
    let head = read_head(&mut tls).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(
        head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") && head.contains("permessage-deflate"),
        "{head}"
    );
    let mut context = Compress::new(Compression::default(), false);
    let hello = deflate(&mut context, b"hello");
    let frames = [masked(0xc1, &hello), masked(0x89, b"?"), masked(0x88, &[3, 0xe8])].concat();
    tls.write_all(&frames).await.expect("written");
    let mut rest = Vec::new();
    let _ = patient(tls.read_to_end(&mut rest)).await;
    assert_eq!(rest, [0x8a, 1, b'?', 0x88, 2, 3, 0xe8]);
    let recorded = messages(&bench.sink, 1).await;
    assert_eq!(told(&recorded[0].0).3, "hello");
}

#[tokio::test]
async fn other_upgrades_are_passed_on_and_counted() {
    let origin = Origin::start(None, |mut wire| async move {
        read_head(&mut wire).await;
        let answer =
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other/1\r\nConnection: Upgrade\r\n\r\n";
        wire.write_all(answer).await.expect("written");
        let word = read_exactly(&mut wire, 4).await;
        wire.write_all(&word).await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tunnel("origin.example.org:80").await;
    let ask = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: other/1\r\nConnection: Upgrade\r\n\r\n";
    tcp.write_all(ask.as_bytes()).await.expect("written");
    read_head(&mut tcp).await;
    tcp.write_all(b"word").await.expect("written");
    assert_eq!(read_exactly(&mut tcp, 4).await, b"word");
    drop(tcp);
    let gap = |e: &EventKind| match e {
        EventKind::Gap { bytes, detail, .. } => Some((*bytes, detail.contains("other/1"))),
        _ => None,
    };
    assert_eq!(bench.sink.event_that(gap).await, (Some(4), true));
}
