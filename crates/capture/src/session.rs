//! What all connections of a proxy share.

use std::{net::SocketAddr, sync::Arc};

use candor_case::UnixMicros;
use tokio::sync::watch;

use crate::{
    Authority, Clock, Door, Lab, Limits, Sink, Upstream, dial::Dialer, record::Open, route::is_lab,
};
use candor_case::RunId;

/// What all connections of a proxy share.
pub(crate) struct Session {
    pub(crate) run: RunId,
    /// Random bytes of this recording, from which exchange ids are made.
    pub(crate) mark: [u8; 16],
    pub(crate) limits: Limits,
    pub(crate) upstream: Upstream,
    pub(crate) door: Option<Arc<dyn Door>>,
    pub(crate) dialer: Dialer,
    pub(crate) authority: Arc<Authority>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) lab: Arc<dyn Lab>,
    pub(crate) clock: Clock,
    pub(crate) open: Arc<Open>,
    /// Turns true when the grace after a stop has passed.
    pub(crate) stopped: watch::Sender<bool>,
    pub(crate) address: SocketAddr,
}

impl Session {
    pub(crate) fn now(&self) -> UnixMicros {
        (self.clock)()
    }

    /// Whether candor itself answers for that host.
    pub(crate) fn answers(&self, host: &str) -> bool {
        self.upstream == Upstream::Sinkhole || is_lab(host)
    }

    /// Waits until the proxy stops for good.
    pub(crate) async fn stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        // An error means that the sender is gone, and with it the proxy.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }
}
