//! What can go wrong, by whose fault it is, each with the way out.

use std::path::PathBuf;

/// Why a browser could not be driven.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The plan cannot be understood.
    #[error("{name}:{line}:{column}: {message}")]
    Plan {
        /// The file as the operator named it.
        name: String,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The browser is not there.
    #[error("{browser} is not installed: sudo apt-get install -y {package}")]
    NotInstalled {
        /// The browser.
        browser: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A program that is needed beside the browser is not there.
    #[error("{program} is not installed, {purpose} needs it: sudo apt-get install -y {package}")]
    ToolMissing {
        /// The program.
        program: &'static str,
        /// What it is for.
        purpose: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A tool did not do what it was asked.
    #[error("{program} failed: {why}")]
    ToolFailed {
        /// The program.
        program: &'static str,
        /// Its own words.
        why: String,
    },
    /// The proxy is not on this machine: a browser is never run through anything else.
    #[error("the proxy at {0} is not on loopback, listen on 127.0.0.1")]
    ProxyElsewhere(std::net::SocketAddr),
    /// The browser ended, or never came up.
    #[error("{browser} did not start: {why}")]
    DidNotStart {
        /// The browser.
        browser: &'static str,
        /// Its last words, or how it ended.
        why: String,
    },
    /// The browser came up, but does not answer.
    #[error("the browser does not answer: {why}")]
    NotListening {
        /// The system's words.
        why: String,
    },
    /// The browser refused a command.
    #[error("{what}: the browser refused: {words}")]
    Refused {
        /// What was asked.
        what: String,
        /// Its own words.
        words: String,
    },
    /// The browser ended in the middle.
    #[error("{what}: the browser is gone")]
    Gone {
        /// What was asked.
        what: String,
    },
    /// The browser took too long.
    #[error("{what}: not done after {seconds} s")]
    TooSlow {
        /// What was asked.
        what: String,
        /// How long it was given.
        seconds: u64,
    },
    /// Nobody could be seen to have the keyboard's focus.
    #[error("{what}: {why}")]
    Hands {
        /// What was to be done.
        what: String,
        /// Why it could not be.
        why: String,
    },
    /// The operator ended it.
    #[error("stopped by the operator")]
    Cancelled,
    /// A file of ours.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
}

impl DriveError {
    /// An error of the file at `path`, for `map_err`.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Whether the browser itself failed, so that the plan goes on with a gap.
    pub fn is_subjects(&self) -> bool {
        matches!(
            self,
            Self::DidNotStart { .. }
                | Self::NotListening { .. }
                | Self::Refused { .. }
                | Self::Gone { .. }
                | Self::TooSlow { .. }
                | Self::Hands { .. }
        )
    }
}
