//! Traffic that went around the proxy, in a network where every address is this machine's own: a
//! packet to any but a loopback address was meant for the outside.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use candor_case::{EventKind, GapReason};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};

use crate::CaptureError;

/// The address that a sealed network's own interface has (RFC 2544: for benchmarks, routed nowhere).
pub const OWN: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
/// Bytes kept of a packet: enough for the headers and a question to a name server.
const SNAP: usize = 512;
/// Flows that are told apart; a flood beyond them is not told again.
const MOST_FLOWS: usize = 10_000;
/// How long the thread sleeps at most before it looks whether it should stop.
const TICK: Duration = Duration::from_millis(200);
/// Bytes that may wait to be read.
const WAITING: usize = 8 << 20;
/// All protocols, in network order (packet(7)).
const EVERYTHING: i32 = (3u16).to_be() as i32;

/// One conversation that somebody began around the proxy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// `tcp`, `udp`, `ping`, or the number of an IP protocol.
    pub protocol: String,
    /// Where it was to go.
    pub to: IpAddr,
    /// The port there; 0 where the protocol has none.
    pub port: u16,
    /// The port here, which tells conversations apart.
    pub from_port: u16,
    /// The name that was asked for, where it was a question to a name server.
    pub asked: Option<String>,
}

impl Flow {
    /// The gap that it is in a recording.
    pub fn gap(&self) -> EventKind {
        let port = if self.port == 0 { String::new() } else { format!(" port {}", self.port) };
        let asked = self.asked.as_ref().map(|name| format!(", asking for {name}"));
        EventKind::Gap {
            reason: GapReason::AroundProxy,
            host: self.to.to_string(),
            bytes: None,
            detail: format!("{}{port}{}", self.protocol, asked.unwrap_or_default()),
        }
    }
}

/// Looks at every packet of the network that it was started in, until it is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts to watch; `found` is told of every new flow, on the watching thread.
    ///
    /// Needs the right to see packets, which whoever made the network has.
    pub fn start(mut found: impl FnMut(Flow) + Send + 'static) -> Result<Self, CaptureError> {
        let mut socket = open().map_err(CaptureError::Watch)?;
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let look = move || {
            let (mut seen, mut packet) = (BTreeSet::new(), [0; SNAP]);
            loop {
                // What came before the end is looked at before the end.
                match socket.read(&mut packet) {
                    Ok(length) => {
                        let flow = flow(packet.get(..length).unwrap_or_default());
                        let new = flow.filter(|_| seen.len() < MOST_FLOWS);
                        if let Some(flow) = new.filter(|flow| seen.insert(flow.clone())) {
                            found(flow);
                        }
                    }
                    Err(_) if told.load(Ordering::Acquire) => return,
                    Err(_) => {}
                }
            }
        };
        let thread = std::thread::Builder::new().name("watch".into()).spawn(look);
        Ok(Self { stop, thread: Some(thread.map_err(CaptureError::Watch)?) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A socket that is handed packets to other than loopback addresses, from their IP header on.
fn open() -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(Protocol::from(EVERYTHING)))?;
    socket.attach_filter(&filter())?;
    socket.set_recv_buffer_size(WAITING)?;
    socket.set_read_timeout(Some(TICK))?;
    Ok(socket)
}

/// A classic BPF program: packets of IPv4 and IPv6 whose destination is no loopback address.
fn filter() -> [SockFilter; 17] {
    const LOAD_BYTE: u16 = 0x30;
    const LOAD_WORD: u16 = 0x20;
    const SHIFT_RIGHT: u16 = 0x74;
    const EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    let op = SockFilter::new;
    [
        op(LOAD_BYTE, 0, 0, 0),
        op(SHIFT_RIGHT, 0, 0, 4),
        op(EQUAL, 2, 0, 4),  // IPv4: to 5
        op(EQUAL, 3, 0, 6),  // IPv6: to 7
        op(RETURN, 0, 0, 0), // neither
        op(LOAD_BYTE, 0, 0, 16),
        op(EQUAL, 9, 8, 127), // 127.0.0.0/8: to 16, else to 15
        op(LOAD_WORD, 0, 0, 24),
        op(EQUAL, 0, 6, 0),
        op(LOAD_WORD, 0, 0, 28),
        op(EQUAL, 0, 4, 0),
        op(LOAD_WORD, 0, 0, 32),
        op(EQUAL, 0, 2, 0),
        op(LOAD_WORD, 0, 0, 36),
        op(EQUAL, 1, 0, 1), // ::1: to 16, else to 15
        op(RETURN, 0, 0, SNAP as u32),
        op(RETURN, 0, 0, 0),
    ]
}

/// The flow that a packet belongs to; `None` for what the network says by itself (answers to our own
/// address, errors, neighbours).
fn flow(packet: &[u8]) -> Option<Flow> {
    let (protocol, to, rest) = match packet.first()? >> 4 {
        4 => {
            let to: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
            let header = usize::from(packet.first()? & 15) * 4;
            (*packet.get(9)?, IpAddr::from(Ipv4Addr::from(to)), packet.get(header..)?)
        }
        6 => {
            let to: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
            (*packet.get(6)?, IpAddr::from(Ipv6Addr::from(to)), packet.get(40..)?)
        }
        _ => return None,
    };
    if to.is_loopback() || to == OWN {
        return None;
    }
    let ports = || {
        let port = |at: usize| Some(u16::from_be_bytes(rest.get(at..at + 2)?.try_into().ok()?));
        Some((port(0)?, port(2)?))
    };
    let (name, from_port, port) = match protocol {
        // A conversation begins with SYN alone (RFC 9293, section 3.5); the rest are answers to it.
        6 if rest.get(13)? & 0x12 != 0x02 => return None,
        6 => ("tcp".to_owned(), ports()?.0, ports()?.1),
        17 => ("udp".to_owned(), ports()?.0, ports()?.1),
        // Echo requests (RFC 792, RFC 4443); all else of ICMP is the network's own.
        1 if rest.first() == Some(&8) => ("ping".to_owned(), 0, 0),
        58 if rest.first() == Some(&128) => ("ping".to_owned(), 0, 0),
        // ICMP, IGMP, ICMPv6, hop-by-hop options (multicast reports).
        1 | 2 | 58 | 0 => return None,
        other => (format!("IP protocol {other}"), 0, 0),
    };
    let asked = (port == 53 && protocol == 17).then(|| question(rest.get(8..)?)).flatten();
    Some(Flow { protocol: name, to, port, from_port, asked })
}

/// The name in the first question of a DNS message (RFC 1035, section 4.1).
fn question(message: &[u8]) -> Option<String> {
    let mut rest = message.get(12..)?;
    let mut name = String::new();
    loop {
        let (&length, after) = rest.split_first()?;
        if length == 0 {
            return (!name.is_empty()).then_some(name);
        }
        if length > 63 {
            return None;
        }
        let label = after.get(..usize::from(length))?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&label.escape_ascii().to_string());
        rest = after.get(usize::from(length)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(protocol: u8, to: [u8; 4], rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 198, 18, 0, 1];
        packet.extend(to);
        packet.extend(rest);
        packet
    }

    #[test]
    fn what_was_meant_for_outside_is_told_with_its_name() {
        let udp = [0xc0, 0, 0, 53, 0, 0, 0, 0];
        let dns = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01";
        let asked = v4(17, [192, 0, 2, 53], &[&udp[..], dns].concat());
        let found = flow(&asked).unwrap();
        assert_eq!(found.asked.as_deref(), Some("example.org"));
        let EventKind::Gap { reason, host, detail, .. } = found.gap() else { panic!("no gap") };
        assert_eq!(reason, GapReason::AroundProxy);
        assert_eq!(
            (host.as_str(), detail.as_str()),
            ("192.0.2.53", "udp port 53, asking for example.org")
        );
        let mut v6 = vec![0x60, 0, 0, 0, 0, 4, 6, 64];
        v6.extend([0; 16]);
        v6.extend("2001:db8::7".parse::<Ipv6Addr>().unwrap().octets());
        v6.extend([0xc0, 1, 1, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2]);
        let found = flow(&v6).unwrap();
        assert_eq!((found.protocol.as_str(), found.port, found.from_port), ("tcp", 443, 0xc001));
    }

    #[test]
    fn what_the_network_says_by_itself_is_not() {
        let table: &[Vec<u8>] = &[
            v4(6, [127, 0, 0, 1], &[0, 80, 0, 80]),
            v4(6, [198, 18, 0, 1], &[0, 80, 0, 80]),
            v4(1, [192, 0, 2, 1], &[3, 3]),
            v4(2, [224, 0, 0, 22], &[0x22]),
            v4(6, [192, 0, 2, 44], &[1, 187, 192, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x14]),
            vec![],
            vec![0x45],
            vec![0x60; 39],
            vec![0; 60],
        ];
        for packet in table {
            assert_eq!(flow(packet), None, "{packet:?}");
        }
        assert_eq!(flow(&v4(1, [192, 0, 2, 1], &[8])).unwrap().protocol, "ping");
        assert_eq!(
            question(b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\xc0\x0c"),
            None,
            "a pointer is no name"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_packet_fails_it(packet in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
            let _ = flow(&packet);
        }
    }
}
