//! The check of service files: no rule without reason, source, example and counter-example, every
//! example must come out as it says, and no counter-example may be a mere misspelling.

use std::fmt;

use super::file::{Service, host_and_path};
use super::glob::Glob;
use super::misspelt::with_fewer_letters;
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
    /// Whether its examples are names (paths, URLs) all of which it can be asked about; scripts
    /// are not.
    of_names: bool,
}

/// Checks one service.
pub(super) fn check(service: &Service) -> Vec<Problem> {
    let mut problems: Vec<Problem> = rules(service)
        .iter()
        .flat_map(|rule| faults(service, rule).into_iter().map(|why| (rule.name.to_owned(), why)))
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
        of_names: true,
    };
    let fields = service.fields.iter().map(|field| Rule {
        name: &field.id,
        reason: &field.reason,
        source: &field.source,
        examples: &field.examples,
        counter_examples: &field.counter_examples,
        applies: Box::new(|path| stands_at(&field.globs, path)),
        of_names: true,
    });
    let keys = service.fixed_keys.iter().map(|key| Rule {
        name: &key.name,
        reason: &key.reason,
        source: &key.source,
        examples: &key.examples,
        counter_examples: &key.counter_examples,
        applies: Box::new(|path| key.opens(path)),
        of_names: true,
    });
    let key_fields = service.key_fields.iter().map(|field| Rule {
        name: &field.id,
        reason: &field.reason,
        source: &field.source,
        examples: &field.examples,
        counter_examples: &field.counter_examples,
        applies: Box::new(|path| stands_at(&field.globs, path)),
        of_names: true,
    });
    let key_texts = service.key_texts.iter().map(|text| Rule {
        name: &text.id,
        reason: &text.reason,
        source: &text.source,
        examples: &text.examples,
        counter_examples: &text.counter_examples,
        applies: Box::new(|script| !text.keys(script.as_bytes(), "").is_empty()),
        of_names: false,
    });
    let hosts = service.own.iter().map(|own| Rule {
        name: "own",
        reason: &own.reason,
        source: &own.source,
        examples: &own.examples,
        counter_examples: &own.counter_examples,
        applies: Box::new(|url| own.holds(host_and_path(url).0)),
        of_names: true,
    });
    let unsaid = service.unsaid.iter().map(|unsaid| Rule {
        name: &unsaid.id,
        reason: &unsaid.reason,
        source: &unsaid.source,
        examples: &unsaid.examples,
        counter_examples: &unsaid.counter_examples,
        applies: Box::new(|example| unsaid.holds(example)),
        of_names: true,
    });
    let all = std::iter::once(own).chain(fields).chain(keys).chain(key_fields);
    all.chain(key_texts).chain(unsaid).chain(hosts).collect()
}

/// Whether any of the patterns matches a printed path.
fn stands_at(globs: &[Glob], path: &str) -> bool {
    let pattern = pattern(path);
    let (steps, exact) = (path_steps(&pattern), path_steps(path));
    globs.iter().any(|glob| glob.matches(if glob.is_exact() { &exact } else { &steps }))
}

fn faults(service: &Service, rule: &Rule<'_>) -> Vec<String> {
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
    let idle =
        rule.counter_examples.iter().filter(|example| proves_nothing(service, rule, example));
    out.extend(idle.map(|example| {
        format!("its counter-example `{example}` only misspells what it matches: {NEAR_MISS}")
    }));
    out
}

/// What a counter-example is to be instead.
const NEAR_MISS: &str = "give something that is really sent and means something else, such as the \
                         field beside it, the same name in another record, another request to the \
                         same host, or the same request at another service";

/// Whether a counter-example would be an example but for a letter or two in one of its names, and
/// names nothing else that the service is known to send.
fn proves_nothing(service: &Service, rule: &Rule<'_>, counter: &str) -> bool {
    if (rule.applies)(counter) || is_another_field(service, rule.name, counter) {
        return false;
    }
    let more =
        |text: String| rule.examples.contains(&text) || rule.of_names && (rule.applies)(&text);
    let is_counter = |text: String| text == counter;
    with_fewer_letters(counter).any(more)
        || rule.examples.iter().any(|example| with_fewer_letters(example).any(is_counter))
}

/// Whether another field of the service stands at a printed path.
fn is_another_field(service: &Service, name: &str, path: &str) -> bool {
    let fields = service.fields.iter().map(|field| (&field.id, &field.globs));
    let keys = service.key_fields.iter().map(|field| (&field.id, &field.globs));
    fields.chain(keys).any(|(id, globs)| id != name && stands_at(globs, path))
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
        counter_examples = ["https://a.test/y"]

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
    fn a_misspelling_is_no_counter_example() {
        let field = |counter: &str| GOOD.replace("request.body > $.g.f", counter);
        let url = |counter: &str| GOOD.replace("https://a.test/y", counter);
        let idle = [
            (field("request.body > $.fx"), "x/f", "request.body > $.fx"),
            (field("request.body > $.foo"), "x/f", "request.body > $.foo"),
            (
                field("request.body > $.fil").replace("$.f\"", "$.file\""),
                "x/f",
                "request.body > $.fil",
            ),
            (url("https://a.test/xs"), "x", "https://a.test/xs"),
            (url("https://a.test/xyz?y"), "x", "https://a.test/xyz?y"),
        ];
        for (text, rule, counter) in idle {
            let why = format!(
                "{rule}: its counter-example `{counter}` only misspells what it matches: give \
                 something that is really sent and means something else, such as the field beside \
                 it, the same name in another record, another request to the same host, or the \
                 same request at another service"
            );
            assert_eq!(problems(&text), [why]);
        }
    }

    #[test]
    fn a_near_miss_may_differ_by_a_letter_where_it_is_a_field_of_its_own() {
        let field = |id: &str, name: &str, not: &str| {
            let (_, rest) = GOOD.split_once("[[field]]").expect("has a field");
            let rest = rest.replace("id = \"f\"", &format!("id = \"{id}\""));
            let rest =
                rest.replace("$.g.f", &format!("$.{not}")).replace("$.f", &format!("$.{name}"));
            format!("[[field]]{rest}")
        };
        let (service, _) = GOOD.split_once("[[field]]").expect("has a field");
        let both = [field("end", "end", "send"), field("send", "send", "end")];
        let alone = format!("{service}{}", both[0]);
        assert_eq!(problems(&alone).len(), 1, "nothing says what `send` is");
        assert_eq!(problems(&format!("{service}{}", both.concat())), Vec::<String>::new());
    }

    #[test]
    fn what_is_left_unsaid_is_checked_by_url_and_by_path() {
        let text = |example: &str, counter: &str| {
            format!(
                "{GOOD}\n[[unsaid]]\nid = \"is_team\"\nname = \"type\"\nvalue = \"team\"\n\
                 paths = [\"/x/team\"]\nfields = [\"team\"]\n\
                 reason = \"because\"\nsource = \"somewhere\"\n\
                 examples = [\"{example}\"]\ncounter_examples = [\"{counter}\"]\n"
            )
        };
        let (url, path) = ("https://a.test/x/team", "request.body > $.list[2].team");
        let (other_url, other_path) = ("https://a.test/x/one", "request.body > $.traits.team");
        assert_eq!(problems(&text(url, other_path)), Vec::<String>::new());
        assert_eq!(problems(&text(path, other_url)), Vec::<String>::new());
        for (example, counter, why) in [
            (other_path, other_url, format!("does not match its example `{other_path}`")),
            (other_url, other_path, format!("does not match its example `{other_url}`")),
            (url, path, format!("matches its counter-example `{path}`")),
            (path, url, format!("matches its counter-example `{url}`")),
        ] {
            assert_eq!(problems(&text(example, counter)), [format!("x/is_team: {why}")]);
        }
    }

    #[test]
    fn scripts_are_compared_with_scripts_alone() {
        let text = |counter: &str| {
            format!(
                "{GOOD}\n[[key_text]]\nid = \"k\"\nnear = \"seal\"\nname = \"k\"\n\
                 cipher = \"aes-cbc\"\nwritten = \"raw\"\nstep = \"$.p\"\n\
                 reason = \"because\"\nsource = \"somewhere\"\n\
                 examples = [\"seal({{k:'sixteen letters.'}})\"]\n\
                 counter_examples = [\"{counter}\"]\n"
            )
        };
        // `kid` is what the script has beside its key.
        assert_eq!(problems(&text("seal({kid:'sixteen letters.',w:1})")), Vec::<String>::new());
        assert_eq!(problems(&text("seals({kk:'sixteen letters.'})")), Vec::<String>::new());
        assert_eq!(problems(&text("seal({kk:'sixteen letters.'})")).len(), 1);
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
