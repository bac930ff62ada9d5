//! Numbers of payment cards and bank accounts, with their check digits.

use candor_case::Property;

use super::{Shape, luhn};

/// Bits of a card: the check digit (3.3) and an issuer (2.3).
const CARD_BITS: f64 = 5.6;
/// Bits of an account: the check digits (6.6), a country and the length that it has there (9).
const IBAN_BITS: f64 = 15.6;

/// Names of fields that hold a card.
const SPEAKING: [&str; 5] = ["card", "pan", "ccnum", "cc_num", "creditcard"];

/// Cards that payment services publish for tests.
const TEST_CARDS: [&str; 24] = [
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "4000056655665556",
    "4000000000000002",
    "4000000000003220",
    "4444333322221111",
    "4917610000000000",
    "5555555555554444",
    "5105105105105100",
    "5200828282828210",
    "2223003122003222",
    "5454545454545454",
    "5431111111111111",
    "378282246310005",
    "371449635398431",
    "378734493671000",
    "6011111111111117",
    "6011000990139424",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
    "3566002020360505",
    "6200000000000005",
];

/// Accounts that the registry of IBANs (SWIFT) and manuals give as examples.
const TEST_IBANS: [&str; 16] = [
    "DE89370400440532013000",
    "DE75512108001245126199",
    "GB82WEST12345698765432",
    "GB29NWBK60161331926819",
    "GB33BUKB20201555555555",
    "FR1420041010050500013M02606",
    "FR7630006000011234567890189",
    "NL91ABNA0417164300",
    "CH9300762011623852957",
    "BE68539007547034",
    "ES9121000418450200051332",
    "IT60X0542811101000000123456",
    "AT611904300234573201",
    "PL61109010140000071219812874",
    "IE29AIBK93115212345678",
    "SE4550000000058398257466",
];

/// Length of an IBAN by country (SWIFT, IBAN registry).
const LENGTHS: [(&str, usize); 47] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BR", 29),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("KZ", 20),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("ME", 22),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("TR", 26),
    ("UA", 29),
];

/// A card that is all there is: in a field that speaks of one, or in groups as it is printed.
pub(super) fn card(text: &str, name: &str) -> Option<Shape> {
    let figures: String = text.chars().filter(char::is_ascii_digit).collect();
    let grouped =
        text.len() == 19 && [4, 9, 14].iter().all(|at| matches!(text.as_bytes()[*at], b' ' | b'-'));
    let speaks = SPEAKING.iter().any(|word| name.contains(word));
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'));
    let fits = (speaks || grouped)
        && plain
        && is_issued(&figures)
        && luhn(figures.as_bytes())
        && !TEST_CARDS.contains(&figures.as_str());
    fits.then(|| Shape::new(Property::PersonAccount, 0..text.len(), CARD_BITS))
}

/// Whether a number begins as those of a network of cards do (ISO/IEC 7812), in a length it has.
fn is_issued(figures: &str) -> bool {
    let front = |n: usize| figures.get(..n).and_then(|f| f.parse::<u32>().ok()).unwrap_or(0);
    match figures.len() {
        14 => matches!(front(2), 36 | 38) || (300..=305).contains(&front(3)),
        15 => matches!(front(2), 34 | 37),
        16 => {
            front(1) == 4
                || (51..=55).contains(&front(2))
                || (2221..=2720).contains(&front(4))
                || front(4) == 6011
                || front(2) == 65
                || (3528..=3589).contains(&front(4))
                || front(2) == 62
        }
        _ => false,
    }
}

/// Names of fields that hold an account.
const ACCOUNTS: [&str; 4] = ["iban", "bank_account", "bankaccount", "account_number"];

/// An account that is all there is: in a field that speaks of one, or in groups of four as it is
/// printed (ISO 13616).
pub(super) fn iban(text: &str, name: &str) -> Option<Shape> {
    let gaps = text.bytes().enumerate().filter(|(_, b)| *b == b' ').map(|(at, _)| at);
    let grouped = text.contains(' ') && gaps.eq((4..text.len()).step_by(5));
    if !grouped && !ACCOUNTS.iter().any(|word| name.contains(word)) {
        return None;
    }
    if !text.as_bytes().get(2..4)?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let bare: String = text.chars().filter(|c| *c != ' ').collect();
    let length = LENGTHS.iter().find(|(country, _)| bare.starts_with(country)).map(|(_, n)| *n)?;
    let plain = bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let checks = bare.get(2..4)?.bytes().all(|b| b.is_ascii_digit());
    let fits = bare.len() == length
        && plain
        && checks
        && remainder(&bare) == 1
        && !TEST_IBANS.contains(&bare.as_str());
    fits.then(|| Shape::new(Property::PersonAccount, 0..text.len(), IBAN_BITS))
}

/// The number with its first four characters behind it and letters as 10 to 35, modulo 97 (ISO
/// 7064).
fn remainder(bare: &str) -> u32 {
    let (front, rest) = bare.split_at(4);
    rest.bytes().chain(front.bytes()).fold(0, |sum, b| match b {
        b'0'..=b'9' => (sum * 10 + u32::from(b - b'0')) % 97,
        _ => (sum * 100 + u32::from(b) - 55) % 97,
    })
}
