//! The browser that does as claimed: it counts, forgets when, and sends one record of each past
//! session at the next start, under a random token that does not last.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{FORM, Happening, Outgoing, STATISTICS_URL, Situation, crash_report};
use crate::{plan::Device, random::Random, wire::statistics_form};

/// 90 days, in milliseconds.
const TOKEN_LIFE_MS: i64 = 7_776_000_000;

/// What the installation keeps.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    version: &'static str,
    agreed: bool,
    switched_off: bool,
    token: Option<Token>,
    counts: BTreeMap<&'static str, u64>,
}

/// The random token, with the time it was drawn. Nothing but a new draw changes that time.
#[derive(Clone, Debug)]
struct Token {
    value: String,
    drawn_ms: i64,
}

impl Counts {
    /// An installation that was never started.
    pub(crate) fn new(version: &'static str) -> Self {
        Self { version, agreed: false, switched_off: false, token: None, counts: BTreeMap::new() }
    }

    pub(super) fn notice(
        &mut self,
        happening: &Happening<'_>,
        at: &Situation<'_>,
        random: &mut Random,
    ) -> Vec<Outgoing> {
        match happening {
            Happening::Agreed => self.agreed = true,
            Happening::Collection(on) => {
                self.switched_off = !on;
                self.counts.clear();
            }
            _ => {}
        }
        if !self.agreed || self.switched_off || at.private {
            return vec![];
        }
        let mut out = vec![];
        if matches!(happening, Happening::Started) {
            out.extend(self.past_session(at, random));
        }
        if let Some(counter) = counter(happening) {
            *self.counts.entry(counter).or_default() += 1;
        }
        if let Happening::Crashed(cause) = happening {
            out.push(crash_report(self.version, cause, at.device));
        }
        out
    }

    /// The record of the session before this start; none if nothing was counted.
    fn past_session(&mut self, at: &Situation<'_>, random: &mut Random) -> Option<Outgoing> {
        let counts = std::mem::take(&mut self.counts);
        if counts.is_empty() {
            return None;
        }
        let token = self.token(at.now.millis(), random);
        let record = record(self.version, &token, &counts, at.device);
        let body = statistics_form(&[record], false);
        Some(Outgoing { url: STATISTICS_URL.into(), content_type: FORM, body })
    }

    /// The token, drawn anew once it is 90 days old, whether it was used or not.
    fn token(&mut self, now_ms: i64, random: &mut Random) -> String {
        let kept = self.token.take().filter(|token| now_ms - token.drawn_ms < TOKEN_LIFE_MS);
        let token = kept.unwrap_or_else(|| Token { value: random.uuid(), drawn_ms: now_ms });
        let value = token.value.clone();
        self.token = Some(token);
        value
    }
}

/// What a happening counts as.
fn counter(happening: &Happening<'_>) -> Option<&'static str> {
    match happening {
        Happening::Started => Some("starts"),
        Happening::PageFinished(_) => Some("pages_loaded"),
        Happening::Searched(_) | Happening::VideoSearched(_) => Some("searches"),
        Happening::Downloaded(_) => Some("downloads"),
        Happening::Crashed(_) => Some("crashes"),
        _ => None,
    }
}

/// One record: counts, what the program runs on in coarse words, the token. No time at all.
fn record(
    version: &str,
    token: &str,
    counts: &BTreeMap<&'static str, u64>,
    device: &Device,
) -> Value {
    let mut record = json!({
        "type": "track",
        "event": "usage_counts",
        "distinct_id": token,
        "lib": { "$lib": "Android", "$lib_version": "3.2.10", "$app_version": version },
        "properties": {
            "notice": "SIMULATED",
            "$os": "Android",
            "$os_version": device.os_version,
            "$model": device.model,
            "$app_version": version,
            "period": "one session",
        },
    });
    for (counter, n) in counts {
        record["properties"][*counter] = (*n).into();
    }
    record
}

#[cfg(test)]
mod tests {
    use candor_case::UnixMicros;

    use super::*;

    const DAY: i64 = 86_400;

    struct Bed {
        counts: Counts,
        device: Device,
        random: Random,
    }

    impl Bed {
        fn new() -> Self {
            let mut random = Random::labelled(4, "bed");
            let device = Device::new(&mut random);
            Self { counts: Counts::new("3.4.0"), device, random }
        }

        fn tell(&mut self, happening: Happening<'_>, day: i64, private: bool) -> usize {
            let now = UnixMicros(day * DAY * 1_000_000);
            let at = Situation { now, device: &self.device, private };
            self.counts.notice(&happening, &at, &mut self.random).len()
        }

        fn token(&self) -> String {
            self.counts.token.as_ref().unwrap().value.clone()
        }
    }

    #[test]
    fn nothing_leaves_before_consent_in_private_or_once_switched_off() {
        let mut bed = Bed::new();
        let mut sent = bed.tell(Happening::Started, 0, false);
        sent += bed.tell(Happening::Crashed("x"), 0, false);
        sent += bed.tell(Happening::Started, 0, false);
        assert_eq!(sent, 0, "before consent");
        bed.tell(Happening::Agreed, 0, false);
        bed.tell(Happening::PageFinished("https://a.candor.test/"), 0, false);
        assert_eq!(bed.tell(Happening::Started, 0, true), 0, "in private");
        assert_eq!(bed.tell(Happening::Started, 0, false), 1, "the past session");
        bed.tell(Happening::Collection(false), 0, false);
        bed.tell(Happening::PageFinished("https://a.candor.test/"), 0, false);
        assert_eq!(bed.tell(Happening::Started, 1, false), 0, "switched off");
    }

    #[test]
    fn the_token_is_replaced_after_ninety_days_of_use_too() {
        let mut bed = Bed::new();
        bed.tell(Happening::Agreed, 0, false);
        let mut on = |day| {
            bed.tell(Happening::Started, day, false);
            bed.tell(Happening::Started, day, false);
            bed.token()
        };
        let (first, later, last) = (on(0), on(60), on(91));
        assert_eq!(first, later);
        assert_ne!(later, last);
    }
}
