//! Headless Firefox over WebDriver BiDi.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::Browser;
use super::recorder::Recorder;

/// Sites of Firefox's maker, which it calls by itself, and of the services that its components
/// come from.
const OWN: [&str; 6] =
    ["firefox.com", "mozilla.com", "mozilla.net", "mozilla.org", "mozgcp.net", "googleapis.com"];

/// Firefox with one page.
pub(crate) struct Firefox {
    child: RefCell<Child>,
    socket: RefCell<WebSocket<TcpStream>>,
    context: String,
    next: Cell<u64>,
    complaints: RefCell<Vec<String>>,
    recorder: Recorder,
    folder: TempDir,
}

impl Firefox {
    /// Starts one; `None`, with a line that says so, where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let program = super::program(&["firefox-esr", "firefox"])?;
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Recorder::start();
        std::fs::write(folder.path().join("user.js"), prefs(recorder.port)).expect("is written");
        #[allow(clippy::zombie_processes, reason = "dropping the browser waits for it")]
        let mut child = Command::new(program)
            .args(["--headless", "--no-remote", "--remote-debugging-port=0", "--profile"])
            .arg(folder.path())
            .arg("about:blank")
            .env("HOME", folder.path())
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut said = BufReader::new(child.stderr.take().expect("is piped"));
        let port = port(&mut said);
        // What it says further must be read, or it would wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let mut browser = Self {
            child: RefCell::new(child),
            socket: RefCell::new(connect(port)),
            context: String::new(),
            next: Cell::new(0),
            complaints: RefCell::new(vec![]),
            recorder,
            folder,
        };
        browser.ask("session.new", json!({ "capabilities": {} }));
        let tree = browser.ask("browsingContext.getTree", json!({}));
        let context = tree["contexts"][0]["context"].as_str().expect("a page");
        browser.context = context.to_owned();
        let events = ["log.entryAdded", "network.beforeRequestSent"];
        browser.ask("session.subscribe", json!({ "events": events }));
        Some(browser)
    }

    fn ask(&self, method: &str, parameters: Value) -> Value {
        self.next.set(self.next.get() + 1);
        let id = self.next.get();
        let text = json!({ "id": id, "method": method, "params": parameters }).to_string();
        self.socket.borrow_mut().send(Message::text(text)).expect("the browser lives");
        loop {
            let mut answer = self.read();
            if answer["id"] == id {
                assert!(answer["type"] == "success", "{method}: {answer}");
                return answer["result"].take();
            }
        }
    }

    fn read(&self) -> Value {
        let message = loop {
            let message = self.socket.borrow_mut().read().expect("the browser lives");
            if let Message::Text(text) = message {
                break serde_json::from_str::<Value>(&text).expect("is JSON");
            }
        };
        let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
        let complains = match message["method"].as_str().unwrap_or_default() {
            "log.entryAdded" => true,
            // The signs of its own lists come from inside the program, as a font in a `data:`
            // address; the page's policy lets it have none of its own.
            "network.beforeRequestSent" => {
                !url.ends_with("/page.html") && !url.starts_with("data:font/")
            }
            _ => false,
        };
        if complains {
            let told = format!("{url} {message}");
            self.complaints.borrow_mut().push(told.chars().take(600).collect());
        }
        message
    }
}

impl Browser for Firefox {
    fn name(&self) -> &'static str {
        "Firefox"
    }

    fn open(&self, html: &str) -> Duration {
        let path = self.folder.path().join("page.html");
        std::fs::write(&path, html).expect("is written");
        let started = Instant::now();
        let url = format!("file://{}", path.display());
        let go = json!({ "context": self.context, "url": url, "wait": "complete" });
        self.ask("browsingContext.navigate", go);
        started.elapsed()
    }

    fn said(&self, expression: &str) -> String {
        let answer = self.ask(
            "script.evaluate",
            json!({
                "expression": expression, "awaitPromise": true,
                "target": { "context": self.context }, "resultOwnership": "none",
            }),
        );
        assert_eq!(answer["type"], "success", "{}", answer["exceptionDetails"]);
        match &answer["result"] {
            result if result["type"] == "undefined" => "null".to_owned(),
            result => match &result["value"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        }
    }

    fn printed(&self) -> Vec<u8> {
        let paper = json!({ "context": self.context, "background": true });
        let printed = self.ask("browsingContext.print", paper);
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

impl Drop for Firefox {
    fn drop(&mut self) {
        let mut child = self.child.borrow_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn prefs(port: u16) -> String {
    let port = port.to_string();
    [
        ("network.proxy.type", "1"),
        ("network.proxy.http", "\"127.0.0.1\""),
        ("network.proxy.http_port", &port),
        ("network.proxy.ssl", "\"127.0.0.1\""),
        ("network.proxy.ssl_port", &port),
        ("network.proxy.allow_hijacking_localhost", "true"),
        ("network.proxy.failover_direct", "false"),
        ("network.proxy.no_proxies_on", "\"\""),
        ("network.dns.forceResolve", "\"127.0.0.1\""),
    ]
    .iter()
    .map(|(name, value)| format!("user_pref(\"{name}\", {value});\n"))
    .collect()
}

/// Waits for the line that names the port.
fn port(said: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(said.read_line(&mut line).expect("is read") > 0, "firefox ended");
        if let Some((_, address)) = line.split_once("BiDi listening on ws://127.0.0.1:") {
            return address.trim().parse().expect("a port");
        }
    }
}

fn connect(port: u16) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let limits = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let url = format!("ws://127.0.0.1:{port}/session");
    tungstenite::client::client_with_config(url, stream, Some(limits)).expect("it answers").0
}
