//! Exit codes, as documented.

use std::process::ExitCode;

use candor_case::{Verdict, Verdicts};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing contradicted, nothing undecided.
    Done = 0,
    /// At least one claim is contradicted.
    Contradicted = 1,
    /// The command line or an input is at fault.
    Usage = 2,
    /// Nothing is contradicted, something is inconclusive.
    Inconclusive = 3,
    /// candor itself failed, its self-check included.
    Failed = 5,
}

impl Exit {
    /// The exit code of an audit: claims decide, questions do not; `not_testable` does not count.
    pub fn of_verdicts(verdicts: &Verdicts) -> Self {
        let any = |wanted| verdicts.claims.iter().any(|claim| claim.verdict == wanted);
        if any(Verdict::Contradicted) {
            Self::Contradicted
        } else if any(Verdict::Inconclusive) {
            Self::Inconclusive
        } else {
            Self::Done
        }
    }

    /// Of two parts of one command, the end that says more: a failure before a contradiction, that
    /// before what is undecided.
    pub fn or_worse(self, other: Self) -> Self {
        let order = [Self::Failed, Self::Usage, Self::Contradicted, Self::Inconclusive];
        order.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Done)
    }

    /// An error is the input's or the operator's unless it says that it is ours.
    pub fn of_error(error: &anyhow::Error) -> Self {
        if error.downcast_ref::<Ours>().is_some() { Self::Failed } else { Self::Usage }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Marks an error as candor's own fault.
#[derive(Debug)]
pub struct Ours(pub String);

impl std::fmt::Display for Ours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Ours {}

#[cfg(test)]
mod tests {
    use super::Exit::{Contradicted, Done, Failed, Inconclusive};

    #[test]
    fn a_contradiction_is_not_hidden_by_what_comes_after() {
        let table = [
            (Done, Done, Done),
            (Done, Inconclusive, Inconclusive),
            (Contradicted, Inconclusive, Contradicted),
            (Contradicted, Done, Contradicted),
            (Contradicted, Failed, Failed),
        ];
        for (one, other, both) in table {
            assert_eq!((one.or_worse(other), other.or_worse(one)), (both, both));
        }
    }
}
