//! The secret in an address: whoever has it was shown it by candor.

use data_encoding::BASE32_NOPAD;

/// A secret of 80 random bits, written as sixteen letters and digits that can be typed by hand and
/// that a QR code holds compactly (RFC 4648, base 32).
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Draws a token from randomness that is handed in.
    pub fn draw(random: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = [0; 10];
        random(&mut bytes);
        Self(BASE32_NOPAD.encode(&bytes))
    }

    /// The token as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Splits a path that begins with this token, in either case, into what comes after it; the
    /// rest begins with a slash or is empty.
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        let path = path.strip_prefix('/')?;
        let (first, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        self.is(first).then_some(rest)
    }

    /// Compares in a time that does not tell where two texts differ.
    fn is(&self, text: &str) -> bool {
        let differs = |(a, b): (u8, u8)| a ^ b.to_ascii_uppercase();
        text.len() == self.0.len()
            && self.0.bytes().zip(text.bytes()).map(differs).fold(0, |all, one| all | one) == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_itself_opens() {
        let token = Token::draw(&mut |out| out.fill(0xa5));
        let text = token.as_str().to_owned();
        assert_eq!(text.len(), 16);
        assert_eq!(token.strip(&format!("/{text}")), Some(""));
        assert_eq!(token.strip(&format!("/{}/wait", text.to_lowercase())), Some("/wait"));
        let shorter = &text[..15];
        let table = ["", "/", "//", &format!("/{shorter}"), &format!("/{text}x"), &text];
        for path in table {
            assert_eq!(token.strip(path), None, "{path}");
        }
        let other = Token::draw(&mut |out| out.fill(0xa4));
        assert_eq!(other.strip(&format!("/{text}/")), None);
        assert!(!format!("{token:?}").contains(&text));
    }
}
