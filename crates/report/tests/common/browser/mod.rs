//! Real browsers that are shown a page: what they say of it, and what they ask of the network.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod chromium;
mod firefox;
mod recorder;

use std::process::Command;
use std::time::Duration;

/// A browser with one page, whose every request goes to a proxy that records it and answers none.
pub(crate) trait Browser {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Shows a page from a file, and tells how long that took.
    fn open(&self, html: &str) -> Duration;

    /// What an expression comes to, as text; promises are waited for.
    fn said(&self, expression: &str) -> String;

    /// The page on paper.
    fn printed(&self) -> Vec<u8>;

    /// What the page logged, threw, or asked for.
    fn complaints(&self) -> Vec<String>;

    /// Hosts that the proxy was asked for and that are not the browser maker's own.
    fn asked(&self) -> Vec<String>;

    /// Fails unless the page was quiet.
    fn assert_quiet(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{}: {complaints:?}", self.name());
        let asked = self.asked();
        assert!(asked.is_empty(), "{} asked {asked:?}", self.name());
    }
}

/// Every browser that is installed; a line says which are not.
pub(crate) fn installed() -> Vec<Box<dyn Browser>> {
    let chromium = chromium::Chromium::start().map(|b| Box::new(b) as Box<dyn Browser>);
    let firefox = firefox::Firefox::start().map(|b| Box::new(b) as Box<dyn Browser>);
    [chromium, firefox].into_iter().flatten().collect()
}

/// Chromium alone, for what only its protocol can do.
pub(crate) fn chromium() -> Option<chromium::Chromium> {
    chromium::Chromium::start()
}

/// The first of these programs that starts at all.
fn program(names: &[&'static str]) -> Option<&'static str> {
    let starts = |name: &&&str| {
        Command::new(name).arg("--version").output().is_ok_and(|out| out.status.success())
    };
    let found = names.iter().find(starts).copied();
    if found.is_none() {
        eprintln!("skipped: {} is not installed", names[0]);
    }
    found
}
