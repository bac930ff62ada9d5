//! Waivers: what a person has decided to let through, why, and until when.

use anyhow::{Result, bail};
use candor_case::Arm;
use serde::{Deserialize, Serialize};

use crate::gate::Shown;

/// One `[[waiver]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The claim.
    pub claim: String,
    /// The arm that it is about, `key=value,…`; empty for all, undecided verdicts included.
    #[serde(default, deserialize_with = "arm", skip_serializing_if = "is_whole")]
    pub arm: Arm,
    /// Why it is let through.
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// The last day on which it counts, in UTC: `YYYY-MM-DD`.
    #[serde(deserialize_with = "date")]
    pub expires: String,
}

impl Waiver {
    /// Whether it speaks of this contradiction.
    pub(super) fn covers(&self, way: &Shown) -> bool {
        self.claim == way.claim && way.arm.matches(&self.arm)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "waiver")]
    waivers: Vec<Waiver>,
}

/// Reads waivers. Errors have the form `name:line:column: message`.
pub fn parse(text: &str, name: &str) -> Result<Vec<Waiver>> {
    match toml::from_str::<File>(text) {
        Ok(file) => Ok(file.waivers),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            bail!("{name}:{line}:{column}: {}", error.message().trim_end());
        }
    }
}

fn is_whole(arm: &Arm) -> bool {
    arm.0.is_empty()
}

fn arm<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Arm, D::Error> {
    Arm::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

fn reason<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<String, D::Error> {
    let reason = String::deserialize(from)?;
    match reason.trim().is_empty() {
        true => Err(serde::de::Error::custom("a waiver needs a reason that others can check")),
        false => Ok(reason),
    }
}

fn date<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let read: std::result::Result<jiff::civil::Date, _> = text.parse();
    match read {
        // Only then does the order of the texts follow that of the days.
        Ok(date) if date.to_string() == text => Ok(text),
        _ => Err(serde::de::Error::custom(format!("`{text}` is no day, write YYYY-MM-DD"))),
    }
}
