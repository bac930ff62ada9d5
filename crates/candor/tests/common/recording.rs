//! A `candor record` that runs until it is dropped or ended.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::Bench;

pub struct Recording {
    pub child: Child,
    /// Where the proxy listens.
    pub address: String,
    pub authority: PathBuf,
    told: Arc<Mutex<String>>,
}

impl Recording {
    /// Records into `case` as the run `r1`.
    pub fn start(bench: &Bench, more: &[&str]) -> Self {
        let args = [&["record", "--case", "case", "--run", "r1"], more].concat();
        let mut recording = Self::of(bench, &args);
        recording.address = recording.line("listening on ");
        recording
    }

    /// Whatever command records.
    pub fn of(bench: &Bench, args: &[&str]) -> Self {
        let mut child = bench.command(args).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let told = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                heard.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let authority = bench.path("data/candor/candor.pem");
        Self { child, address: String::new(), authority, told }
    }

    /// The rest of the line that begins so, once it was said.
    pub fn line(&self, begins: &str) -> String {
        let begun = Instant::now();
        loop {
            let told = self.told();
            if let Some(rest) = told.lines().find_map(|line| line.strip_prefix(begins)) {
                return rest.to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no line {begins}: {told}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// All that was said on stderr.
    pub fn told(&self) -> String {
        self.told.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    pub fn end(self) {
        self.signal("TERM");
        self.ended();
    }

    /// Waits until it has ended by itself.
    pub fn ended(mut self) {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the recorder does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(self.child.wait().unwrap().success(), "{}", self.told());
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
