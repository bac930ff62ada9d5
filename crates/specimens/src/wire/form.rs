//! Form bodies and query strings, encoded as Android's `Uri.Builder.appendQueryParameter` does.

use std::fmt::Write as _;

/// Percent-encodes all but letters, digits and `_-!.~'()*`.
pub(crate) fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-!.~'()*".contains(&byte) {
            encoded.push(byte as char);
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Joins fields in their order: `a=1&b=2`.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|(k, v)| format!("{}={}", percent(k), percent(v))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::{form, percent};

    #[test]
    fn base64_signs_are_escaped_and_plain_ones_are_not() {
        assert_eq!(percent("a+/="), "a%2B%2F%3D");
        assert_eq!(percent("it's (ok)!"), "it's%20(ok)!");
        assert_eq!(percent("ü"), "%C3%BC");
        assert_eq!(form(&[("crc", "-12"), ("data_list", "eA==")]), "crc=-12&data_list=eA%3D%3D");
    }
}
