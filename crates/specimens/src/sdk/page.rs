//! The pages of the bench: HTML with the SDK, what is planted, and what a visitor does there.
//!
//! A page tells the bench how far it is by asking its own host for `/-/…`; the lab answers like
//! anywhere else, and whoever runs the bench reads along.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::SdkArm;

/// Where pages find the bench's ear, on their own host.
const EAR: &str = "/-/";

const FLOW: &str = include_str!("../../data/sdk/flow.js");

/// What a page tells the bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A phase begins.
    Phase {
        /// Its name.
        name: String,
        /// Its session.
        session: String,
    },
    /// An action was carried out: the name of its seed within the run.
    Did(String),
    /// The page is done, and the browser may be closed.
    End,
    /// The page cannot go on.
    Broken(String),
}

/// What an address asked for tells the bench, if anything.
pub fn told(url: &str) -> Option<Told> {
    let (_, rest) = url.split_once(EAR)?;
    let mut words = rest.split('/').map(str::to_owned);
    match (words.next()?.as_str(), words.next(), words.next()) {
        ("phase", Some(name), Some(session)) => Some(Told::Phase { name, session }),
        ("did", Some(seed), None) => Some(Told::Did(seed)),
        ("end", None, None) => Some(Told::End),
        ("broken", Some(why), None) => Some(Told::Broken(why)),
        _ => None,
    }
}

/// What a page knows; `bench` in its scripts.
#[derive(Serialize)]
pub(super) struct Bench<'a> {
    pub(super) page: &'a str,
    pub(super) seeds: &'a Map<String, Value>,
    pub(super) wait_ms: u64,
}

/// The page that does its part of a run.
pub(super) fn html(arm: &SdkArm, bench: &Bench<'_>) -> String {
    let known = json!({
        "page": bench.page,
        "seeds": bench.seeds,
        "wait_ms": bench.wait_ms,
        "collector": format!("https://{}", arm.collector()),
        "arm": { "name": arm.arm.name, "init": arm.arm.init },
    });
    // Inside a script element, `<` could end it.
    let known = known.to_string().replace('<', "\\u003c");
    let load = |name: &String| format!("<script src=\"/sdk/{name}.js\"></script>\n");
    let scripts: String = arm.scripts().iter().map(load).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <title>A shop (SIMULATED)</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <header>SIMULATED: a page of candor's own lab, with a real SDK</header>\n\
         <h1>A shop</h1>\n<form><label>Name <input id=\"name\"></label></form>\n\
         <p><a id=\"later\" href=\"/\">Read later</a></p>\n\
         <script>const bench = {{ ...{known}, fetch: window.fetch.bind(window) }};</script>\n\
         {scripts}<script>\n{}\n{FLOW}</script>\n</html>\n",
        arm.glue
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pages_tell_is_understood() {
        let at = |path: &str| told(&format!("https://a.sdk.candor.test{path}"));
        let phase = Told::Phase { name: "after".into(), session: "1".into() };
        assert_eq!(at("/-/phase/after/1"), Some(phase));
        assert_eq!(at("/-/did/search-1"), Some(Told::Did("search-1".into())));
        assert_eq!(at("/-/end"), Some(Told::End));
        assert_eq!(at("/-/broken/TypeError"), Some(Told::Broken("TypeError".into())));
        for other in ["/", "/p/a?q=b", "/-/phase/after", "/-/end/of", "/-/"] {
            assert_eq!(at(other), None, "{other}");
        }
    }
}
