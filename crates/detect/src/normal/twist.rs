//! Old ways of hiding letters, which hide nothing from whoever knows them.

use super::{Kind, Normals};

/// A map of letters and figures that the authors of "Leaky Forms" (Senol, Acar, Humbert,
/// Borgesius, 2022) learnt from a script that sends addresses so (`custom_map_1` in their
/// `LeakDetector.py`): what stands in the first row is sent as what stands below it.
const CUSTOM_MAP: (&[u8; 62], &[u8; 62]) = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    b"kibp8A4EWRMKHa7gvyz1dOPt6UI5xYD3nqhVwZBXfCcFeJmrLN20lS9QGsjTuo",
);

/// Adds the value with its letters turned into others.
pub(super) fn add(value: &str, all: &mut Normals) {
    let lower = value.to_lowercase();
    for (value, before) in [(value, None), (&lower, Some("lower"))] {
        let steps = |step| before.into_iter().chain([step]).collect::<Vec<_>>();
        all.whole(value.chars().rev().collect(), &steps("reversed"), Kind::Twist);
        all.whole(value.chars().map(rot13).collect(), &steps("rot13"), Kind::Twist);
        let mapped = value.chars().map(custom_map).collect();
        all.whole(mapped, &steps("custom map of Leaky Forms"), Kind::Twist);
    }
}

fn rot13(c: char) -> char {
    let turn = |first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        _ => c,
    }
}

fn custom_map(c: char) -> char {
    let (plain, sent) = CUSTOM_MAP;
    let at = plain.iter().position(|known| char::from(*known) == c);
    at.map_or(c, |at| char::from(sent[at]))
}
