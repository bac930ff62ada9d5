//! The walls: which room may know which, read against `cargo metadata`; and the project's own
//! manners.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Room, and the rooms it may know. The same table is the picture in ARCHITECTURE.md.
const WALLS: &[(&str, &[&str])] = &[
    ("case", &[]),
    ("warc", &[]),
    ("capture", &["case"]),
    ("drive", &["case"]),
    ("import", &["case", "warc"]),
    ("peel", &["case"]),
    ("detect", &["case"]),
    ("link", &["case"]),
    ("judge", &["case"]),
    ("evidence", &["case", "warc"]),
    ("report", &["case"]),
    ("live", &["case"]),
    ("specimens", &["case"]),
    (
        "candor",
        &[
            "capture",
            "case",
            "detect",
            "drive",
            "evidence",
            "import",
            "judge",
            "link",
            "live",
            "peel",
            "report",
            "specimens",
        ],
    ),
];

/// Rooms that touch no file, network, clock, environment, randomness or async runtime.
const PURE: &[&str] = &["case", "peel", "detect", "link", "judge"];

/// Crates that would bring the outer world into a pure room.
const WORLDLY: &[&str] = &[
    "async-std",
    "fastrand",
    "getrandom",
    "hyper",
    "memmap2",
    "mio",
    "rand",
    "rayon",
    "reqwest",
    "ring",
    "socket2",
    "tempfile",
    "tokio",
    "walkdir",
];

#[test]
fn rooms_know_only_whom_they_may() {
    let table: BTreeMap<&str, BTreeSet<&str>> =
        WALLS.iter().map(|(room, may)| (*room, may.iter().copied().collect())).collect();
    for (room, dependencies) in rooms() {
        let Some(may) = table.get(room.as_str()) else {
            panic!("{room} is not in the table of walls")
        };
        for dependency in dependencies {
            let Some(other) = dependency.strip_prefix("candor-") else { continue };
            assert!(may.contains(other), "{room} may not know {other}");
        }
    }
}

#[test]
fn every_room_of_the_table_stands_and_is_drawn() {
    let rooms: BTreeSet<String> = rooms().into_keys().collect();
    let picture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (room, may) in WALLS {
        assert!(rooms.contains(*room), "{room} is in the table, but not in crates/");
        let row = picture.lines().find(|line| line.starts_with(&format!("| `{room}` ")));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for `{room}`"));
        for known in *may {
            assert!(row.contains(&format!("`{known}`")), "the row of `{room}` lacks `{known}`");
        }
    }
}

#[test]
fn pure_rooms_bring_nothing_of_the_outer_world() {
    let rooms = rooms();
    for room in PURE {
        for dependency in &rooms[*room] {
            assert!(!WORLDLY.contains(&dependency.as_str()), "{room} depends on {dependency}");
        }
        let bans = root().join("crates").join(room).join("clippy.toml");
        let bans = std::fs::read_to_string(&bans).unwrap();
        for banned in ["SystemTime::now", "std::fs::File", "TcpStream", "read_to_end"] {
            assert!(bans.contains(banned), "crates/{room}/clippy.toml does not ban {banned}");
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for file in sources(&root()) {
        let text = std::fs::read_to_string(&file).unwrap();
        let first = text.lines().find(|line| !line.starts_with("#!") && !line.is_empty());
        assert!(
            first.is_some_and(|line| line.starts_with("//!")),
            "{}: no //! line",
            file.display()
        );
    }
}

#[test]
fn the_project_names_no_real_maker_host_in_what_it_simulates() {
    let data = root().join("crates/specimens");
    for file in all_files(&data) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        for host in ["miui.com/sa", "sa.api.intl.miui", "data.mistat.intl.xiaomi"] {
            let shown = text.lines().any(|line| {
                line.contains(host)
                    && !line.trim_start().starts_with(['#', '/', '>'])
                    && !line.contains("source")
            });
            assert!(!shown, "{}: {host} outside a source note", file.display());
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Rooms by folder name, each with the names of its normal and build dependencies.
fn rooms() -> BTreeMap<String, BTreeSet<String>> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    let mut rooms = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap();
        if !folder.starts_with(root().join("crates")) {
            continue;
        }
        let names = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        rooms.insert(folder.file_name().unwrap().to_string_lossy().into_owned(), names.collect());
    }
    assert!(!rooms.is_empty(), "cargo metadata named no room");
    rooms
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|e| e == "rs");
    ["bench", "crates", "xtask"]
        .iter()
        .flat_map(|part| all_files(&folder.join(part)))
        .filter(is_rust)
        .collect()
}

fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap().flatten() {
            let path = entry.path();
            let skip = path.file_name().is_some_and(|name| name == "target" || name == "corpus");
            match (path.is_dir(), skip) {
                (true, false) => folders.push(path),
                (false, _) => files.push(path),
                (true, true) => {}
            }
        }
    }
    files
}
