//! Who sent a request. A page is named on positive evidence only, and what a page causes is never
//! held against the browser's maker.
//!
//! Browsers say with Fetch metadata (W3C, "Fetch Metadata Request Headers") whether a page stood
//! behind a request: `Sec-Fetch-Site: none` means that none did, any other value that one did.
//! Where it is missing, an `Origin` or `Referer` that names a web page of another host is taken as
//! evidence; one of the recipient's own host is not, since programs write that for themselves.

use candor_case::{Request, Run, Sender, Subject};

use crate::address::Address;

/// Schemes by which extensions name themselves as the origin of a request.
const EXTENSIONS: [&str; 3] =
    ["chrome-extension://", "moz-extension://", "safari-web-extension://"];

/// Names the sender of `request`. `own_service` says whether a documented service
/// receives it that only programs of the subject's name send to.
pub(crate) fn sender(request: &Request, run: &Run, subject: &Subject, own_service: bool) -> Sender {
    let origin = text(request, "origin");
    if EXTENSIONS.iter().any(|scheme| starts_with(origin, scheme)) {
        return Sender::Extension;
    }
    let fetch_site = text(request, "sec-fetch-site");
    if fetch_site.eq_ignore_ascii_case("none") {
        return Sender::Subject;
    }
    let by_page = ["cross-site", "same-site", "same-origin"];
    if by_page.iter().any(|value| fetch_site.eq_ignore_ascii_case(value))
        || foreign_page(origin, request)
        || foreign_page(text(request, "referer"), request)
    {
        return Sender::Page;
    }
    let vouched = own_service || run.sole_sender || subject.sole_sender;
    if vouched { Sender::Subject } else { Sender::Unknown }
}

/// Whether a header value names a web page on another host than the one the request goes to.
fn foreign_page(value: &str, request: &Request) -> bool {
    let web = starts_with(value, "http://") || starts_with(value, "https://");
    let Some(address) = Address::of(value).filter(|_| web) else { return false };
    !value[address.host].eq_ignore_ascii_case(&request.host())
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start))
}

fn text<'a>(request: &'a Request, name: &str) -> &'a str {
    request.header(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or("").trim()
}

#[cfg(test)]
mod tests {
    use candor_case::{Body, Header, Provenance};

    use super::*;

    #[test]
    fn senders_are_named_on_evidence() {
        use Sender::{Extension, Page, Subject as Program, Unknown};
        // Headers, whether the run vouches for a sole sender, whether the service is its own, the sender.
        type Row = (&'static [(&'static str, &'static str)], bool, bool, Sender);
        let table: &[Row] = &[
            (&[], false, false, Unknown),
            (&[], true, false, Program),
            (&[], false, true, Program),
            (&[("Sec-Fetch-Site", "none")], false, false, Program),
            (
                &[("Sec-Fetch-Site", "none"), ("Origin", "https://www.other.test")],
                false,
                false,
                Program,
            ),
            (&[("sec-fetch-site", "same-origin")], true, true, Page),
            (&[("Sec-Fetch-Site", "cross-site")], true, false, Page),
            (&[("Origin", "https://page.test")], true, false, Page),
            (&[("Referer", "http://page.test/x?y")], true, false, Page),
            (&[("Referer", "https://api.maker.test/self")], true, false, Program),
            (&[("Origin", "https://api.maker.test")], false, false, Unknown),
            (&[("Origin", "null")], true, false, Program),
            (&[("Referer", "about:client")], false, false, Unknown),
            (&[("Origin", "chrome-extension://abc")], true, false, Extension),
            (
                &[("Origin", "moz-extension://abc"), ("Sec-Fetch-Site", "none")],
                true,
                false,
                Extension,
            ),
        ];
        for (headers, sole, service, expected) in table {
            let request = Request {
                method: "POST".into(),
                url: "https://api.maker.test/x".into(),
                headers: headers.iter().map(|&(name, value)| Header::new(name, value)).collect(),
                body: Body::empty(Provenance::Wire),
                trailers: vec![],
            };
            let run = Run { sole_sender: *sole, ..Run::default() };
            let found = sender(&request, &run, &Subject::default(), *service);
            assert_eq!(found, *expected, "{headers:?} {sole} {service:?}");
        }
    }
}
