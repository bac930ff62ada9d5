//! Place patterns: paths with what varies taken out of them, so that the same field of two requests
//! reads the same.
//!
//! List indices become `[*]`, keys that are themselves values (a UUID, a long number, a long hex
//! string) become `*`, header names are lower-cased. Indices of protobuf fields and of repeated
//! form fields vanish, because a path leaves them out where the field stands alone.

use std::borrow::Cow;

/// The pattern of one step of a path.
pub fn step_pattern(step: &str) -> Cow<'_, str> {
    // Whatever varies has a figure or a bracket in it, but for the capitals of header names.
    let capitals = step.starts_with(HEADER);
    let plain = |b: u8| !(b.is_ascii_digit() || b == b'[' || capitals && b.is_ascii_uppercase());
    if step.bytes().all(plain) { Cow::Borrowed(step) } else { Cow::Owned(varied(step)) }
}

/// How the steps of header fields begin.
const HEADER: &str = "request.header:";

/// The pattern of a step that may need one.
fn varied(step: &str) -> String {
    if step.starts_with('$') {
        return json(step);
    }
    if let Some(name) = step.strip_prefix(HEADER) {
        return format!("{HEADER}{}", without_indices(name).to_ascii_lowercase());
    }
    let Some((codec, key)) = step.split_once(':') else { return without_indices(step) };
    if codec == "path" {
        return step.to_owned();
    }
    let key = without_indices(key);
    let counts = codec.ends_with("line") || matches!(codec, "ndjson" | "lines" | "frame");
    if is_value(&key) || counts && key.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{codec}:*");
    }
    format!("{codec}:{key}")
}

/// The pattern of a printed path.
pub fn pattern(path: &str) -> String {
    path_steps(path).into_iter().map(step_pattern).collect::<Vec<_>>().join(" > ")
}

/// The steps of a printed path; a separator inside quotes is none.
pub fn path_steps(path: &str) -> Vec<&str> {
    let bytes = path.as_bytes();
    let (mut quoted, mut start, mut i, mut out) = (false, 0, 0, Vec::new());
    while i < bytes.len() {
        match bytes[i] {
            b'\\' if quoted => i += 1,
            b'"' => quoted = !quoted,
            b' ' if !quoted && bytes[i..].starts_with(b" > ") => {
                out.push(&path[start..i]);
                start = i + 3;
                i += 2;
            }
            _ => {}
        }
        i += 1;
    }
    out.push(&path[start..]);
    out
}

/// The pattern of a JSON step.
fn json(step: &str) -> String {
    let mut out = String::with_capacity(step.len());
    let mut rest = step;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            '.' => 1 + key_length(&rest[1..]),
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length.min(rest.len()));
        match first {
            '[' => out.push_str("[*]"),
            '.' if is_value(&piece[1..]) => out.push_str(".*"),
            _ => out.push_str(piece),
        }
        rest = after;
    }
    out
}

/// Length of the key at the front of `text`, with its quotes where it has some.
fn key_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return text.find(['.', '[']).unwrap_or(text.len());
    }
    let mut i = 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 1,
            b'"' => return i + 1,
            _ => {}
        }
        i += 1;
    }
    text.len()
}

/// The step without `[3]`, quoted keys left as they are.
fn without_indices(step: &str) -> String {
    if step.contains('"') || !step.contains('[') {
        return step.to_owned();
    }
    let mut out = String::with_capacity(step.len());
    let mut rest = step;
    while let Some((front, after)) = rest.split_once('[') {
        out.push_str(front);
        match after.split_once(']') {
            Some((index, tail)) if index.bytes().all(|b| b.is_ascii_digit()) => rest = tail,
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

/// Whether a key is itself a value: a UUID, a number of eight figures or more, or a hex string of
/// sixteen or more with a figure in it.
fn is_value(key: &str) -> bool {
    let bare: Vec<u8> = key.bytes().filter(|b| !matches!(b, b'"' | b'-' | b'{' | b'}')).collect();
    let figures = bare.iter().filter(|b| b.is_ascii_digit()).count();
    let hex = bare.iter().all(u8::is_ascii_hexdigit);
    figures == bare.len() && figures >= 8 || hex && bare.len() >= 16 && figures > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_taken_out() {
        let table = [
            (
                "request.body > form:data_list > base64 > gzip > $[12].properties.search_word",
                "request.body > form:data_list > base64 > gzip > $[*].properties.search_word",
            ),
            ("request.body > gzip > protobuf:3[1].8.1", "request.body > gzip > protobuf:3.8.1"),
            ("request.header:X-Client-Id", "request.header:x-client-id"),
            ("request.header:cookie[1] > cookie:_ga", "request.header:cookie > cookie:_ga"),
            ("request.url > path:4", "request.url > path:4"),
            ("request.body > $.a[0][3].b > $.c", "request.body > $.a[*][*].b > $.c"),
            (
                "request.body > $.\"dd719e06-25d5-4033-b517-3e4890cfebce\".seen",
                "request.body > $.*.seen",
            ),
            ("request.body > $.\"a > b[0]\".c", "request.body > $.\"a > b[0]\".c"),
            ("request.body > $.sessions.1795330065426", "request.body > $.sessions.*"),
            ("request.body > $.deadbeef.year2024", "request.body > $.deadbeef.year2024"),
            ("request.url > query:a[2]", "request.url > query:a"),
            ("request.url > query:4fc1c0c6c2bc48e3", "request.url > query:*"),
        ];
        for (printed, expected) in table {
            assert_eq!(pattern(printed), expected);
        }
    }

    #[test]
    fn strange_paths_do_no_harm() {
        for odd in ["", "$.\"", "$[", "$.", "a[", "\"", "x:\"\\", "$.ö[é"] {
            pattern(odd);
        }
    }
}
