//! What a text becomes when somebody leaves out a letter or two of a name in it.
//!
//! A counter-example that is an example with a letter stuck on shows that a pattern has an end, and
//! nothing of what the service sends beside it.

use std::ops::Range;

/// The texts that a letter or two less in one name make of this one. A name is what stands between
/// signs: letters, digits, `_` and `$`. Digits stay, since field numbers and indices that lie beside
/// each other mean different things.
pub(super) fn with_fewer_letters(text: &str) -> impl Iterator<Item = String> {
    names(text).into_iter().flat_map(|name| {
        let letters: Vec<usize> =
            name.filter(|&at| text.as_bytes()[at].is_ascii_alphabetic()).collect();
        let pairs = letters.iter().enumerate();
        let left_out =
            pairs.flat_map(|(nth, &one)| letters[nth..].iter().map(move |&two| [one, two]));
        left_out.map(|places| without(text, places)).collect::<Vec<String>>()
    })
}

/// Where the names of a text stand.
fn names(text: &str) -> Vec<Range<usize>> {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let mut out: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| of_name(byte)) {
        match out.last_mut().filter(|name| name.end == at) {
            Some(name) => name.end = at + 1,
            None => out.push(at..at + 1),
        }
    }
    out
}

/// The text without what stands at two places, which may be one.
fn without(text: &str, places: [usize; 2]) -> String {
    let kept = text.char_indices().filter(|(at, _)| !places.contains(at));
    kept.map(|(_, letter)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_signs() {
        let text = "query:ep.x_1 > $.é\"a b\"";
        let found: Vec<&str> = names(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(found, ["query", "ep", "x_1", "$", "a", "b"]);
    }

    #[test]
    fn a_letter_or_two_of_one_name_are_left_out() {
        let table = [
            ("$.uuidx", "$.uuid", true),
            ("$.uuidxy", "$.uuid", true),
            ("$.auuidb", "$.uuid", true),
            ("$.e[5]x", "$.e[5]", true),
            ("protobuf:1.19x", "protobuf:1.19", true),
            ("https://a.test/tracks", "https://a.test/track", true),
            // More letters make another word.
            ("$.username", "$.name", false),
            // A letter of one name and a letter of another.
            ("$.ax.bx", "$.a.b", false),
            // Digits count: the next field of a message, the next place in a list.
            ("protobuf:1.19", "protobuf:1.1", false),
            ("$.e[12]", "$.e[1]", false),
            // So does the sign that parts an SDK's own names from those of an app.
            ("$.properties.$os", "$.properties.os", false),
            ("$.uuid", "$.uuid", false),
        ];
        for (text, fewer, expected) in table {
            assert_eq!(with_fewer_letters(text).any(|t| t == fewer), expected, "{text} -> {fewer}");
        }
    }
}
