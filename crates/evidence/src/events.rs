//! Reads the events of a run: what is damaged becomes a gap, the rest is read.

use std::io;
use std::path::Path;

use candor_case::{Event, Gap, GapReason};

use crate::mapped;

/// The name of the file in a run's folder.
pub(crate) const FILE: &str = "events.jsonl";

/// Reads all events, in order. A file that is not there has none.
pub(crate) fn read(path: &Path) -> io::Result<(Vec<Event>, Vec<Gap>)> {
    let bytes = match mapped::map(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        other => other?,
    };
    let (mut events, mut gaps) = (Vec::new(), Vec::new());
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(event) => events.push(event),
            Err(error) => gaps.push(gap(i + 1, line.len(), &error)),
        }
    }
    Ok((events, gaps))
}

fn gap(line: usize, bytes: usize, error: &serde_json::Error) -> Gap {
    Gap {
        reason: GapReason::DamagedRecord,
        host: String::new(),
        count: 1,
        bytes: 0,
        largest: 0,
        example: format!("{FILE}:{line}:{}: {bytes} bytes are no event: {error}", error.column()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_a_gap_and_the_rest_is_read() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(FILE);
        assert_eq!(read(&path).expect("missing is empty"), (vec![], vec![]));
        let text =
            "{\"at\":1,\"event\":\"stopped\"}\n\nnonsense\n{\"at\":2,\"event\":\"phase\",\"na";
        std::fs::write(&path, text).expect("writes");
        let (events, gaps) = read(&path).expect("reads");
        assert_eq!(events.len(), 1);
        assert_eq!(gaps.len(), 2);
        assert!(gaps[0].example.starts_with("events.jsonl:3:"), "{}", gaps[0].example);
        assert!(gaps.iter().all(|gap| gap.reason == GapReason::DamagedRecord));
    }
}
