//! Firefox's preferences on disk: one call per line, in `user.js` (ours), `prefs.js` (its own) and
//! the files of the package.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browsers::small_file;
use crate::plan::Prefs;

/// Where Debian's package keeps defaults of its own, the ones that win last.
const PACKAGED: [&str; 2] =
    ["/usr/share/firefox-esr/browser/defaults/preferences", "/etc/firefox-esr"];

/// The text of a `user.js`.
pub(super) fn user_js(prefs: &Prefs) -> String {
    let line = |(name, value)| format!("user_pref({}, {value});\n", Value::from(name as &str));
    prefs.iter().map(|(name, value)| line((name.as_str(), value))).collect()
}

/// All calls of `function` in a file, by name.
pub(super) fn read(file: &Path, function: &str) -> BTreeMap<String, Value> {
    let text = small_file(file).unwrap_or_default();
    text.lines().filter_map(|line| call(line.trim(), function)).collect()
}

/// What the package sets as defaults in files that can be read.
pub(super) fn packaged() -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for folder in PACKAGED {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|ext| ext == "js"));
        files.sort();
        files.iter().for_each(|file| all.extend(read(file, "pref")));
    }
    all
}

/// Reads `function("name", value);`, where a word may follow the value.
fn call(line: &str, function: &str) -> Option<(String, Value)> {
    let inner = line.strip_prefix(function)?.trim_start().strip_prefix('(')?;
    let inner = inner.split(");").next()?;
    let mut parts = serde_json::Deserializer::from_str(inner).into_iter::<Value>();
    let name = parts.next()?.ok()?.as_str()?.to_owned();
    let rest = inner.get(parts.byte_offset()..)?.trim_start().strip_prefix(',')?;
    let value = serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok()?;
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::PrefValue;

    #[test]
    fn calls_are_read() {
        let table = [
            (r#"user_pref("a.b", true);"#, Some(("a.b", json!(true)))),
            (r#"user_pref("a", -3);"#, Some(("a", json!(-3)))),
            (r#"user_pref("a", "x\"y,z");"#, Some(("a", json!("x\"y,z")))),
            (r#"user_pref("a" , "x" );"#, Some(("a", json!("x")))),
            (r#"user_pref("a", "}", sticky);"#, Some(("a", json!("}")))),
            (r#"pref("a", 1);"#, None),
            (r#"// user_pref("a", 1);"#, None),
            (r#"user_pref("a");"#, None),
            (r#"user_pref(7, 1);"#, None),
            ("user_pref(", None),
            ("", None),
        ];
        for (line, expected) in table {
            let expected = expected.map(|(name, value)| (name.to_owned(), value));
            assert_eq!(call(line, "user_pref"), expected, "{line}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("user.js");
        let prefs: Prefs = [
            ("a".to_owned(), PrefValue::Text("it's \"x\"".into())),
            ("b".to_owned(), PrefValue::Flag(false)),
            ("c".to_owned(), PrefValue::Number(7)),
        ]
        .into();
        std::fs::write(&file, user_js(&prefs)).unwrap();
        let values = prefs.iter().map(|(name, value)| (name.clone(), value.json())).collect();
        assert_eq!(read(&file, "user_pref"), values);
    }
}
