//! The bridge from capture to the case folder, and from capture to the lab: capture and evidence
//! do not know one another.

use std::sync::Arc;

use bytes::Bytes;
use candor_capture::{Lab, LabAnswer, LabRequest, Recording, Side, Sink};
use candor_case::{Event, Exchange, Header, Response};
use candor_evidence::{ExchangeWriter, RunWriter};

/// A run's writer, as capture sees it.
pub struct RunSink(pub RunWriter);

impl Sink for RunSink {
    fn event(&self, event: Event) {
        self.0.event(&event);
    }

    fn open(&self, head: Exchange) -> Box<dyn Recording> {
        Box::new(ExchangeSink(self.0.open(head)))
    }

    fn message(&self, message: Exchange, frames: Bytes) {
        self.0.message(&message, &frames);
    }
}

struct ExchangeSink(ExchangeWriter);

impl Recording for ExchangeSink {
    fn chunk(&self, side: Side, bytes: &Bytes) {
        self.0.chunk(to_evidence(side), bytes);
    }

    fn response(&self, head: Response) {
        self.0.response(head);
    }

    fn end(&self, side: Side, trailers: Vec<Header>, complete: bool) {
        self.0.end(to_evidence(side), trailers, complete);
    }
}

fn to_evidence(side: Side) -> candor_evidence::Side {
    match side {
        Side::Request => candor_evidence::Side::Request,
        Side::Response => candor_evidence::Side::Response,
    }
}

/// The lab, as capture sees it.
pub struct LabSite(pub candor_specimens::Lab);

impl Lab for LabSite {
    fn answer(&self, request: &LabRequest) -> LabAnswer {
        let answer = self.0.answer(&request.method, &request.url, &request.headers, &request.body);
        LabAnswer { status: answer.status, headers: answer.headers, body: answer.body }
    }
}

/// The lab for a proxy.
pub fn lab() -> Arc<dyn Lab> {
    Arc::new(LabSite(candor_specimens::Lab::default()))
}
