//! Patterns over printed paths and over URL paths.
//!
//! In a path, `**` stands for any number of steps, `*` inside a step for any text, and `{a,b}` for
//! either. Patterns are compared with paths whose indices have been taken out
//! (`candor_case::pattern`), but for those that name an index themselves: some formats are lists in
//! which only the position says what a value is.

use candor_case::path_steps;

/// A pattern over the steps of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    steps: Vec<String>,
    exact: bool,
}

impl Glob {
    /// Reads a pattern; more than one where it holds alternatives.
    pub(crate) fn parse(text: &str) -> Vec<Self> {
        let split = |text: String| {
            let steps: Vec<String> = path_steps(&text).into_iter().map(str::to_owned).collect();
            let exact = steps.iter().any(|step| names_index(step));
            Self { steps, exact }
        };
        alternatives(text).into_iter().map(split).collect()
    }

    /// Whether it matches a whole path.
    pub(crate) fn matches(&self, path: &[&str]) -> bool {
        steps_match(&self.steps, path)
    }

    /// Whether it names an index, and is to be compared with paths as they are printed.
    pub(crate) fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether a path that ends in `step` could match.
    pub(crate) fn ends_like(&self, step: &str) -> bool {
        self.steps.last().is_some_and(|last| last == "**" || text_matches(last, step))
    }

    /// The last step, where it stands for itself alone.
    pub(crate) fn last_literal(&self) -> Option<&str> {
        let last = self.steps.last()?;
        (!last.replace("[*]", "").contains('*') && !self.is_exact()).then_some(last)
    }
}

/// Whether a step of a pattern names an index, such as `$.e[5]`.
fn names_index(step: &str) -> bool {
    step.split('[').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn steps_match(globs: &[String], path: &[&str]) -> bool {
    match globs.split_first() {
        None => path.is_empty(),
        Some((glob, rest)) if glob == "**" => {
            (0..=path.len()).any(|skipped| steps_match(rest, &path[skipped..]))
        }
        Some((glob, rest)) => match path.split_first() {
            Some((step, after)) => text_matches(glob, step) && steps_match(rest, after),
            None => false,
        },
    }
}

/// Whether `text` is `glob`, where `*` stands for any text.
pub(crate) fn text_matches(glob: &str, text: &str) -> bool {
    let mut pieces = glob.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// A pattern over URL paths, where `*` stands for one segment or part of one, and `**` for any
/// number of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UrlGlob(Vec<String>);

impl UrlGlob {
    /// Reads a pattern.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.split('/').map(str::to_owned).collect())
    }

    /// Whether it matches a whole path, given by its segments.
    pub(crate) fn matches(&self, segments: &[&str]) -> bool {
        // The last segment tells most paths apart.
        let ends = match (self.0.last(), segments.last()) {
            (Some(glob), Some(last)) => glob == "**" || text_matches(glob, last),
            _ => true,
        };
        ends && steps_match(&self.0, segments)
    }
}

/// The texts that `{a,b}` stands for.
fn alternatives(text: &str) -> Vec<String> {
    let Some((front, rest)) = text.split_once('{') else { return vec![text.to_owned()] };
    let Some((choices, tail)) = rest.split_once('}') else { return vec![text.to_owned()] };
    let tails = alternatives(tail);
    let each = choices.split(',');
    each.flat_map(|choice| tails.iter().map(move |tail| format!("{front}{choice}{tail}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match() {
        let table = [
            ("** > ${,[*]}.distinct_id", "request.body > form:data > base64 > $.distinct_id", true),
            ("** > ${,[*]}.distinct_id", "request.body > gzip > $[*].distinct_id", true),
            ("** > ${,[*]}.distinct_id", "request.body > $.properties.distinct_id", false),
            ("request.body > ** > protobuf:1", "request.body > protobuf:1", true),
            ("request.body > ** > protobuf:1", "request.body > gzip > protobuf:1", true),
            ("request.body > ** > protobuf:1", "request.body > gzip > protobuf:1.1", false),
            ("request.body > form:p > **", "request.body > form:p", true),
            ("request.body > form:p > **", "request.body > form:pp", false),
            ("** > $.*.client_id", "request.body > $.a.client_id", true),
            ("** > $.a*z", "request.body > $.abz", true),
            ("** > $.a*z", "request.body > $.az", true),
            ("** > $.ab*bz", "request.body > $.abz", false),
            ("** > $.e[5]", "request.body > $.e[5]", true),
            ("** > $.e[5]", "request.body > $.e[6]", false),
            ("**", "anything > at all", true),
        ];
        for (glob, path, expected) in table {
            let steps = path_steps(path);
            let found = Glob::parse(glob).iter().any(|g| g.matches(&steps));
            assert_eq!(found, expected, "{glob} on {path}");
        }
    }

    #[test]
    fn url_paths_match() {
        let table = [
            ("/sa", "/sa", true),
            ("/sa", "/sale", false),
            ("/**/sa", "/app/v1/sa", true),
            ("/**/sa", "/sa", true),
            ("/submit/telemetry/**", "/submit/telemetry/x/main/Firefox", true),
            ("/submit/telemetry/**", "/submit/firefox-desktop/x", false),
            (
                "/submit/*/deletion-request/*/*",
                "/submit/firefox-desktop/deletion-request/1/u",
                true,
            ),
            ("/submit/*/deletion-request/*/*", "/submit/firefox-desktop/baseline/1/u", false),
        ];
        for (glob, path, expected) in table {
            let segments: Vec<&str> = path.split('/').collect();
            assert_eq!(UrlGlob::parse(glob).matches(&segments), expected, "{glob} on {path}");
        }
    }
}
