//! The first channel: `crc=…&gzip=1&data_list=…`, as sa-sdk-android 3.2.10 sends it.
//!
//! Inside is base64 of gzip of a JSON array. No cipher takes part.

use serde_json::Value;

use super::{base64, form, gzip};

/// Java's `String.hashCode`, which the SDK calls a crc: over UTF-16 units, 32 bits, signed.
pub(crate) fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

/// The body for a list of events; the hash, where one is sent, is taken over the base64 text.
pub(crate) fn statistics_form(events: &[Value], with_crc: bool) -> String {
    let list = base64(&gzip(Value::from(events).to_string().as_bytes()));
    if with_crc {
        form(&[("crc", &java_hash(&list).to_string()), ("gzip", "1"), ("data_list", &list)])
    } else {
        form(&[("gzip", "1"), ("data_list", &list)])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{java_hash, statistics_form};

    #[test]
    fn the_hash_is_that_of_java() {
        let table = [
            ("", 0),
            ("abc", 96354),
            ("MDEyMzQ1Njc4OWFiY2RlZg==", 1_580_281_424),
            ("H4sIAAAAAAAA/4uuViqpLEhVslIqKUpMzlaqjQUAzEkLlhIAAAA=", -1_460_540_775),
        ];
        for (text, hash) in table {
            assert_eq!(java_hash(text), hash, "{text}");
        }
    }

    #[test]
    fn the_body_has_the_three_fields_in_order() {
        let body = statistics_form(&[json!({"type": "track"})], true);
        let names: Vec<_> = body.split('&').map(|f| f.split('=').next().unwrap()).collect();
        assert_eq!(names, ["crc", "gzip", "data_list"]);
        assert!(body.contains("&gzip=1&data_list=H4sIAAAAAAAA"), "{body}");
    }
}
