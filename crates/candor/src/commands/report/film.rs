//! The films of a case's runs: the frames that show something new, within a budget.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candor_case::UnixMicros;
use candor_evidence::{CaseDir, sha256_hex};
use candor_report::Frame;

/// Bytes that the frames of all runs may take in a page.
const BUDGET: usize = 9_000_000;
/// Bytes of the largest frame.
const MOST_FRAME: u64 = 2_000_000;
/// Frames of one run that are looked at.
const MOST_FRAMES: usize = 20_000;

/// A frame on disk that differs from the one before it.
struct Held {
    at: UnixMicros,
    path: PathBuf,
    bytes: usize,
}

/// The films of a case, by run. Frames that cannot be read are left out, and of frames beyond the
/// budget every n-th stays, so that a long film gets coarser instead of shorter.
pub(super) fn films(dir: &CaseDir) -> BTreeMap<String, Vec<Frame>> {
    let runs = dir.runs().unwrap_or_default();
    let held: Vec<(String, Vec<Held>)> = runs
        .iter()
        .map(|run| {
            let folder = dir.root().join("runs").join(run.name()).join("film");
            (run.name().to_owned(), changed(&folder))
        })
        .collect();
    let all: usize = held.iter().flat_map(|(_, frames)| frames).map(|frame| frame.bytes).sum();
    let every = all.div_ceil(BUDGET).max(1);
    let kept = |frames: Vec<Held>| {
        let read = |frame: Held| Some(Frame { at: frame.at, jpeg: jpeg(&frame.path)? });
        frames.into_iter().step_by(every).filter_map(read).collect::<Vec<_>>()
    };
    let films = held.into_iter().map(|(name, frames)| (name, kept(frames)));
    films.filter(|(_, frames)| !frames.is_empty()).collect()
}

/// The frames of a folder in order, named by their moment in microseconds, without repetitions.
fn changed(folder: &Path) -> Vec<Held> {
    let mut named: Vec<(i64, PathBuf)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_suffix(".jpg")?.parse().ok()?;
            Some((name, path))
        })
        .collect();
    named.sort();
    let mut last = String::new();
    let mut held = Vec::new();
    for (at, path) in named.into_iter().take(MOST_FRAMES) {
        let Some(bytes) = jpeg(&path) else { continue };
        let digest = sha256_hex(&bytes);
        if digest != last {
            held.push(Held { at: UnixMicros(at), path, bytes: bytes.len() });
            last = digest;
        }
    }
    held
}

/// A picture, if it is one (JPEG, ISO 10918-1: it begins with the marker SOI).
fn jpeg(path: &Path) -> Option<Vec<u8>> {
    let small = std::fs::metadata(path).ok()?.len() <= MOST_FRAME;
    let bytes = small.then(|| std::fs::read(path).ok()).flatten()?;
    bytes.starts_with(&[0xff, 0xd8, 0xff]).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn film(frames: &[(i64, Vec<u8>)]) -> (tempfile::TempDir, CaseDir) {
        let folder = tempfile::tempdir().unwrap();
        let dir = CaseDir::create(folder.path()).unwrap();
        let place = folder.path().join("runs/r/film");
        std::fs::create_dir_all(&place).unwrap();
        let run = candor_case::Run { id: candor_case::RunId("r".into()), ..Default::default() };
        let text = serde_json::to_string(&run).unwrap();
        std::fs::write(folder.path().join("runs/r/run.json"), text).unwrap();
        for (at, bytes) in frames {
            std::fs::write(place.join(format!("{at}.jpg")), bytes).unwrap();
        }
        (folder, dir)
    }

    fn picture(shade: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, shade];
        bytes.resize(length, shade);
        bytes
    }

    #[test]
    fn what_stands_still_is_kept_once_and_what_is_no_picture_never() {
        let (_folder, dir) = film(&[
            (30, picture(2, 100)),
            (10, picture(1, 100)),
            (20, picture(1, 100)),
            (40, b"<script>".to_vec()),
        ]);
        let at: Vec<i64> = films(&dir)["r"].iter().map(|frame| frame.at.0).collect();
        assert_eq!(at, [10, 30]);
    }

    #[test]
    fn a_long_film_gets_coarser() {
        let frames: Vec<_> = (0..40).map(|n| (i64::from(n), picture(n, 1_000_000))).collect();
        let (_folder, dir) = film(&frames);
        let film = &films(&dir)["r"];
        assert_eq!(film.len(), 8, "every fifth of 40 megabytes");
        assert!(film.iter().map(|frame| frame.jpeg.len()).sum::<usize>() <= BUDGET);
        assert_eq!(film[7].at.0, 35);
    }
}
