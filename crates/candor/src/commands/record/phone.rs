//! A phone at the proxy: the address that lets it in, shown as a QR code, and who was turned away.

use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Weak};

use anyhow::{Context, Result};
use candor_capture::{Authority, Door, Sink};
use candor_case::{Event, EventKind, Run, Seeds};
use candor_live::{Entrance, Feed, Guide, Qr, Script, Token};

use crate::bridge::{PhoneDoor, RunSink};
use crate::commands::record::{now, random};
use crate::progress;

/// A door for devices on the network, and what they are walked through behind it.
pub(super) struct Phone {
    door: Arc<PhoneDoor>,
    entrance: Arc<Entrance>,
    script: Script,
    guided: bool,
    reached_at: Option<IpAddr>,
}

impl Phone {
    /// A door with a fresh token, and what its guide will plant. `guided` says whether phases follow
    /// once a device is set up.
    pub(super) fn new(
        run: &Run,
        feed: &Feed,
        guided: bool,
        reached_at: Option<IpAddr>,
    ) -> (Self, Seeds) {
        let entrance = Arc::new(Entrance::new(Token::draw(&mut random)));
        let door = Arc::new(PhoneDoor::new(Arc::clone(&entrance), feed.clone()));
        let (script, seeds) = Script::draw(run, guided, &mut random);
        (Self { door, entrance, script, guided, reached_at }, seeds)
    }

    /// The door, for the proxy.
    pub(super) fn door(&self) -> Arc<dyn Door> {
        Arc::clone(&self.door) as Arc<dyn Door>
    }

    /// Puts the guide behind the door, once the proxy has its address, and shows the way to it.
    pub(super) fn open(
        self,
        listening: SocketAddr,
        authority: &Authority,
        sink: &Arc<RunSink>,
    ) -> Result<Arc<Guide>> {
        let address = SocketAddr::new(self.reached(listening.ip())?, listening.port());
        let sink_of = Arc::downgrade(sink);
        let guide = Arc::new(Guide::new(
            self.entrance,
            address,
            authority.fingerprint_sha256(),
            self.script,
            move |kind| mark(&sink_of, kind),
        ));
        self.door.guided(Arc::clone(&guide));
        sink.guided(Arc::clone(&guide));
        show(&guide, self.guided);
        Ok(guide)
    }

    /// The address that a device uses, where the proxy listens on all.
    fn reached(&self, listening: IpAddr) -> Result<IpAddr> {
        match (self.reached_at, listening.is_unspecified()) {
            (Some(address), _) => Ok(address),
            (None, false) => Ok(listening),
            (None, true) => own_address()
                .context("which of this machine's addresses the phone reaches is not clear: name it with --reached-at"),
        }
    }
}

fn mark(sink: &Weak<RunSink>, kind: EventKind) {
    if let Some(sink) = sink.upgrade() {
        if let EventKind::Phase { name, .. } = &kind {
            progress::say(&format!("phase: {name}"));
        }
        sink.event(Event { at: now(), kind });
    }
}

/// The address that this machine would use to reach others. Nothing is sent: a datagram socket that
/// is given a peer only looks up its route. The peer is of a network for documentation (RFC 5737).
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|address| !address.is_unspecified())
}

fn show(guide: &Guide, guided: bool) {
    let address = guide.address();
    if guided {
        if let Some(code) = Qr::of(&address) {
            eprint!("\n{}\n", code.text(std::io::stderr().is_terminal()));
        }
        progress::say("scan this with the phone, in the network that this machine is in");
    }
    progress::say(&format!("phone {}", address.to_ascii_lowercase()));
    progress::say("only devices on which this address was opened may use the proxy");
}

/// What was sent away, for the run's events.
pub(super) fn turned_away(entrance: &Entrance) -> Vec<Event> {
    let name = |client: Option<IpAddr>| client.map_or_else(|| "others".into(), |ip| ip.to_string());
    let refusals = entrance.refusals().into_iter();
    refusals
        .map(|(client, connections)| {
            let client = name(client);
            progress::say(&format!("turned away {connections} connections of {client}"));
            Event { at: now(), kind: EventKind::TurnedAway { client, connections } }
        })
        .collect()
}
