//! Strangers' bytes, in any pieces: no parser may panic, and how the bytes were cut may not matter.

use bytes::Bytes;
use proptest::prelude::*;

use crate::{
    h1::{
        body::Decoder,
        head::{self, Framing},
    },
    sniff::{Sniffed, sniff},
    socks,
    ws::torture::messages,
};

/// Bytes that look like the protocols more often than chance would have it.
fn likely(pieces: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => proptest::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const HEADS: &[&[u8]] = &[
    b"GET ",
    b"/ ",
    b"HTTP/1.1",
    b"\r\n",
    b"\n",
    b"\r",
    b": ",
    b"A",
    b" ",
    b"HTTP/1.0 200 ",
    b"OK",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\t",
    b"Connection: ",
    b",",
];
const CHUNKS: &[&[u8]] =
    &[b"0", b"3", b"a", b"\r\n", b"\n", b";x=y", b"abc", b"\r", b"X: y\r\n", b"ffffffffffffffff"];
const FRAMES: &[&[u8]] = &[
    &[0x81],
    &[0x01],
    &[0x80],
    &[0xc1],
    &[0x89],
    &[0x00],
    &[0x02, 0x7e, 0],
    &[0x82, 0x7f],
    &[3],
    &[0x83],
    &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
    &[0x88, 0x80, 1, 2, 3, 4],
    &[7],
    &[0x41],
];

proptest! {
    #[test]
    fn heads(bytes in likely(HEADS), from in 0_usize..64) {
        let _ = head::end(&bytes, from);
        let bytes = Bytes::from(bytes);
        if let Ok(head) = head::request(bytes.clone()) {
            let _ = (head.framing(), head.keeps(), head.waits());
        }
        if let Ok(head) = head::response(bytes.clone()) {
            let _ = (head.framing(b"GET"), head.keeps());
        }
        let _ = head::trailers(bytes);
    }

    #[test]
    fn bodies(bytes in likely(CHUNKS), cut in 0_usize..64, length in 0_u64..64) {
        for framing in [Framing::Chunked, Framing::Length(length), Framing::UntilClose, Framing::None] {
            let cut = cut.min(bytes.len());
            prop_assert_eq!(decode(framing, &[&bytes]), decode(framing, &[&bytes[..cut], &bytes[cut..]]));
        }
    }

    #[test]
    fn first_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        // What was told stays told, whatever follows.
        let told = sniff(&bytes);
        for n in 0..bytes.len() {
            match sniff(&bytes[..n]) {
                Sniffed::Open => {}
                // Only a line's end shows that a first line has no version.
                earlier => prop_assert_eq!(earlier, told),
            }
        }
        let _ = (socks::greeting(&bytes), socks::request(&bytes));
    }

    #[test]
    fn conversations(bytes in likely(FRAMES), cut in 0_usize..64) {
        let cut = cut.min(bytes.len());
        prop_assert_eq!(messages(&[&bytes]), messages(&[&bytes[..cut], &bytes[cut..]]));
    }
}

/// Payload, bytes used, whether it ended; `None` when damaged.
fn decode(framing: Framing, pieces: &[&[u8]]) -> Option<(Vec<u8>, usize, bool)> {
    let mut decoder = Decoder::new(framing, 100);
    let (mut payload, mut used) = (Vec::new(), 0);
    for piece in pieces {
        let mut ranges = Vec::new();
        let fed = decoder.feed(piece, &mut ranges).ok()?;
        payload.extend(ranges.into_iter().flat_map(|r| piece[r].to_vec()));
        used += fed.used;
    }
    let _ = decoder.trailers();
    Some((payload, used, decoder.ended()))
}
