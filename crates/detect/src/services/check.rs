//! The check of service files: no rule without reason, source, example and counter-example, and
//! every example must come out as it says.

use std::fmt;

use super::file::{Service, host_and_path};
use super::glob::Glob;
use candor_case::{path_steps, pattern};

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Id of the service, or name of the file where it has none.
    pub service: String,
    /// The rule: a field, a key, or empty for the service itself.
    pub rule: String,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.rule.is_empty() { "" } else { "/" };
        write!(f, "{}{slash}{}: {}", self.service, self.rule, self.why)
    }
}

/// How much there is to check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Services.
    pub services: usize,
    /// Fields, those that carry keys included.
    pub fields: usize,
    /// Examples of services, fields, hosts and keys.
    pub examples: usize,
    /// Counter-examples of the same.
    pub counter_examples: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { services, fields, examples, counter_examples } = self;
        write!(
            f,
            "{services} services, {fields} fields, {examples} examples, {counter_examples} counter-examples"
        )
    }
}

/// Counts what the files of some services hold.
pub(super) fn count(services: &[Service]) -> Counts {
    let mut counts = Counts { services: services.len(), ..Counts::default() };
    for service in services {
        counts.fields += service.fields.len() + service.key_fields.len();
        for rule in rules(service) {
            counts.examples += rule.examples.len();
            counts.counter_examples += rule.counter_examples.len();
        }
    }
    counts
}

/// A rule, as far as it can be checked.
struct Rule<'a> {
    name: &'a str,
    reason: &'a str,
    source: &'a str,
    examples: &'a [String],
    counter_examples: &'a [String],
    applies: Box<dyn Fn(&str) -> bool + 'a>,
}

/// Checks one service.
pub(super) fn check(service: &Service) -> Vec<Problem> {
    let mut problems: Vec<Problem> = rules(service)
        .iter()
        .flat_map(|rule| faults(rule).into_iter().map(|why| (rule.name.to_owned(), why)))
        .map(|(rule, why)| Problem { service: service.id.clone(), rule, why })
        .collect();
    if service.organisation.is_some() && service.hosts.is_empty() {
        problems.push(Problem {
            service: service.id.clone(),
            rule: String::new(),
            why: "names an organisation but no hosts: a format is not its recipient".into(),
        });
    }
    problems
}

fn rules(service: &Service) -> Vec<Rule<'_>> {
    let own = Rule {
        name: "",
        reason: &service.reason,
        source: &service.source,
        examples: &service.examples,
        counter_examples: &service.counter_examples,
        applies: Box::new(|url| {
            let (host, path) = host_and_path(url);
            service.receives(host, path)
        }),
    };
    let fields = service.fields.iter().map(|field| Rule {
        name: &field.id,
        reason: &field.reason,
        source: &field.source,
        examples: &field.examples,
        counter_examples: &field.counter_examples,
        applies: Box::new(|path| stands_at(&field.globs, path)),
    });
    let keys = service.fixed_keys.iter().map(|key| Rule {
        name: &key.name,
        reason: &key.reason,
        source: &key.source,
        examples: &key.examples,
        counter_examples: &key.counter_examples,
        applies: Box::new(|path| key.opens(path)),
    });
    let key_fields = service.key_fields.iter().map(|field| Rule {
        name: &field.id,
        reason: &field.reason,
        source: &field.source,
        examples: &field.examples,
        counter_examples: &field.counter_examples,
        applies: Box::new(|path| stands_at(&field.globs, path)),
    });
    let key_texts = service.key_texts.iter().map(|text| Rule {
        name: &text.id,
        reason: &text.reason,
        source: &text.source,
        examples: &text.examples,
        counter_examples: &text.counter_examples,
        applies: Box::new(|script| !text.keys(script.as_bytes(), "").is_empty()),
    });
    let hosts = service.own.iter().map(|own| Rule {
        name: "own",
        reason: &own.reason,
        source: &own.source,
        examples: &own.examples,
        counter_examples: &own.counter_examples,
        applies: Box::new(|url| own.holds(host_and_path(url).0)),
    });
    let all = std::iter::once(own).chain(fields).chain(keys).chain(key_fields);
    all.chain(key_texts).chain(hosts).collect()
}

/// Whether any of the patterns matches a printed path.
fn stands_at(globs: &[Glob], path: &str) -> bool {
    let pattern = pattern(path);
    let (steps, exact) = (path_steps(&pattern), path_steps(path));
    globs.iter().any(|glob| glob.matches(if glob.is_exact() { &exact } else { &steps }))
}

fn faults(rule: &Rule<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let lacks = [
        (rule.reason.trim().is_empty(), "reason"),
        (rule.source.trim().is_empty(), "source"),
        (rule.examples.is_empty(), "example"),
        (rule.counter_examples.is_empty(), "counter-example"),
    ];
    out.extend(lacks.iter().filter(|lack| lack.0).map(|(_, what)| format!("has no {what}")));
    let missed = rule.examples.iter().filter(|example| !(rule.applies)(example));
    out.extend(missed.map(|example| format!("does not match its example `{example}`")));
    let caught = rule.counter_examples.iter().filter(|example| (rule.applies)(example));
    out.extend(caught.map(|example| format!("matches its counter-example `{example}`")));
    out
}

#[cfg(test)]
mod tests {
    use crate::Services;

    const GOOD: &str = r#"
        id = "x"
        title = "X"
        paths = ["/x"]
        reason = "because"
        source = "somewhere"
        examples = ["https://a.test/x?y"]
        counter_examples = ["https://a.test/xx"]

        [[field]]
        id = "f"
        path = "** > $.f"
        property = "app.usage"
        reason = "because"
        source = "somewhere"
        examples = ["request.body > $.f"]
        counter_examples = ["request.body > $.g.f"]
    "#;

    fn problems(text: &str) -> Vec<String> {
        let services = Services::parse("x.toml", text).expect("parses");
        services.check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_built_in_holds() {
        let problems: Vec<String> =
            Services::built_in().check().iter().map(ToString::to_string).collect();
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(Services::built_in().all.len(), super::super::BUILT_IN.len());
    }

    #[test]
    fn what_is_checked_is_counted() {
        let counts = Services::parse("x.toml", GOOD).expect("parses").counts().to_string();
        assert_eq!(counts, "1 services, 1 fields, 2 examples, 2 counter-examples");
    }

    #[test]
    fn rules_must_explain_themselves() {
        assert_eq!(problems(GOOD), Vec::<String>::new());
        let table = [
            (GOOD.replacen("because", "", 1), "x: has no reason"),
            (
                GOOD.replace("counter_examples = [\"request.body > $.g.f\"]", ""),
                "x/f: has no counter-example",
            ),
            (
                GOOD.replace("** > $.f\"", "** > $.*\""),
                "x/f: matches its counter-example `request.body > $.g.f`",
            ),
            (
                GOOD.replace("https://a.test/x?y", "https://a.test/y"),
                "x: does not match its example `https://a.test/y`",
            ),
            (
                GOOD.replace("title = \"X\"", "title = \"X\"\norganisation = \"X\""),
                "x: names an organisation but no hosts: a format is not its recipient",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(problems(&text), [expected]);
        }
    }

    #[test]
    fn broken_files_are_refused_with_their_place() {
        let table = [
            (GOOD.replace("[[field]]", "[[feild]]"), "line"),
            (GOOD.replace("app.usage", "app.usgae"), "unknown property `app.usgae`"),
        ];
        for (text, expected) in table {
            let error = Services::parse("x.toml", &text).expect_err("refused").to_string();
            assert!(
                error.starts_with("service file x.toml: ") && error.contains(expected),
                "{error}"
            );
        }
    }
}
