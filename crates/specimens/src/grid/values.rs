//! The values that are planted, and those of the same shape that are not. All are of nobody: the
//! hosts are reserved, the telephone numbers are those of films, and the mailbox at a real provider
//! has a longer name than it allows.

use candor_case::Property;

use crate::random::Random;

/// What kind of value is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An e-mail address with capitals and dots.
    Email,
    /// The same with blanks around it, as typed.
    PaddedEmail,
    /// A mailbox at Gmail with dots, a capital and a tag.
    Gmail,
    /// A telephone number as people write it.
    Phone,
    /// An address with path, query and fragment.
    Url,
    /// An address whose host says it all.
    Host,
    /// An address written in an unusual way.
    OddUrl,
    /// An address of more than 300 bytes.
    LongUrl,
    /// A number of the device, sixteen hexadecimal digits.
    Device,
    /// Words typed into a search field.
    Search,
}

const FIRST: [&str; 8] = ["Kim", "Noor", "Aiko", "Jens", "Lucia", "Tariq", "Wanja", "Ines"];
const LAST: [&str; 8] =
    ["Tanaka", "Holm", "Okafor", "Petrov", "Silva", "Moreau", "Lindqvist", "Haas"];
const WORDS: [&str; 8] =
    ["landlord", "doctor", "visa", "lawyer", "clinic", "shelter", "union", "rash"];

impl Kind {
    /// What such a value says of a person.
    pub(super) fn property(self) -> Property {
        match self {
            Self::Email | Self::PaddedEmail | Self::Gmail => Property::PersonEmail,
            Self::Phone => Property::PersonPhone,
            Self::Url | Self::Host | Self::OddUrl | Self::LongUrl => Property::BrowsingUrl,
            Self::Device => Property::DeviceId,
            Self::Search => Property::BrowsingSearch,
        }
    }

    /// Draws a value.
    pub(super) fn draw(self, random: &mut Random) -> String {
        let mut pick = |list: &[&'static str]| list[(random.bits() % list.len() as u64) as usize];
        let (first, last, word) = (pick(&FIRST), pick(&LAST), pick(&WORDS));
        let token = random.token();
        match self {
            Self::Email => format!("{first}.{last}.{token}@Post.example.org"),
            Self::PaddedEmail => format!("  {first}.{last}.{token}@Post.example.org "),
            Self::Gmail => {
                format!("{first}.{last}.{token}.{}+{word}@gmail.com", random.token())
            }
            Self::Phone => phone(random),
            Self::Url => format!("https://www.example.org/{word}/{token}?q={first}-{last}#part-2"),
            Self::Host => format!("https://{token}.example.org/"),
            Self::OddUrl => {
                format!("HTTPS://WWW.Example.ORG:443/{word}/./old/../{token}?q={}", random.token())
            }
            Self::LongUrl => {
                let path: Vec<String> = (0..18).map(|_| random.token()).collect();
                format!("https://www.example.org/{word}/{}", path.join("/"))
            }
            Self::Device => random.android_id(),
            Self::Search => format!("is my {word} allowed to {token} me"),
        }
    }
}

/// A number of the block that North America keeps for films (555-0100 to 555-0199), in one of the
/// area codes of a kind that is given out.
fn phone(random: &mut Random) -> String {
    let area = 201 + random.bits() % 700;
    format!("+1 ({area}) 555-01{:02}", random.bits() % 100)
}
