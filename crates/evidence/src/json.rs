//! Analysis files: JSON and JSON lines, the same values always giving the same bytes.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::private;

/// Writes one value per line. The file must not exist yet.
pub fn write_jsonl<T: Serialize>(
    path: &Path,
    values: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    let mut out = BufWriter::new(private::create_new(path)?);
    for value in values {
        serde_json::to_writer(&mut out, &value)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes one value, indented for people. The file must not exist yet.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let mut out = BufWriter::new(private::create_new(path)?);
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_indented_values_are_written() {
        let folder = tempfile::tempdir().expect("folder");
        let (lines, one) = (folder.path().join("a.jsonl"), folder.path().join("b.json"));
        write_jsonl(&lines, [Some("x\n"), None]).expect("writes");
        write_json(&one, &[1]).expect("writes");
        assert_eq!(std::fs::read_to_string(lines).expect("reads"), "\"x\\n\"\nnull\n");
        assert_eq!(std::fs::read_to_string(&one).expect("reads"), "[\n  1\n]\n");
        assert!(write_json(&one, &[2]).is_err(), "what is there is not overwritten");
    }
}
