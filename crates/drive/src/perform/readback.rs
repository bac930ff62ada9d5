//! What the browser really was: preferences read back from its files, and pages it remembers.

use std::collections::BTreeMap;
use std::path::Path;

use candor_case::Property;
use serde_json::Value;

use super::stage::Stage;
use crate::browsers::{Driver, Launch};
use crate::plan::host_of;

/// Preferences as they lie on disk, by name.
pub(super) type Readings = BTreeMap<String, Value>;

/// Where a browser was not what was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The preference, or what else was looked at.
    pub what: String,
    /// What it should have been.
    pub wanted: String,
    /// What it was.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} should be {}, is {}", self.what, self.wanted, self.found)
    }
}

/// Reads every preference that this run wants or that governs collection.
pub(super) fn readings(stage: &Stage<'_>) -> Readings {
    let launch = stage.launch();
    let names = launch
        .prefs
        .into_keys()
        .chain(stage.driver.apparatus(&stage.launch()).into_keys())
        .chain(stage.driver.facts().collection.iter().map(|&name| name.to_owned()));
    stage.driver.read_prefs(stage.profile, &names.collect::<Vec<_>>())
}

/// Compares what was wanted with what was found; and, of settings for collection that nobody wanted
/// changed, what they were with what they became.
pub(super) fn differences(
    launch: &Launch<'_>,
    driver: &dyn Driver,
    before: &Readings,
    after: &Readings,
) -> Vec<Difference> {
    let mut wanted = driver.apparatus(launch);
    wanted.extend(launch.prefs.clone());
    let mut found = Vec::new();
    for (name, value) in &wanted {
        let value = value.json();
        // A value that equals the built-in default may not be written down.
        match after.get(name).cloned().or_else(|| driver.packaged(name)) {
            Some(seen) if seen != value => found.push(difference(name, &value, &seen)),
            _ => {}
        }
    }
    let untouched = driver.facts().collection.iter().filter(|&&name| !wanted.contains_key(name));
    for &name in untouched {
        let was = before.get(name).cloned().or_else(|| driver.packaged(name));
        match (was, after.get(name)) {
            (Some(was), Some(is)) if was != *is => found.push(difference(name, &was, is)),
            _ => {}
        }
    }
    found
}

fn difference(name: &str, wanted: &Value, found: &Value) -> Difference {
    Difference { what: name.to_owned(), wanted: wanted.to_string(), found: found.to_string() }
}

/// A private window leaves no visited address in the browser's history: one that did was none.
pub(super) fn remembered(stage: &Stage<'_>) -> Option<Difference> {
    let seeds = stage.run.seeds.seeds.iter();
    let hosts: Vec<&str> = seeds
        .filter(|seed| seed.property == Property::BrowsingUrl && stage.run.is_private(seed))
        .filter_map(|seed| host_of(&seed.value))
        .collect();
    let files = stage.driver.history(stage.profile);
    let file = files.iter().find(|file| holds_any(file, &hosts))?;
    Some(Difference {
        what: "the window".into(),
        wanted: "private".into(),
        found: format!("remembered in {}", file.file_name()?.to_string_lossy()),
    })
}

/// Whether a file holds one of these texts; a file that is not there holds none.
pub(super) fn holds_any(file: &Path, texts: &[&str]) -> bool {
    use std::io::Read;
    let Ok(open) = std::fs::File::open(file) else { return false };
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by `take`")]
    let read = open.take(64 << 20).read_to_end(&mut bytes);
    if read.is_err() {
        return false;
    }
    texts.iter().any(|text| {
        !text.is_empty() && bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Browser, Mode, PrefValue, Prefs, Profile, Window};

    const HEALTH: &str = "datareporting.healthreport.uploadEnabled";
    const USAGE: &str = "datareporting.usage.uploadEnabled";

    fn check(prefs: Prefs, before: &[(&str, Value)], after: &[(&str, Value)]) -> Vec<String> {
        let profile = Profile::at("/nowhere".into());
        let launch = Launch {
            profile: &profile,
            mode: Mode::Normal,
            window: Window::Headless,
            proxy: "127.0.0.1:1".parse().unwrap(),
            switches: vec![],
            prefs,
            as_root: false,
        };
        let readings = |list: &[(&str, Value)]| {
            list.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let driver = Browser::Firefox.driver();
        let found = differences(&launch, driver, &readings(before), &readings(after));
        found.into_iter().map(|difference| difference.what).collect()
    }

    #[test]
    fn unwanted_differences_are_found() {
        let on = || Prefs::from([(USAGE.to_owned(), PrefValue::Flag(true))]);
        assert!(check(on(), &[], &[(USAGE, json!(true))]).is_empty());
        assert!(check(on(), &[], &[]).is_empty(), "the built-in default is not written down");
        assert_eq!(check(on(), &[], &[(USAGE, json!(false))]), [USAGE]);
        let recommended = "remote.prefs.recommended";
        assert_eq!(check(on(), &[], &[(recommended, json!(true))]), [recommended]);
        let changed = check(Prefs::new(), &[(HEALTH, json!(true))], &[(HEALTH, json!(false))]);
        assert_eq!(changed, [HEALTH], "somebody else turned it off");
        let kept = check(Prefs::new(), &[(HEALTH, json!(true))], &[(HEALTH, json!(true))]);
        assert!(kept.is_empty());
    }

    #[test]
    fn texts_are_found_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("History");
        std::fs::write(&file, b"\0\x01https://abc.garden.candor.test/\0").unwrap();
        assert!(holds_any(&file, &["x", "abc.garden.candor.test"]));
        assert!(!holds_any(&file, &["x", ""]));
        assert!(!holds_any(&folder.path().join("none"), &["x"]));
    }
}
