//! Seeded values: what was planted, by which action, so that it can be recognised later.

use serde::{Deserialize, Serialize};

use crate::{Arm, Property, Run};

/// The contents of a seeds file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeds {
    /// The seeds, in file order.
    #[serde(default, rename = "seed")]
    pub seeds: Vec<Seed>,
}

/// One planted value. It belongs to one action of one run, and is looked for in every run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Unique within the case.
    pub id: String,
    /// The value as planted.
    pub value: String,
    /// What it stands for.
    pub property: Property,
    /// Sites where the value belongs: each entry matches that host and its subdomains, and a value
    /// sent there is no finding. `None`: an address gets its own host, other values none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<String>>,
    /// The run it was planted in; `None` when the file does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The arm it was planted in, as `key=value,…`; `None`: the arm of its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// The phase it was planted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
}

impl Seed {
    /// The arm that it was planted in: its own where it names one that can be read, else that of
    /// its run.
    pub fn arm_in(&self, run: &Run) -> Arm {
        let own = self.arm.as_deref().and_then(|arm| Arm::parse(arm).ok());
        own.unwrap_or_else(|| run.arm.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_without_an_arm_has_that_of_its_run() {
        let arm = |text: &str| Arm::parse(text).expect("well formed");
        let run = Run { arm: arm("mode=normal"), ..Run::default() };
        let mut seed = Seed {
            id: "s".into(),
            value: "v".into(),
            property: Property::BrowsingUrl,
            sites: None,
            run: None,
            arm: None,
            phase: None,
        };
        assert_eq!(seed.arm_in(&run), run.arm);
        seed.arm = Some("mode=private".into());
        assert_eq!(seed.arm_in(&run), arm("mode=private"));
        seed.arm = Some("nonsense".into());
        assert_eq!(seed.arm_in(&run), run.arm);
    }
}
