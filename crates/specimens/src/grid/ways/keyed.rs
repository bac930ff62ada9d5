//! Salts and HMAC keys: in the same request, or in an earlier exchange with the same recipient.

use super::super::carry::Carrier::{Cookie, Form, Header, Json, Query};
use super::super::carry::{answered, asked};
use super::super::forms::*;
use super::super::recipe::{Key, Recipe, Step, way};
use super::super::spellings::*;
use super::super::values::Kind::{Device, Email, Phone, Search, Url};
use crate::random::Random;

pub(super) fn ways(seed: u64) -> Vec<Recipe> {
    same().into_iter().chain(earlier(seed)).collect()
}

fn same() -> Vec<Recipe> {
    let json = |id: &str, steps| way(&format!("keyed/{id}"), Email, steps, Json);
    vec![
        json("salt-before-md5", vec![salt_before(), digest("md5"), hex()]),
        json("salt-behind-sha1", vec![salt_behind(""), digest("sha1"), hex()]),
        json("salt-behind-colon", vec![salt_behind(":"), digest("sha256"), hex()]),
        json("salt-behind-bar", vec![salt_behind("|"), digest("sha256"), hex()]),
        json("salt-lower", vec![lower(), salt_behind(""), digest("sha256"), hex()]),
        json("salt-base64", vec![salt_before(), digest("sha256"), base64()]),
        json("salt-truncated", vec![salt_before(), digest("sha256"), shortened(16), hex()]),
        json("salted-digest", vec![digest("md5"), hex(), salt_before(), digest("md5"), hex()]),
        way("keyed/salt-device", Device, vec![salt_before(), digest("sha256"), hex()], Cookie),
        way(
            "keyed/salt-phone",
            Phone,
            vec![e164(), salt_behind(""), digest("sha256"), hex()],
            Form,
        ),
        way("keyed/salt-url", Url, vec![salt_before(), digest("sha1"), hex()], Query),
        json("hmac-md5", vec![hmac("md5", Key::Text), hex()]),
        json("hmac-sha1-base64", vec![hmac("sha1", Key::Text), base64()]),
        json("hmac-sha256-hex-key", vec![hmac("sha256", Key::Hex), hex()]),
        json("hmac-sha256-base64-key", vec![hmac("sha256", Key::Base64), hex()]),
        json("hmac-sha512", vec![lower(), hmac("sha512", Key::Text), hex()]),
        way("keyed/hmac-header", Email, vec![hmac("sha256", Key::Text), hex()], Header),
        way("keyed/hmac-search", Search, vec![hmac("sha256", Key::Text), base64url_bare()], Query),
        json("xor-hex", vec![xor(Key::Text), hex()]),
        json("xor-base64", vec![xor(Key::Text), base64()]),
        way("keyed/xor-url", Url, vec![xor(Key::Base64), base64url_bare()], Query),
    ]
}

fn earlier(seed: u64) -> Vec<Recipe> {
    let mut random = Random::labelled(seed, "keyed/earlier");
    let hashed = |step: Step| vec![step, digest("sha256"), hex()];
    let salt = random.token();
    let config =
        answered("config", "application/json", &format!("{{\"v\":3,\"salt\":\"{salt}\"}}"));
    let in_answer = hashed(earlier_salt(salt, "response.body > $.salt"));
    let asked_salt = random.token();
    let hello = asked("hello", "s", &asked_salt);
    let in_question = hashed(earlier_salt(asked_salt, "request.url > query:s"));
    let key = random.token();
    let keys = answered("keys", "application/json", &format!("{{\"key\":\"{key}\",\"v\":3}}"));
    let signed = vec![earlier_hmac("sha256", key, "response.body > $.key"), hex()];
    vec![
        way("keyed/earlier-answer", Email, in_answer, Json).after(config),
        way("keyed/earlier-question", Email, in_question, Json).after(hello),
        way("keyed/earlier-hmac-key", Email, signed, Query).after(keys),
    ]
}
