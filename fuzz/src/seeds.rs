//! Seeds: for each codec inputs that are its own, cut out of the grid of specimens and of a few
//! blobs made here, so that mutation starts inside the formats.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use bytes::Bytes;
use candor_case::{Exchange, ExchangeKind, IvRule, Key, Keys, LayerId, Tree};
use candor_peel::{peel, peel_bytes};
use candor_specimens::grid::{CipherKey, KeyIv, Way, grid};
use data_encoding::{BASE64, HEXLOWER};

use crate::BUDGET;

/// Seeds of one codec that are kept.
const MOST: usize = 24;

/// Larger ones are left out, in bytes.
const LARGEST: usize = 1 << 14;

/// Seeds by target, each once, in an order that never changes.
#[derive(Debug, Default)]
pub struct Seeds(BTreeMap<String, BTreeSet<Vec<u8>>>);

impl Seeds {
    /// Peels everything there is and sorts it by what opened it.
    pub fn gather() -> Self {
        let mut seeds = Self::default();
        for way in &grid(1).ways {
            let keys = keys(way);
            for sent in &way.sent {
                let tree = peel(&sent.exchange, &keys, &BUDGET);
                seeds.sort(&tree);
                seeds.add("exchange", &request(&sent.exchange));
            }
        }
        for blob in blobs() {
            let tree = peel_bytes(Bytes::from(blob), &crate::keys(), &BUDGET);
            seeds.sort(&tree);
        }
        for (codec, hex) in SEALED {
            seeds.add(
                &format!("codec:{codec}"),
                &HEXLOWER.decode(hex.as_bytes()).unwrap_or_default(),
            );
        }
        for (codec, text) in FIELDS {
            seeds.add(&format!("codec:{codec}"), text.as_bytes());
        }
        seeds.add("exchange", SCATTERED.as_bytes());
        seeds.add(
            "codec:lz4-block",
            b"\x2c\0\0\0\xf0\x1dthe address https://example.org/private?q=12",
        );
        seeds
    }

    /// The seeds of a target; of all of them where it has none of its own.
    pub fn of(&self, target: &str) -> Vec<Vec<u8>> {
        match self.0.get(target) {
            Some(own) => own.iter().cloned().collect(),
            None => self.0.values().flatten().cloned().collect(),
        }
    }

    /// Whether a target has seeds of its own.
    pub fn has(&self, target: &str) -> bool {
        self.0.contains_key(target)
    }

    /// Takes every layer that was opened as a seed of the codec that opened it, and of peeling.
    fn sort(&mut self, tree: &Tree) {
        let mut opened: BTreeMap<LayerId, &str> = BTreeMap::new();
        for (_, layer) in tree.iter() {
            if let Some(parent) = layer.parent {
                opened.entry(parent).or_insert(layer.opening.codec);
            }
        }
        for (id, codec) in opened {
            let bytes = &tree.layer(id).bytes;
            self.add(&format!("codec:{codec}"), bytes);
            if tree.layer(id).parent.is_none() {
                self.add("peel", bytes);
            }
        }
    }

    fn add(&mut self, target: &str, bytes: &[u8]) {
        let most = if target.starts_with("codec:") { MOST } else { 40 * MOST };
        let seeds = self.0.entry(target.to_owned()).or_default();
        if seeds.len() < most && bytes.len() <= LARGEST {
            seeds.insert(bytes.to_vec());
        }
    }
}

/// A request as the target of that name reads it.
fn request(exchange: &Exchange) -> Vec<u8> {
    let request = &exchange.request;
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let field = request.headers.iter().map(|header| &header.value).max_by_key(|v| v.len());
    let body = match &exchange.kind {
        ExchangeKind::Message { payload, .. } => &payload.bytes,
        ExchangeKind::Http => &request.body.bytes,
    };
    [field.map_or(&b""[..], |value| value), b"\n", query.as_bytes(), b"\n", body].concat()
}

fn keys(way: &Way) -> Keys {
    let key = |key: &CipherKey| {
        let iv = match &key.iv {
            KeyIv::Prefix => IvRule::Prefix,
            KeyIv::Constant(iv) => IvRule::Constant(iv.clone().into()),
            KeyIv::Field(step) => IvRule::Field((*step).to_owned()),
            KeyIv::None => IvRule::None,
        };
        Some(Key {
            name: String::new(),
            cipher: candor_case::Cipher::named(key.cipher)?,
            bytes: key.bytes.clone().into(),
            iv,
            hosts: vec![],
            step: String::new(),
        })
    };
    Keys(way.keys.iter().filter_map(key).collect())
}

/// What the grid does not send: blobs of a person, crash reports, deep nests.
fn blobs() -> Vec<Vec<u8>> {
    let text = b"the address https://www.example.org/private?q=secret of grace@example.org";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let _ = gzip.write_all(&text.repeat(40));
    let gzip = gzip.finish().unwrap_or_default();
    let nested = (0..4).fold(gzip.clone(), |inner, _| BASE64.encode(&inner).into_bytes());
    let dump: Vec<String> = text
        .chunks(16)
        .enumerate()
        .map(|(at, row)| {
            let hex: Vec<String> = row.iter().map(|b| format!("{b:02x}")).collect();
            format!("{:08x}  {}", at * 16, hex.join(" "))
        })
        .collect();
    let mut all = vec![gzip, nested, dump.join("\n").into_bytes()];
    all.extend(OTHERS.iter().map(|text| text.as_bytes().to_vec()));
    all.push(minidump());
    all
}

/// Values of header fields.
const FIELDS: [(&str, &str); 3] = [
    ("cookie", "session=abcdefgh; user=Z3JhY2VAZXhhbXBsZS5vcmc="),
    ("credentials", "Basic Z3JhY2U6c2VjcmV0"),
    ("structured", "session=\"abc\";path=1, user=:Z3JhY2VAZXhhbXBsZS5vcmc=:, (\"a\" b);c"),
];

const OTHERS: [&str; 5] = [
    "[\"{\\\"a\\\":\\\"[1,\\\\\\\"b\\\\\\\"]\\\"}\",[[[[[\"deep\"]]]]]]",
    "{\"iv\":\"101112131415161718191a1b1c1d1e1f\",\"p\":\"fTzH+tPqIJofZog1APpuu7nqeRNNBQfe\"}",
    "grace@example.org sent v1:5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e96b86b273ff34fce19d6b804eff5a3f57\
     47ada4eaa22f1d49c01e52ddb7875b4bd4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35 today",
    "sealed: v1\n\ngrcO7n8aUDm+8H7CNH8GbtCPXcdRJEfjQEMAAmtuVFWUoGVoXWTEmAu41FRKhyGp\nmgGtIZ61\
     nPahXvbxWh2DC7fOCda7wATnF1xkPH3ssLWA7De8lxLdLmquuUuujS+f\nopxaKEye91IYKc8QebCA6ddKHBD8q2\
     pCQ9M2Vt6+TB7XlkjoVuj5ovWMlfDOSznB\nW/+tXC37\n",
    "<?xml version=\"1.0\"?><a b=\"grace@example.org\">text &amp; more<c/><![CDATA[raw]]></a>",
];

/// A request with noise cut into the elements of a list, as the target `exchange` reads it.
const SCATTERED: &str = "x\n\n{\"d\":[\"i7ggthGcuo_4h5auWwXygKaM7ZO2soyw0bNY5rqr\",\"SFVlufSQKNVX15qKDmRR4VxwXBXxc1QbRDiiXPdj\
     \",\"EtTus8IkaHm_ALPPjtE6vxKaMJetlrRC1tG970hQ\",\"w_RlRC6zAMM3pkimwNvdc_yV9cI\"]}";

/// "the address https://example.org/private?q=1" as other programs seal it, with the constant vector
/// of [`crate::keys`], in hex.
const SEALED: [(&str, &str); 7] = [
    (
        "aes-cbc",
        "7d3cc7fad3ea209a1f66883500fa6ebbb9ea79134d0507de6af2f74efd31d997be252a770391652fc1bcf31d51beeebf",
    ),
    (
        "aes-ctr",
        "73968a5480b1671cf57d9d31e6e0e6e3e1f8ea2bbd74e36f3615184ce48bb927ba53511154919d9414abbb",
    ),
    (
        "aes-gcm",
        "b046668f6e2bd29d72ae2ed5af539f4e49865ba8538c0ad2f5a74c3f08777682a2ab4849e0d29e23929de44eba035224d0625f9cf8797b00251775",
    ),
    (
        "aes-ecb",
        "f27057abd1ed2cffb2d0fb5d81cb5e2881f063866bd7b2ba765cc9b65e60f6441dd2a20308bbc8dafae2a03679c31a02",
    ),
    (
        "chacha20-poly1305",
        "2aa22027677da21b7eb54043b1dfc105095cda06e1bab719f2ffd22383cec4c98cf8e90fb8f0dee304a8cab734cd05ad48504a2ef198db5dfa1b57",
    ),
    (
        "rc4",
        "9df425d926867dbe63a8e4e666a95e3fa04bae7097cf2383fff2c0f79645842d2b48226951778727f06a0c",
    ),
    (
        "xor",
        "74696723656162756d7a792b64797a7f733b2d2c617d676a78656f25637f692070736b756571633879343b",
    ),
];

/// A crash report with an exception's memory, as small as they come: header, a directory of one
/// stream, and a text of UTF-16 in it.
fn minidump() -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(b"MDMP\x93\xa7\x00\x00");
    for number in [1u32, 32, 0, 0, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    let text: Vec<u8> = "https://www.example.org/private?q=secret --user=grace"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for number in [0x4767_0001u32, text.len() as u32, 44] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(text);
    bytes.extend(b"\0\0COMMAND=/usr/bin/browser --private https://www.example.org/ \0");
    bytes
}
