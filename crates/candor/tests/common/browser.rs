//! Headless Chromium over its debugging pipe (Chrome DevTools Protocol): a person at a page. The pipe
//! is read on file descriptor 3 and written on 4, messages end with a zero byte.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses its own part")]

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::programs;

/// A browser that is used by hand.
pub struct Browser {
    child: RefCell<Child>,
    input: RefCell<ChildStdin>,
    output: RefCell<BufReader<ChildStdout>>,
    next: RefCell<u64>,
    complaints: RefCell<Vec<String>>,
}

/// One page of it.
pub struct Page<'a> {
    browser: &'a Browser,
    session: String,
}

/// What a browser is started with.
pub struct Start<'a> {
    /// Its HOME, profile included.
    pub home: &'a Path,
    /// The network namespace that it lives in; `None` for the machine's own.
    pub namespace: Option<&'a str>,
    /// More switches.
    pub switches: Vec<String>,
}

impl Browser {
    /// Starts one; `None`, with a line that says so, where Chromium is not installed.
    pub fn start(start: &Start<'_>) -> Option<Self> {
        if !programs::are_there(&["chromium"]) {
            return None;
        }
        let mut command = match start.namespace {
            Some(name) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", name, "sh"]);
                command
            }
            None => Command::new("sh"),
        };
        let profile = start.home.join("profile");
        #[allow(clippy::zombie_processes, reason = "dropping the browser waits for it")]
        let mut child = command
            // The debugging pipe takes the place of our standard input and output.
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", "chromium"])
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
            .args(["--no-first-run", "--disable-quic", "--window-size=1280,900"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(&start.switches)
            .arg("about:blank")
            .env("HOME", start.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = child.stdout.take().unwrap();
        Some(Self {
            child: RefCell::new(child),
            input: RefCell::new(input),
            output: RefCell::new(BufReader::new(output)),
            next: RefCell::new(0),
            complaints: RefCell::new(vec![]),
        })
    }

    /// Opens a page in a normal window, or in one of its own that shares no cookie with it.
    pub fn page(&self, apart: bool) -> Page<'_> {
        let mut target = json!({ "url": "about:blank" });
        if apart {
            let context = self.ask(None, "Target.createBrowserContext", json!({}));
            target["browserContextId"] = context["browserContextId"].clone();
        }
        let made = self.ask(None, "Target.createTarget", target);
        let attach = json!({ "targetId": made["targetId"], "flatten": true });
        let session = self.ask(None, "Target.attachToTarget", attach);
        let session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(Some(&session), &format!("{domain}.enable"), json!({}));
        }
        Page { browser: self, session }
    }

    /// What pages logged or threw.
    pub fn complaints(&self) -> Vec<String> {
        self.complaints.borrow().clone()
    }

    fn ask(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.asked(session, method, parameters).unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    fn asked(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> Result<Value, String> {
        let id = {
            let mut next = self.next.borrow_mut();
            *next += 1;
            *next
        };
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.borrow_mut().write_all(&bytes).expect("the browser lives");
        loop {
            let mut answer = self.read();
            if answer["id"] == id {
                return match &answer["error"] {
                    Value::Null => Ok(answer["result"].take()),
                    error => Err(error.to_string()),
                };
            }
        }
    }

    fn read(&self) -> Value {
        let mut bytes = Vec::new();
        self.output.borrow_mut().read_until(0, &mut bytes).expect("the browser lives");
        assert!(bytes.pop() == Some(0), "the browser ended");
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        let method = message["method"].as_str().unwrap_or_default();
        if ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"]
            .contains(&method)
        {
            self.complaints.borrow_mut().push(message.to_string().chars().take(800).collect());
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let mut child = self.child.borrow_mut();
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Page<'_> {
    /// Goes to an address and waits until something is there.
    pub fn open(&self, url: &str) {
        self.browser.ask(Some(&self.session), "Page.navigate", json!({ "url": url }));
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// What an expression comes to, as text.
    pub fn said(&self, expression: &str) -> String {
        let ask = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true
        });
        // A page that goes on to another while it is asked has nothing to say.
        let asked = self.browser.asked(Some(&self.session), "Runtime.evaluate", ask);
        let Ok(answer) = asked else { return format!("gone: {asked:?}") };
        match (&answer["exceptionDetails"], &answer["result"]["value"]) {
            (Value::Null, Value::String(text)) => text.clone(),
            (Value::Null, other) => other.to_string(),
            (thrown, _) => format!("thrown: {thrown}"),
        }
    }

    /// Waits until an expression is true; pages may come and go meanwhile.
    pub fn until(&self, expression: &str) {
        let begun = Instant::now();
        let mut last = String::new();
        while begun.elapsed() < Duration::from_secs(60) {
            last = self.said(expression);
            if last == "true" {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let page = self.said("document.body.innerText.slice(0, 3000)");
        panic!("never: {expression}, last {last}\n{page}\n{:#?}", self.browser.complaints());
    }

    /// Presses a key as a person does.
    pub fn key(&self, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let key = json!({ "type": kind, "text": text, "key": text });
            self.browser.ask(Some(&self.session), "Input.dispatchKeyEvent", key);
        }
    }

    /// A picture, written to a file.
    pub fn picture(&self, width: u32, height: u32, dark: bool, file: &Path) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.browser.ask(Some(&self.session), "Emulation.setDeviceMetricsOverride", size);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.browser.ask(Some(&self.session), "Emulation.setEmulatedMedia", media);
        let shot = self.browser.ask(Some(&self.session), "Page.captureScreenshot", json!({}));
        let bytes =
            data_encoding::BASE64.decode(shot["data"].as_str().unwrap().as_bytes()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}
