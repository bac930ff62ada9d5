//! The bench of a built-in subject: a clock that can be set, the proxy's address, its authority.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use candor_capture::{Authority, Sink};
use candor_case::{Event, EventKind, UnixMicros};
use candor_specimens::Bench;

/// Real time plus what was waited for without waiting.
pub struct Clock {
    base: UnixMicros,
    since: Instant,
    advanced: AtomicI64,
}

impl Clock {
    /// A clock that shows `base` now.
    pub fn new(base: UnixMicros) -> Self {
        Self { base, since: Instant::now(), advanced: AtomicI64::new(0) }
    }

    /// The time on this bench.
    pub fn now(&self) -> UnixMicros {
        let real = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        UnixMicros(self.base.0 + real + self.advanced.load(Ordering::SeqCst))
    }
}

/// What a subject is handed.
pub struct TryBench {
    pub clock: Arc<Clock>,
    pub sink: Arc<dyn Sink>,
    pub proxy: SocketAddr,
    pub roots: Arc<rustls::RootCertStore>,
}

impl Bench for TryBench {
    fn now(&self) -> UnixMicros {
        self.clock.now()
    }

    fn advance(&self, seconds: i64) {
        self.clock.advanced.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    fn event(&self, kind: EventKind) {
        self.sink.event(Event { at: self.clock.now(), kind });
    }

    fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    fn roots(&self) -> Arc<rustls::RootCertStore> {
        Arc::clone(&self.roots)
    }
}

/// A store that trusts the proxy's authority and nobody else.
pub fn roots(authority: &Authority) -> Result<Arc<rustls::RootCertStore>> {
    let mut store = rustls::RootCertStore::empty();
    let der = rustls::pki_types::CertificateDer::from(authority.certificate_der().to_vec());
    store.add(der).context("the authority's certificate")?;
    Ok(Arc::new(store))
}
