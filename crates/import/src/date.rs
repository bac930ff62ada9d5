//! Moments as recorders write them.

use candor_case::UnixMicros;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads RFC 3339, also without an offset, which then is UTC.
pub(crate) fn from_text(text: &str) -> Option<UnixMicros> {
    let text = text.trim();
    let at = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())?;
    Some(UnixMicros(at.as_microsecond()))
}

/// Reads seconds since 1970 with a fraction.
pub(crate) fn from_seconds(seconds: f64) -> Option<UnixMicros> {
    let micros = seconds * 1e6;
    (micros.is_finite() && micros.abs() < 1e17).then_some(UnixMicros(micros.round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_read() {
        let at = Some(UnixMicros(1_704_449_472_345_000));
        let table = [
            ("2024-01-05T10:11:12.345Z", at),
            ("2024-01-05T11:11:12.345+01:00", at),
            ("2024-01-05T10:11:12.345000+00:00", at),
            ("2024-01-05 10:11:12.345", at),
            ("Fri Jan 05 2024", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(from_text(text), expected, "{text}");
        }
        assert_eq!(from_seconds(1_704_449_472.345), at);
        assert_eq!(from_seconds(f64::NAN), None);
    }
}
