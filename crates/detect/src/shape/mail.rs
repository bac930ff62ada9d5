//! E-mail addresses: an `@`, a dot, and a suffix from the Public Suffix List.

use std::ops::Range;

use candor_case::Property;

use super::Shape;
use crate::suffix;

/// Bits of an e-mail address: `@`, a dot, and a suffix from the Public Suffix List.
const BITS: f64 = 20.0;

/// The e-mail addresses in some bytes.
pub(super) fn mails(bytes: &[u8]) -> Vec<Shape> {
    memchr::memchr_iter(b'@', bytes)
        .filter_map(|at| mail_around(bytes, at))
        .map(|range| Shape::new(Property::PersonEmail, range, BITS))
        .collect()
}

/// The e-mail address around an `@`. The user part of a URL is none, nor is a name whose end is no
/// public suffix, such as a file name.
fn mail_around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let local = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let start = at - bytes[..at].iter().rev().take_while(|b| local(b)).count();
    let end = at + 1 + bytes[at + 1..].iter().take_while(|b| host(b)).count();
    let name = std::str::from_utf8(&bytes[at + 1..end]).ok()?.trim_end_matches(['.', '-']);
    let end = at + 1 + name.len();
    let (user, before) = (&bytes[start..at], bytes[..start].last());
    let plain = !user.is_empty() && user.len() <= 64 && !user.starts_with(b".");
    let apart =
        !matches!(before, Some(b'/' | b':')) && !matches!(bytes.get(end), Some(b'@' | b':'));
    let lower = name.to_ascii_lowercase();
    let suffix = suffix::suffix(&lower)?;
    let registrable = suffix::domain(&lower).is_some();
    if is_nobody(&String::from_utf8_lossy(user).to_ascii_lowercase(), &lower) {
        return None;
    }
    let labels = lower.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    let known = suffix.is_known || lower.ends_with(".test");
    (plain && apart && registrable && labels && known && name.contains('.')).then_some(start..end)
}

/// Names before the `@` that are a function's and not a person's (RFC 2142 among them).
const ROLES: [&str; 22] = [
    "abuse",
    "admin",
    "contact",
    "do-not-reply",
    "donotreply",
    "feedback",
    "git",
    "help",
    "hg",
    "hostmaster",
    "info",
    "mailer-daemon",
    "no-reply",
    "no_reply",
    "noreply",
    "npm",
    "postmaster",
    "root",
    "security",
    "support",
    "svn",
    "webmaster",
];
/// Names that forms and manuals show where an address goes.
const BLANKS: [&str; 14] = [
    "alice", "bob", "email", "example", "foo", "jane.doe", "john.doe", "mail", "me", "name",
    "someone", "user", "username", "you",
];
/// Hosts that forms and manuals show with them.
const BLANK_HOSTS: [&str; 8] = [
    "company.com",
    "domain.com",
    "domain.tld",
    "email.com",
    "example.com",
    "example.net",
    "example.org",
    "test.com",
];
/// Ends of the ids of add-ons, which look like addresses and are the same for everybody.
const ADD_ONS: [&str; 3] = ["mozilla.org", "mozilla.com", "search.mozilla.org"];
/// Ids of widely used add-ons whose host is their author's.
const KNOWN_ADD_ONS: [&str; 4] = [
    "ublock0@raymondhill.net",
    "umatrix@raymondhill.net",
    "addon@darkreader.org",
    "https-everywhere@eff.org",
];

/// Whether an address, in lower case, is a function's, a form's or an add-on's, and so nobody's.
fn is_nobody(user: &str, host: &str) -> bool {
    let whole = || format!("{user}@{host}");
    ROLES.contains(&user)
        || BLANKS.contains(&user) && BLANK_HOSTS.contains(&host)
        || ADD_ONS.contains(&host)
        || KNOWN_ADD_ONS.contains(&whole().as_str())
}
