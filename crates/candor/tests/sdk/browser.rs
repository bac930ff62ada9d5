//! Chromium behind the proxy: its own profile, the proxy's authority in its own store, and no other
//! way out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use candor_capture::Authority;
use serde_json::Value;

/// How long a browser may take to close in good order.
const CLOSING: Duration = Duration::from_secs(20);

/// How long what a page stored may take to be written.
const WRITING: Duration = Duration::from_millis(700);

/// Where the browser writes the port of its DevTools endpoint.
const PORT_FILE: &str = "DevToolsActivePort";

/// Features by which the browser talks to its maker on its own account.
const QUIET: [&str; 5] = [
    "AutofillServerCommunication",
    "MediaRouter",
    "OptimizationGuideModelDownloading",
    "OptimizationHints",
    "OptimizationTargetPrediction",
];

/// What the browser says of its version.
pub fn version() -> String {
    let out = Command::new("chromium").arg("--version").stderr(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// A home folder whose certificate store trusts the authority; profiles begin with a copy.
pub fn home(scratch: &Path, authority: &Authority) -> PathBuf {
    let home = scratch.join("home");
    let store = home.join(".pki/nssdb");
    std::fs::create_dir_all(&store).unwrap();
    let pem = scratch.join("authority.pem");
    std::fs::write(&pem, authority.certificate_pem()).unwrap();
    let store = format!("sql:{}", store.display());
    let certutil = |args: &[&str]| {
        // It would ask for a password and wait forever.
        let done = Command::new("certutil").args(args).stdin(Stdio::null()).output().unwrap();
        assert!(done.status.success(), "certutil: {}", String::from_utf8_lossy(&done.stderr));
    };
    certutil(&["-N", "-d", &store, "--empty-password"]);
    certutil(&["-A", "-d", &store, "-n", "candor", "-t", "C,,", "-i", pem.to_str().unwrap()]);
    home
}

/// A copy of that home for one visitor.
pub fn profile(home: &Path, at: &Path) {
    let store = at.join(".pki/nssdb");
    std::fs::create_dir_all(&store).unwrap();
    for entry in std::fs::read_dir(home.join(".pki/nssdb")).unwrap().flatten() {
        std::fs::copy(entry.path(), store.join(entry.file_name())).unwrap();
    }
}

/// A browser that runs until it is closed or dropped.
pub struct Browser {
    child: Child,
    data: PathBuf,
}

impl Browser {
    /// Opens an address with the profile that lies in `home`.
    pub fn open(url: &str, home: &Path, proxy: SocketAddr) -> Self {
        let data = home.join("data");
        let _ = std::fs::remove_file(data.join(PORT_FILE));
        let mut command = Command::new("chromium");
        command
            .args(["--headless=new", "--no-first-run", "--disable-quic", "--disable-gpu"])
            .arg(format!("--user-data-dir={}", data.display()))
            .arg(format!("--proxy-server=http://{proxy}"))
            // Without it, requests to this machine would go around the proxy.
            .arg("--proxy-bypass-list=<-loopback>")
            // Names are resolved by the proxy alone.
            .arg("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage"])
            // What the browser itself asks for is not examined here, and a handshake of its own
            // that closing cuts off would look like a refusal.
            .arg(format!("--disable-features={}", QUIET.join(",")))
            // Only to close the page as a person would.
            .arg("--remote-debugging-port=0");
        if is_root() {
            command.arg("--no-sandbox");
        }
        command
            .arg(url)
            .env("HOME", home)
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CACHE_HOME")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        Self { child: command.spawn().unwrap(), data }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Closes the page, then the browser, in good order. What a page stored is written to disk when
    /// the page goes; a browser that ends with its pages open can lose what it held back.
    pub fn close(mut self) {
        let since = Instant::now();
        while self.close_pages() > 0 && since.elapsed() < CLOSING {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(WRITING);
        signal("-TERM", &self.child.id().to_string());
        while !self.has_ended() && since.elapsed() < CLOSING {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks for open pages to be closed; how many there were.
    fn close_pages(&self) -> usize {
        let pages: Vec<Value> = self
            .ask("/json/list")
            .and_then(|answer| serde_json::from_str::<Vec<Value>>(&answer).ok())
            .unwrap_or_default()
            .into_iter()
            .filter(|target| target["type"] == "page")
            .collect();
        for id in pages.iter().filter_map(|page| page["id"].as_str()) {
            let _ = self.ask(&format!("/json/close/{id}"));
        }
        pages.len()
    }

    /// Asks the browser's DevTools endpoint; the body of the answer.
    fn ask(&self, path: &str) -> Option<String> {
        let known = std::fs::read_to_string(self.data.join(PORT_FILE)).ok()?;
        let port: u16 = known.lines().next()?.parse().ok()?;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").ok()?;
        let mut lines = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).ok()?;
        String::from_utf8(body).ok()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The group is the browser's own: what it started ends with it.
        signal("-KILL", &format!("-{}", self.child.id()));
        let _ = self.child.wait();
    }
}

fn signal(name: &str, whom: &str) {
    let _ = Command::new("kill").args([name, "--", whom]).stderr(Stdio::null()).status();
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n")
}
