//! What is being sent, while it is sent: for a person at this machine a page, for a person with a
//! phone a guide.
//!
//! A [`Feed`] is told what a recording sees and keeps the latest of it. A [`Server`] shows it on
//! loopback, at an address with a secret in it. A [`Guide`] is a script for a subject driven by hand:
//! it plants values, walks its person from step to step, and knows from the requests that come which
//! steps were done. An [`Entrance`] says who on the network may use the proxy.
//!
//! Nothing here knows the proxy or the disk: the binary hands over what one saw and the other keeps.

mod entrance;
mod error;
mod feed;
mod guide;
mod kept;
mod page;
mod qr;
mod row;
mod server;
mod stream;
mod token;

pub use entrance::Entrance;
pub use error::LiveError;
pub use feed::{Clean, Feed, Watched};
pub use guide::{Answer, Asked, Guide, Place, Script};
pub use qr::Qr;
pub use row::{Host, Phase, Read, Row, Totals, Update};
pub use server::{Mark, Server, Shown};
pub use token::Token;
