//! Sense: whether decoded bytes mean anything. Any word is base64 and any bytes are the ciphertext
//! of something, so what comes of undoing them decides whether that was right.

use crate::binary::has_magic;
use crate::codecs::{
    brotli, bson, cbor, deflate, grpc, lz4, minidump, msgpack, protobuf, thrift, utf16, utf32,
};
use crate::text::{begins_as_text, is_convincing};

/// How many bytes of a long text decide.
const SAMPLE: usize = 4096;

/// Whether these bytes are text, or binary of a format that is known for certain. `shortest` is
/// how many bytes of text convince; it is 4 at the least.
pub(crate) fn makes_sense(bytes: &[u8], shortest: usize) -> bool {
    is_sensible_text(bytes, shortest) || is_known_binary(bytes)
}

/// Whether these bytes are text of at least that length.
pub(crate) fn is_sensible_text(bytes: &[u8], shortest: usize) -> bool {
    bytes.len() >= shortest
        && match bytes.get(..SAMPLE) {
            Some(sample) => begins_as_text(sample),
            None => is_convincing(bytes),
        }
}

/// Whether these bytes are of a binary format that is known for certain.
pub(crate) fn is_known_binary(bytes: &[u8]) -> bool {
    // What each asks of the first bytes settles it for nearly all noise.
    bytes.len() >= 8
        && (has_magic(bytes)
            || protobuf::holds_text(bytes)
            || msgpack::is_document(bytes)
            || cbor::is_document(bytes)
            || bson::is_document(bytes)
            || thrift::is_struct(bytes)
            || grpc::is_framed(bytes)
            || utf32::is_wide(bytes)
            || utf16::is_wide(bytes)
            || lz4::is_sized_block(bytes)
            || minidump::begins(bytes)
            || deflate::is_text_stream(bytes)
            || brotli::is_text_stream(bytes))
}
