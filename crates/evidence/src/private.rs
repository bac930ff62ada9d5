//! Files and folders that only their owner can read: recordings hold what people typed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::{EvidenceError, Result};

/// Makes a folder and those above it, closed to others.
pub(crate) fn create_dir_all(path: &Path) -> io::Result<()> {
    builder(true).create(path)
}

/// Makes one folder that must not exist yet.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    builder(false).create(path)
}

fn builder(recursive: bool) -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Opens a new file for reading and writing; it must not exist yet.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    options().read(true).write(true).create_new(true).open(path)
}

/// Opens a file so that every write goes to its end.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    options().read(true).append(true).create(true).open(path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file beside its place and moves it there, so that no reader sees half of it.
pub(crate) fn write_atomic(path: &Path, contents: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let attempt = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(contents)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(EvidenceError::io(path))
}

/// Reads a text file of at most `limit` bytes. Bytes that are no UTF-8 are an error with a place.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    let attempt = || {
        let mut bytes = Vec::new();
        #[allow(clippy::disallowed_methods, reason = "the limit stands right before it")]
        File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes: Vec<u8> = attempt().map_err(EvidenceError::io(path))?;
    if bytes.len() as u64 > limit {
        return Err(EvidenceError::TooLarge { path: path.to_owned(), limit });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        crate::text::error_at(&path.display().to_string(), &text, good, "not UTF-8")
    })
}
