//! What can be wrong with what detection is given, sorted by whose fault it is.

/// Why detection cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectError {
    /// The operator planted something that cannot be told from chance.
    #[error(
        "seed `{id}` is too short to be told from chance: plant a value of at least {least} bytes"
    )]
    SeedTooShort {
        /// The seed.
        id: String,
        /// The least length in bytes.
        least: usize,
    },
    /// A service file is not well formed, or says something that cannot be.
    #[error("service file {name}: {why}")]
    Service {
        /// The file.
        name: String,
        /// What is wrong, with line and column where the file's syntax is.
        why: String,
    },
    /// There are more forms of seeds than can be numbered.
    #[error("too many seeds to search for at once ({forms} forms of them): split the case")]
    TooManySeeds {
        /// Forms of all seeds together.
        forms: usize,
    },
}
