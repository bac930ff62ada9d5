//! Cookies (RFC 6265): the pairs of `Cookie`, and the one pair of `Set-Cookie`.

use std::borrow::Cow;
use std::ops::Range;

use candor_case::Opening;

use crate::budget::Purse;
use crate::codec::{Codec, Opened, View, splice};
use crate::label::Field;
use crate::pieces::Pieces;

/// The codec.
pub(crate) struct Cookie;

impl Codec for Cookie {
    fn name(&self) -> &'static str {
        "cookie"
    }

    fn accepts(&self, view: &View) -> bool {
        matches!(view.label.field, Field::Cookie | Field::SetCookie)
    }

    fn open(&self, view: &View, purse: &mut Purse, out: &mut Pieces) -> Opened {
        let most = if view.label.field == Field::SetCookie { 1 } else { usize::MAX };
        let mut names = Vec::new();
        let mut values = Vec::new();
        let mut start = 0;
        let mut rest = None;
        for pair in view.bytes.split(|b| *b == b';').take(most) {
            if let Err(spent) = purse.pay_node(names.len()) {
                rest = Some((start, spent));
                break;
            }
            if let Some((name, value)) = split(pair) {
                names.push(Cow::Borrowed(name));
                values.push(start + value.start..start + value.end);
            }
            start += pair.len() + 1;
        }
        let steps = out.keyed("cookie", &names);
        for (step, value) in steps.into_iter().zip(values) {
            out.add(value, None, step);
        }
        if let Some((start, spent)) = rest {
            out.rest(view, start, spent);
        }
        Opened::Fully
    }

    fn close(&self, parent: &[u8], opening: &Opening, content: &[u8]) -> Option<Vec<u8>> {
        let allowed = |b: &u8| (b' '..0x7f).contains(b) && !b"\";".contains(b);
        content.iter().all(allowed).then(|| splice(parent, opening.span, content))
    }
}

/// Name and place of the value in one pair; quotes around the value are not part of it.
fn split(pair: &[u8]) -> Option<(&[u8], Range<usize>)> {
    let equals = memchr::memchr(b'=', pair)?;
    let name = pair[..equals].trim_ascii();
    let raw = &pair[equals + 1..];
    let mut start = equals + 1 + (raw.len() - raw.trim_ascii_start().len());
    let mut end = pair.trim_ascii_end().len().max(start);
    if end >= start + 2 && pair[start] == b'"' && pair[end - 1] == b'"' {
        (start, end) = (start + 1, end - 1);
    }
    Some((name, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split() {
        let table = [
            (" a=b", Some(("a", "b"))),
            ("a=\"b=c\" ", Some(("a", "b=c"))),
            ("a=", Some(("a", ""))),
            ("a= ", Some(("a", ""))),
            ("a=\"", Some(("a", "\""))),
            ("flag", None),
        ];
        for (pair, expected) in table {
            let found =
                split(pair.as_bytes()).map(|(n, v)| (std::str::from_utf8(n).unwrap(), &pair[v]));
            assert_eq!(found, expected, "{pair}");
        }
    }
}
