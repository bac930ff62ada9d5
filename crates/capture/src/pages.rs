//! The proxy's own pages: how to trust it, and what to do with it.

use bytes::Bytes;

use crate::{Authority, lab::LabAnswer};

/// The host of the pages, inside the proxy.
pub(crate) const HOST: &str = "candor.test";

/// The page at that path, if it is one of the proxy's own.
pub(crate) fn page(path: &str, authority: &Authority) -> Option<LabAnswer> {
    let (kind, body) = match path {
        "/" => ("text/html; charset=utf-8", certificate_page(authority).into()),
        "/candor.pem" => (
            "application/x-pem-file",
            Bytes::copy_from_slice(authority.certificate_pem().as_bytes()),
        ),
        // This type makes phones offer to install it.
        "/candor.cer" => {
            ("application/x-x509-ca-cert", Bytes::copy_from_slice(authority.certificate_der()))
        }
        _ => return None,
    };
    Some(LabAnswer { status: 200, headers: vec![content_type(kind)], body })
}

/// What someone sees who takes the proxy for a web site.
pub(crate) fn help(path: &str, authority: &Authority) -> LabAnswer {
    match path {
        "/candor.pem" | "/candor.cer" => page(path, authority).unwrap_or_default(),
        _ => LabAnswer {
            status: 200,
            headers: vec![content_type("text/html; charset=utf-8")],
            body: HELP.into(),
        },
    }
}

/// What a client hears that may not use the proxy.
pub(crate) const REFUSED: &str = "candor: this proxy records one device and serves no other; \
    to use it, open on this device the address that candor printed when it started\n";

/// What a visitor sees who may not use the proxy.
pub(crate) fn refused() -> LabAnswer {
    LabAnswer {
        status: 403,
        headers: vec![content_type("text/plain; charset=utf-8")],
        body: REFUSED.into(),
    }
}

/// Why there is no answer of the server.
pub(crate) fn failed(status: u16, why: impl std::fmt::Display) -> LabAnswer {
    LabAnswer {
        status,
        headers: vec![content_type("text/plain; charset=utf-8")],
        body: format!("candor: {why}\n").into(),
    }
}

fn content_type(kind: &str) -> (String, String) {
    ("content-type".to_owned(), kind.to_owned())
}

fn certificate_page(authority: &Authority) -> String {
    let fingerprint = authority.fingerprint_sha256();
    format!(
        "<!doctype html>\n<meta name=viewport content=\"width=device-width\">\n\
         <title>candor: certificate</title>\n<h1>This traffic is being recorded by candor</h1>\n\
         <p>For candor to read encrypted traffic, this device must trust its authority: \
         <a href=\"/candor.cer\">candor.cer</a> (phones, Windows, macOS) or \
         <a href=\"/candor.pem\">candor.pem</a> (Firefox, Linux).\n\
         <p>Compare before you trust: SHA-256 <code>{fingerprint}</code>\n\
         <p>Remove it from the device when the recording is done.\n"
    )
}

const HELP: &str = "<!doctype html>\n<meta name=viewport content=\"width=device-width\">\n\
    <title>candor</title>\n<h1>This is candor's recording proxy, not a web site</h1>\n\
    <p>Set this address and port as the device's HTTP or SOCKS5 proxy, then open \
    <a href=\"http://candor.test/\">http://candor.test/</a> there to install the certificate \
    (also here: <a href=\"/candor.cer\">candor.cer</a>, <a href=\"/candor.pem\">candor.pem</a>).\n";
