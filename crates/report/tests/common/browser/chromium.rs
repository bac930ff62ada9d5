//! Headless Chromium over its debugging pipe (Chrome DevTools Protocol). The pipe is read on file
//! descriptor 3 and written on 4, messages end with a zero byte.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Browser;
use super::recorder::Recorder;

/// Sites of Chromium's maker, which it calls by itself.
const OWN: [&str; 3] = ["google.com", "googleapis.com", "gvt1.com"];

/// Chromium with one page.
pub(crate) struct Chromium {
    child: RefCell<Child>,
    input: RefCell<ChildStdin>,
    output: RefCell<BufReader<ChildStdout>>,
    session: String,
    next: RefCell<u64>,
    complaints: RefCell<Vec<String>>,
    recorder: Recorder,
    folder: TempDir,
}

impl Chromium {
    /// Starts one; `None`, with a line that says so, where Chromium is not installed.
    pub(crate) fn start() -> Option<Self> {
        let program = super::program(&["chromium", "chromium-browser", "google-chrome"])?;
        let recorder = Recorder::start();
        let proxy = format!("--proxy-server=http://127.0.0.1:{}", recorder.port);
        let folder = tempfile::tempdir().expect("a folder");
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        #[allow(clippy::zombie_processes, reason = "dropping the browser waits for it")]
        let mut child = Command::new("sh")
            // The debugging pipe takes the place of our standard input and output.
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", program])
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
            .args([&proxy, "--proxy-bypass-list=<-loopback>", "--disable-background-networking"])
            .args(["--no-first-run", "--window-size=1280,900", &profile, "about:blank"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let input = child.stdin.take().expect("is piped");
        let output = child.stdout.take().expect("is piped");
        let mut browser = Self {
            child: RefCell::new(child),
            input: RefCell::new(input),
            output: RefCell::new(BufReader::new(output)),
            session: String::new(),
            next: RefCell::new(0),
            complaints: RefCell::new(vec![]),
            recorder,
            folder,
        };
        let page = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let page = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.ask("Target.attachToTarget", page);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Turns scripts of pages off.
    pub(crate) fn without_scripts(&self) {
        self.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    }

    /// All text of the page, read without running anything in it.
    pub(crate) fn text(&self) -> String {
        let nodes = self.ask("DOMSnapshot.captureSnapshot", json!({ "computedStyles": [] }));
        let strings = nodes["strings"].as_array().expect("strings");
        let drawn = nodes["documents"][0]["layout"]["text"].as_array().expect("what is drawn");
        let words = drawn.iter().filter_map(|n| usize::try_from(n.as_i64()?).ok());
        words.filter_map(|n| strings[n].as_str()).collect::<Vec<_>>().join(" ")
    }

    fn ask(&self, method: &str, parameters: Value) -> Value {
        let id = {
            let mut next = self.next.borrow_mut();
            *next += 1;
            *next
        };
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.borrow_mut().write_all(&bytes).expect("the browser lives");
        loop {
            let mut answer = self.read();
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
        }
    }

    fn wait_for(&self, event: &str) {
        while self.read()["method"] != event {}
    }

    fn read(&self) -> Value {
        let mut bytes = Vec::new();
        self.output.borrow_mut().read_until(0, &mut bytes).expect("the browser lives");
        assert!(bytes.pop() == Some(0), "the browser ended");
        let message: Value = serde_json::from_slice(&bytes).expect("is JSON");
        let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
        let complains = match message["method"].as_str().unwrap_or_default() {
            "Log.entryAdded" | "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => true,
            "Network.requestWillBeSent" => {
                !url.starts_with("file://") || !url.ends_with("/page.html")
            }
            _ => false,
        };
        if complains {
            self.complaints.borrow_mut().push(message.to_string().chars().take(600).collect());
        }
        message
    }
}

impl Browser for Chromium {
    fn name(&self) -> &'static str {
        "Chromium"
    }

    fn open(&self, html: &str) -> Duration {
        let path = self.folder.path().join("page.html");
        std::fs::write(&path, html).expect("is written");
        let started = Instant::now();
        self.ask("Page.navigate", json!({ "url": format!("file://{}", path.display()) }));
        self.wait_for("Page.loadEventFired");
        started.elapsed()
    }

    fn said(&self, expression: &str) -> String {
        let ask = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", ask);
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        match &answer["result"]["value"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    fn printed(&self) -> Vec<u8> {
        let printed = self.ask("Page.printToPDF", json!({ "printBackground": true }));
        let data = printed["data"].as_str().expect("a document").as_bytes();
        data_encoding::BASE64.decode(data).expect("is base64")
    }

    fn complaints(&self) -> Vec<String> {
        // A round trip brings everything that happened before it.
        self.said("1");
        self.complaints.borrow().clone()
    }

    fn asked(&self) -> Vec<String> {
        self.recorder.strangers(&OWN)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let mut child = self.child.borrow_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}
