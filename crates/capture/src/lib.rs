//! Live traffic to exchanges: the recording proxy and its certificate authority.
//!
//! One port takes HTTP CONNECT, absolute-form HTTP, SOCKS5 and direct TLS, told apart by their
//! first bytes. HTTP/1 is spliced, not re-spoken: the bytes of each side go on as they came, while
//! a parser beside the splice reads heads, bodies and trailers from them, so order, case and
//! framing are the sender's own. HTTP/2 is spoken on both sides by hyper. What was seen goes to a
//! [`Sink`]; time, randomness and the lab are handed in, so a test can set them all.

mod answer;
pub mod around;
mod authority;
mod chance;
mod config;
mod conn;
mod dial;
mod door;
mod entry;
mod error;
mod h1;
mod h2;
mod lab;
mod leaf;
mod pages;
mod proxy;
mod record;
mod route;
mod session;
mod sink;
mod sinkhole;
mod sniff;
mod socks;
mod stream;
mod talk;
mod tls;
#[cfg(test)]
mod torture;
mod tunnel;
mod verify;
mod ws;

pub use authority::Authority;
pub use chance::{Clock, Randomness, System};
pub use config::{Config, Limits, Resolve, Upstream};
pub use door::{Answering, Door, Visit, Way};
pub use error::CaptureError;
pub use lab::{Lab, LabAnswer, LabRequest, NoLab};
pub use proxy::Proxy;
pub use sink::{Recording, Side, Sink};
