//! The opening handshake (RFC 6455, section 4), seen and answered.

use candor_case::Header;
use data_encoding::BASE64;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use crate::h1::head::tokens;

/// Whether a request asks for a WebSocket.
pub(crate) fn is_upgrade(request: &[Header]) -> bool {
    upgrades(request) && request.iter().any(|h| h.is("sec-websocket-key"))
}

/// Whether an answer with status 101 opens a WebSocket.
pub(crate) fn is_upgraded(response: &[Header]) -> bool {
    upgrades(response)
}

fn upgrades(headers: &[Header]) -> bool {
    tokens(headers, "upgrade").any(|t| t == "websocket")
}

/// The header fields that accept a WebSocket: compression, where it is offered without conditions,
/// and the first subprotocol, so that the client sends what it would send its own server.
pub(crate) fn accept(request: &[Header]) -> Vec<(String, String)> {
    let mut headers = vec![
        ("upgrade".to_owned(), "websocket".to_owned()),
        ("connection".to_owned(), "Upgrade".to_owned()),
    ];
    let first = |name: &str| request.iter().find(|h| h.is(name)).map(|h| &h.value);
    if let Some(key) = first("sec-websocket-key") {
        headers.push(("sec-websocket-accept".to_owned(), accept_key(key)));
    }
    if let Some(offered) = first("sec-websocket-protocol") {
        let protocol = offered.split(|b| *b == b',').next().unwrap_or_default().trim_ascii();
        let protocol = String::from_utf8_lossy(protocol).into_owned();
        headers.push(("sec-websocket-protocol".to_owned(), protocol));
    }
    if offers_deflate(request) {
        let extension = "permessage-deflate".to_owned();
        headers.push(("sec-websocket-extensions".to_owned(), extension));
    }
    headers
}

/// Whether compression is offered without conditions for the server.
fn offers_deflate(request: &[Header]) -> bool {
    tokens(request, "sec-websocket-extensions").any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        parts.next() == Some("permessage-deflate") && !parts.any(|p| p.starts_with("server_"))
    })
}

fn accept_key(key: &[u8]) -> String {
    let mut hash = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    BASE64.encode(hash.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_not_accepted() {
        let offers =
            |value: &'static str| offers_deflate(&[Header::new("Sec-WebSocket-Extensions", value)]);
        assert!(offers("permessage-deflate; server_no_context_takeover, permessage-deflate"));
        assert!(!offers("permessage-deflate; server_no_context_takeover"));
        assert!(!offers("x-deflate"));
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        let request = [
            Header::new("Upgrade", "WebSocket"),
            Header::new("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            Header::new("Sec-WebSocket-Protocol", "chat, superchat"),
            Header::new("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ];
        assert!(is_upgrade(&request));
        assert!(!is_upgrade(&request[1..]));
        let names: Vec<_> =
            accept(&request).into_iter().map(|(name, value)| name + "=" + &value).collect();
        assert_eq!(
            names[3..],
            ["sec-websocket-protocol=chat", "sec-websocket-extensions=permessage-deflate"]
        );
    }
}
