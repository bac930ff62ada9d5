//! Shapes of values that could single somebody out, for places that nobody documented.

/// Whether a value could be an identifier by its looks alone: one token of 8 to 200 characters
/// with at least 32 bits of variety, not a sentence, an address or a version.
///
/// Digits count 3.3 bits; letters 4 bits where digits stand among them, else 2, since words are
/// made of letters alone.
pub(crate) fn could_single_out(value: &str) -> bool {
    let token = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '{' | '}' | ':' | '+' | '/' | '=')
    };
    if !(8..=200).contains(&value.len()) || !value.chars().all(token) || value.contains("://") {
        return false;
    }
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let letter_bits = if digits >= 3 { 4.0 } else { 2.0 };
    let distinct = value.bytes().collect::<std::collections::BTreeSet<_>>().len();
    distinct >= 5 && digits as f64 * 3.3 + letters as f64 * letter_bits >= 32.0
}

#[cfg(test)]
mod tests {
    use super::could_single_out;

    #[test]
    fn tokens_could_and_words_could_not() {
        for yes in ["9f86d081884c7d65", "11f0a2c3-2222-4333-8444-555566667777", "358240051111110"] {
            assert!(could_single_out(yes), "{yes}");
        }
        for no in [
            "en-US",
            "00000000-0000-0000-0000-000000000000",
            "a sentence with words in it",
            "https://example.org/a/b/c",
            "1.2.3",
        ] {
            assert!(!could_single_out(no), "{no}");
        }
    }
}
