//! The proxy: one port, a bounded number of connections, an orderly end.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::timeout,
};

use crate::{
    Authority, CaptureError, Clock, Config, Lab, Randomness, Sink, conn::Conn, dial::Dialer,
    entry::handle, record::Open, session::Session,
};

/// How long the last recordings may take to be closed once everything was stopped.
const LAST: Duration = Duration::from_secs(1);
/// How long to wait when the system has no more connections to give.
const BREATHER: Duration = Duration::from_millis(50);

/// A proxy that listens; [`Proxy::run`] serves.
pub struct Proxy {
    listener: TcpListener,
    session: Arc<Session>,
}

impl Proxy {
    /// Listens as the configuration says. Must be called within a tokio runtime with time and
    /// network enabled.
    pub async fn bind(
        config: Config,
        authority: Arc<Authority>,
        sink: Arc<dyn Sink>,
        lab: Arc<dyn Lab>,
        clock: Clock,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, CaptureError> {
        if !config.listen.ip().is_loopback() && config.door.is_none() {
            return Err(CaptureError::NotLoopback(config.listen));
        }
        let failed = |source| CaptureError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut mark = [0; 16];
        randomness.fill(&mut mark);
        let session = Session {
            dialer: Dialer::new(&config, address)?,
            run: config.run,
            mark,
            limits: config.limits,
            upstream: config.upstream,
            door: config.door,
            authority,
            sink,
            lab,
            clock,
            open: Arc::new(Open::default()),
            stopped: watch::Sender::new(false),
            address,
        };
        Ok(Self { listener, session: Arc::new(session) })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.session.address
    }

    /// Serves until `stop` resolves. Exchanges that are open then may go on for
    /// [`crate::Limits::grace`]; what is left after that ends as cut off, before this returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, session } = self;
        let mut connections = JoinSet::new();
        tokio::select! {
            () = accept(listener, &session, &mut connections) => {}
            () = stop => {}
        }
        let _ = timeout(session.limits.grace, session.open.none()).await;
        session.stopped.send_replace(true);
        connections.shutdown().await;
        // Streams and bodies in the background end by themselves now that they are cut off.
        let _ = timeout(LAST, session.open.none()).await;
    }
}

async fn accept(listener: TcpListener, session: &Arc<Session>, connections: &mut JoinSet<()>) {
    let places = Arc::new(Semaphore::new(session.limits.connections.max(1)));
    let mut number = 0;
    loop {
        // Without a free place a client waits in the system's queue.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((tcp, peer)) => {
                number += 1;
                let conn = Conn::new(Arc::clone(session), number, peer);
                connections.spawn(serve(conn, tcp, place));
            }
            // A client that gave up, or too many open files: neither is the proxy's end.
            Err(_) => tokio::time::sleep(BREATHER).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(conn: Conn, tcp: TcpStream, _place: OwnedSemaphorePermit) {
    // Without it small answers wait for the client's delayed acknowledgement.
    let _ = tcp.set_nodelay(true);
    handle(Arc::new(conn), tcp).await;
}
