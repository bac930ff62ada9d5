//! Named fields of a record's header, in the order written.

/// The named fields of one record, in order. Names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Makes an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field at the end. Line breaks in the value become spaces, so that no value can end
    /// its own line.
    pub fn push(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        let mut value: String = value.into();
        if value.contains(['\r', '\n']) {
            value = value.replace(['\r', '\n'], " ");
        }
        self.0.push((name.to_owned(), value));
        self
    }

    /// The first value of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Every value of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The record's type, `WARC-Type`; empty if it has none.
    pub fn record_type(&self) -> &str {
        self.first("WARC-Type").unwrap_or("")
    }

    /// The record's name without its brackets and `urn:uuid:`; empty if it has none.
    pub fn record_id(&self) -> &str {
        self.first("WARC-Record-ID").map_or("", bare_id)
    }

    /// The names of records made at the same time, without brackets and `urn:uuid:`.
    pub fn concurrent_to(&self) -> impl Iterator<Item = &str> {
        self.all("WARC-Concurrent-To").map(bare_id)
    }

    /// Continues the value of the last field (a folded line).
    pub(crate) fn fold(&mut self, more: &str) -> bool {
        let Some((_, value)) = self.0.last_mut() else { return false };
        value.push(' ');
        value.push_str(more);
        true
    }
}

/// Takes `<urn:uuid:…>` off a record's name.
fn bare_id(name: &str) -> &str {
    let name = name.trim().trim_start_matches('<').trim_end_matches('>');
    match name.get(..9) {
        Some(start) if start.eq_ignore_ascii_case("urn:uuid:") => &name[9..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_brackets() {
        let table = [
            ("<urn:uuid:1-2>", "1-2"),
            ("urn:UUID:1-2", "1-2"),
            ("<https://example.org/1>", "https://example.org/1"),
            ("<ü>", "ü"),
            ("", ""),
        ];
        for (given, bare) in table {
            let mut fields = Fields::new();
            fields.push("warc-record-id", given);
            assert_eq!(fields.record_id(), bare, "{given}");
        }
    }

    #[test]
    fn a_value_cannot_end_its_line() {
        let mut fields = Fields::new();
        fields.push("X", "a\r\nWARC-Type: response");
        assert_eq!(fields.first("x"), Some("a  WARC-Type: response"));
    }
}
