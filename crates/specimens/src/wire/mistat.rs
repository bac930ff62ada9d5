//! The second channel: form fields around an encrypted payload, as MiStat 3 falls back to (`fc=1`).
//!
//! The payload is AES-128-CBC of gzip of JSON under a random key of the process. `sid` is that key
//! in hex with the time of its making behind an underscore, encrypted under a key that every copy
//! of the program holds, and written in hex. The vector is a constant. Key and vector here are
//! invented; `truth.toml` holds them too.

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

/// The random key of one process, and how it is sent along.
#[derive(Clone, Debug)]
pub(crate) struct MistatKey {
    key: [u8; 16],
    session: String,
}

impl MistatKey {
    /// The key of a process that starts now.
    pub(crate) fn new(key: [u8; 16], now_ms: i64) -> Self {
        let named = format!("{}_{now_ms}", hex(&key));
        Self { key, session: hex(&encrypt(HARD_CODED_KEY, named.as_bytes())) }
    }

    /// The body for a list of events.
    pub(crate) fn seal(&self, app: &str, region: &str, events: &[Value]) -> String {
        let plain = gzip(Value::from(events).to_string().as_bytes());
        let payload = base64(&encrypt(&self.key, &plain));
        form(&[
            ("ai", app),
            ("sv", "3.0.16"),
            ("pv", "3.0"),
            ("rg", region),
            ("p", &payload),
            ("fc", "1"),
            ("sid", &self.session),
        ])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
        let body = MistatKey::new([7; 16], 12_345).seal("app", "ZZ", &[json!({"event": "x"})]);
        let field = |name: &str| {
            let found = body.split('&').find_map(|f| f.strip_prefix(&format!("{name}="))).unwrap();
            found.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
        };
        let wrapped = data_encoding::HEXLOWER.decode(field("sid").as_bytes()).unwrap();
        let named = decrypt(HARD_CODED_KEY, &wrapped);
        assert_eq!(named, format!("{}_12345", "07".repeat(16)).as_bytes());
        let sealed = data_encoding::BASE64.decode(field("p").as_bytes()).unwrap();
        let gzip = decrypt(&[7; 16], &sealed);
        assert_eq!(gzip[..2], [0x1f, 0x8b]);
    }
}
