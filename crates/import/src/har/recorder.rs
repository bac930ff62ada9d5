//! Which program wrote the file: each leaves out or changes something of its own.
//!
//! What is said here of each was read in its source: Chromium DevTools `front_end/models/har`,
//! Firefox `devtools/client/netmonitor/src/har/har-builder.js`, Playwright
//! `packages/playwright-core/src/server/har/harTracer.ts`, mitmproxy `addons/savehar.py`,
//! HTTP Toolkit `src/model/http/har.ts`.

use std::fmt;

use serde::Deserialize;

use super::split::Log;
use super::{Raw, json};

/// The program that wrote a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recorder {
    kind: Kind,
    name: String,
    version: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    Chrome,
    Firefox,
    Playwright,
    Mitmproxy,
    HttpToolkit,
    #[default]
    Other,
}

/// What a recorder's body sizes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Bytes as they were sent.
    Sent,
    /// Bytes of what it wrote into the file.
    Written,
    /// Characters.
    Characters,
}

#[derive(Default, Deserialize)]
struct Program<'a> {
    #[serde(borrow, default)]
    name: Raw<'a>,
    #[serde(borrow, default)]
    version: Raw<'a>,
}

impl Recorder {
    /// Reads `log.creator`, and `log.browser` where there is none.
    pub(crate) fn of(log: &Log) -> Self {
        let creator = log.creator.as_deref().or(log.browser.as_deref());
        let program: Program = json::object(creator).unwrap_or_default();
        let cut =
            |raw| -> String { json::string(raw).unwrap_or_default().chars().take(100).collect() };
        let name = cut(program.name);
        Self { kind: kind(&name), version: cut(program.version), name }
    }

    /// Whether a size of 0 means that nothing was sent. Browsers also state 0 for a body that they
    /// could not get at.
    pub(crate) fn means_zero(&self) -> bool {
        matches!(self.kind, Kind::Mitmproxy | Kind::HttpToolkit)
    }

    /// What body sizes count.
    pub(crate) fn counts(&self) -> Counts {
        match self.kind {
            Kind::Mitmproxy | Kind::HttpToolkit | Kind::Playwright => Counts::Sent,
            Kind::Chrome | Kind::Other => Counts::Written,
            Kind::Firefox => Counts::Characters,
        }
    }

    /// Whether request bodies are written with their content-coding removed.
    pub(crate) fn decodes_requests(&self) -> bool {
        matches!(self.kind, Kind::Mitmproxy | Kind::HttpToolkit)
    }

    /// Whether text without a declared charset was read as one byte for each character.
    pub(crate) fn reads_latin_1(&self) -> bool {
        self.kind == Kind::Mitmproxy
    }

    /// Whether it may have left out cookies and credentials without a word.
    pub(crate) fn may_sanitize(&self) -> bool {
        self.kind == Kind::Chrome
    }

    /// Whether `connection` names a connection; Firefox writes the server's port there.
    pub(crate) fn names_connections(&self) -> bool {
        self.kind != Kind::Firefox
    }

    /// Whether a filled `cache` means that nothing was sent.
    pub(crate) fn fills_cache_when_cached(&self) -> bool {
        self.kind == Kind::Firefox
    }
}

fn kind(name: &str) -> Kind {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "webinspector" | "chrome" | "chromium" => Kind::Chrome,
        "firefox" => Kind::Firefox,
        "playwright" => Kind::Playwright,
        "http toolkit" => Kind::HttpToolkit,
        _ if name.starts_with("mitmproxy") => Kind::Mitmproxy,
        _ => Kind::Other,
    }
}

impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(format!("{} {}", self.name, self.version).trim())
    }
}
