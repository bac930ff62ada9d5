//! Runs: one recording of one device in one arm.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UnixMicros;

/// Names a run within its case; also the name of its folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

/// The setting that a run tests: an open map such as `mode = "private"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arm(pub BTreeMap<String, String>);

impl Arm {
    /// Whether this arm has every key of `when` with the same value. A key that the arm lacks
    /// matches nothing.
    pub fn matches(&self, when: &Self) -> bool {
        when.0.iter().all(|(key, value)| self.0.get(key) == Some(value))
    }

    /// Reads `key=value,key=value`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut arm = BTreeMap::new();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(format!("`{pair}` is not key=value"));
            };
            arm.insert(key.trim().to_owned(), value.trim().to_owned());
        }
        Ok(Self(arm))
    }
}

impl std::fmt::Display for Arm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (key, value)) in self.0.iter().enumerate() {
            write!(f, "{}{key}={value}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// How far the operator interfered with the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As shipped.
    #[default]
    Stock,
    /// By the product's own settings.
    Configured,
    /// By switches, hidden preferences or changed endpoints.
    Forced,
}

/// What happened to the subject's state between a run and the one it continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continues {
    /// The run whose state is inherited.
    pub run: RunId,
    /// What was done in between: `restart`, `clear_data`, `reinstall`, `days:91`, …
    pub after: Vec<String>,
}

/// One recording of one device in one arm (`run.json`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Schema of this file: `candor.run/1`.
    #[serde(default)]
    pub schema: String,
    /// Its name.
    #[serde(default)]
    pub id: RunId,
    /// The device; two profiles on one machine are one device.
    #[serde(default)]
    pub device: String,
    /// The installation on that device.
    #[serde(default)]
    pub install: String,
    /// The invented person who used it.
    #[serde(default)]
    pub persona: String,
    /// The run whose state this one inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continues>,
    /// The setting under test.
    #[serde(default)]
    pub arm: Arm,
    /// How far the operator interfered.
    #[serde(default)]
    pub grade: Grade,
    /// How far the subject's clock was set ahead, in seconds.
    #[serde(default)]
    pub clock_offset_s: i64,
    /// Whether only the subject could reach the recorder, so that what it recorded is the
    /// subject's unless a request shows otherwise.
    #[serde(default)]
    pub sole_sender: bool,
    /// Whether candor itself stood in for the network, so that the subject only *tried* to send.
    #[serde(default)]
    pub sinkhole: bool,
    /// Whether everything in it comes from a built-in subject.
    #[serde(default)]
    pub simulated: bool,
    /// When recording began; `None` on imports that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<UnixMicros>,
    /// Two upload intervals and a restart were awaited after the last action.
    #[serde(default)]
    pub waited: bool,
    /// Why it counts for nothing: the subject was not what the plan wanted. `None`: it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
    /// The environment: program, package, OS, locale, switches, …
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Digests of what was fixed before the first packet: `plan`, `claims`, `rules`, `binary`.
    #[serde(default)]
    pub digests: BTreeMap<String, String>,
}

impl Default for RunId {
    fn default() -> Self {
        Self("run".into())
    }
}

/// A scripted part of a run, from one mark to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// `first_start`, `visit`, `search`, `idle`, `restart`, …
    pub name: String,
    /// The session it lies in.
    pub session: String,
    /// When it began.
    pub started: UnixMicros,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_key_matches_no_when() {
        let arm = Arm::parse("mode=private, consent=given").expect("well formed");
        assert!(arm.matches(&Arm::parse("mode=private").expect("well formed")));
        assert!(arm.matches(&Arm::default()));
        assert!(!arm.matches(&Arm::parse("mode=normal").expect("well formed")));
        assert!(!Arm::default().matches(&Arm::parse("mode=private").expect("well formed")));
        assert!(Arm::parse("mode").is_err());
        assert_eq!(arm.to_string(), "consent=given,mode=private");
    }
}
