//! HTTP/2 on both sides, spoken by hyper; one server connection per client connection.

mod body;
mod serve;

pub(crate) use serve::serve;
