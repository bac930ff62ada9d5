//! The Public Suffix List, asked in this one place: its rules are code, and every place that asks
//! would be compiled with all of them.

/// The end of a host below which anybody may register a name.
pub(crate) struct Suffix<'a> {
    /// Its labels, as in `co.uk`.
    pub(crate) text: &'a str,
    /// Whether the list names it, rather than that any last label is taken for one.
    pub(crate) is_known: bool,
}

/// The public suffix of a host in lower case.
#[inline(never)]
pub(crate) fn suffix(host: &str) -> Option<Suffix<'_>> {
    let suffix = psl::suffix(host.as_bytes())?;
    let text = host.get(host.len() - suffix.as_bytes().len()..)?;
    Some(Suffix { text, is_known: suffix.is_known() })
}

/// The domain that somebody registered: the public suffix of a host with the label before it.
#[inline(never)]
pub(crate) fn domain(host: &str) -> Option<&str> {
    let domain = psl::domain(host.as_bytes())?;
    host.get(host.len() - domain.as_bytes().len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_ends_in_a_domain_and_a_suffix() {
        let table = [
            ("www.shop.co.uk", Some(("co.uk", true)), Some("shop.co.uk")),
            ("example.org", Some(("org", true)), Some("example.org")),
            ("org", Some(("org", true)), None),
            ("api.maker.test", Some(("test", false)), Some("maker.test")),
            ("www.example.org.", Some(("org.", true)), Some("example.org.")),
            ("", None, None),
        ];
        for (host, expected, registered) in table {
            let found = suffix(host).map(|suffix| (suffix.text, suffix.is_known));
            assert_eq!((found, domain(host)), (expected, registered), "{host}");
        }
    }
}
