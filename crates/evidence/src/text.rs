//! The files that people write (`case.toml`, `claims.toml`, seeds), read with line and column.

use std::collections::BTreeSet;
use std::ops::Range;

use candor_case::{CaseFile, Claim, Question, Seed, Seeds};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{EvidenceError, Result};

/// The contents of `claims.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClaimsFile {
    /// What the maker said (`[[claim]]`), in file order.
    #[serde(rename = "claim", skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// What candor asks (`[[question]]`), in file order.
    #[serde(rename = "question", skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimsText {
    #[serde(default)]
    claim: Vec<Spanned<Claim>>,
    #[serde(default)]
    question: Vec<Spanned<Question>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedsText {
    #[serde(default)]
    seed: Vec<Spanned<Seed>>,
}

/// Reads claims and questions. Unknown keys, unknown shapes and repeated ids are errors of the
/// form `name:line:column: message`.
pub fn parse_claims(text: &str, name: &str) -> Result<ClaimsFile> {
    let file: ClaimsText = parse(text, name)?;
    let claims = file.claim.iter().map(|c| (&c.get_ref().id, c.span()));
    let questions = file.question.iter().map(|q| (&q.get_ref().id, q.span()));
    refuse_repeated(text, name, claims.chain(questions))?;
    Ok(ClaimsFile {
        claims: file.claim.into_iter().map(Spanned::into_inner).collect(),
        questions: file.question.into_iter().map(Spanned::into_inner).collect(),
    })
}

/// Reads seeds. Errors have the form `name:line:column: message`.
pub fn parse_seeds(text: &str, name: &str) -> Result<Seeds> {
    let file: SeedsText = parse(text, name)?;
    refuse_repeated(text, name, file.seed.iter().map(|s| (&s.get_ref().id, s.span())))?;
    if let Some(empty) = file.seed.iter().find(|seed| seed.get_ref().value.is_empty()) {
        let message = "a seed needs a value: an empty one is found everywhere";
        return Err(error_at(name, text, empty.span().start, message));
    }
    Ok(Seeds { seeds: file.seed.into_iter().map(Spanned::into_inner).collect() })
}

/// Reads `case.toml`. Errors have the form `name:line:column: message`.
pub fn parse_case_file(text: &str, name: &str) -> Result<CaseFile> {
    parse(text, name)
}

fn parse<T: DeserializeOwned>(text: &str, name: &str) -> Result<T> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        error_at(name, text, at, error.message())
    })
}

fn refuse_repeated<'a>(
    text: &str,
    name: &str,
    ids: impl Iterator<Item = (&'a String, Range<usize>)>,
) -> Result<()> {
    let mut known = BTreeSet::new();
    for (id, span) in ids {
        if !known.insert(id) {
            let message = format!("the id `{id}` is already taken in this file");
            return Err(error_at(name, text, span.start, &message));
        }
    }
    Ok(())
}

/// An error at a byte of a text.
pub(crate) fn error_at(name: &str, text: &str, at: usize, message: &str) -> EvidenceError {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    EvidenceError::Text {
        name: name.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: message.lines().collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[claim]]
id = "c"
says = "We collect nothing."
source = { url = "https://maker.test/", date = "2020-05-02" }
reading = "nothing is sent"
rule = { never = ["browsing.url"] }

[[question]]
id = "q"
asks = "does an address leave?"
rule = { never = ["browsing.url"], to = ["maker"] }
"#;

    #[test]
    fn claims_and_questions_are_read() {
        let file = parse_claims(GOOD, "claims.toml").expect("well formed");
        assert_eq!((file.claims.len(), file.questions.len()), (1, 1));
        assert_eq!(file.claims[0].says, "We collect nothing.");
        assert_eq!(parse_claims("", "claims.toml").expect("empty"), ClaimsFile::default());
        let again = toml::to_string(&file).expect("serialises");
        assert_eq!(parse_claims(&again, "again").expect("well formed"), file);
    }

    #[test]
    fn errors_name_the_place() {
        let table = [
            (GOOD.replace("asks", "asked"), "claims.toml:11:1: unknown field `asked`"),
            (
                GOOD.replace("never = [\"browsing.url\"] }", "newer = [] }"),
                "claims.toml:7:10: unknown",
            ),
            (GOOD.replace("\"q\"", "\"c\""), "claims.toml:9:1: the id `c` is already taken"),
            ("\n  x = =".to_owned(), "claims.toml:2:7: "),
            ("[[claim]]\nid = 3".to_owned(), "claims.toml:2:6: invalid type"),
        ];
        for (text, expected) in table {
            let error = parse_claims(&text, "claims.toml").expect_err("bad").to_string();
            assert!(error.starts_with(expected), "{error} is not {expected}");
        }
        let error = parse_seeds("[[seed]]\nid='ü'\nvalue=''\nproperty='control'", "s");
        assert!(error.expect_err("empty value").to_string().starts_with("s:1:1: a seed needs"));
        let error = parse_case_file("subjekt = 1", "case.toml").expect_err("unknown key");
        assert!(error.to_string().starts_with("case.toml:1:1: unknown field `subjekt`"));
    }
}
