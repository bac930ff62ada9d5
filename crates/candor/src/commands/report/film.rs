//! The films of a case's runs: frames, and the picture that each phase ended with, as far as they
//! show something new, within a budget.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candor_case::{Event, EventKind, UnixMicros};
use candor_evidence::{CaseDir, RunDir, sha256_hex};
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
            let folder = dir.root().join("runs").join(run.name());
            (run.name().to_owned(), changed(taken(run, &folder)))
        })
        .collect();
    let all: usize = held.iter().flat_map(|(_, frames)| frames).map(|frame| frame.bytes).sum();
    let every = all.div_ceil(BUDGET).max(1);
    let kept = |frames: Vec<Held>| {
        let read = |frame: Held| Some(Frame { at: frame.at, picture: picture(&frame.path)? });
        frames.into_iter().step_by(every).filter_map(read).collect::<Vec<_>>()
    };
    let films = held.into_iter().map(|(name, frames)| (name, kept(frames)));
    films.filter(|(_, frames)| !frames.is_empty()).collect()
}

/// Every picture of a run with its moment in microseconds, in order.
fn taken(run: &RunDir, folder: &Path) -> Vec<(i64, PathBuf)> {
    let events = run.events().map(|(events, _)| events).unwrap_or_default();
    let of = |part: &str, at: &dyn Fn(&str) -> Option<i64>| -> Vec<(i64, PathBuf)> {
        let entries = std::fs::read_dir(folder.join(part)).into_iter().flatten().flatten();
        let named = |path: PathBuf| Some((at(path.file_stem()?.to_str()?)?, path));
        entries.filter_map(|entry| named(entry.path())).collect()
    };
    let mut all = of("film", &|name| name.parse().ok());
    all.extend(of("screens", &|name| match name.strip_prefix("typed-") {
        Some(moment) => moment.parse().ok(),
        None => end_of(name, &events),
    }));
    all.sort();
    all
}

/// When the phase of a picture named `03-idle` ended: when the next one began, or at the last event.
fn end_of(name: &str, events: &[Event]) -> Option<i64> {
    let (index, phase) = name.split_once('-')?;
    let index: usize = index.parse().ok()?;
    let mut phases = events.iter().filter_map(|event| match &event.kind {
        EventKind::Phase { name, .. } => Some((event.at.0, name.as_str())),
        _ => None,
    });
    let (_, began) = phases.nth(index)?;
    let end = phases.next().map(|(at, _)| at).or_else(|| events.last().map(|event| event.at.0));
    end.filter(|_| began == phase)
}

/// The pictures that differ from the one before.
fn changed(taken: Vec<(i64, PathBuf)>) -> Vec<Held> {
    let mut last = String::new();
    let mut held = Vec::new();
    for (at, path) in taken.into_iter().take(MOST_FRAMES) {
        let Some(bytes) = picture(&path) else { continue };
        let digest = sha256_hex(&bytes);
        if digest != last {
            held.push(Held { at: UnixMicros(at), path, bytes: bytes.len() });
            last = digest;
        }
    }
    held
}

/// A picture, if it is one: JPEG begins with the marker SOI (ISO 10918-1), PNG with its signature
/// (ISO 15948).
fn picture(path: &Path) -> Option<Vec<u8>> {
    let small = std::fs::metadata(path).ok()?.len() <= MOST_FRAME;
    let bytes = small.then(|| std::fs::read(path).ok()).flatten()?;
    let is_one = bytes.starts_with(&[0xff, 0xd8, 0xff]) || bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    is_one.then_some(bytes)
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

    fn shot(shade: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, shade];
        bytes.resize(length, shade);
        bytes
    }

    #[test]
    fn what_stands_still_is_kept_once_and_what_is_no_picture_never() {
        let (_folder, dir) = film(&[
            (30, shot(2, 100)),
            (10, shot(1, 100)),
            (20, shot(1, 100)),
            (40, b"<script>".to_vec()),
        ]);
        let at: Vec<i64> = films(&dir)["r"].iter().map(|frame| frame.at.0).collect();
        assert_eq!(at, [10, 30]);
    }

    #[test]
    fn a_phase_ends_with_its_picture_when_the_next_one_begins() {
        let phase = |at: i64, name: &str| Event {
            at: UnixMicros(at),
            kind: EventKind::Phase { name: name.into(), session: "1".into() },
        };
        let events = [phase(10, "visit"), phase(20, "idle"), phase(30, "visit")];
        let table = [
            ("00-visit", Some(20)),
            ("01-idle", Some(30)),
            ("02-visit", Some(30)),
            ("01-visit", None),
            ("07-idle", None),
            ("x", None),
        ];
        for (name, end) in table {
            assert_eq!(end_of(name, &events), end, "{name}");
        }
    }

    #[test]
    fn a_long_film_gets_coarser() {
        let frames: Vec<_> = (0..40).map(|n| (i64::from(n), shot(n, 1_000_000))).collect();
        let (_folder, dir) = film(&frames);
        let film = &films(&dir)["r"];
        assert_eq!(film.len(), 8, "every fifth of 40 megabytes");
        assert!(film.iter().map(|frame| frame.picture.len()).sum::<usize>() <= BUDGET);
        assert_eq!(film[7].at.0, 35);
    }
}
