//! What can go wrong before the proxy runs; later troubles are events of the run.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why the authority or the proxy cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The operator's: anyone on the network could use the proxy.
    #[error(
        "{0} can be reached from other machines; listen on 127.0.0.1, or let a door say who may use it"
    )]
    NotLoopback(SocketAddr),
    /// The machine's: packets may not be looked at.
    #[error("cannot look at this network's packets: {0}; root may, and whoever made the network")]
    Watch(#[source] io::Error),
    /// The operator's: the port is taken or may not be used.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The operator's: a root certificate for upstream servers cannot be used.
    #[error("the extra root certificate cannot be used: {0}; hand in one certificate as DER")]
    ExtraRoot(rustls::Error),
    /// The operator's: the authority's file is open to others.
    #[error("{path} can be read by others (mode {mode:o}); run `chmod 600 {path}`, or delete it \
             for a new authority", path = path.display())]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The operator's: the authority's file is not one that candor wrote.
    #[error("{path} does not hold an authority ({why}); delete it for a new one",
            path = path.display())]
    KeyDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system's: a file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Ours: TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// Ours: a certificate could not be made.
    #[error("cannot make a certificate for `{host}`: {why}")]
    Certificate {
        /// The host it was for.
        host: String,
        /// Why.
        why: String,
    },
}

impl CaptureError {
    pub(crate) fn certificate(host: &str, why: impl std::fmt::Display) -> Self {
        Self::Certificate { host: host.to_owned(), why: why.to_string() }
    }
}
