//! The truth of a way, and how what was found is compared with it.

/// What must be found of a way.
///
/// Path and derivation are compared as one chain, read from the outside in: the steps of the path,
/// then the derivation from its last step to its first. So it makes no difference whether the
/// base64 of a digest is a layer or the last step of its derivation. In both, `*` stands for
/// anything within a step, and a step that begins with `?` may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The path of the layer that holds the value.
    pub path_pattern: String,
    /// How the value was changed, first step first.
    pub derivation: Vec<String>,
    /// How many values must be found in this way before any of them counts.
    pub min_group: usize,
}

impl Expect {
    /// Whether a finding's path and derivation tell this truth.
    pub fn is_told_by(&self, path: &str, derivation: &[String]) -> bool {
        let wanted = chain(&self.path_pattern, &self.derivation);
        let found = chain(path, derivation);
        follows(&wanted, &found)
    }
}

/// Path and derivation as one chain, each step in plain words.
fn chain<'a>(path: &'a str, derivation: &'a [String]) -> Vec<&'a str> {
    let derived = derivation.iter().rev().map(String::as_str);
    path.split(" > ").chain(derived).map(plain).collect()
}

/// One word for what has several names: a path does not tell alphabets apart, and a form in another
/// case is the same form whether it is looked for or hashed.
fn plain(step: &str) -> &str {
    match step {
        "base64url" => "base64",
        "lower-case" => "lower",
        "upper-case" => "upper",
        step => step,
    }
}

fn follows(wanted: &[&str], found: &[&str]) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return found.is_empty() };
    let (step, optional) = match first.strip_prefix('?') {
        Some(step) => (plain(step), true),
        None => (*first, false),
    };
    let here = found
        .split_first()
        .is_some_and(|(now, later)| fits(step.as_bytes(), now.as_bytes()) && follows(rest, later));
    here || optional && follows(rest, found)
}

/// Whether `text` is like `pattern`, in which `*` stands for anything.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|skip| fits(rest, &text[skip..])),
        [first, rest @ ..] => text.first() == Some(first) && fits(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_story_may_be_told_in_two_ways() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let truth = Expect {
            path_pattern: "request.url > query:u > ?base64 > lz-string".into(),
            derivation: words(&["lower", "*salt*query:k*", "sha256", "base64url"]),
            min_group: 1,
        };
        let table: &[(&str, &[&str], bool)] = &[
            (
                "request.url > query:u > lz-string",
                &["lower-case", "salted with request.url > query:k", "sha256", "base64"],
                true,
            ),
            (
                "request.url > query:u > base64 > lz-string > base64",
                &["lower", "salt query:k", "sha256"],
                true,
            ),
            ("request.url > query:u > lz-string", &["lower", "sha256", "base64"], false),
            ("request.url > query:v > lz-string", &["lower", "salt query:k", "sha256"], false),
            ("request.url > query:u", &[], false),
        ];
        for (path, derivation, told) in table {
            assert_eq!(truth.is_told_by(path, &words(derivation)), *told, "{path}");
        }
    }
}
