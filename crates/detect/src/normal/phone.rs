//! Telephone numbers, as ITU-T E.164 has them and as senders write them.

use candor_case::Property;

use super::{Kind, Normals};

/// Adds what senders make of a telephone number. What has no `+` in front is one only where the
/// seed says so.
pub(super) fn add(value: &str, property: Property, all: &mut Normals) {
    let sign = |c: char| c.is_ascii_digit() || "+-/.() \u{a0}".contains(c);
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let international = value.starts_with('+') || value.starts_with("00");
    let known = value.starts_with('+') || property == Property::PersonPhone;
    if !value.chars().all(sign) || !known || !(7..=17).contains(&digits.len()) {
        return;
    }
    if !international {
        all.whole(digits, &["digits"], Kind::Usual);
        return;
    }
    let number = if value.starts_with("00") { digits[2..].to_owned() } else { digits };
    all.whole(format!("+{number}"), &["e164"], Kind::Usual);
    all.whole(number.clone(), &["digits"], Kind::Usual);
    all.whole(format!("00{number}"), &["digits", "00 in front"], Kind::Rare);
    if let Some(national) = number.get(country_code(&number)..) {
        all.whole(national.to_owned(), &["national digits"], Kind::Rare);
        all.whole(format!("0{national}"), &["national digits", "0 in front"], Kind::Rare);
    }
}

/// Length of the country code at the front of an international number (ITU-T E.164, list of
/// assigned country codes): one figure in zones 1 and 7, two for those listed, else three.
pub(crate) fn country_code(number: &str) -> usize {
    const TWO: [&str; 42] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94",
    ];
    const TWO_MORE: [&str; 2] = ["95", "98"];
    let starts = |codes: &[&str]| codes.iter().any(|code| number.starts_with(code));
    if number.starts_with(['1', '7']) {
        1
    } else if starts(&TWO) || starts(&TWO_MORE) {
        2
    } else {
        3
    }
}
