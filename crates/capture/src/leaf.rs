//! What was issued per host, kept for the next connection.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use candor_case::UnixMicros;
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::CertificateDer,
    server::{NoServerSessionStorage, ProducesTickets},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};

use crate::CaptureError;

/// Hosts to keep; when there are more, all are forgotten and made anew as they come.
const MOST: usize = 4096;
/// After this a leaf is made anew, long before it expires.
const KEEP_SECONDS: i64 = 90 * 24 * 60 * 60;

/// Session tickets and cryptography, shared by all hosts.
pub(crate) struct Tickets {
    provider: Arc<CryptoProvider>,
    ticketer: Arc<dyn ProducesTickets>,
}

impl Tickets {
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        Ok(Self {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            ticketer: rustls::crypto::ring::Ticketer::new()?,
        })
    }
}

type Key = (String, Option<Vec<u8>>);
type Chain = (Vec<CertificateDer<'static>>, Arc<dyn SigningKey>);

/// One server configuration per host and agreed protocol.
#[derive(Default)]
pub(crate) struct Leaves(Mutex<BTreeMap<Key, (UnixMicros, Arc<ServerConfig>)>>);

impl Leaves {
    /// What was kept for the host, or what `issue` makes.
    pub(crate) fn config(
        &self,
        host: &str,
        alpn: Option<&[u8]>,
        now: UnixMicros,
        tickets: &Tickets,
        issue: impl FnOnce() -> Result<Chain, CaptureError>,
    ) -> Result<Arc<ServerConfig>, CaptureError> {
        let key = (host.to_owned(), alpn.map(<[u8]>::to_vec));
        if let Some((made, config)) = self.lock().get(&key)
            && (made.0..made.plus_seconds(KEEP_SECONDS).0).contains(&now.0)
        {
            return Ok(Arc::clone(config));
        }
        let (chain, signer) = issue()?;
        let config = Arc::new(
            configure(chain, signer, alpn, tickets)
                .map_err(|e| CaptureError::certificate(host, e))?,
        );
        let mut kept = self.lock();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key, (now, Arc::clone(&config)));
        Ok(config)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, (UnixMicros, Arc<ServerConfig>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn configure(
    chain: Vec<CertificateDer<'static>>,
    signer: Arc<dyn SigningKey>,
    alpn: Option<&[u8]>,
    tickets: &Tickets,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&tickets.provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, signer))));
    config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
    config.ticketer = Arc::clone(&tickets.ticketer);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}
