//! When a report was made, by its own documented times.

use candor_case::{Property, UnixMicros};
use candor_detect::Sighting;

/// The latest moment that the documented times of one request tell; `None` if none of them does.
///
/// A time that was cut to minutes or seconds may lie as late as their end.
pub(crate) fn latest(sightings: &[Sighting]) -> Option<UnixMicros> {
    let times = sightings.iter().filter(|s| s.property == Property::EventTime);
    times.filter_map(|s| moment(&s.value)).max()
}

/// RFC 3339, also without seconds, or a count since 1970 in seconds, milliseconds or microseconds.
fn moment(text: &str) -> Option<UnixMicros> {
    if let Ok(count) = text.parse::<i64>() {
        return since_1970(count);
    }
    let clock = text.split_once('T')?.1;
    let seconds = clock.split(['+', '-', 'Z']).next()?;
    let whole = match seconds.matches(':').count() {
        1 => text.replacen(seconds, &format!("{seconds}:59.999999"), 1),
        _ if !seconds.contains('.') => text.replacen(seconds, &format!("{seconds}.999999"), 1),
        _ => text.to_owned(),
    };
    let moment: jiff::Timestamp = whole.parse().ok()?;
    Some(UnixMicros(moment.as_microsecond()))
}

/// Counts are told apart by their size, for moments between 2001 and 2286.
fn since_1970(count: i64) -> Option<UnixMicros> {
    let (unit, rest) = match count {
        1_000_000_000..=9_999_999_999 => (1_000_000, 999_999),
        1_000_000_000_000..=9_999_999_999_999 => (1_000, 999),
        1_000_000_000_000_000..=9_999_999_999_999_999 => (1, 0),
        _ => return None,
    };
    Some(UnixMicros(count * unit + rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_late_as_they_may_be() {
        let at = 1_795_364_757_000_000;
        let table = [
            ("2026-11-22T16:25:57.564+00:00", Some(at + 564_000)),
            ("2026-11-22T17:25:57.564+01:00", Some(at + 564_000)),
            ("2026-11-22T16:25:57Z", Some(at + 999_999)),
            ("2026-11-22T16:25+00:00", Some(at + 2_999_999)),
            ("1795364757", Some(at + 999_999)),
            ("1795364757564", Some(at + 564_999)),
            ("1795364757564000", Some(at + 564_000)),
            ("2026-11-22", None),
            ("12345", None),
            ("T", None),
            ("yesterday", None),
        ];
        for (text, micros) in table {
            assert_eq!(moment(text).map(|m| m.0), micros, "{text}");
        }
    }
}
