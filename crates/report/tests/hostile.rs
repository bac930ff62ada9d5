//! What strangers put into a case is inert text in every form of the report.

mod common;
#[path = "common/hostile.rs"]
mod hostile;

use std::collections::BTreeSet;

use candor_case::ByteSpan;
use candor_report::{Paint, View};
use common::case;
use data_encoding::BASE64;

/// Characters that do something other than being seen.
fn is_active(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn active(text: &str) -> Vec<char> {
    text.chars().filter(|c| is_active(*c)).collect()
}

/// The start tags of a page with their attributes; what scripts and styles hold is left out.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut all = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        rest = &rest[name.len()..];
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let end = rest.find(['=', '>', ' ']).expect("a tag ends");
            let key = rest[..end].to_owned();
            assert!(!key.is_empty(), "odd markup: {:?}", rest.chars().take(80).collect::<String>());
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let close = quoted.find('"').expect("a value ends");
                value = quoted[..close].to_owned();
                rest = &quoted[close + 1..];
            }
            attributes.push((key, value));
        }
        if name == "script" || name == "style" {
            rest = &rest[rest.find(&format!("</{name}>")).expect("it ends")..];
        }
        all.push((name, attributes));
    }
    all
}

/// Names of tags and of their attributes, as `tag attribute`.
fn names(html: &str) -> BTreeSet<String> {
    tags(html)
        .into_iter()
        .flat_map(|(tag, attributes)| {
            let own = attributes.into_iter().map(move |(key, _)| format!("{tag} {key}"));
            own.collect::<Vec<_>>()
        })
        .collect()
}

/// A page in which a stranger's text has done nothing.
fn assert_inert_page(view: &View, known: &BTreeSet<String>, text: &str) {
    let html = candor_report::html(view);
    assert!(html.len() > 30_000, "the page is there");
    let unknown: Vec<String> = names(&html).difference(known).cloned().collect();
    assert!(unknown.is_empty(), "{text:?} made markup: {unknown:?}");
    for (tag, attributes) in tags(&html) {
        for (key, value) in attributes {
            assert!(!key.starts_with("on"), "{tag} {key}");
            assert!(key != "src" && key != "style" && key != "action", "{tag} {key}={value}");
            assert!(key != "href" || value.starts_with('#'), "{tag} {key}={value}");
        }
    }
    assert_eq!(html.matches("<script>").count(), 1, "one script runs");
    assert!(active(&html).is_empty(), "{text:?} left {:?}", active(&html));
    for block in html.split("<script type=\"application/json\"").skip(1) {
        let inner = block.split_once('>').and_then(|(_, rest)| rest.split_once("</script>"));
        let (json, _) = inner.expect("a block ends");
        serde_json::from_str::<serde_json::Value>(json).expect("a block is JSON");
    }
}

#[test]
fn no_text_becomes_markup_or_acts_in_the_page() {
    let known: BTreeSet<String> = names(&candor_report::html(&case()))
        .into_iter()
        // Without an identifier of its own a hostile case may lack, but never add.
        .chain(["svg aria-label".to_owned()])
        .collect();
    for text in hostile::TEXTS {
        assert_inert_page(&hostile::everywhere(text), &known, text);
        assert_inert_page(&hostile::beside_ids(text), &known, text);
    }
}

#[test]
fn no_bytes_of_a_window_become_markup() {
    let known = names(&candor_report::html(&case()));
    let windows: [&[u8]; 4] = [
        b"</pre></script><script>window.pwned=1</script>",
        b"\xff\xfe\xc3\x28 <img src=x> \xf0\x9f",
        b"\x1b[31m\xe2\x80\xaegpj.exe\x00",
        "=1+1 {{x}} \u{202e}".as_bytes(),
    ];
    for window in windows {
        let mut view = case();
        for layer in view.exhibits.iter_mut().flat_map(|exhibit| &mut exhibit.layers) {
            layer.window = BASE64.encode(window);
            layer.span = ByteSpan::new(2, 9);
        }
        assert_inert_page(&view, &known, &String::from_utf8_lossy(window));
    }
}

#[test]
fn the_policy_names_the_script_and_the_style_by_digest() {
    use sha2::{Digest, Sha256};
    let html = candor_report::html(&hostile::everywhere(hostile::TEXTS[0]));
    let policy = html.split_once("Content-Security-Policy\" content=\"").expect("a policy").1;
    let policy = policy.split_once('"').expect("it ends").0.replace("&#39;", "'");
    for (open, close) in [("<script>", "</script>"), ("<style>", "</style>")] {
        let inner = html.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        let digest = BASE64.encode(&Sha256::digest(inner.expect("is there").0.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for word in ["unsafe", "http", "connect-src", "img-src", "data:", "*"] {
        assert!(!policy.contains(word), "{policy}");
    }
}

#[test]
fn no_text_acts_in_a_terminal() {
    for text in hostile::TEXTS {
        let view = hostile::everywhere(text);
        let table = candor_report::table(&view, Paint::Plain);
        assert!(active(&table).is_empty(), "{text:?} left {:?}", active(&table));
        let diff = candor_report::diff(&case(), &view);
        assert!(active(&diff.text(Paint::Plain)).is_empty(), "{text:?}");
        let known = names(&candor_report::diff(&case(), &case()).html())
            .into_iter()
            .chain(names(&candor_report::html(&case())))
            .collect();
        let unknown: Vec<String> = names(&diff.html()).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{text:?} made markup: {unknown:?}");
    }
}

#[test]
fn no_text_becomes_markdown_or_markup_in_the_summary() {
    for text in hostile::TEXTS {
        let summary = candor_report::markdown(&hostile::everywhere(text));
        assert!(active(&summary).is_empty(), "{text:?}");
        for line in summary.lines() {
            let bare = outside_of_code(line);
            for sign in ["<", "[", "]", "{{", "{%", "@", "://", "www."] {
                assert!(!bare.contains(sign), "{text:?} left {sign} in {line}");
            }
        }
        let mut columns = None;
        for row in summary.lines() {
            let count = row.starts_with('|').then(|| outside_of_escapes(row).matches('|').count());
            assert!(count.is_none() || columns.is_none() || count == columns, "{text:?}: {row}");
            columns = count;
        }
    }
}

/// A line without escaped signs.
fn outside_of_escapes(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else {
            out.push(c);
        }
    }
    out
}

/// A line without escaped signs and without code spans (CommonMark 0.31, section 6.1: inside a
/// span a backslash is a backslash, and the span ends at as many backticks as it began with).
fn outside_of_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            rest = rest[1..].strip_prefix(|_: char| true).unwrap_or("");
        } else if c == '`' {
            let fence = rest.len() - rest.trim_start_matches('`').len();
            rest = after_span(&rest[fence..], fence).expect("a span ends");
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn after_span(mut rest: &str, fence: usize) -> Option<&str> {
    loop {
        rest = &rest[rest.find('`')?..];
        let run = rest.len() - rest.trim_start_matches('`').len();
        rest = &rest[run..];
        if run == fence {
            return Some(rest);
        }
    }
}

/// Rows of quoted cells (RFC 4180).
fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![]];
    let mut chars = csv.chars().peekable();
    while chars.peek().is_some() {
        assert_eq!(chars.next(), Some('"'), "every cell is quoted");
        let mut cell = String::new();
        loop {
            match chars.next().expect("a cell ends") {
                '"' if chars.peek() == Some(&'"') => cell.push(chars.next().expect("peeked")),
                '"' => break,
                c => cell.push(c),
            }
        }
        rows.last_mut().expect("never empty").push(cell);
        match chars.next() {
            Some(',') => {}
            Some('\r') => {
                assert_eq!(chars.next(), Some('\n'));
                rows.push(vec![]);
            }
            other => panic!("{other:?} after a cell"),
        }
    }
    rows.pop();
    rows
}

#[test]
fn no_cell_is_a_formula_or_leaves_its_row() {
    for text in hostile::TEXTS {
        let csv = candor_report::csv(&hostile::beside_ids(text));
        let rows = rows(&csv);
        assert!(rows.len() > 20);
        for row in &rows {
            assert_eq!(row.len(), 26, "{text:?}");
            for cell in row {
                let first = cell.trim_start().chars().next();
                assert!(!first.is_some_and(|c| "=+-@|%".contains(c)), "{text:?}: {cell}");
                assert!(active(cell).is_empty(), "{text:?}: {cell:?}");
            }
        }
    }
}

#[test]
fn ten_megabytes_in_any_place_are_cut() {
    let clean = case();
    let plain = [
        candor_report::html(&clean).len(),
        candor_report::csv(&clean).len(),
        candor_report::markdown(&clean).len(),
        candor_report::table(&clean, Paint::Plain).len(),
        candor_report::junit(&clean).len(),
    ];
    let places = hostile::places();
    assert!(places.len() > 60, "{}", places.len());
    let long = "<".repeat(10_000_000);
    for place in places {
        let view = hostile::at(place, &long);
        let now = [
            candor_report::html(&view).len(),
            candor_report::csv(&view).len(),
            candor_report::markdown(&view).len(),
            candor_report::table(&view, Paint::Plain).len(),
            candor_report::junit(&view).len(),
        ];
        for (form, (plain, now)) in plain.iter().zip(now).enumerate() {
            assert!(now < plain + 400_000, "{place} in form {form}: {plain} became {now}");
        }
    }
}

#[test]
fn odd_numbers_hurt_nobody() {
    let mut view = case();
    for finding in &mut view.findings {
        finding.chance = f64::NAN;
        finding.place.span = ByteSpan::new(u64::MAX, u64::MAX);
    }
    for (n, line) in view.requests.iter_mut().enumerate() {
        line.at.0 = if n % 2 == 0 { i64::MIN } else { i64::MAX };
        (line.bytes, line.unread) = (u64::MAX, u64::MAX);
    }
    for layer in view.exhibits.iter_mut().flat_map(|exhibit| &mut exhibit.layers) {
        (layer.window_start, layer.length) = (u64::MAX, u64::MAX);
    }
    for gap in &mut view.coverage.gaps {
        (gap.count, gap.bytes, gap.largest) = (u64::MAX, u64::MAX, u64::MAX);
    }
    for run in &mut view.runs {
        run.clock_offset_s = i64::MIN;
    }
    view.coverage.bytes_explained = u64::MAX;
    for text in [
        candor_report::html(&view),
        candor_report::csv(&view),
        candor_report::markdown(&view),
        candor_report::junit(&view),
        candor_report::table(&view, Paint::Colour),
        candor_report::sarif(&view).expect("is written"),
        candor_report::diff(&view, &View::default()).html(),
        candor_report::html(&View::default()),
    ] {
        assert!(text.len() > 100);
    }
}
