//! The same recording as HAR 1.2, for tools that read only that.

use candor_case::{Exchange, Request};
use data_encoding::BASE64;
use serde_json::{Value, json};

/// A HAR of those exchanges.
pub fn har(exchanges: &[Exchange]) -> Value {
    let entries: Vec<Value> = exchanges.iter().map(entry).collect();
    json!({ "log": {
        "version": "1.2",
        "creator": { "name": "candor-bench", "version": "0" },
        "pages": [],
        "entries": entries,
    }})
}

fn entry(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: Vec<Value> = request
        .headers
        .iter()
        .map(|header| json!({ "name": text(&header.name), "value": text(&header.value) }))
        .collect();
    let mut out = json!({
        "startedDateTime": "2026-11-22T06:40:00.000Z",
        "time": 1,
        "request": {
            "method": request.method, "url": request.url, "httpVersion": "HTTP/2",
            "headers": headers, "cookies": cookies(request), "queryString": query(&request.url),
            "headersSize": -1, "bodySize": request.body.bytes.len(),
        },
        "response": {
            "status": 200, "statusText": "OK", "httpVersion": "HTTP/2", "headers": [],
            "cookies": [], "content": { "size": 2, "mimeType": "text/plain", "text": "ok" },
            "redirectURL": "", "headersSize": -1, "bodySize": 2,
        },
        "cache": {},
        "timings": { "send": 0, "wait": 1, "receive": 0 },
    });
    if !request.body.bytes.is_empty() {
        let kind = request.header("content-type").map(|value| text(value)).unwrap_or_default();
        out["request"]["postData"] = match std::str::from_utf8(&request.body.bytes) {
            Ok(body) => json!({ "mimeType": kind, "text": body }),
            Err(_) => json!({
                "mimeType": kind, "text": BASE64.encode(&request.body.bytes), "encoding": "base64",
            }),
        };
    }
    out
}

/// Names and values of the query, decoded, as recorders list them.
fn query(url: &str) -> Vec<Value> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pair = |(name, value)| json!({ "name": name, "value": value });
    form_urlencoded::parse(query.as_bytes()).map(pair).collect()
}

fn cookies(request: &Request) -> Vec<Value> {
    let fields = request.header("cookie").map(|value| String::from_utf8_lossy(value).into_owned());
    let pairs = fields.as_deref().unwrap_or("").split("; ").filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::Traffic;

    #[test]
    fn every_body_is_there_and_every_query_is_decoded() {
        let exchanges: Vec<Exchange> = Traffic::new(&[]).take(200).map(|m| m.exchange).collect();
        let har = har(&exchanges);
        let entries = har["log"]["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), 200);
        for (entry, exchange) in entries.iter().zip(&exchanges) {
            let sent = exchange.request.body.bytes.len();
            let kept = entry["request"]["postData"]["text"].as_str().map_or(0, str::len);
            assert!(kept >= sent, "{}", exchange.request.url);
            let page = |pair: &Value| {
                pair["name"] == "dl" && pair["value"].as_str().is_some_and(|v| v.contains("://"))
            };
            let pairs = entry["request"]["queryString"].as_array().expect("pairs");
            assert_eq!(pairs.iter().any(page), exchange.request.url.contains("/g/collect"));
        }
    }
}
