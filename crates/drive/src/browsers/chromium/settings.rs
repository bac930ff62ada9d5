//! Chromium's preferences on disk: `Local State` for the browser, `Default/Preferences` for the
//! profile, both JSON with one object per part of a name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::LOCAL_STATE;
use crate::DriveError;
use crate::browsers::small_file;
use crate::plan::Prefs;
use crate::profile::Profile;

/// Puts preferences where the browser reads them at its start. Without any, nothing is touched, so
/// that a stock arm finds no file of ours.
pub(super) fn write(profile: &Profile, prefs: &Prefs) -> Result<(), DriveError> {
    for local in [true, false] {
        let own = prefs.iter().filter(|(name, _)| name.starts_with(LOCAL_STATE) == local);
        let own: Vec<_> = own.map(|(name, value)| (path_of(name), value.json())).collect();
        if own.is_empty() {
            continue;
        }
        let file = file(profile, local);
        let mut root = load(&file);
        own.into_iter().for_each(|(path, value)| set(&mut root, &path, value));
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(DriveError::file(folder))?;
        }
        std::fs::write(&file, Value::Object(root).to_string()).map_err(DriveError::file(&file))?;
    }
    Ok(())
}

/// The values of preferences on disk.
pub(super) fn read(profile: &Profile, names: &[String]) -> BTreeMap<String, Value> {
    let (local, own) = (load(&file(profile, true)), load(&file(profile, false)));
    let value = |name: &String| {
        let root = if name.starts_with(LOCAL_STATE) { &local } else { &own };
        let (first, rest) = path_of(name).split_first().map(|(f, r)| (*f, r.to_vec()))?;
        let found = rest.iter().try_fold(root.get(first)?, |value, key| value.get(key))?;
        Some((name.clone(), found.clone()))
    };
    names.iter().filter_map(value).collect()
}

fn file(profile: &Profile, local: bool) -> PathBuf {
    let data = profile.data();
    if local { data.join("Local State") } else { data.join("Default/Preferences") }
}

fn path_of(name: &str) -> Vec<&str> {
    name.strip_prefix(LOCAL_STATE).unwrap_or(name).split('.').collect()
}

fn load(file: &std::path::Path) -> Map<String, Value> {
    let read = small_file(file).and_then(|text| serde_json::from_str(&text).ok());
    read.unwrap_or_default()
}

fn set(root: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [last] => {
            root.insert((*last).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = root.entry(*first).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::PrefValue;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile::at(folder.path().into());
        let names = ["Local State:a.b".to_owned(), "c.d".to_owned(), "c.e".to_owned()];
        write(&profile, &Prefs::new()).unwrap();
        assert!(!profile.data().exists(), "a stock arm finds no file of ours");
        let first = [(names[1].clone(), PrefValue::Number(3))].into();
        write(&profile, &first).unwrap();
        let more = [
            (names[0].clone(), PrefValue::Flag(true)),
            (names[2].clone(), PrefValue::Text("x".into())),
        ];
        write(&profile, &more.into()).unwrap();
        let read = read(&profile, &names);
        let expected = [json!(true), json!(3), json!("x")];
        assert_eq!(read, names.into_iter().zip(expected).collect());
        let raw = small_file(&profile.data().join("Default/Preferences")).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&raw).unwrap(),
            json!({ "c": { "d": 3, "e": "x" } })
        );
    }
}
