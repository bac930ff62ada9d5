//! The case file: who is examined, and what is asked.

use serde::{Deserialize, Serialize};

use crate::Sender;

/// The host that control beacons are sent to. It is candor's own, in every case.
pub const CONTROL_HOST: &str = "control.candor.test";

/// `case.toml`: the subject and the question, for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The question in one sentence.
    #[serde(default)]
    pub question: String,
    /// Who opened the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub examiner: String,
    /// When it was opened, as an RFC 3339 date or time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub opened: String,
    /// What is examined.
    #[serde(default)]
    pub subject: Subject,
}

/// The browser, app or device under test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Product name.
    #[serde(default)]
    pub product: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// The maker's name.
    #[serde(default)]
    pub maker: String,
    /// Sites of the maker: each entry matches that host and its subdomains.
    #[serde(default)]
    pub sites: Vec<String>,
    /// Region of the product build, where claims depend on it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Whether the examiner vouches that only the subject could reach the recorder.
    #[serde(default)]
    pub sole_sender: bool,
    /// Whether it is one of candor's own built-in subjects.
    #[serde(default)]
    pub simulated: bool,
    /// Whether it is what a page carries, such as an SDK, and not the browser that shows the page:
    /// what pages send is then its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub page: bool,
}

impl Subject {
    /// How requests of the subject itself are known.
    pub fn sends_as(&self) -> Sender {
        if self.page { Sender::Page } else { Sender::Subject }
    }
}
