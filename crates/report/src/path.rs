//! Paths of places in words: their steps, and the encodings among them.

use candor_case::Finding;

use crate::inert;

/// How a value was written when it was sent: its peeled encodings and how its seed was changed.
pub(crate) fn encoding(finding: &Finding) -> String {
    let mut words: Vec<String> =
        steps(&finding.place.path).into_iter().filter(is_encoding).map(plain_step).collect();
    words.dedup();
    words.extend(finding.derivation.iter().map(|step| changed(step)));
    if words.is_empty() { "plain text".into() } else { inert(&words.join(" + "), 80) }
}

/// How a value was changed, without the length that was left of it: what was typed letter by letter
/// is one way of writing, however far the typing had come.
fn changed(step: &str) -> String {
    if step.starts_with("truncated to ") { "its beginning".into() } else { inert(step, 40) }
}

/// The steps of a path, split at ` > ` outside of quotes.
pub(crate) fn steps(path: &str) -> Vec<&str> {
    let (mut all, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in path.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted && path[..at].ends_with(' ') && path[at + 1..].starts_with(' ') => {
                all.push(&path[start..at - 1]);
                start = at + 2;
            }
            _ => {}
        }
    }
    all.push(path.get(start..).unwrap_or(""));
    all
}

/// Steps that name a part of a thing; what is left are encodings.
fn is_encoding(step: &&str) -> bool {
    const PARTS: [&str; 9] = [
        "request.",
        "response.",
        "message",
        "query:",
        "form:",
        "multipart:",
        "cookie:",
        "path:",
        "$",
    ];
    !PARTS.iter().any(|part| step.starts_with(part))
}

/// An encoding without its field number: `protobuf:3[1].8` is `protobuf`.
fn plain_step(step: &str) -> String {
    inert(step.split([':', '[', '.']).next().unwrap_or(step), 40)
}

/// One step of a path as a heading for people.
pub(crate) fn step(step: &str, codec: &str) -> String {
    let named = |rest: &str, what: &str| format!("{what} “{}”", inert(rest, 120));
    match step {
        "request.url" => return "The address that was requested".into(),
        "request.body" => return "What was sent: the request’s body".into(),
        "message" => return "What was sent: a message".into(),
        _ => {}
    }
    const PARTS: [(&str, &str); 8] = [
        ("request.header:", "The request’s header field"),
        ("response.header:", "The response’s header field"),
        ("query:", "Parameter of the address"),
        ("form:", "Form field"),
        ("multipart:", "Part of the form"),
        ("cookie:", "Cookie"),
        ("path:", "Part of the path number"),
        ("protobuf:", "Protobuf field"),
    ];
    for (prefix, what) in PARTS {
        if let Some(rest) = step.strip_prefix(prefix) {
            return named(rest, what);
        }
    }
    match step {
        "base64" | "hex" | "percent" => format!("Turned back from {step}"),
        "gzip" | "deflate" | "br" | "zstd" | "zlib" => format!("Unpacked ({step})"),
        json if json.starts_with('$') => named(json, "JSON value at"),
        other if codec.starts_with("aes") => named(other, "Decrypted"),
        other => named(other, "Opened"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_one_way_of_writing() {
        assert_eq!(changed("truncated to 7 bytes"), changed("truncated to 31 bytes"));
        assert_eq!(changed("sha256"), "sha256");
    }

    #[test]
    fn paths_split_outside_of_quotes_only() {
        let table: [(&str, &[&str]); 4] = [
            ("request.body > gzip > $[0].a", &["request.body", "gzip", "$[0].a"]),
            (r#"request.body > $."a > b" > base64"#, &["request.body", r#"$."a > b""#, "base64"]),
            (r#"$."q\" > x""#, &[r#"$."q\" > x""#]),
            ("", &[""]),
        ];
        for (path, parts) in table {
            assert_eq!(steps(path), parts);
        }
    }
}
