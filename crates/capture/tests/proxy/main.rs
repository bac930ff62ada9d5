//! The proxy from outside: real sockets on the loopback interface, real TLS, real clients.

mod answers;
mod door;
mod entrances;
mod faithful;
mod hardship;
mod http2;
mod support;
mod trust;
mod websocket;
