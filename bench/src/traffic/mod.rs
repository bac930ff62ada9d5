//! Recordings of what pages with analytics SDKs send, made anew from a number: batches in gzip in
//! base64 in a form, events in a query, JSON, protobuf, pixels, and a channel that stays shut.
//!
//! The shapes follow recordings of real SDKs. Answers are small, so that figures per byte speak of
//! bytes that are read, not of bytes that are skipped.

mod device;
mod event;
mod proto;
mod request;

use bytes::Bytes;
use candor_case::{
    Body, Exchange, ExchangeId, ExchangeKind, Header, Origin, Property, Provenance, Response,
    RunId, Seed, UnixMicros,
};

use crate::random::Random;
use device::Device;

/// The run that the exchanges belong to.
pub const RUN: &str = "bench";
/// One exchange in so many carries a seed.
const PLANTED_EVERY: u64 = 200;
/// Only the first seeds are planted, so that more seeds do not mean more findings.
const PLANTED: usize = 10;
/// 2026-11-22T06:40:00Z.
const BEGUN: i64 = 1_795_329_600_000_000;

/// An exchange, and what it says once everything is opened.
#[derive(Clone, Debug)]
pub struct Made {
    /// As recorded.
    pub exchange: Exchange,
    /// Request line, fields and body with every encoding removed.
    pub clear: Vec<u8>,
}

/// An endless recording.
#[derive(Clone, Debug)]
pub struct Traffic {
    random: Random,
    device: Device,
    seeds: Vec<Seed>,
    count: u64,
}

impl Traffic {
    /// A recording in which some of those seeds are planted.
    pub fn new(seeds: &[Seed]) -> Self {
        Self::of(2020, seeds)
    }

    /// The same of another device, drawn from a number.
    pub fn of(number: u64, seeds: &[Seed]) -> Self {
        let mut random = Random::new(number);
        let device = Device::new(&mut random);
        let seeds = seeds.iter().take(PLANTED).cloned().collect();
        Self { random, device, seeds, count: 0 }
    }

    /// The seed that goes into this exchange, if it is its turn.
    fn planted(&mut self) -> Option<(Property, String)> {
        let turn = !self.seeds.is_empty() && self.random.below(PLANTED_EVERY) == 0;
        turn.then(|| self.random.pick(&self.seeds)).map(|s| (s.property, s.value.clone()))
    }
}

impl Iterator for Traffic {
    type Item = Made;

    fn next(&mut self) -> Option<Made> {
        let index = self.count;
        self.count += 1;
        let now = BEGUN + i64::try_from(index).unwrap_or(0) * 20_000;
        let planted = self.planted();
        let mut writer = event::Writer {
            random: &mut self.random,
            device: &self.device,
            planted,
            now_ms: now / 1_000,
        };
        let sent = request::request(&mut writer);
        let exchange = Exchange {
            id: ExchangeId(candor_evidence::uuid_from(&[b"bench", &index.to_le_bytes()])),
            run: RunId(RUN.into()),
            started: UnixMicros(now),
            connection: None,
            protocols: vec!["h2".into(), "tls/1.3".into()],
            kind: ExchangeKind::Http,
            request: sent.request,
            response: Some(answer()),
            origin: Origin::Proxied,
        };
        Some(Made { exchange, clear: sent.clear })
    }
}

fn answer() -> Response {
    let body = Bytes::from_static(b"ok");
    Response {
        status: 200,
        headers: vec![
            Header::new("content-type", "text/plain"),
            Header::new("content-length", "2"),
            Header::new("cache-control", "no-store"),
        ],
        body: Body::whole(body, Provenance::Proxied),
        trailers: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::seeds;

    #[test]
    fn the_same_recording_every_time_and_seeds_in_the_clear() {
        let seeds = seeds(1000).seeds;
        let all: Vec<Made> = Traffic::new(&seeds).take(3_000).collect();
        let again: Vec<Made> = Traffic::new(&seeds).take(3_000).collect();
        assert!(all.iter().zip(&again).all(|(a, b)| a.clear == b.clear));
        let has = |made: &Made, seed: &Seed| {
            made.clear.windows(seed.value.len()).any(|part| part == seed.value.as_bytes())
        };
        let hits = |from: &[Seed]| -> usize {
            all.iter().map(|made| from.iter().filter(|seed| has(made, seed)).count()).sum()
        };
        assert!((8..40).contains(&hits(&seeds[..10])), "{}", hits(&seeds[..10]));
        assert_eq!(hits(&seeds[10..20]), 0);
    }

    #[test]
    fn every_kind_of_request_occurs() {
        let all: Vec<Made> = Traffic::new(&[]).take(500).collect();
        for part in ["/sa?", "/sa.gif?", "/2/httpapi", "/ukm", "/g/collect?", "/v1/sealed"] {
            assert!(all.iter().any(|made| made.exchange.request.url.contains(part)), "{part}");
        }
    }
}
