//! The second channel: form fields around an encrypted payload, as MiStat 3 falls back to (`fc=1`).
//!
//! The payload is AES-128-CBC of gzip of JSON under a random key of the process; that key is sent
//! along as `sid`, itself encrypted under a key that every copy of the program holds. The vector
//! is a constant. Key and vector here are invented; `truth.toml` holds them too.

use aes::Aes128;
use cbc::{
    Encryptor,
    cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7},
};
use serde_json::Value;

use super::{base64, form, gzip};

/// The key that is built into the program.
pub const HARD_CODED_KEY: &[u8; 16] = b"SIMULATED-key-16";

/// The initialisation vector of every message.
pub const MISTAT_IV: &[u8; 16] = b"simulated-iv-016";

/// The random key of one process.
#[derive(Clone, Debug)]
pub(crate) struct MistatKey(pub(crate) [u8; 16]);

impl MistatKey {
    /// The body for a list of events.
    pub(crate) fn seal(&self, app: &str, region: &str, events: &[Value]) -> String {
        let plain = gzip(Value::from(events).to_string().as_bytes());
        let payload = base64(&encrypt(&self.0, &plain));
        let session = base64(&encrypt(HARD_CODED_KEY, &self.0));
        form(&[
            ("ai", app),
            ("sv", "3.0.16"),
            ("pv", "3.0"),
            ("rg", region),
            ("p", &payload),
            ("fc", "1"),
            ("sid", &session),
        ])
    }
}

fn encrypt(key: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    Encryptor::<Aes128>::new(key.into(), MISTAT_IV.into()).encrypt_padded_vec::<Pkcs7>(plain)
}

#[cfg(test)]
mod tests {
    use cbc::cipher::BlockModeDecrypt as _;
    use serde_json::json;

    use super::*;

    fn decrypt(key: &[u8; 16], cipher: &[u8]) -> Vec<u8> {
        cbc::Decryptor::<Aes128>::new(key.into(), MISTAT_IV.into())
            .decrypt_padded_vec::<Pkcs7>(cipher)
            .unwrap()
    }

    #[test]
    fn who_has_the_program_can_open_the_key_and_the_payload() {
        let body = MistatKey([7; 16]).seal("app", "ZZ", &[json!({"event": "search"})]);
        let field = |name: &str| {
            let found = body.split('&').find_map(|f| f.strip_prefix(&format!("{name}="))).unwrap();
            let plain = found.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
            data_encoding::BASE64.decode(plain.as_bytes()).unwrap()
        };
        let key: [u8; 16] = decrypt(HARD_CODED_KEY, &field("sid")).try_into().unwrap();
        assert_eq!(key, [7; 16]);
        let gzip = decrypt(&key, &field("p"));
        assert_eq!(gzip[..2], [0x1f, 0x8b]);
    }
}
