//! What can go wrong with a case folder, and the way out.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A result of this crate.
pub type Result<T, E = EvidenceError> = std::result::Result<T, E>;

/// What can go wrong with a case folder.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// The operator's: there is no such folder.
    #[error("there is no case {}: `candor try`, `record`, `import` and `run` make one", .0.display())]
    NoSuchCase(PathBuf),
    /// The operator's: the folder is no case.
    #[error(
        "{} is no case, it has neither case.toml nor runs: name a case's own folder or, to begin \
         a case, a folder that is not there yet",
        .0.display()
    )]
    NotACase(PathBuf),
    /// The operator's: the same recording twice is no second run.
    #[error(
        "{}: this very file is in the case already, as {}, and the same recording twice is no \
         second run: to mend what was planted or the arm, edit its folder under runs/ and audit \
         again; to import it anew, remove that folder and {} first, or name another case",
        file.display(), kept.display(), kept.display()
    )]
    ImportedBefore {
        /// The file.
        file: PathBuf,
        /// Its copy in `originals/`.
        kept: PathBuf,
    },
    /// The operator's: runs are added, never replaced.
    #[error("the case already has a run `{0}`: choose another name, runs are never replaced")]
    RunExists(String),
    /// The operator's: a run's name becomes a folder's.
    #[error(
        "`{0}` cannot name a run: use letters, digits, `-`, `_` and `.`, and start with none of \
         the last"
    )]
    RunName(String),
    /// The input's: a file of the case cannot be understood.
    #[error("{name}:{line}:{column}: {message}")]
    Text {
        /// The file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The input's: a file that people or candor write is far larger than any real one.
    #[error("{} is larger than {limit} bytes, which no such file is", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The machine's: a file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The machine's: something could not be recorded, so the recording is not complete.
    #[error("the recording is not complete: {0}")]
    NotRecorded(String),
}

impl EvidenceError {
    /// Names the file that an error of the operating system is about.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
