//! The 2020 browser: every event with its time, its address and the number of the device, kept in
//! a queue and uploaded after the fact, private window or not.

use serde_json::{Value, json};

use super::{
    FORM, Happening, MISTAT_URL, Outgoing, STATISTICS_URL, Situation,
    anonymous_id::AnonymousId,
    crash_report,
    event::{Who, event},
};
use crate::{
    random::Random,
    wire::{MistatKey, statistics_form},
};

/// Upload every 15 seconds …
const FLUSH_MS: i64 = 15_000;
/// … or when more events than this are waiting, …
const FLUSH_EVENTS: usize = 100;
/// … at most so many in one request.
const BATCH: usize = 50;

/// What the installation keeps.
#[derive(Clone, Debug)]
pub(crate) struct Sensors {
    version: &'static str,
    /// Whether the switch for private windows has an effect (3.4.3).
    gated: bool,
    /// Where that switch stands. Its default was not seen; "on" is said not to be the silent one.
    enhanced: bool,
    id: Option<AnonymousId>,
    account: Option<String>,
    queue: Vec<Value>,
    flushed_ms: i64,
    /// The second channel's key, drawn anew by each process.
    key: MistatKey,
}

impl Sensors {
    /// An installation that was never started.
    pub(crate) fn new(version: &'static str, gated: bool) -> Self {
        Self {
            version,
            gated,
            enhanced: true,
            id: None,
            account: None,
            queue: vec![],
            flushed_ms: 0,
            key: MistatKey::new([0; 16], 0),
        }
    }

    /// Whether the gate of 3.4.3 is shut: private window, switch off.
    fn shut(&self, at: &Situation<'_>) -> bool {
        self.gated && at.private && !self.enhanced
    }

    pub(super) fn notice(
        &mut self,
        happening: &Happening<'_>,
        at: &Situation<'_>,
        random: &mut Random,
    ) -> Vec<Outgoing> {
        match happening {
            Happening::Enhanced(on) => self.enhanced = *on,
            Happening::Started => self.start(at, random),
            Happening::SignedIn(account) => self.account = Some((*account).to_owned()),
            _ => {}
        }
        if self.shut(at) {
            return vec![];
        }
        let crash = self.record(happening, at, random);
        let mut out = if self.due(happening, at) { self.flush(at) } else { vec![] };
        out.extend(crash);
        out
    }

    fn start(&mut self, at: &Situation<'_>, random: &mut Random) {
        let now_ms = at.now.millis();
        self.id = Some(AnonymousId::at_start(self.id.take(), now_ms, random));
        self.key = MistatKey::new(random.block(), now_ms);
        self.flushed_ms = now_ms;
    }

    fn due(&self, happening: &Happening<'_>, at: &Situation<'_>) -> bool {
        let at_once = matches!(happening, Happening::Closed | Happening::SignedIn(_));
        let waited = at.now.millis() - self.flushed_ms >= FLUSH_MS;
        let killed = matches!(happening, Happening::Killed);
        !killed && (at_once || waited || self.queue.len() > FLUSH_EVENTS)
    }

    /// Puts the happening's event into the queue; returns the crash report of a crash.
    fn record(
        &mut self,
        happening: &Happening<'_>,
        at: &Situation<'_>,
        random: &mut Random,
    ) -> Option<Outgoing> {
        let (kind, name, own) = described(happening, at)?;
        let anonymous = self.id.as_ref().map_or("", |id| &id.id);
        let who = Who { anonymous, account: self.account.as_deref() };
        self.queue.push(event(kind, name, own, &who, self.version, at, random));
        match happening {
            Happening::Crashed(cause) => Some(crash_report(self.version, cause, at.device)),
            _ => None,
        }
    }

    /// Uploads the queue to both channels, in requests of at most fifty events.
    fn flush(&mut self, at: &Situation<'_>) -> Vec<Outgoing> {
        self.flushed_ms = at.now.millis();
        let mut events = std::mem::take(&mut self.queue);
        for event in &mut events {
            event["_flush_time"] = self.flushed_ms.into();
        }
        events.chunks(BATCH).flat_map(|batch| self.upload(batch)).collect()
    }

    fn upload(&self, batch: &[Value]) -> [Outgoing; 2] {
        let statistics = statistics_form(batch, true);
        let second = self.key.seal("SIMULATED-app", "ZZ", batch);
        [
            Outgoing { url: STATISTICS_URL.into(), content_type: FORM, body: statistics },
            Outgoing { url: MISTAT_URL.into(), content_type: FORM, body: second },
        ]
    }
}

/// Type, name and own properties of the event that a happening makes, if it makes one.
fn described(
    happening: &Happening<'_>,
    at: &Situation<'_>,
) -> Option<(&'static str, &'static str, Value)> {
    let track = |name, own| Some(("track", name, own));
    match happening {
        Happening::Started => track("$AppStart", json!({ "$resume_from_background": false })),
        Happening::Closed => track("$AppEnd", json!({})),
        Happening::PageStarted(url) => track("page_load_event_start", json!({ "url": url })),
        Happening::PageFinished(url) => track("page_load_event_finish", json!({ "url": url })),
        Happening::Searched(words) => track(
            "search",
            json!({
                "search_word": words,
                "used_searchengine": "candor search (SIMULATED)",
                "search_position": "omnibox",
                "search_method": "enter",
            }),
        ),
        Happening::VideoSearched(words) => track(
            "youtube_search_op",
            json!({ "op": "search", "search_word": words, "search_type": "input", "page": "home" }),
        ),
        Happening::Downloaded(url) => track(
            "download_files",
            json!({
                "op": "start",
                "suffix": "pdf",
                "url": url,
                "type": if at.private { "privacy" } else { "general" },
            }),
        ),
        Happening::Crashed(cause) => track("rv_crashed", json!({ "cause": cause })),
        Happening::SignedIn(_) => Some(("track_signup", "$SignUp", json!({}))),
        Happening::Killed
        | Happening::Agreed
        | Happening::Collection(_)
        | Happening::Enhanced(_)
        | Happening::Tick => None,
    }
}

#[cfg(test)]
mod tests {
    use candor_case::UnixMicros;

    use super::*;
    use crate::plan::Device;

    struct Bed {
        sensors: Sensors,
        device: Device,
        random: Random,
        now: i64,
        private: bool,
    }

    impl Bed {
        fn new(gated: bool) -> Self {
            let mut random = Random::labelled(3, "bed");
            let device = Device::new(&mut random);
            Self {
                sensors: Sensors::new("3.4.0", gated),
                device,
                random,
                now: 1_000,
                private: false,
            }
        }

        /// Requests per happening.
        fn tell(&mut self, happening: Happening<'_>) -> usize {
            let now = UnixMicros(self.now * 1_000_000);
            let at = Situation { now, device: &self.device, private: self.private };
            self.sensors.notice(&happening, &at, &mut self.random).len()
        }
    }

    #[test]
    fn events_wait_fifteen_seconds_and_survive_a_kill() {
        let mut bed = Bed::new(false);
        assert_eq!(bed.tell(Happening::Started), 0);
        assert_eq!(bed.tell(Happening::PageStarted("https://a.candor.test/")), 0);
        assert_eq!(bed.tell(Happening::Killed), 0);
        bed.now += 3_600;
        assert_eq!(bed.tell(Happening::Started), 0, "a new process waits its turn");
        bed.now += 14;
        assert_eq!(bed.tell(Happening::Tick), 0);
        bed.now += 1;
        assert_eq!(bed.tell(Happening::Tick), 2, "both channels, the killed process's event too");
        bed.now += 60;
        assert_eq!(bed.tell(Happening::Tick), 0, "nothing waits any more");
    }

    #[test]
    fn a_long_queue_goes_up_at_once_in_fifties() {
        let mut bed = Bed::new(false);
        bed.tell(Happening::Started);
        let page = || Happening::PageStarted("https://a.candor.test/");
        let requests: Vec<_> = (0..100).map(|_| bed.tell(page())).collect();
        assert_eq!(requests[..99].iter().sum::<usize>(), 0);
        assert_eq!(requests[99], 6, "101 events: three requests to each channel");
    }

    #[test]
    fn signing_in_joins_the_two_names_at_once() {
        let mut bed = Bed::new(false);
        bed.tell(Happening::Started);
        assert_eq!(bed.tell(Happening::SignedIn("sim-robin")), 2);
        bed.tell(Happening::PageStarted("https://a.candor.test/"));
        let event = &bed.sensors.queue[0];
        assert_eq!(event["distinct_id"], "sim-robin");
        assert_eq!(event["properties"]["uuid"], bed.sensors.id.as_ref().unwrap().id.as_str());
    }

    #[test]
    fn the_gate_shuts_in_one_cell_only() {
        for (private, enhanced) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut bed = Bed::new(true);
            bed.private = private;
            bed.tell(Happening::Enhanced(enhanced));
            bed.tell(Happening::Started);
            bed.tell(Happening::PageStarted("https://a.candor.test/"));
            bed.now += 60;
            let sent = bed.tell(Happening::Tick);
            assert_eq!(sent == 0, private && !enhanced, "private {private}, enhanced {enhanced}");
        }
    }
}
