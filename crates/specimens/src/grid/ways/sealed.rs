//! Every cipher: with a key of the key file, and with keys that stand in the case.

use super::super::carry::Carrier::{Binary, Form, Json, Query, Raw};
use super::super::carry::answered;
use super::super::recipe::{Key, Pocket, Recipe, Role, Step, way};
use super::super::spellings::*;
use super::super::text;
use super::super::values::Kind::{Email, Url};
use super::super::{CipherKey, KeyIv, cipher};
use crate::random::Random;

pub(super) fn ways(seed: u64) -> Vec<Recipe> {
    filed(seed).into_iter().chain(found(seed)).collect()
}

/// Encrypts under a key, with fresh bytes for each message before the ciphertext.
type Seal = fn(&[u8], [u8; 16], &[u8]) -> Vec<u8>;

fn with_prefix(iv: &[u8], sealed: Vec<u8>) -> Vec<u8> {
    [iv, &sealed].concat()
}

fn cbc(key: &[u8], iv: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    with_prefix(&iv, cipher::aes_cbc(key, iv, bytes))
}

fn ctr(key: &[u8], iv: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    with_prefix(&iv, cipher::aes_ctr(key, iv, bytes))
}

fn ecb(key: &[u8], _: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    cipher::aes_ecb(key, bytes)
}

fn gcm(key: &[u8], iv: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    let nonce = nonce(iv);
    with_prefix(&nonce, cipher::aes_gcm(key, nonce, bytes))
}

fn chacha(key: &[u8], iv: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    let nonce = nonce(iv);
    with_prefix(&nonce, cipher::chacha20_poly1305(key, nonce, bytes))
}

fn rc4(key: &[u8], _: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    cipher::rc4(key, bytes)
}

fn xor(key: &[u8], _: [u8; 16], bytes: &[u8]) -> Vec<u8> {
    cipher::xor(key, bytes)
}

fn nonce(iv: [u8; 16]) -> [u8; 12] {
    std::array::from_fn(|i| iv[i])
}

/// A cipher as a step, under the name that paths print.
fn sealed(name: &str, key: Vec<u8>, seal: Seal) -> Step {
    Step::new(Role::Layer, "", format!("{name}*"), move |bytes, pocket: &mut Pocket| {
        seal(&key, pocket.block(), bytes)
    })
}

/// Keys of the key file.
fn filed(seed: u64) -> Vec<Recipe> {
    let table: [(&str, &'static str, usize, Seal, KeyIv); 9] = [
        ("aes-128-cbc", "aes-cbc", 16, cbc, KeyIv::Prefix),
        ("aes-256-cbc", "aes-cbc", 32, cbc, KeyIv::Prefix),
        ("aes-128-ctr", "aes-ctr", 16, ctr, KeyIv::Prefix),
        ("aes-256-gcm", "aes-gcm", 32, gcm, KeyIv::Prefix),
        ("aes-128-gcm", "aes-gcm", 16, gcm, KeyIv::Prefix),
        ("aes-128-ecb", "aes-ecb", 16, ecb, KeyIv::None),
        ("chacha20-poly1305", "chacha20-poly1305", 32, chacha, KeyIv::Prefix),
        ("rc4", "rc4", 16, rc4, KeyIv::None),
        ("xor", "xor", 16, xor, KeyIv::None),
    ];
    let mut all: Vec<Recipe> = table
        .into_iter()
        .map(|(id, cipher, length, seal, iv)| {
            let bytes = key(seed, id, length);
            let steps = vec![json(), sealed(cipher, bytes.clone(), seal), base64()];
            let key = CipherKey { cipher, bytes, iv };
            way(&format!("sealed/{id}"), Email, steps, Form).with_key(key)
        })
        .collect();
    all.extend(fixed(seed));
    all
}

/// An initialisation vector that never changes, and bodies of ciphertext alone.
fn fixed(seed: u64) -> Vec<Recipe> {
    let mut random = Random::labelled(seed, "sealed/fixed");
    let iv = random.block();
    let bytes = key(seed, "aes-cbc-fixed", 16);
    let owned = bytes.clone();
    let cbc_fixed = Step::new(Role::Layer, "", "aes-cbc*", move |value: &[u8], _: &mut Pocket| {
        cipher::aes_cbc(&owned, iv, value)
    });
    let fixed_key = CipherKey { cipher: "aes-cbc", bytes, iv: KeyIv::Constant(iv.to_vec()) };
    let gcm_key = key(seed, "aes-gcm-body", 16);
    let gcm_steps = vec![json(), gzip(), sealed("aes-gcm", gcm_key.clone(), gcm)];
    let gcm_key = CipherKey { cipher: "aes-gcm", bytes: gcm_key, iv: KeyIv::Prefix };
    let ctr_key = key(seed, "aes-ctr-message", 32);
    let ctr_steps = vec![protobuf(), sealed("aes-ctr", ctr_key.clone(), ctr)];
    let ctr_key = CipherKey { cipher: "aes-ctr", bytes: ctr_key, iv: KeyIv::Prefix };
    let field_key = key(seed, "aes-cbc-field", 32);
    let field_steps = vec![json(), with_iv_beside(field_key.clone()), base64()];
    let field_key = CipherKey { cipher: "aes-cbc", bytes: field_key, iv: KeyIv::Field("form:iv") };
    vec![
        way("sealed/aes-cbc-iv-field", Email, field_steps, Form).with_key(field_key),
        way("sealed/aes-cbc-fixed-iv", Url, vec![json(), cbc_fixed, hex()], Query)
            .with_key(fixed_key),
        way("sealed/aes-gcm-gzip-body", Email, gcm_steps, Raw("application/octet-stream", ""))
            .with_key(gcm_key),
        way("sealed/aes-ctr-message", Email, ctr_steps, Binary).with_key(ctr_key),
    ]
}

/// AES-CBC under a key that is known, its vector in a field of its own.
fn with_iv_beside(key: Vec<u8>) -> Step {
    Step::new(Role::Layer, "", "aes-cbc*", move |bytes: &[u8], pocket: &mut Pocket| {
        let iv = pocket.block();
        pocket.add("iv", text::base64(&iv, text::STANDARD, true));
        cipher::aes_cbc(&key, iv, bytes)
    })
}

fn key(seed: u64, id: &str, length: usize) -> Vec<u8> {
    let mut random = Random::labelled(seed, &format!("sealed/{id}/key"));
    [random.block(), random.block()].concat()[..length].to_vec()
}

/// Keys that stand in the case: in the script of a page, in an answer, in the request itself.
fn found(seed: u64) -> Vec<Recipe> {
    let page_key = key(seed, "page", 16);
    let script = format!(
        "<!doctype html><script>var cfg={{k:CryptoJS.enc.Hex.parse(\"{}\"),mode:\"CBC\"}};</script>",
        text::hex(&page_key)
    );
    let page = answered("page", "text/html", &script);
    let config_key = key(seed, "config", 32);
    let encoded = text::base64(&config_key, text::STANDARD, true);
    let config = format!("{{\"upload\":{{\"alg\":\"AES-GCM\",\"key\":\"{encoded}\"}},\"v\":3}}");
    let config = answered("upload-config", "application/json", &config);
    let in_request = Step::new(Role::Layer, "", "aes-cbc*", |bytes: &[u8], pocket: &mut Pocket| {
        let key = pocket.key(Key::Hex);
        cbc(&key, pocket.block(), bytes)
    });
    let with_iv_field =
        Step::new(Role::Layer, "", "aes-cbc*", |bytes: &[u8], pocket: &mut Pocket| {
            let (key, iv) = (pocket.key(Key::Base64), pocket.block());
            pocket.add("iv", text::base64(&iv, text::STANDARD, true));
            cipher::aes_cbc(&key, iv, bytes)
        });
    vec![
        way(
            "sealed/key-in-page",
            Email,
            vec![json(), sealed("aes-cbc", page_key, cbc), base64()],
            Form,
        )
        .after(page),
        way(
            "sealed/key-in-config",
            Email,
            vec![json(), sealed("aes-gcm", config_key, gcm), base64()],
            Json,
        )
        .after(config),
        way("sealed/key-in-request", Email, vec![json(), in_request, base64()], Form),
        way("sealed/key-and-iv-in-request", Email, vec![json(), with_iv_field, base64()], Json),
    ]
}
