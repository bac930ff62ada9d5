//! The record form: how an exchange stands in a segment, for other tools and for people.
//!
//! Segments are WARC/1.1 (ISO 28500), uncompressed, append-only, `runs/<run>/*.warc`, read in the
//! order of their names. Each starts with a `warcinfo` record that states `format: candor.warc/1`.
//!
//! **A request with its response** is a `request` record (`application/http; msgtype=request`)
//! followed at once by its `response` record; without a response there is only the first. The
//! record's name is `<urn:uuid:ID>` with ID the exchange's id; the response's name is derived from
//! it. The two name each other in `WARC-Concurrent-To`. The block is HTTP/1.1-shaped text whatever
//! carried it: header fields in the order and case sent, the body with its content-coding intact.
//! Where the fields say `Transfer-Encoding: chunked` the body stands in one chunk. Trailer fields
//! stand in `Candor-Trailer`, since few readers know them after chunks and h2 has no chunks.
//! `WARC-Protocol` is repeated: `h2`, `tls/1.3`.
//!
//! **One message of a WebSocket conversation** is a `resource` record whose block is the message,
//! already inflated, with `WARC-Concurrent-To` naming the exchange that opened the conversation.
//! The frames as they crossed the wire follow in a `metadata` record
//! (`Candor-Record: frames`, `WARC-Refers-To` the message). The request that opened the
//! conversation is written once as a `metadata` record (`Candor-Record: conversation`) before the
//! first message that names it in `Candor-Conversation`.
//!
//! Candor's own fields (other tools skip them):
//!
//! | field | says |
//! |---|---|
//! | `Candor-Connection` | the client connection |
//! | `Candor-Origin` | `proxied`, `decrypted`, `imported har NAME` or `imported warc NAME` |
//! | `Candor-Provenance` | of the body: `wire`, `proxied`, `browser-decoded`, `importer-lossy` |
//! | `Candor-Missing` | of the body: `truncated`, `not-recorded`, `not-recorded BYTES`, `lossy` |
//! | `Candor-Trailer` | a trailer field, `name: value` |
//! | `Candor-Escaped` | `head`: method and fields are percent-escaped, since one of them would break its line |
//! | `Candor-Target-URI` | the address percent-escaped, where a header line cannot hold it |
//! | `Candor-Micros` | the moment in microseconds since 1970, where `WARC-Date` cannot state it |
//! | `Candor-Message` | `sent` or `received`, `text` or `binary`, the index in its conversation |
//! | `Candor-Conversation` | the record that holds the request that opened it |
//! | `Candor-Side`, `Candor-Complete` | in an `end` record: `request` or `response`, `yes` or `no` |
//! | `Candor-Record` | what a `metadata` record is: `conversation`, `frames`, or `end` (in a spool) |
//!
//! Values of these fields have control characters, `%` and outer white space percent-escaped.
//!
//! **The spool**, `runs/<run>/spool/`, holds exchanges that are not complete and are too large, or
//! take too long, to wait in memory: `NAME.warc` with the same records without bodies and an `end` record for each side
//! that has ended, `NAME.request` and `NAME.response` with the bodies. What is left there after a
//! crash is read as exchanges: truncated unless both sides had ended.

/// What the `warcinfo` record says of the form.
pub const FORMAT: &str = "candor.warc/1";

/// The ending of segments.
pub const SEGMENT: &str = "warc";

pub(crate) const CONNECTION: &str = "Candor-Connection";
pub(crate) const ORIGIN: &str = "Candor-Origin";
pub(crate) const PROVENANCE: &str = "Candor-Provenance";
pub(crate) const MISSING: &str = "Candor-Missing";
pub(crate) const TRAILER: &str = "Candor-Trailer";
pub(crate) const ESCAPED: &str = "Candor-Escaped";
pub(crate) const TARGET: &str = "Candor-Target-URI";
pub(crate) const MICROS: &str = "Candor-Micros";
pub(crate) const MESSAGE: &str = "Candor-Message";
pub(crate) const CONVERSATION: &str = "Candor-Conversation";
pub(crate) const RECORD: &str = "Candor-Record";
pub(crate) const SIDE: &str = "Candor-Side";
pub(crate) const COMPLETE: &str = "Candor-Complete";
