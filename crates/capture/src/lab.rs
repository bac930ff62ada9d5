//! The lab's web site: pure answers for the hosts that are candor's own.

use bytes::Bytes;
use candor_case::Header;

/// Most bytes of a request body that the lab is shown.
pub(crate) const LAB_BODY: usize = 16 << 20;

/// Answers for the hosts under `candor.test` and `maker.test`, whoever else is upstream.
pub trait Lab: Send + Sync {
    /// Answers one request; called on a thread of the proxy, so it must not wait for anything.
    /// A WebSocket upgrade is accepted by the status 101 alone; the proxy does the rest.
    fn answer(&self, request: &LabRequest) -> LabAnswer;
}

/// A request to the lab.
#[derive(Clone, Debug)]
pub struct LabRequest {
    /// Method, as sent.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Header fields in the order sent.
    pub headers: Vec<Header>,
    /// The first 16 MiB of the body, raw as sent.
    pub body: Bytes,
}

/// What the lab answers. Length and framing are added by the proxy.
#[derive(Clone, Debug, Default)]
pub struct LabAnswer {
    /// Status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

/// A lab without a web site: every path is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLab;

impl Lab for NoLab {
    fn answer(&self, _: &LabRequest) -> LabAnswer {
        LabAnswer {
            status: 404,
            headers: vec![("content-type".into(), "text/plain".into())],
            body: Bytes::from_static(b"candor's lab has no such page\n"),
        }
    }
}
