//! JSON that scripts load: the call around it (`callback({…});`), and the prefixes that keep it from
//! being run as a script (`)]}'`, `while(1);`, `for(;;);`, `{}&&`).

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::codecs::json;
use crate::pieces::Pieces;

/// JSON in a call.
pub(crate) struct Jsonp;

/// JSON behind a prefix.
pub(crate) struct Prefix;

impl Codec for Jsonp {
    fn name(&self) -> &'static str {
        "jsonp"
    }

    fn accepts(&self, view: &View) -> bool {
        arguments(view.bytes).is_some()
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(range) = arguments(view.bytes) else { return Opened::No };
        if !json::is_container(view.bytes[range.clone()].trim_ascii()) {
            return Opened::No;
        }
        out.part(range, "jsonp");
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, content))
    }
}

impl Codec for Prefix {
    fn name(&self) -> &'static str {
        "json-prefix"
    }

    fn accepts(&self, view: &View) -> bool {
        behind_prefix(view.bytes).is_some()
    }

    fn open(&self, view: &View, _: &mut Purse, out: &mut Pieces) -> Opened {
        let Some(at) = behind_prefix(view.bytes) else { return Opened::No };
        if !json::is_container(view.bytes[at..].trim_ascii()) {
            return Opened::No;
        }
        out.part(at..view.bytes.len(), "json-prefix");
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        Some(splice(parent, opening.span, content))
    }
}

/// What stands between the parentheses of the only call in a text.
fn arguments(text: &[u8]) -> Option<std::ops::Range<usize>> {
    const LONGEST_NAME: usize = 128;
    let head = text.strip_prefix(b"/**/").unwrap_or(text).trim_ascii_start();
    let start = text.len() - head.len();
    let open = memchr::memchr(b'(', &head[..head.len().min(LONGEST_NAME)])?;
    let in_name = |b: &u8| b.is_ascii_alphanumeric() || b"_$.[]\"' &=".contains(b);
    let named = open > 0 && head[..open].iter().all(in_name);
    let tail = text.trim_ascii_end();
    let tail = tail.strip_suffix(b";").unwrap_or(tail).trim_ascii_end();
    let inner = tail.strip_suffix(b")")?;
    let range = start + open + 1..inner.len();
    let first = json::first(text.get(range.clone())?)?;
    (named && matches!(first, b'{' | b'[')).then_some(range)
}

/// Where the document begins that stands behind a prefix.
fn behind_prefix(text: &[u8]) -> Option<usize> {
    const PREFIXES: [&[u8]; 8] = [
        b")]}'",
        b")]}",
        b"while(1);",
        b"while (1);",
        b"for(;;);",
        b"for (;;);",
        b"{}&&",
        b"{} &&",
    ];
    let prefix = PREFIXES.into_iter().find(|prefix| text.starts_with(prefix))?;
    let rest = &text[prefix.len()..];
    let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    matches!(rest.first(), Some(b'{' | b'[')).then_some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::{layers, replanted};

    #[test]
    fn calls_and_prefixes_are_stripped() {
        let table = [
            ("/**/cb_1({\"a\":\"x\"});\n", "jsonp > $.a = x"),
            ("a.b[\"c\"]( [\"x\"] )", "jsonp > $[0] = x"),
            ("typeof cb === 'function' && cb({\"a\":\"x\"});", "jsonp > $.a = x"),
            (")]}'\n{\"a\":\"x\"}", "json-prefix > $.a = x"),
            (")]}',\n[\"x\"]", "json-prefix > $[0] = x"),
            ("while(1);{\"a\":\"x\"}", "json-prefix > $.a = x"),
            ("for (;;);{\"a\":\"x\"}", "json-prefix > $.a = x"),
            ("{}&&{\"a\":\"x\"}", "json-prefix > $.a = x"),
        ];
        for (text, last) in table {
            assert_eq!(layers(text.as_bytes()).last().map(String::as_str), Some(last), "{text}");
            let path = last.split(" = ").next().unwrap();
            assert_eq!(replanted(text.as_bytes(), path, "new").as_deref(), Some("new"));
        }
        for text in [
            "f(x)",
            "f({)",
            "({\"a\":1})",
            ")]}' and so on",
            "Hello (world [1])",
            "f({\"a\":1}) + 1",
        ] {
            assert!(layers(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
