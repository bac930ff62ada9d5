//! Data inside the file: blocks of JSON that no browser runs, read one by one when they are needed.
//!
//! Small cases carry plain JSON; large ones carry it deflated (RFC 1951) in base64, which every
//! browser of the last years undoes by itself (`DecompressionStream`).

use std::io::Write;

use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

/// Bytes that all blocks together may take in the file.
const MOST_BYTES: usize = 34_000_000;

/// Blocks as they are written into the page, within a budget.
pub(crate) struct Blocks {
    html: String,
    packed: bool,
    full: bool,
}

impl Blocks {
    /// No blocks yet; `packed` says whether they are deflated.
    pub(crate) fn new(packed: bool) -> Self {
        Self { html: String::new(), packed, full: false }
    }

    /// Adds a block, unless the budget would not bear it; tells whether it was added. Nothing is
    /// added after one that was left out, so that what is there has no holes.
    pub(crate) fn add(&mut self, id: &str, content: &impl Serialize) -> bool {
        self.full = self.full || !self.put(id, content, self.packed);
        !self.full
    }

    /// The same for what is packed already, like pictures; leaving one out keeps out no other.
    pub(crate) fn add_plain(&mut self, id: &str, content: &impl Serialize) -> bool {
        self.put(id, content, false)
    }

    fn put(&mut self, id: &str, content: &impl Serialize, packed: bool) -> bool {
        let Ok(json) = serde_json::to_string(content) else { return false };
        let (text, mark) =
            if packed { (deflated(&json), " data-packed") } else { (escaped(&json), "") };
        if self.html.len() + text.len() > MOST_BYTES {
            return false;
        }
        self.html.push_str(&format!("<script type=\"application/json\" id=\"{id}\"{mark}>"));
        self.html.push_str(&text);
        self.html.push_str("</script>\n");
        true
    }

    /// Everything that was added, as HTML.
    pub(crate) fn into_html(self) -> String {
        self.html
    }
}

/// JSON in which nothing can end its block or begin markup.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

fn deflated(json: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(json.as_bytes());
    BASE64.encode(&encoder.finish().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_block_can_be_left_from_inside() {
        let mut blocks = Blocks::new(false);
        assert!(blocks.add("one", &["</script><img src=x>", "<!--", "a&b\u{2028}"]));
        let html = blocks.into_html();
        let inner = html.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</script>"));
        let json = inner.expect("one block").0;
        assert!(!json.contains(['<', '>', '&', '\u{2028}']), "{json}");
        let back: Vec<String> = serde_json::from_str(json).expect("is JSON");
        assert_eq!(back[0], "</script><img src=x>");
    }

    #[test]
    fn the_budget_holds() {
        let mut blocks = Blocks::new(false);
        let big = "x".repeat(MOST_BYTES - 100);
        assert!(blocks.add("a", &big));
        assert!(!blocks.add("b", &big));
        assert!(!blocks.add("c", &"small"), "nothing follows a block that was left out");
        assert!(blocks.into_html().len() < MOST_BYTES + 100);
    }
}
