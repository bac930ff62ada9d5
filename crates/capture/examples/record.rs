//! The proxy alone, telling on stdout what it sees: `record [sinkhole|direct] [ADDRESS]`.
//!
//! For trying a client by hand and for measuring; `candor record` is the tool that keeps a case.
//! With `CANDOR_QUIET` set it counts and prints nothing. `CANDOR_HOSTS=IP:PORT` leads every name
//! there, `CANDOR_ROOT=FILE` trusts one more root certificate (DER).

use std::{
    env,
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use candor_capture::{Authority, Config, NoLab, Proxy, Recording, Side, Sink, System, Upstream};
use candor_case::{Event, Exchange, ExchangeKind, Header, Response, UnixMicros};

/// Prints what it is given, or only counts.
#[derive(Default)]
struct Teller {
    quiet: bool,
    exchanges: AtomicU64,
}

struct Telling {
    quiet: bool,
    id: String,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Sink for Teller {
    fn event(&self, event: Event) {
        if !self.quiet {
            println!("{:?}", event.kind);
        }
    }

    fn open(&self, head: Exchange) -> Box<dyn Recording> {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        if !self.quiet {
            println!("{} {} {}", head.id.0, head.request.method, head.request.url);
            for Header { name, value } in &head.request.headers {
                println!("    {}: {}", name.escape_ascii(), value.escape_ascii());
            }
        }
        Box::new(Telling { quiet: self.quiet, id: head.id.0, sent: 0.into(), received: 0.into() })
    }

    fn message(&self, message: Exchange, frames: Bytes) {
        if let (false, ExchangeKind::Message { direction, payload, .. }) =
            (self.quiet, &message.kind)
        {
            let shown = payload.bytes.get(..80).unwrap_or(&payload.bytes).escape_ascii();
            println!("{direction:?} {shown} ({} bytes of frames)", frames.len());
        }
    }
}

impl Recording for Telling {
    fn chunk(&self, side: Side, bytes: &Bytes) {
        let counter = match side {
            Side::Request => &self.sent,
            Side::Response => &self.received,
        };
        counter.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }

    fn response(&self, head: Response) {
        if !self.quiet {
            println!("{} answered {}", self.id, head.status);
        }
    }

    fn end(&self, side: Side, trailers: Vec<Header>, complete: bool) {
        if !self.quiet {
            let (sent, received) = (&self.sent, &self.received);
            println!("{} {side:?} complete={complete} {sent:?}/{received:?} {trailers:?}", self.id);
        }
    }
}

fn config() -> Result<Config, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut config = Config::default();
    if arguments.next().as_deref() == Some("direct") {
        config.upstream = Upstream::Direct;
    }
    if let Some(address) = arguments.next() {
        config.listen = address.parse()?;
    }
    if let Ok(hosts) = env::var("CANDOR_HOSTS") {
        let address = hosts.parse()?;
        config.resolve = Some(Arc::new(move |_, _| Some(address)));
    }
    if let Ok(root) = env::var("CANDOR_ROOT") {
        config.extra_roots.push(std::fs::read(root)?);
    }
    Ok(config)
}

fn now() -> UnixMicros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMicros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let home = env::temp_dir().join("candor-record-example");
    let authority = Authority::open(Path::new(&home), Arc::new(System), now())?;
    let quiet = env::var_os("CANDOR_QUIET").is_some();
    let sink = Arc::new(Teller { quiet, ..Teller::default() });
    let (clock, randomness) = (Arc::new(now), Arc::new(System));
    let lab = Arc::new(NoLab);
    let told = Arc::clone(&sink);
    let proxy = Proxy::bind(config()?, Arc::new(authority), sink, lab, clock, randomness).await?;
    eprintln!("listening on {}", proxy.local_addr());
    eprintln!("certificate: {}", home.join("candor.pem").display());
    proxy.run(async { drop(tokio::signal::ctrl_c().await) }).await;
    eprintln!("{} exchanges", told.exchanges.load(Ordering::Relaxed));
    Ok(())
}
