//! Whether a file was stripped of its cookies and credentials. Chrome's sanitized export leaves
//! out the fields `Cookie`, `Set-Cookie` and `Authorization` without a word.

use candor_case::{Gap, GapReason};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::entry::Pair;
use super::{Context, Raw, json, split};
use crate::gap::gap;

/// What has been seen of cookies and credentials.
#[derive(Debug, Default)]
pub(crate) struct Cookies {
    fields: bool,
    lists: bool,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    request: Raw<'a>,
    #[serde(borrow, default)]
    response: Raw<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    headers: Raw<'a>,
    #[serde(borrow, default)]
    cookies: Raw<'a>,
}

impl Cookies {
    /// Looks at an entry.
    pub(crate) fn look_at(&mut self, entry: &RawValue) {
        if self.fields {
            return;
        }
        let Some(entry) = json::object::<Entry>(Some(entry)) else { return };
        for raw in [entry.request, entry.response] {
            if let Some(message) = json::object::<Message>(raw) {
                self.lists |= json::is_set(message.cookies);
                self.look_at_fields(message.headers);
            }
        }
    }

    fn look_at_fields(&mut self, list: Raw) {
        let Some(list) = list else { return };
        split::elements(list, &mut |raw| {
            let pair = json::object::<Pair>(Some(raw));
            let name = pair.and_then(|pair| json::string(pair.name)).unwrap_or_default();
            let names = ["cookie", "set-cookie", "authorization"];
            self.fields |= names.iter().any(|known| name.eq_ignore_ascii_case(known));
        });
    }

    /// One gap for the whole file, if it seems to have been stripped.
    pub(crate) fn gap(&self, context: &Context) -> Option<Gap> {
        let why = if self.fields {
            return None;
        } else if self.lists {
            "cookies are listed, but the header fields that carried them were left out"
        } else if context.recorder.may_sanitize() {
            "no Cookie, Set-Cookie or Authorization field anywhere, as in a sanitized export: \
             what they carried is not here"
        } else {
            return None;
        };
        Some(gap(GapReason::Lossy, "", 0, format!("{}: {why}", context.name)))
    }
}
