//! gRPC messages (gRPC over HTTP/2, "Length-Prefixed-Message") and the frames of gRPC-web, whose
//! trailers are a frame of their own.

use std::ops::Range;

use candor_case::{End, Opening};

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View};
use crate::codecs::protobuf;
use crate::label::{Label, Media};
use crate::pieces::Pieces;
use crate::read::Reader;
use crate::steps;

/// The codec.
pub(crate) struct Grpc;

impl Codec for Grpc {
    fn name(&self) -> &'static str {
        "grpc"
    }

    fn accepts(&self, view: &View) -> bool {
        match view.label.media {
            Media::Grpc => frames(view.bytes).is_some(),
            _ => is_framed(view.bytes),
        }
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(frames) = frames(view.bytes) else { return Opened::No };
        let messages = frames.iter().filter(|frame| !frame.is_trailers).count();
        let web = messages < frames.len();
        let mut index = 0;
        for frame in frames {
            if let Err(spent) = purse.pay_node(out.len()) {
                out.rest(view, frame.content.start, spent);
                break;
            }
            let mut step = String::from(if web { "grpc-web" } else { "grpc" });
            if frame.is_trailers {
                step.push_str(":trailers");
            } else if messages > 1 {
                steps::push_index(&mut step, index);
                index += 1;
            }
            let piece = out.part(frame.content, &step);
            match frame.is_trailers {
                true => piece.ending(End::Plain),
                false => piece.labelled(Label { media: Media::Protobuf, ..Label::default() }),
            };
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let range = opening.span.range(parent.len());
        let head = range.start.checked_sub(4)?;
        let len = u32::try_from(content.len()).ok()?.to_be_bytes();
        Some([parent.get(..head)?, &len, content, parent.get(range.end..)?].concat())
    }
}

struct Frame {
    content: Range<usize>,
    is_trailers: bool,
}

/// Whether bytes that nobody labelled are such frames, the first of which holds a message.
pub(crate) fn is_framed(bytes: &[u8]) -> bool {
    matches!(bytes, [0 | 1, 0, ..])
        && frames(bytes).is_some_and(|frames| {
            frames.first().is_some_and(|frame| {
                let content = &bytes[frame.content.clone()];
                protobuf::holds_text(content) || crate::binary::has_magic(content)
            })
        })
}

/// All frames, if they take up every byte.
fn frames(bytes: &[u8]) -> Option<Vec<Frame>> {
    let mut reader = Reader::new(bytes);
    let mut frames = Vec::new();
    while !reader.is_done() {
        let flags = reader.byte().filter(|flags| flags & 0x7e == 0)?;
        let len = reader.big_len(4)?;
        let start = reader.at;
        reader.take(len)?;
        frames.push(Frame { content: start..reader.at, is_trailers: flags & 0x80 != 0 });
    }
    (!frames.is_empty()).then_some(frames)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    const MESSAGE: &[u8] = b"\0\0\0\0\x11\x0a\x0fada@example.org";

    #[test]
    fn messages_are_pieces() {
        assert_eq!(layers(MESSAGE)[1], "grpc > protobuf:1 = ada@example.org");
        let two = [MESSAGE, MESSAGE].concat();
        assert_eq!(layers(&two)[3], "grpc[1] > protobuf:1 = ada@example.org");
        let web = [MESSAGE, b"\x80\0\0\0\x0fgrpc-status:0\r\n"].concat();
        let found = layers(&web);
        assert_eq!(found[1], "grpc-web > protobuf:1 = ada@example.org");
        assert_eq!(found[2], "grpc-web:trailers = grpc-status:0\\r\\n");
        for (input, path) in [(MESSAGE, "grpc > protobuf:1"), (&web, "grpc-web > protobuf:1")] {
            assert_eq!(replanted(input, path, "grace").as_deref(), Some("grace"));
        }
    }

    #[test]
    fn frames_have_to_fit() {
        for bytes in [&MESSAGE[..20], &[MESSAGE, b"\0"].concat(), b"\0\0\0\0\x04\x01\x02\x03\x04"] {
            assert!(layers(bytes).iter().all(|line| !line.starts_with("grpc")), "{bytes:?}");
        }
    }
}
