//! `candor record` with curl as the subject: protocols, sizes, and an end by force.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Bench, places, programs};

/// A recording that runs until it is dropped or ended.
struct Recording {
    child: Child,
    address: String,
    authority: PathBuf,
}

impl Recording {
    fn start(bench: &Bench, more: &[&str]) -> Self {
        let args =
            [&["record", "--case", "case", "--mode", "sinkhole@0", "--run", "r1"], more].concat();
        let mut child = bench.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("{first}"))
            .to_owned();
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, address, authority: bench.path("data/candor/candor.pem") }
    }

    fn curl(&self, args: &[&str]) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "300", "--cacert"])
            .arg(&self.authority)
            .args(["--proxy", &format!("http://{}", self.address)])
            .args(["--write-out", "%{http_code} %{http_version}"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn signal(&self, name: &str) {
        let done =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(done.unwrap().success());
    }

    fn end(mut self) {
        self.signal("TERM");
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(20), "the recorder does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const SEEDS: &str = r#"
[[seed]]
id = "search-1"
value = "qv7mzk2r9w x4tbn8pd3hys"
property = "browsing.search"
"#;

#[test]
fn curl_is_recorded_over_every_protocol_and_found_again() {
    if !programs::are_there(&["curl"]) {
        return;
    }
    let bench = Bench::new();
    bench.write("seeds.toml", SEEDS);
    let recording = Recording::start(&bench, &["--seeds", "seeds.toml", "--phase", "visit"]);
    let body = ["--data-binary", r#"{"q":"qv7mzk2r9w x4tbn8pd3hys"}"#];
    let told = |extra: &[&str], url: &str| recording.curl(&[extra, &body, &[url]].concat());
    assert!(told(&["--http1.1"], "https://h1.example.org/t").ends_with(" 1.1"));
    assert!(told(&["--http2"], "https://h2.example.org/t").ends_with(" 2"));
    assert!(told(&[], "http://plain.example.org/t").contains(" 1.1"));
    assert!(told(&[], "https://192.0.2.7/t").contains(" 2"), "a certificate for an IP host");
    let socks = format!("socks5h://{}", recording.address);
    assert!(told(&["--proxy", &socks], "https://socks.example.org/t").contains(" 2"));
    let page = recording.curl(&["http://candor.test/"]);
    assert!(page.contains("candor.pem") && page.ends_with("200 1.1"), "{page}");
    recording.end();
    let done = bench.run(&["audit", "case"]);
    assert!([0, 3].contains(&done.code), "{}", done.stderr);
    let mut hosts: Vec<_> =
        places(&bench.path("case"), "search-1").into_iter().map(|(host, _)| host).collect();
    hosts.sort();
    hosts.dedup();
    assert_eq!(
        hosts,
        ["192.0.2.7", "h1.example.org", "h2.example.org", "plain.example.org", "socks.example.org"]
    );
}

#[test]
fn a_gibibyte_goes_through_in_bounded_memory_and_is_written_whole() {
    if !programs::are_there(&["curl"]) {
        return;
    }
    let bench = Bench::new();
    let recording = Recording::start(&bench, &[]);
    let file = bench.path("zeros");
    std::fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let told =
        recording.curl(&["--http1.1", "-T", file.to_str().unwrap(), "https://big.example.org/up"]);
    assert!(told.contains("20"), "{told}");
    let peak = recording.peak_kib();
    assert!(peak < 200 << 10, "peak resident size {peak} KiB");
    recording.end();
    let written: u64 = std::fs::read_dir(bench.path("case/runs/r1"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "warc"))
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    assert!(written > 1 << 30, "{written} bytes");
}

#[test]
fn kill_9_loses_nothing_that_had_completed_a_second_earlier() {
    if !programs::are_there(&["curl"]) {
        return;
    }
    let bench = Bench::new();
    bench.write("seeds.toml", SEEDS);
    let recording = Recording::start(&bench, &["--seeds", "seeds.toml"]);
    for n in 0..20 {
        let url = format!("https://a{n}.example.org/t");
        recording.curl(&["--data-binary", r#"{"q":"qv7mzk2r9w x4tbn8pd3hys"}"#, &url]);
    }
    std::thread::sleep(Duration::from_secs(1));
    recording.signal("KILL");
    drop(recording);
    let done = bench.run(&["audit", "case", "--json"]);
    assert!([0, 3].contains(&done.code), "{}", done.stderr);
    assert_eq!(places(&bench.path("case"), "search-1").len(), 20);
    assert!(done.json()["coverage"]["gaps"].to_string().contains("not_stopped"));
}

#[test]
fn a_thousand_connections_at_once_and_one_that_says_nothing() {
    use std::io::Write;
    use std::net::TcpStream;
    let bench = Bench::new();
    let recording = Recording::start(&bench, &[]);
    let mut silent = TcpStream::connect(&recording.address).unwrap();
    silent
        .write_all(
            b"CONNECT half.example.org:443 HTTP/1.1\r\nHost: half.example.org:443\r\n\r\n\x16\x03",
        )
        .unwrap();
    let mut open: Vec<TcpStream> = (0..1_000)
        .map(|_| {
            let mut stream = TcpStream::connect(&recording.address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            stream
                .write_all(b"GET http://many.example.org/x HTTP/1.1\r\nHost: many.example.org\r\n")
                .unwrap();
            stream
        })
        .collect();
    for stream in &mut open {
        stream.write_all(b"\r\n").unwrap();
    }
    for stream in &mut open {
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert!(head.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&head));
    }
    drop(open);
    recording.end();
    let done = bench.run(&["audit", "case", "--json"]);
    assert_eq!(done.json()["coverage"]["requests"], 1_000, "{}", done.stderr);
}
