//! Gaps: what was sent, or may have been, and is in no exchange.

use candor_case::{Gap, GapReason};

/// One gap. `bytes` is 0 where it is not known how many were sent.
pub(crate) fn gap(reason: GapReason, host: &str, bytes: u64, example: String) -> Gap {
    Gap { reason, host: host.to_ascii_lowercase(), count: 1, bytes, largest: bytes, example }
}

/// The host of an address; empty if there is none.
pub(crate) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host_port = authority.rsplit('@').next().unwrap_or("");
    match host_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or("").to_owned(),
        None => host_port.split(':').next().unwrap_or("").to_owned(),
    }
}
