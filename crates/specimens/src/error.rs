//! Errors: whose fault it is that a run did not happen as planned.

use std::net::SocketAddr;

/// Why a run could not be performed.
#[derive(Debug, thiserror::Error)]
pub enum SpecimenError {
    /// The caller performed runs in another order than planned.
    #[error(
        "run {run} continues {before}, which was not performed: perform the runs in plan order"
    )]
    OutOfOrder {
        /// The run.
        run: String,
        /// The run whose state it needs.
        before: String,
    },
    /// The proxy cannot be reached.
    #[error("the proxy at {proxy} cannot be reached: {source}")]
    Proxy {
        /// Its address.
        proxy: SocketAddr,
        /// The system's word.
        source: std::io::Error,
    },
    /// The proxy would not connect.
    #[error("the proxy refused to connect to {host}: {answer}")]
    Refused {
        /// The host asked for.
        host: String,
        /// First line of the answer.
        answer: String,
    },
    /// TLS failed; the roots may not hold the proxy's authority.
    #[error("no TLS with {host}: {source} (does the bench hand out the proxy's authority?)")]
    Tls {
        /// The host.
        host: String,
        /// The error.
        source: std::io::Error,
    },
    /// HTTP failed on a connection.
    #[error("{url}: {source}")]
    Http {
        /// The request.
        url: String,
        /// The error.
        source: hyper::Error,
    },
    /// No answer came, or one that was too long.
    #[error("{url}: {why}")]
    Answer {
        /// The request.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// A plan holds an address that is not one.
    #[error("{url} is not an https address of a host")]
    Address {
        /// The address.
        url: String,
    },
}
