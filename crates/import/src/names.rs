//! Names of exchanges, made from the file and the place in it, so that the same file always gives
//! the same ones.

use candor_case::ExchangeId;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Makes names for the exchanges of one file.
#[derive(Clone)]
pub(crate) struct Names {
    file: [u8; 32],
}

impl Names {
    /// Names for a file with these contents.
    pub(crate) fn of(contents: &[u8]) -> Self {
        Self { file: Sha256::digest(contents).into() }
    }

    /// The name of what stands at that place of the file: UUID version 8 (RFC 9562).
    pub(crate) fn at(&self, place: &str) -> ExchangeId {
        ExchangeId(uuid(Sha256::new().chain_update(self.file).chain_update(place)))
    }
}

/// The name of a record that has one of its own. One that is no UUID is made into one.
pub(crate) fn of_record(id: &str) -> ExchangeId {
    let plain = id.len() == 36
        && id.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    if plain {
        ExchangeId(id.to_ascii_lowercase())
    } else {
        ExchangeId(uuid(Sha256::new().chain_update(id)))
    }
}

fn uuid(digest: Sha256) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_uuids_and_depend_on_file_and_place() {
        let names = Names::of(b"file");
        let other = Names::of(b"another");
        assert_eq!(names.at("1"), Names::of(b"file").at("1"));
        assert_ne!(names.at("1"), names.at("2"));
        assert_ne!(names.at("1"), other.at("1"));
        let uuid = "46EA395C-7b5c-51f9-9f78-e8e693a9d960";
        assert_eq!(of_record(uuid).0, uuid.to_ascii_lowercase());
        assert_eq!(of_record("https://example.org/1").0.len(), 36);
    }
}
