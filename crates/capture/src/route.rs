//! What a connection shows of where it goes, and the addresses that follow from it.

use std::net::{IpAddr, Ipv6Addr};

/// A host and port that a client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Name or IP address, lower-cased, without brackets or trailing dot.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
}

impl Target {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        Self { host, port }
    }

    /// Reads `host`, `host:port` or `[v6]:port`; `None` when it is neither.
    pub(crate) fn parse(authority: &str, default_port: u16) -> Option<Self> {
        let authority = authority.rsplit('@').next()?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']')?;
                host.parse::<Ipv6Addr>().ok()?;
                (host, after.strip_prefix(':').or(after.is_empty().then_some(""))?)
            }
            None => authority.split_once(':').unwrap_or((authority, "")),
        };
        let port = if port.is_empty() { default_port } else { port.parse().ok()? };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/?#\\".contains(c);
        (!host.is_empty() && !host.contains(odd)).then(|| Self::new(host, port))
    }

    /// The address, when it is one and not a name.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", bracketed(&self.host), self.port)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Whether a host is the lab's own: `candor.test`, `maker.test` and everything under them.
pub(crate) fn is_lab(host: &str) -> bool {
    ["candor.test", "maker.test"].iter().any(|lab| {
        host.strip_suffix(lab).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// What the connection shows of the requests inside it.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// The name shown by TLS or asked for by CONNECT or SOCKS, with the port asked for.
    pub(crate) target: Target,
    /// The TLS version towards the client, as a WARC-Protocol value (`tls/1.3`).
    pub(crate) tls: Option<&'static str>,
}

impl Route {
    /// The host and port that a request goes to, as the connection shows it. Where it shows only an
    /// IP address, the request's own `Host` or `:authority` names the host.
    pub(crate) fn site(&self, named: Option<&str>) -> Target {
        let named = named.and_then(|n| Target::parse(n, self.target.port));
        match (self.target.ip(), named) {
            (Some(_), Some(named)) if named.ip().is_none() => {
                Target::new(&named.host, self.target.port)
            }
            _ => self.target.clone(),
        }
    }

    /// The absolute URL of a path at a site.
    pub(crate) fn url(&self, site: &Target, path: &str) -> String {
        let port = match (self.scheme, site.port) {
            ("http", 80) | ("https", 443) => String::new(),
            (_, port) => format!(":{port}"),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{}://{}{port}{slash}{path}", self.scheme, bracketed(&site.host))
    }
}

/// A request target as text: bytes that are not UTF-8 are percent-encoded, the rest stays as sent.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read() {
        let table = [
            ("a.test", Some(("a.test", 80))),
            ("A.Test.:8080", Some(("a.test", 8080))),
            ("[::1]:443", Some(("::1", 443))),
            ("[::1]", Some(("::1", 80))),
            ("user:pw@a.test:1", Some(("a.test", 1))),
            ("a.test:", Some(("a.test", 80))),
            ("", None),
            (":80", None),
            ("a b", None),
            ("a.test:99999", None),
            ("[nonsense]:1", None),
            ("[::1]x", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(host, port)| Target::new(host, port));
            assert_eq!(Target::parse(text, 80), expected, "{text}");
        }
    }

    #[test]
    fn lab_hosts_are_known() {
        for host in ["candor.test", "a.candor.test", "maker.test", "sa.api.intl.maker.test"] {
            assert!(is_lab(host), "{host}");
        }
        for host in ["notcandor.test", "candor.test.example.org", "test", ""] {
            assert!(!is_lab(host), "{host}");
        }
    }

    #[test]
    fn urls_follow_the_connection() {
        let https = |host| Route { scheme: "https", target: Target::new(host, 443), tls: None };
        let url = |route: &Route, named, path| route.url(&route.site(named), path);
        let named = https("a.test");
        assert_eq!(url(&named, Some("b.test"), "/x?y"), "https://a.test/x?y");
        let address = https("192.0.2.1");
        assert_eq!(url(&address, Some("b.test:9"), "/"), "https://b.test/");
        assert_eq!(url(&address, None, "*"), "https://192.0.2.1/*");
        let plain = Route { scheme: "http", target: Target::new("::1", 8080), tls: None };
        assert_eq!(url(&plain, Some("[::1]:8080"), "/"), "http://[::1]:8080/");
        assert_eq!(printable(b"/a\xffb\xc3\xa9"), "/a%FFb\u{e9}");
    }
}
