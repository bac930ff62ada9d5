//! Moments and spans of time in words, in UTC.

use candor_case::UnixMicros;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `4 May 2020`.
pub(crate) fn day(at: UnixMicros) -> String {
    let (year, month, day) = civil(at);
    format!("{day} {} {year}", MONTHS[month - 1])
}

/// `14:03:12`.
pub(crate) fn time(at: UnixMicros) -> String {
    let second = at.0.div_euclid(1_000_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// `2020-05-04T14:03:12Z`.
pub(crate) fn iso(at: UnixMicros) -> String {
    let (year, month, day) = civil(at);
    format!("{year:04}-{month:02}-{day:02}T{}Z", time(at))
}

/// A span of time in its largest fitting unit: `350 ms`, `12 s`, `4 min`, `3.5 h`, `91 days`.
pub(crate) fn span(micros: i64) -> String {
    let seconds = micros as f64 / 1e6;
    match seconds.abs() {
        s if s < 1.0 => format!("{} ms", micros / 1_000),
        s if s < 120.0 => format!("{seconds:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", seconds / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.0} days", seconds / 86_400.0),
    }
}

/// Year, month (1 to 12) and day of a moment in the proleptic Gregorian calendar: days are counted
/// in years that begin on 1 March, so that the leap day comes last.
fn civil(at: UnixMicros) -> (i64, usize, i64) {
    let days = at.0.div_euclid(86_400_000_000) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month as usize, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_calendars_do() {
        let table = [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (1_588_600_992_000_000, "2020-05-04T14:03:12Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
        ];
        for (micros, text) in table {
            assert_eq!(iso(UnixMicros(micros)), text);
        }
        assert_eq!(day(UnixMicros(1_588_600_992_000_000)), "4 May 2020");
        let _ = (iso(UnixMicros(i64::MIN)), iso(UnixMicros(i64::MAX)), span(i64::MIN));
    }

    #[test]
    fn spans_take_the_unit_that_fits() {
        let table = [
            (350_000, "350 ms"),
            (12_000_000, "12 s"),
            (240_000_000, "4 min"),
            (i64::MAX, "106751991 days"),
        ];
        for (micros, text) in table {
            assert_eq!(span(micros), text);
        }
    }
}
