//! What can go wrong before a page is served.

use std::io;

/// Why there is no live page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The system's: no port on loopback.
    #[error("the live page cannot listen on loopback: {0}; record without it with --no-page")]
    Listen(io::Error),
}
