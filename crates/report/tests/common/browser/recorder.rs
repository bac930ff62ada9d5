//! A proxy that writes down whom it was asked for, and lets nothing through.

use std::io::{BufRead, BufReader};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A recording proxy on loopback; it lives as long as the test's process.
pub(super) struct Recorder {
    /// The port that it listens on.
    pub(super) port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || record(&stream, &kept));
            }
        });
        Self { port, lines }
    }

    /// Hosts that were asked for, but those at or below the browser maker's own sites: browsers
    /// call home by themselves, and that is no page's doing.
    pub(super) fn strangers(&self, own: &[&str]) -> Vec<String> {
        let lines = self.lines.lock().expect("no panic");
        let is_own = |host: &str| {
            own.iter().any(|site| {
                host == *site || host.strip_suffix(site).is_some_and(|rest| rest.ends_with('.'))
            })
        };
        lines.iter().filter(|line| !is_own(host(line))).cloned().collect()
    }
}

/// Writes down what one connection asks for. One that asks for nothing is a browser's own spare.
fn record(stream: &TcpStream, kept: &Mutex<Vec<String>>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let mut line = String::new();
    let _ = BufReader::new(stream).read_line(&mut line);
    if !line.trim().is_empty() {
        kept.lock().expect("no panic").push(line.trim().to_owned());
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// The host of `CONNECT host:443 HTTP/1.1` or `GET http://host/path HTTP/1.1`.
fn host(line: &str) -> &str {
    let target = line.split(' ').nth(1).unwrap_or_default();
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default()
}
