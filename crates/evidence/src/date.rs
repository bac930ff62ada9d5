//! Moments as WARC writes them.

use candor_case::UnixMicros;
use jiff::Timestamp;

/// RFC 3339 with microseconds, in UTC; `None` for moments outside the years 0 to 9999.
pub(crate) fn to_text(at: UnixMicros) -> Option<String> {
    let text =
        Timestamp::from_microsecond(at.0).ok()?.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    (text.len() == 27 && !text.starts_with('-')).then_some(text)
}

/// Reads RFC 3339. What is finer than microseconds is cut.
pub(crate) fn from_text(text: &str) -> Option<UnixMicros> {
    Some(UnixMicros(text.parse::<Timestamp>().ok()?.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_microseconds() {
        let text = to_text(UnixMicros(1_795_330_793_367_000)).expect("in range");
        assert_eq!(text, "2026-11-22T06:59:53.367000Z");
        assert_eq!(from_text(&text), Some(UnixMicros(1_795_330_793_367_000)));
        assert_eq!(from_text("2026-11-22T06:30:00Z"), Some(UnixMicros(1_795_329_000_000_000)));
        assert_eq!(to_text(UnixMicros(i64::MAX)), None);
        assert_eq!(to_text(UnixMicros(-1)).as_deref(), Some("1969-12-31T23:59:59.999999Z"));
        assert_eq!(from_text("yesterday"), None);
    }
}
