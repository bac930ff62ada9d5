//! Why nothing of a file can be imported.

use thiserror::Error;

/// Why nothing of a file can be imported. All are the input's fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImportError {
    /// Neither WARC nor HAR.
    #[error("{name}: neither WARC nor HAR: it starts with {start}")]
    UnknownFormat {
        /// The file.
        name: String,
        /// Its first bytes, readable.
        start: String,
    },
    /// Not JSON, or not from the point stated on, and no whole entry before it.
    #[error("{name}:{line}:{column}: not JSON: {message}")]
    NotJson {
        /// The file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// JSON, but no recording.
    #[error("{name}:{line}:{column}: no HAR: {message}")]
    NotHar {
        /// The file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
        /// What is missing.
        message: String,
    },
    /// No record in the whole file.
    #[error("{name}: no WARC record in {bytes} bytes: {reason}")]
    NoRecord {
        /// The file.
        name: String,
        /// Its length.
        bytes: u64,
        /// What was found instead.
        reason: String,
    },
    /// A compressed file that is damaged, or that would inflate beyond any budget.
    #[error("{name}: cannot be decompressed: {reason}")]
    Compressed {
        /// The file.
        name: String,
        /// Why.
        reason: String,
    },
}

/// An error for a file of no known format.
pub(crate) fn unknown(name: &str, bytes: &[u8]) -> ImportError {
    let start = match bytes.get(..bytes.len().min(16)) {
        None | Some([]) => "nothing, it is empty".to_owned(),
        Some(start) => format!("`{}`", start.escape_ascii()),
    };
    ImportError::UnknownFormat { name: name.to_owned(), start }
}
