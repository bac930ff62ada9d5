//! The collectors that SDKs report to: answers that keep each of them going, to any page.
//!
//! What each SDK expects is known from its source: Mixpanel a status of 1, PostHog flags, Sentry an
//! event id, the others any success. None is told to stop, to slow down or to load anything more.

use bytes::Bytes;
use candor_case::Header;

use crate::LabAnswer;

/// Where collectors lie: `<sdk>-<arm>.collector.maker.test`.
pub(crate) const ZONE: &str = ".collector.maker.test";

/// A transparent image of one pixel, GIF 89a.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\
\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// Answers a request to a collector.
pub(crate) fn answer(method: &str, path: &str, headers: &[Header]) -> LabAnswer {
    let (status, kind, body) = match method {
        "OPTIONS" => (204, "", Bytes::new()),
        _ => content(path),
    };
    let mut fields = vec![("X-Candor-Lab".to_owned(), "SIMULATED".to_owned())];
    fields.push(("Cache-Control".to_owned(), "no-store".to_owned()));
    if !kind.is_empty() {
        fields.push(("Content-Type".to_owned(), kind.to_owned()));
    }
    fields.extend(allowed(method, headers));
    LabAnswer { status, headers: fields, body }
}

fn content(path: &str) -> (u16, &'static str, Bytes) {
    const JSON: &str = "application/json";
    let json = |text: &'static str| (200, JSON, Bytes::from_static(text.as_bytes()));
    let folder = path.split('/').nth(1).unwrap_or_default();
    match folder {
        "sa.gif" | "i" => (200, "image/gif", Bytes::from_static(PIXEL)),
        "track" | "engage" | "e" => json(r#"{"status":1,"error":null}"#),
        "flags" | "decide" => {
            json(r#"{"flags":{},"featureFlags":{},"errorsWhileComputingFlags":false}"#)
        }
        "static" => (404, "text/plain", Bytes::from_static(b"SIMULATED: nothing to load\n")),
        "com.snowplowanalytics.snowplow" => (200, "text/plain", Bytes::from_static(b"ok")),
        _ => json("{}"),
    }
}

/// Lets the page that asked read the answer and send what it announced (Fetch, CORS protocol).
fn allowed(method: &str, headers: &[Header]) -> Vec<(String, String)> {
    let value = |name: &str| {
        let field = headers.iter().find(|field| field.is(name))?;
        let sound = field.value.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
        sound.then(|| String::from_utf8_lossy(&field.value).into_owned())
    };
    let Some(origin) = value("origin") else { return vec![] };
    let field = |name: &str, value: String| (name.to_owned(), value);
    let mut fields = vec![
        field("Access-Control-Allow-Origin", origin),
        field("Access-Control-Allow-Credentials", "true".into()),
        field("Vary", "Origin".into()),
    ];
    if method == "OPTIONS" {
        fields.push(field("Access-Control-Allow-Methods", "GET, POST".into()));
        if let Some(asked) = value("access-control-request-headers") {
            fields.push(field("Access-Control-Allow-Headers", asked));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdks_go_on() {
        let table = [
            ("GET", "/sa.gif", 200, "GIF89a"),
            ("GET", "/i", 200, "GIF89a"),
            ("POST", "/track/", 200, "\"status\":1"),
            ("POST", "/flags/", 200, "featureFlags"),
            ("GET", "/array/phc_simulated/config", 200, "{}"),
            ("GET", "/static/recorder.js", 404, "SIMULATED"),
            ("POST", "/com.snowplowanalytics.snowplow/tp2", 200, "ok"),
            ("POST", "/api/7/envelope/", 200, "{}"),
            ("OPTIONS", "/track/", 204, ""),
        ];
        for (method, path, status, begins) in table {
            let answer = answer(method, path, &[]);
            let body = String::from_utf8_lossy(&answer.body);
            assert_eq!(answer.status, status, "{method} {path}");
            assert!(body.contains(begins), "{method} {path}: {body}");
        }
    }

    #[test]
    fn the_page_that_asks_may_read() {
        let asked = [
            Header::new("Origin", "https://sensors-ajax.sdk.candor.test"),
            Header::new("Access-Control-Request-Headers", "content-type"),
        ];
        let fields = answer("OPTIONS", "/e/", &asked).headers;
        let has = |name: &str, value: &str| fields.contains(&(name.into(), value.into()));
        assert!(has("Access-Control-Allow-Origin", "https://sensors-ajax.sdk.candor.test"));
        assert!(has("Access-Control-Allow-Credentials", "true"));
        assert!(has("Access-Control-Allow-Headers", "content-type"));
        assert!(answer("POST", "/e/", &[]).headers.iter().all(|(name, _)| name != "Vary"));
    }
}
