//! Chromium behind the proxy: its own profile, the proxy's authority in its own store, and no other
//! way out.

use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use candor_capture::Authority;

/// How long a browser may take to close in good order.
const CLOSING: Duration = Duration::from_secs(20);

/// Features by which the browser talks to its maker on its own account.
const QUIET: [&str; 5] = [
    "AutofillServerCommunication",
    "MediaRouter",
    "OptimizationGuideModelDownloading",
    "OptimizationHints",
    "OptimizationTargetPrediction",
];

/// Whether a program can be started.
pub fn is_there(program: &str) -> bool {
    let asked = if program == "certutil" { "-H" } else { "--version" };
    let quiet = || Stdio::null();
    Command::new(program).arg(asked).stdin(quiet()).stdout(quiet()).stderr(quiet()).status().is_ok()
}

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
pub struct Browser(Child);

impl Browser {
    /// Opens an address with the profile that lies in `home`.
    pub fn open(url: &str, home: &Path, proxy: SocketAddr) -> Self {
        let mut command = Command::new("chromium");
        command
            .args(["--headless=new", "--no-first-run", "--disable-quic", "--disable-gpu"])
            .arg(format!("--user-data-dir={}", home.join("data").display()))
            .arg(format!("--proxy-server=http://{proxy}"))
            // Without it, requests to this machine would go around the proxy.
            .arg("--proxy-bypass-list=<-loopback>")
            // Names are resolved by the proxy alone.
            .arg("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
            .args(["--disable-background-networking", "--disable-component-update"])
            .args(["--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage"])
            // What the browser itself asks for is not examined here, and a handshake of its own
            // that closing cuts off would look like a refusal.
            .arg(format!("--disable-features={}", QUIET.join(",")));
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
        Self(command.spawn().unwrap())
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Closes it in good order, so that what pages stored is on disk.
    pub fn close(mut self) {
        signal("-TERM", &self.0.id().to_string());
        let since = Instant::now();
        while !self.has_ended() && since.elapsed() < CLOSING {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The group is the browser's own: what it started ends with it.
        signal("-KILL", &format!("-{}", self.0.id()));
        let _ = self.0.wait();
    }
}

fn signal(name: &str, whom: &str) {
    let _ = Command::new("kill").args([name, "--", whom]).stderr(Stdio::null()).status();
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n")
}
