//! What a subject tells its maker: happenings in, requests out, nothing else.
//!
//! An [`Install`] is what one installation keeps between starts. It is told what happens and hands
//! back the requests that follow; it has no network and no clock of its own, so it can be tested
//! as a playbook, and a copy of it is the state of a device at that moment.

mod anonymous_id;
mod counts;
mod event;
mod sensors;

use candor_case::UnixMicros;

use self::{counts::Counts, sensors::Sensors};
use crate::{plan::Device, random::Random};

/// Where crash reports go.
const CRASH_URL: &str = "https://crash.maker.test/report";
/// Where statistics go.
const STATISTICS_URL: &str = "https://sa.api.intl.maker.test/sa?project=global_browser_mini&r=ZZ";
/// Where the second channel goes.
const MISTAT_URL: &str = "https://data.mistat.intl.maker.test/mistats/v3";

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";

/// Something that happens to a subject.
#[derive(Clone, Debug)]
pub(crate) enum Happening<'a> {
    /// Its process starts.
    Started,
    /// It is closed in good order.
    Closed,
    /// Its process is ended from outside, without a word.
    Killed,
    /// The person agrees to what was asked at the first start.
    Agreed,
    /// The person turns statistics on or off.
    Collection(bool),
    /// The person turns the switch for private windows on or off.
    Enhanced(bool),
    /// A page begins to load.
    PageStarted(&'a str),
    /// A page has loaded.
    PageFinished(&'a str),
    /// The person searches from the address bar.
    Searched(&'a str),
    /// The person searches for videos.
    VideoSearched(&'a str),
    /// A file is downloaded.
    Downloaded(&'a str),
    /// A page's renderer crashes.
    Crashed(&'a str),
    /// The person signs in.
    SignedIn(&'a str),
    /// Time has passed.
    Tick,
}

/// Where and when something happens.
pub(crate) struct Situation<'a> {
    /// By the subject's own clock.
    pub(crate) now: UnixMicros,
    pub(crate) device: &'a Device,
    /// Whether it happens in a private window.
    pub(crate) private: bool,
}

/// A request to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) url: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// Which program is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Version 3.4.0 of the 2020 browser.
    Browser2020,
    /// Its version 3.4.3, with a switch for private windows.
    Updated,
    /// The browser that does what the maker says.
    AsClaimed,
}

/// What an installation keeps between starts.
#[derive(Clone, Debug)]
pub(crate) enum Install {
    Sensors(Box<Sensors>),
    Counts(Counts),
}

impl Program {
    /// An installation that was never started, or whose data was cleared.
    pub(crate) fn fresh(self) -> Install {
        match self {
            Self::Browser2020 => Install::Sensors(Box::new(Sensors::new("3.4.0", false))),
            Self::Updated => Install::Sensors(Box::new(Sensors::new("3.4.3", true))),
            Self::AsClaimed => Install::Counts(Counts::new("3.4.0")),
        }
    }
}

impl Install {
    /// Tells the installation what happens; returns the requests that follow, in order.
    pub(crate) fn notice(
        &mut self,
        happening: &Happening<'_>,
        at: &Situation<'_>,
        random: &mut Random,
    ) -> Vec<Outgoing> {
        match self {
            Self::Sensors(sensors) => sensors.notice(happening, at, random),
            Self::Counts(counts) => counts.notice(happening, at, random),
        }
    }
}

/// A crash report: what crashed and on what, with no number of anything.
fn crash_report(version: &str, cause: &str, device: &Device) -> Outgoing {
    let report = serde_json::json!({
        "notice": "SIMULATED",
        "app_version": version,
        "os": "Android",
        "os_version": device.os_version,
        "model": device.model,
        "cause": cause,
        "stack": ["renderer.layout", "renderer.paint", "main.loop"],
    });
    Outgoing { url: CRASH_URL.into(), content_type: JSON, body: report.to_string() }
}
