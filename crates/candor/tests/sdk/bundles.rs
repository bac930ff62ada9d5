//! The SDKs' own files: installed as the lock file says, bundled, and handed to the lab.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;

/// Bundles by name, without `.js`; what failed where they cannot be had.
pub fn built() -> Result<BTreeMap<String, Bytes>, String> {
    let folder = crate::sdk_folder();
    let installed = folder.join("node_modules/.package-lock.json");
    if is_older(&installed, &folder.join("package-lock.json")) {
        run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"], &folder)?;
    }
    let dist = folder.join("dist");
    let newest = [&installed, &folder.join("build.mjs")];
    let sample = dist.join("snowplow.js");
    if newest.into_iter().any(|source| is_older(&sample, source)) {
        run("node", &["build.mjs"], &folder)?;
    }
    let mut bundles = BTreeMap::new();
    for entry in std::fs::read_dir(&dist).map_err(|e| e.to_string())?.flatten() {
        let path = entry.path();
        if let (Some(stem), Some("js")) =
            (path.file_stem(), path.extension().and_then(|e| e.to_str()))
        {
            let content = std::fs::read(&path).map_err(|e| e.to_string())?;
            bundles.insert(stem.to_string_lossy().into_owned(), content.into());
        }
    }
    Ok(bundles)
}

/// Whether a file is not there, or was made before what it is made from.
fn is_older(made: &Path, source: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|known| known.modified()).ok();
    match (changed(made), changed(source)) {
        (Some(made), Some(source)) => made < source,
        _ => true,
    }
}

fn run(program: &str, args: &[&str], folder: &Path) -> Result<(), String> {
    let done = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&done.stderr).trim()))
}
