//! The layers of an exhibit made ready to be shown: headings, and the window with its value marked.

use candor_case::{Exhibit, ExhibitLayer};
use data_encoding::BASE64;
use serde::Serialize;

use crate::inert::inert_block;
use crate::{inert, path, words};

/// Characters of a window that are shown before, within and after what is marked.
const SHOWN: (usize, usize, usize) = (200, 300, 200);
/// Bytes of a binary window that are shown before, within and after what is marked.
const SHOWN_HEX: (usize, usize, usize) = (24, 64, 24);
/// Layers of one exhibit that are shown.
const MOST_LAYERS: usize = 40;

/// One layer as the page shows it. Every string is inert.
#[derive(Serialize)]
pub(crate) struct Shown {
    /// What was done to reach it.
    pub(crate) heading: String,
    /// Its length and digest.
    pub(crate) note: String,
    /// The window up to what is marked.
    pub(crate) before: String,
    /// The bytes that lead on, or the value itself.
    pub(crate) marked: String,
    /// The window after it.
    pub(crate) after: String,
    /// Whether the three are bytes in hexadecimal.
    pub(crate) hex: bool,
}

/// The layers of an exhibit, from the request down to the value.
pub(crate) fn layers(exhibit: &Exhibit) -> Vec<Shown> {
    exhibit.layers.iter().take(MOST_LAYERS).map(layer).collect()
}

fn layer(layer: &ExhibitLayer) -> Shown {
    let window = BASE64.decode(layer.window.as_bytes()).unwrap_or_default();
    let at = |offset: u64| {
        let from_start = offset.saturating_sub(layer.window_start);
        usize::try_from(from_start).unwrap_or(window.len()).min(window.len())
    };
    let start = at(layer.span.start);
    let end = at(layer.span.end).max(start);
    let parts = [&window[..start], &window[start..end], &window[end..]];
    let hex = is_binary(&window);
    let [before, marked, after] = if hex { hex_parts(parts) } else { text_parts(parts) };
    Shown {
        heading: path::step(&layer.step, &layer.codec),
        note: note(layer),
        before,
        marked,
        after,
        hex,
    }
}

/// Length and digest of a layer, and the key that opened it.
fn note(layer: &ExhibitLayer) -> String {
    let key = layer.key.as_ref().map(|key| format!(", opened with the key {}", inert(key, 256)));
    let (size, digest) = (words::size(layer.length), inert(&layer.sha256, 64));
    format!("{size}, sha256 {digest}{}", key.unwrap_or_default())
}

/// Whether more than a tenth of a window is neither text nor white space.
fn is_binary(window: &[u8]) -> bool {
    let text = String::from_utf8_lossy(window);
    let odd = |c: &char| *c == '\u{fffd}' || (c.is_control() && !c.is_ascii_whitespace());
    text.chars().filter(odd).count() * 10 > text.chars().count()
}

fn text_parts([before, marked, after]: [&[u8]; 3]) -> [String; 3] {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let before = text(before);
    let skipped = before.chars().count().saturating_sub(SHOWN.0);
    let tail: String = before.chars().skip(skipped).collect();
    let lead = if skipped > 0 { "…" } else { "" };
    [
        format!("{lead}{}", inert_block(&tail, SHOWN.0)),
        inert_block(&text(marked), SHOWN.1),
        inert_block(&text(after), SHOWN.2),
    ]
}

fn hex_parts([before, marked, after]: [&[u8]; 3]) -> [String; 3] {
    let skipped = before.len().saturating_sub(SHOWN_HEX.0);
    let lead = if skipped > 0 { "… " } else { "" };
    [
        format!("{lead}{} ", hex(&before[skipped..], SHOWN_HEX.0)),
        hex(marked, SHOWN_HEX.1),
        format!(" {}", hex(after, SHOWN_HEX.2)),
    ]
}

fn hex(bytes: &[u8], most: usize) -> String {
    let mut pairs: Vec<String> = bytes.iter().take(most).map(|b| format!("{b:02x}")).collect();
    if bytes.len() > most {
        pairs.push("…".into());
    }
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use candor_case::ByteSpan;

    use super::*;

    fn shown(bytes: &[u8], window_start: u64, span: ByteSpan) -> Shown {
        layer(&layer_of(bytes, window_start, span))
    }

    fn layer_of(bytes: &[u8], window_start: u64, span: ByteSpan) -> ExhibitLayer {
        ExhibitLayer {
            step: "gzip".into(),
            codec: "gzip".into(),
            length: 1_000,
            sha256: "00".into(),
            span,
            window_start,
            window: BASE64.encode(bytes),
            key: None,
        }
    }

    #[test]
    fn the_value_is_marked_in_text_and_in_bytes() {
        let text = shown(br#"{"url":"https://a.test/"}"#, 100, ByteSpan::new(108, 123));
        assert_eq!(
            (text.before.as_str(), text.marked.as_str(), text.after.as_str()),
            (r#"{"url":""#, "https://a.test/", r#""}"#)
        );
        let bytes = shown(&[0x1f, 0x8b, 0, 1, 0xff], 0, ByteSpan::new(2, 4));
        assert!(bytes.hex);
        assert_eq!(
            (bytes.before.as_str(), bytes.marked.as_str(), bytes.after.as_str()),
            ("1f 8b ", "00 01", " ff")
        );
        assert_eq!(bytes.note, "1,000 bytes, sha256 00");
    }

    #[test]
    fn the_key_is_named() {
        let mut sealed = layer_of(&[1, 2], 0, ByteSpan::new(0, 2));
        sealed.key = Some("keys.toml: SDK 4.2".into());
        assert!(layer(&sealed).note.ends_with(", opened with the key keys.toml: SDK 4.2"));
    }

    #[test]
    fn spans_outside_the_window_mark_nothing_and_hurt_nobody() {
        for span in
            [ByteSpan::new(0, 3), ByteSpan::new(900, 990), ByteSpan::new(u64::MAX, u64::MAX)]
        {
            assert_eq!(shown(b"abc", 100, span).marked, "", "{span:?}");
        }
        assert_eq!(shown(b"\xff\xfe", 0, ByteSpan::new(0, u64::MAX)).marked, "ff fe");
    }
}
