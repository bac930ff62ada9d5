//! Place patterns: what many places have in common, so that the same field of many events, and
//! of many people, is one field.

/// The pattern of a path: indexes become `[*]`, line numbers `line:*`, and keys that look like
/// data (digits, hexadecimal, UUIDs, addresses, anything very long) become `*`. Field numbers of
/// protobuf and numbers of path segments stay.
///
/// `$.users."6f9619ff-8b86-d011-b42d-00c04fc964ff".tags[3]` becomes `$.users.*.tags[*]`.
pub fn pattern(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    let mut keeps_numbers = false;
    while let Some(first) = rest.bytes().next() {
        let len = match first {
            b'"' => quoted_len(rest),
            b'[' => index_len(rest),
            b if is_key(b) => rest.bytes().position(|b| !is_key(b)).unwrap_or(rest.len()),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        let (word, after) = rest.split_at(len);
        match first {
            b'[' if len > 1 => out.push_str("[*]"),
            b'"' if is_data(word.trim_matches('"')) => out.push('*'),
            b if is_key(b) && !after.starts_with(':') => {
                let is_line = out.ends_with("line:") && word.bytes().all(|b| b.is_ascii_digit());
                let is_data = is_data(word) && !keeps_numbers;
                out.push_str(if is_line || is_data { "*" } else { word });
            }
            _ => out.push_str(word),
        }
        // Within a step of protobuf, numbers are names.
        match word {
            "protobuf" if rest[len..].starts_with(':') => keeps_numbers = true,
            ">" => keeps_numbers = false,
            _ => {}
        }
        rest = after;
    }
    out
}

/// Characters of keys that are printed without quotes.
fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$' | b'@')
}

/// Length of a JSON string at the beginning of `text`.
fn quoted_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Length of `[digits]` at the beginning of `text`; 1 if it is something else.
fn index_len(text: &str) -> usize {
    let digits = text.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    let closed = digits > 0 && text.as_bytes().get(digits + 1) == Some(&b']');
    if closed { digits + 2 } else { 1 }
}

/// Whether a key is rather a value: a number of five digits or more, 16 or more hexadecimal
/// digits (dashes allowed) with a number among them, an e-mail address or URL, or 65 bytes or
/// more of anything.
fn is_data(key: &str) -> bool {
    let digits = key.bytes().filter(u8::is_ascii_digit).count();
    let hex = key.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = key.bytes().filter(|b| *b == b'-').count();
    (digits >= 5 && digits == key.len())
        || (hex >= 16 && digits > 0 && hex + dashes == key.len())
        || key.contains("://")
        || is_email(key)
        || key.len() > 64
}

fn is_email(key: &str) -> bool {
    key.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_keep_names_and_drop_data() {
        let table = [
            (
                "request.body > form:data_list > base64 > gzip > $[1].properties.search_word",
                "request.body > form:data_list > base64 > gzip > $[*].properties.search_word",
            ),
            ("$.u.6f9619ff8b86d011b42d00c04fc964ff.tags[3]", "$.u.*.tags[*]"),
            ("$.u.6f9619ff-8b86-d011-b42d-00c04fc964ff.tags[31]", "$.u.*.tags[*]"),
            ("$.u.\"a@maker.test\".x", "$.u.*.x"),
            ("$.u.\"a@b\".x", "$.u.\"a@b\".x"),
            ("$.u.\"https://example.org/\\\"x\"", "$.u.*"),
            ("$.\"a > b[2].c\"", "$.\"a > b[2].c\""),
            ("$.1795329634458.$lib", "$.*.$lib"),
            ("$.top10.2024", "$.top10.2024"),
            ("request.url > path:3", "request.url > path:3"),
            ("message > line:12 > $.x", "message > line:* > $.x"),
            ("request.body > protobuf:3[1].8.25631057", "request.body > protobuf:3[*].8.25631057"),
            ("$.protobuf.12345678", "$.protobuf.*"),
            ("request.header:cookie[0] > cookie:sid", "request.header:cookie[*] > cookie:sid"),
            ("a > form:caf\u{e9}[x", "a > form:caf\u{e9}[x"),
            ("", ""),
        ];
        for (path, expected) in table {
            assert_eq!(pattern(path), expected, "{path}");
        }
    }
}
