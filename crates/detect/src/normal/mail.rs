//! E-mail addresses: local part, tags, and the dots that Gmail ignores.

use super::{Kind, Normals};
use crate::entropy::Bits;

/// Hosts whose owner reads all dots and tags in a local part as nothing.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// Adds what senders make of an e-mail address; `before` are the steps that led to `value`.
pub(super) fn add(value: &str, before: &[&'static str], all: &mut Normals) {
    let Some((local, host)) = split(value) else { return };
    let lower = value.to_lowercase();
    let Some((low, low_host)) = split(&lower) else { return };
    let bare = |local: &str| local.split('+').next().unwrap_or("").to_owned();
    if DOTLESS.contains(&low_host) {
        let name = bare(low).replace('.', "");
        all.whole(format!("{name}@{low_host}"), &with(before, &["gmail"]), Kind::Usual);
        all.whole(format!("{name}@gmail.com"), &with(before, &["gmail"]), Kind::Usual);
        let dotless = format!("{}@{low_host}", low.replace('.', ""));
        all.whole(dotless, &with(before, &["lower", "without dots"]), Kind::Rare);
    }
    let tagless = format!("{}@{low_host}", bare(low));
    all.whole(tagless, &with(before, &["lower", "without tag"]), Kind::Rare);
    all.whole(format!("{}@{host}", bare(local)), &with(before, &["without tag"]), Kind::Rare);
    all.part(local, &with(before, &["local part"]), Bits::of(local).all());
    all.part(low, &with(before, &["lower", "local part"]), Bits::of(low).all());
}

/// Local part and host; `None` where it is no e-mail address.
fn split(value: &str) -> Option<(&str, &str)> {
    let (local, host) = value.rsplit_once('@')?;
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let is_mail = !local.is_empty() && plain && host.contains('.') && !value.contains(['/', ' ']);
    is_mail.then_some((local, host))
}

fn with(before: &[&'static str], steps: &[&'static str]) -> Vec<&'static str> {
    [before, steps].concat()
}
