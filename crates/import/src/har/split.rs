//! Splits a HAR into its entries without looking into them and without holding them: memory stays
//! small whatever the file's size and however deep it nests.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// Values beside the entries are kept if they are shorter than this, in bytes.
const KEPT: usize = 4 << 20;

/// How reading ended.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// Whether there was a list `log.entries`.
    pub(crate) found: bool,
    /// What went wrong, if anything did.
    pub(crate) problem: Option<Problem>,
}

/// What went wrong, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in bytes, from 1.
    pub(crate) column: usize,
    /// In words.
    pub(crate) message: String,
    /// Whether it is only that the file ends too early.
    pub(crate) at_end: bool,
    /// Whether it is JSON up to there, but not what it should be.
    pub(crate) is_json: bool,
}

/// What a log says beside its entries.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// `log.creator`
    pub(crate) creator: Option<Box<RawValue>>,
    /// `log.browser`
    pub(crate) browser: Option<Box<RawValue>>,
    /// `log._tlsErrors`, as HTTP Toolkit writes it.
    pub(crate) tls_errors: Option<Box<RawValue>>,
}

/// Hands on every entry as it stands, as far as the file can be read.
pub(crate) fn entries(file: &[u8], each: &mut dyn FnMut(&RawValue)) -> Ending {
    let mut ending = Ending::default();
    let mut reader = Deserializer::from_slice(file);
    let top = Top { want: &mut Want::Entries(each), ending: &mut ending };
    let read = top.deserialize(&mut reader).and_then(|()| reader.end());
    ending.problem = read.err().map(|error| problem(&error));
    ending
}

/// What the log says beside its entries, as far as the file can be read.
pub(crate) fn log(file: &[u8]) -> Log {
    let (mut log, mut ending) = (Log::default(), Ending::default());
    let top = Top { want: &mut Want::Log(&mut log), ending: &mut ending };
    // What is wrong is said when the entries are read.
    let _ = top.deserialize(&mut Deserializer::from_slice(file));
    log
}

/// Hands on every element of a list that has been cut out of a file, as far as it can be read.
pub(crate) fn elements<'a>(list: &'a RawValue, each: &mut dyn FnMut(&'a RawValue)) {
    let _ = Elements { each }.deserialize(&mut Deserializer::from_str(list.get()));
}

fn problem(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let message = match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    };
    let (line, column) = (error.line().max(1), error.column().max(1));
    Problem { line, column, message, at_end: error.is_eof(), is_json: error.is_data() }
}

enum Want<'w> {
    Entries(&'w mut dyn FnMut(&RawValue)),
    Log(&'w mut Log),
}

struct Top<'s, 'w> {
    want: &'s mut Want<'w>,
    ending: &'s mut Ending,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with a log")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("an object with a log was expected, a text was found"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "log" {
                map.next_value_seed(Inner { want: self.want, ending: self.ending })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Inner<'s, 'w> {
    want: &'s mut Want<'w>,
    ending: &'s mut Ending,
}

impl<'de> DeserializeSeed<'de> for Inner<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a log with entries")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("a log with entries was expected, a text was found"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match (&mut *self.want, key.as_str()) {
                (Want::Entries(each), "entries") => {
                    map.next_value_seed(Elements { each: &mut **each })?;
                    self.ending.found = true;
                }
                (Want::Log(log), "creator") => log.creator = keep(&mut map)?,
                (Want::Log(log), "browser") => log.browser = keep(&mut map)?,
                (Want::Log(log), "_tlsErrors") => log.tls_errors = keep(&mut map)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn keep<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Box<RawValue>>, A::Error> {
    let raw = map.next_value::<&RawValue>()?;
    Ok((raw.get().len() <= KEPT).then(|| raw.to_owned()))
}

struct Elements<'e, F: ?Sized> {
    each: &'e mut F,
}

impl<'de, F: FnMut(&'de RawValue) + ?Sized> DeserializeSeed<'de> for Elements<'_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&'de RawValue) + ?Sized> Visitor<'de> for Elements<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("a list was expected, a text was found"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<&RawValue>()? {
            (self.each)(raw);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(file: &str) -> (Vec<String>, Ending) {
        let mut found = vec![];
        let ending = entries(file.as_bytes(), &mut |raw| found.push(raw.get().to_owned()));
        (found, ending)
    }

    #[test]
    fn entries_are_split_wherever_they_stand() {
        let file = r#"{"x":[],"log":{"entries":[{"a":1}, 2 ,"b"],"creator":{"name":"c"}},"y":1}"#;
        let (found, ending) = split(file);
        assert_eq!(found, [r#"{"a":1}"#, "2", r#""b""#]);
        assert!(ending.found && ending.problem.is_none());
        let log = log(file.as_bytes());
        assert_eq!(log.creator.expect("there").get(), r#"{"name":"c"}"#);
    }

    #[test]
    fn what_is_whole_comes_before_what_is_wrong() {
        let table = [
            ("{\"log\":{\"entries\":[1,2,{\"a\"", 2, 1, 27, true),
            ("{\"log\":{\"entries\":[1,\n,]}}", 1, 2, 1, false),
            ("{\"log\":{\"entries\":[1]}} x", 1, 1, 25, false),
            ("nonsense", 0, 1, 2, false),
            ("", 0, 1, 1, true),
        ];
        for (file, whole, line, column, at_end) in table {
            let (found, ending) = split(file);
            let problem = ending.problem.expect("damaged");
            assert_eq!(
                (found.len(), problem.line, problem.at_end),
                (whole, line, at_end),
                "{file}"
            );
            assert_eq!(problem.column, column, "{file}: {}", problem.message);
        }
        assert!(!split("{\"log\":{}}").1.found);
        assert!(split("{\"log\":{\"entries\":null}}").1.problem.is_some());
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let (found, ending) = split(&format!("{{\"log\":{{\"entries\":[{deep}],\"x\":{deep}}}}}"));
        assert!(found.len() == 1 && ending.problem.is_none());
        assert!(split(&deep).1.problem.is_some());
    }
}
