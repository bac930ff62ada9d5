//! What goes on inside a connection to one server: told by its first bytes once more.

use std::{io, sync::Arc};

use candor_case::GapReason;
use tokio::time::timeout;

use crate::{
    conn::Conn,
    h1::{Far, Place, Serving},
    h2,
    route::Route,
    sniff::{Sniffed, sniff},
    stream::Stream,
    tunnel::{self, Link, Unread},
};

/// Whether the client ended without a word.
pub(crate) enum Silent {
    No,
    /// It did; with the error, if it was one.
    Yes(Option<io::Error>),
}

/// How a conversation begins.
enum Begin {
    Client(Sniffed),
    /// The server spoke first, which no HTTP server does.
    Server,
    Silent(Option<io::Error>),
}

/// Serves what a client says to one server, or to candor where there is none. `h2` says that
/// HTTP/2 was agreed on.
pub(crate) async fn talk(
    conn: Arc<Conn>,
    route: Route,
    mut client: Stream,
    mut far: Option<Stream>,
    h2: bool,
) -> Silent {
    // An HTTP/2 server greets without being asked; what it says is not looked at here.
    let listens = far.as_mut().filter(|_| !h2);
    let begin = match timeout(conn.session.limits.idle, begin(&mut client, listens)).await {
        Ok(begin) => begin,
        Err(_) if client.seen().is_empty() => Begin::Silent(None),
        Err(_) => Begin::Client(Sniffed::Unknown),
    };
    let tls = route.tls.is_some();
    match begin {
        Begin::Silent(error) => return Silent::Yes(error),
        Begin::Client(Sniffed::Http1) if !h2 => {
            let far = far.map_or(Far::Nobody, |far| Far::Server(link(far)));
            Serving::new(conn, Place::Inside(route), client, far).run().await;
        }
        Begin::Client(Sniffed::Http2) if h2 || !tls => h2::serve(conn, route, client, far).await,
        Begin::Client(_) | Begin::Server => unknown(conn, &route, client, far).await,
    }
    Silent::No
}

async fn begin(client: &mut Stream, mut far: Option<&mut Stream>) -> Begin {
    loop {
        match sniff(client.seen()) {
            Sniffed::Open => {}
            known => return Begin::Client(known),
        }
        let server = async {
            match &mut far {
                Some(far) => far.more().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            read = client.more() => match read {
                Ok(1..) => {}
                _ if !client.seen().is_empty() => return Begin::Client(Sniffed::Unknown),
                read => return Begin::Silent(read.err()),
            },
            read = server => return match read {
                Ok(1..) => Begin::Server,
                _ => Begin::Silent(None),
            },
        }
    }
}

/// Passes on what nobody here can read, and says so; where candor would have to answer, it cannot.
async fn unknown(conn: Arc<Conn>, route: &Route, client: Stream, far: Option<Stream>) {
    let host = &route.target.host;
    let what = match route.tls {
        Some(_) => "neither HTTP/1 nor HTTP/2 inside TLS",
        None => "neither HTTP nor TLS",
    };
    let Some(far) = far else {
        let bytes = client.seen().len() as u64;
        return conn.gap(GapReason::UnknownProtocol, host, Some(bytes), what);
    };
    let watch = Unread::new(conn, host, what);
    tunnel::splice(link(client), link(far), &watch).await;
}

fn link(stream: Stream) -> Link {
    let (inflow, outflow) = stream.split();
    Link { inflow, outflow }
}
