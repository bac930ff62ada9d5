//! What fits a truth: requests that it lists, seeds that are decoys, findings that show a behaviour.

use candor_case::{Finding, FindingKind};

use super::{Behaviour, Decoy, Sends, Truth};

impl Truth {
    /// The row that lists a request, by method and absolute URL.
    pub fn listed(&self, method: &str, url: &str) -> Option<&Sends> {
        let (host, path) = host_and_path(url);
        let fits =
            |row: &&Sends| row.method == method && glob(&row.host, host) && glob(&row.path, path);
        self.sends.iter().find(fits)
    }

    /// The decoy that a seed belongs to, by the seed's id.
    pub fn decoy_of(&self, seed: &str) -> Option<&Decoy> {
        self.decoy.iter().find(|decoy| seed_is(seed, &decoy.id))
    }
}

impl Behaviour {
    /// Whether a finding shows this behaviour. Of a documented field, the arm it was seen in counts.
    pub fn shown_by(&self, finding: &Finding) -> bool {
        let arm = match (&finding.planted, self.kind) {
            (Some(planted), FindingKind::SeededValue) => &planted.arm,
            _ => &finding.seen.arm,
        };
        let seed = finding.seed.as_deref().unwrap_or_default();
        finding.kind == self.kind
            && finding.property == self.property
            && finding.recipient.host == self.host
            && pattern(&finding.place.path) == self.path
            && self.seed.as_ref().is_none_or(|kind| seed_is(seed, kind))
            && arm.matches(&self.planted)
    }
}

/// Whether the seed `run/kind` or `run/kind-3` is of that kind.
fn seed_is(seed: &str, kind: &str) -> bool {
    let name = seed.rsplit('/').next().unwrap_or(seed);
    name.strip_prefix(kind).is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('-').is_some_and(|n| n.parse::<u32>().is_ok())
    })
}

/// A path with its indexes taken out: `$[3].a` becomes `$[*].a`.
fn pattern(path: &str) -> String {
    let mut parts = path.split('[');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('[');
        match part.split_once(']') {
            Some((index, rest)) if index.bytes().all(|b| b.is_ascii_digit()) => {
                out.push_str("*]");
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

fn host_and_path(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let host = host.split([':', '?', '#']).next().unwrap_or(host);
    (host, path.split(['?', '#']).next().unwrap_or(path))
}

/// Whether `text` fits a pattern in which `*` stands for any characters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| glob(tail, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_names_fit_what_they_should() {
        let table = [
            ("*.news.candor.test", "abc.news.candor.test", true),
            ("*.news.candor.test", "news.candor.test", false),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/b", false),
            ("/sa", "/sa", true),
        ];
        for (pattern, text, fits) in table {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
        assert_eq!(pattern("form:x > $[12].a[3].b"), "form:x > $[*].a[*].b");
        assert_eq!(pattern("protobuf:3[1].8"), "protobuf:3[*].8");
        assert!(seed_is("normal-a-1/visit-2", "visit"));
        assert!(seed_is("private-a-1/phrase", "phrase"));
        assert!(!seed_is("normal-a-1/visitor-2", "visit"));
        assert_eq!(host_and_path("https://h.test/sa?project=x"), ("h.test", "/sa"));
        assert_eq!(host_and_path("https://h.test"), ("h.test", "/"));
    }
}
