//! Numbers of devices and installations: with and without what separates their digits.

use super::{Kind, Normals};

/// Fewest digits of a number that is worth writing without separators.
const LEAST: usize = 12;

/// Adds the digits of a MAC address, a UUID or the like without what stands between them.
pub(super) fn add(value: &str, all: &mut Normals) {
    if let Some(bare) = bare(value).filter(|bare| bare.len() < value.len()) {
        all.whole(bare.to_lowercase(), &["without separators"], Kind::Usual);
        all.whole(bare.clone(), &["without separators"], Kind::Usual);
        all.whole(bare.to_uppercase(), &["upper", "without separators"], Kind::Rare);
    }
}

/// The hexadecimal digits of a number; `None` where there is anything but digits and separators.
pub(crate) fn bare(value: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | ':' | '.' | '{' | '}');
    let digits: String = value.chars().filter(char::is_ascii_hexdigit).collect();
    (value.chars().all(fits) && digits.len() >= LEAST).then_some(digits)
}
