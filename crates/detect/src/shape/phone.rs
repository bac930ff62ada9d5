//! Telephone numbers that ITU-T E.164 allows, but not those that regulators keep for films.

use candor_case::Property;

use super::Shape;
use crate::sentinel;

/// Bits of a number with its country code.
const BITS: f64 = 8.0;

/// Names of fields that hold a telephone number.
const SPEAKING: [&str; 6] = ["phone", "mobile", "msisdn", "tel", "phone_number", "phonenumber"];

/// Country codes of one and two figures, and the first two figures of those of three (ITU-T E.164,
/// list of assigned codes).
const CODES: [&str; 2] = ["1", "7"];
const CODES_OF_TWO: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];
const CODES_OF_THREE: [&str; 14] =
    ["21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67"];
const MORE_OF_THREE: [&str; 7] = ["68", "69", "85", "88", "96", "97", "99"];

/// Beginnings of numbers that are kept for films and manuals: North America (555-01xx is checked
/// apart), Ofcom, ARCEP, the Bundesnetzagentur, ACMA.
const FICTION: [&str; 15] = [
    "447700900",
    "442079460",
    "441632960",
    "441134960",
    "441144960",
    "441154960",
    "441174960",
    "33199",
    "33639980",
    "493023125",
    "496990009",
    "4989999980",
    "4917139200",
    "61491570",
    "6125550",
];

/// A telephone number that is all there is: with a `+` in front, or in a field that speaks of one.
pub(super) fn phone(text: &str, name: &str) -> Option<Shape> {
    let figures: String = text.chars().filter(char::is_ascii_digit).collect();
    let plain = text.chars().all(|c| c.is_ascii_digit() || "+-/.() ".contains(c));
    let international = text.starts_with('+') && !text[1..].contains('+');
    let speaks = SPEAKING.contains(&name);
    let length = (8..=15).contains(&figures.len()) && (speaks || figures.len() >= 10);
    let fits = plain
        && length
        && (international && is_assigned(&figures) || speaks && !text.contains('+'))
        && !is_fiction(&figures)
        && !is_sequence(&figures)
        && !sentinel::is_sentinel(figures.as_bytes());
    fits.then(|| Shape::new(Property::PersonPhone, 0..text.len(), BITS))
}

fn is_assigned(figures: &str) -> bool {
    let starts = |codes: &[&str]| codes.iter().any(|code| figures.starts_with(code));
    starts(&CODES) || starts(&CODES_OF_TWO) || starts(&CODES_OF_THREE) || starts(&MORE_OF_THREE)
}

fn is_fiction(figures: &str) -> bool {
    let american = figures.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(figures);
    let film = american.len() == 10 && &american[3..8] == "55501";
    film || FICTION.iter().any(|front| figures.starts_with(front))
}

/// Whether the figures count up or down.
fn is_sequence(figures: &str) -> bool {
    let steps = figures.as_bytes().windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    steps + 2 >= figures.len()
}
