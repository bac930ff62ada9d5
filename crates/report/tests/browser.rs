//! The page in real browsers behind a proxy that records: every part opens, nothing is logged,
//! nothing is asked of any network, and what strangers sent stays text.

#[path = "common/browser/mod.rs"]
mod browser;
mod common;
#[path = "common/hostile.rs"]
mod hostile;

use browser::Browser;
use candor_report::{Beside, Frame, View};
use common::case;

/// The page of the case that all tests share, with a film of its first run and what changed.
fn page() -> String {
    let view = case();
    let start = view.requests[0].at.0;
    let frame = |s: i64, picture: &[u8]| Frame {
        at: candor_case::UnixMicros(start + s),
        picture: picture.into(),
    };
    let film = vec![
        frame(1_000_000, include_bytes!("common/film/1.jpg")),
        frame(20_000_000, include_bytes!("common/film/2.jpg")),
    ];
    let films = [(view.requests[0].run.0.clone(), film)].into();
    candor_report::html_with(&view, &Beside { before: Some(&common::case()), films })
}

/// Runs a test in every installed browser.
fn everywhere(html: &str, test: impl Fn(&dyn Browser)) {
    for browser in browser::installed() {
        browser.open(html);
        test(&*browser);
        browser.assert_quiet();
    }
}

/// Waits in the page until something holds, and says what it then comes to.
fn when(browser: &dyn Browser, holds: &str, then: &str) -> String {
    let said = browser.said(&format!(
        "(async () => {{
            for (let i = 0; i < 400 && !({holds}); i++) await new Promise((go) => setTimeout(go, 20));
            return ({holds}) ? String({then}) : 'never';
        }})()"
    ));
    assert_ne!(said, "never", "{}: {holds}", browser.name());
    said
}

#[test]
fn every_part_is_reached_from_the_bar() {
    let parts = [
        "claims",
        "questions",
        "where",
        "when",
        "survives",
        "diary",
        "changes",
        "gaps",
        "findings",
        "runs",
        "check",
    ];
    everywhere(&page(), |browser| {
        let listed = "[...document.querySelectorAll('.bar nav a')].map((a) => a.hash.slice(1))";
        assert_eq!(browser.said(&format!("{listed}.join()")), parts.join(","));
        // Else a part could be met on the way to another.
        browser.said("document.documentElement.style.scrollBehavior = 'auto'");
        for part in parts {
            browser
                .said(&format!("document.querySelector('.bar nav a[href=\"#{part}\"]').click()"));
            let top = format!("document.getElementById('{part}').getBoundingClientRect().top");
            // The last parts cannot reach the top of the window.
            let end = "innerHeight + scrollY >= document.documentElement.scrollHeight - 2";
            when(browser, &format!("(({top}) >= 0 && ({top}) < 120) || ({end})"), "1");
        }
        let opened = browser.said(
            "(() => {
                const all = [...document.querySelectorAll('main details')];
                all.forEach((d) => d.open || d.querySelector('summary').click());
                return all.filter((d) => !d.open).length + ' of ' + (all.length > 10);
            })()",
        );
        assert_eq!(opened, "0 of true", "every fold opens");
    });
}

const FIRST_ROW: &str = "document.querySelector('[data-list=findings] li button')";
const MARKS: &str =
    "[...document.querySelectorAll('dialog[open] mark')].map((mark) => mark.textContent).join('|')";

/// Opens the first finding of the list, and says what is marked in its layers.
fn open_a_finding(browser: &dyn Browser) -> String {
    browser.said("document.querySelector('[data-list=findings]').scrollIntoView()");
    when(browser, FIRST_ROW, &format!("{FIRST_ROW}.click()"));
    when(browser, "document.querySelector('dialog[open] mark')", MARKS)
}

#[test]
fn a_finding_opens_down_to_its_value() {
    let view = case();
    everywhere(&page(), |browser| {
        let marks = open_a_finding(browser);
        assert!(marks.ends_with(&view.findings[0].value), "the value is marked: {marks}");
        assert!(marks.matches('|').count() >= 2, "each layer marks where it leads: {marks}");
        let command = browser.said("document.querySelector('dialog .command code').textContent");
        assert!(command.starts_with("candor show "), "{command}");
        browser.said("[...document.querySelectorAll('dialog .buttons button')].find((b) => b.textContent === 'Next').click()");
        when(browser, &format!("!{MARKS}.endsWith({:?})", view.findings[0].value), "1");
        browser.said("document.querySelector('dialog').close()");
        browser.said("document.querySelector('[data-list=requests]').scrollIntoView()");
        let row = "document.querySelector('[data-list=requests] li button')";
        when(browser, row, &format!("{row}.click()"));
        let said = when(
            browser,
            "document.querySelector('dialog[open] .request')",
            "document.querySelector('dialog').textContent",
        );
        assert!(said.contains(&view.requests[0].host), "{said}");
    });
}

#[test]
fn a_run_plays_its_film_beside_its_requests() {
    everywhere(&page(), |browser| {
        let film = "[...document.querySelectorAll('[data-reel] button')].find((b) => b.textContent.includes('film'))";
        browser.said(&format!("(window.figure = {film}.closest('figure'), {film}.click())"));
        when(browser, "window.figure.querySelector('canvas')", "1");
        let go = |to: &str| {
            browser.said(&format!("(() => {{ const s = window.figure.querySelector('input[type=range]'); s.value = {to}; s.dispatchEvent(new Event('input')); }})()"))
        };
        go("s.min");
        let label = "window.figure.querySelector('canvas').getAttribute('aria-label')";
        when(browser, &format!("{label} === 'No picture yet'"), "1");
        go("Number(s.min) + 40");
        when(browser, "window.figure.querySelector('canvas').width === 320", "1");
        // Which of red, green and blue are bright in a corner, read from a copy.
        let pixel = "(() => {
            const copy = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
            copy.drawImage(window.figure.querySelector('canvas'), 0, 0);
            return [...copy.getImageData(5, 5, 1, 1).data].slice(0, 3).map((c) => (c > 235 ? 1 : 0)).join('');
        })()";
        assert_eq!(when(browser, "true", pixel), "011", "the first picture is bluish");
        go("s.max");
        assert_eq!(when(browser, &format!("{pixel} === '101'"), pixel), "101", "the last reddish");
        let log = when(
            browser,
            "window.figure.querySelector('ol.sent .found')",
            "window.figure.querySelector('ol.sent').textContent",
        );
        assert!(log.contains(common::MAKER) && log.contains("searched for"), "{log}");
        let at = "window.figure.querySelector('.playhead').getAttribute('x1')";
        assert_eq!(browser.said(at), browser.said("window.figure.querySelector('input').max"));
    });
}

#[test]
fn light_and_dark_are_the_readers_choice() {
    everywhere(&page(), |browser| {
        let paper = |theme: &str| {
            browser.said(&format!("(document.getElementById('theme-{theme}').click(), getComputedStyle(document.body).backgroundColor)"))
        };
        let (light, dark) = (paper("light"), paper("dark"));
        assert_ne!(light, dark);
        assert_eq!(paper("light"), light);
    });
}

#[test]
fn the_list_is_narrowed_and_a_thread_leads_to_its_finding() {
    let shown = case().findings.iter().filter(|f| f.value == "garden shoes size 43").count();
    everywhere(&page(), |browser| {
        browser.said(
            "(() => {
                const find = document.querySelector('[data-list=findings] input');
                find.value = 'garden shoes';
                find.dispatchEvent(new Event('input'));
            })()",
        );
        let told = "document.querySelector('[data-list=findings] [role=status]').textContent";
        let narrowed = when(browser, &format!("{told}.includes(' of ')"), told);
        assert_eq!(narrowed, format!("{shown} of {} findings", case().findings.len()));
        browser.said("document.querySelector('.run .thread').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))");
        let title = "document.querySelector('#opened-title').textContent";
        let title = when(browser, "document.querySelector('dialog[open]')", title);
        assert!(title.starts_with("https://n1.news.candor.test/"), "{title}");
    });
}

#[test]
fn it_prints_to_paper() {
    everywhere(&page(), |browser| {
        let pdf = browser.printed();
        assert!(pdf.starts_with(b"%PDF"), "{}", browser.name());
        assert!((30_000..5_000_000).contains(&pdf.len()), "{}: {}", browser.name(), pdf.len());
    });
}

#[test]
fn changes_between_two_versions_are_a_page_of_their_own() {
    let mut next = case();
    next.findings.truncate(3);
    everywhere(&candor_report::diff(&case(), &next).html(), |browser| {
        let rows = browser.said("document.querySelectorAll('.changes tbody tr').length > 5");
        assert_eq!(rows, "true");
    });
}

#[test]
fn without_scripts_headline_claims_and_gaps_can_be_read() {
    let Some(browser) = browser::chromium() else { return };
    browser.without_scripts();
    browser.open(&page());
    let text = browser.text();
    for words in [
        "Does the browser keep its maker’s word",
        "Of 4 statements of its maker, 2 are contradicted",
        "What a user looks at in a private window is not stored on our servers",
        "Contradicted",
        "Encrypted by the program itself, unread",
        "garden shoes size 43",
        "This list needs scripts",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("Play its requests"), "what cannot work is not offered");
}

#[test]
fn what_strangers_sent_stays_text() {
    for browser in browser::installed() {
        for text in hostile::TEXTS {
            for view in [hostile::everywhere(text), hostile::beside_ids(text)] {
                browser.open(&candor_report::html(&view));
                open_a_finding(&*browser);
                assert_eq!(browser.said("String(window.pwned)"), "undefined", "{text:?}");
                assert_eq!(browser.said("document.querySelectorAll('img, iframe, object, [onload], [onerror], [style^=position\\\\:f]').length"), "0");
                browser.assert_quiet();
            }
        }
    }
}

/// What axe-core finds serious or worse, as text; nothing where all is well.
const AXE: &str = "axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => one.id + ': ' + one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | '))
    .join('\\n'))";

#[test]
fn nothing_keeps_a_reader_out() {
    let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/axe/node_modules/axe-core/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(axe) else {
        return eprintln!("skipped: axe-core is not installed: npm ci in crates/report/tests/axe");
    };
    let mut next = case();
    next.findings.truncate(3);
    let changes = candor_report::diff(&case(), &next).html();
    for browser in browser::installed() {
        browser.open("<!doctype html><html lang=en><title>x</title><p style='color:#ddd'>pale");
        browser.said(&format!("{axe}; 'there'"));
        assert!(browser.said(AXE).starts_with("color-contrast"), "what keeps one out is seen");
        for (name, html) in [("report", page()), ("diff", changes.clone())] {
            for theme in ["light", "dark"] {
                browser.open(&html);
                browser.said(&format!("{axe}; 'there'"));
                browser.said(&format!("document.getElementById('theme-{theme}').click()"));
                browser.said(
                    "document.querySelectorAll('details').forEach((d) => { d.open = true; })",
                );
                browser.said("document.querySelector('[data-reel] button')?.click()");
                assert_eq!(browser.said(AXE), "", "{}: {name}, {theme}", browser.name());
                if name == "report" {
                    open_a_finding(&*browser);
                    assert_eq!(browser.said(AXE), "", "{}: a finding, {theme}", browser.name());
                }
            }
        }
    }
}

/// How much longer a large case takes than a small one until a finding stands open.
#[test]
#[ignore = "a benchmark: bash bench/report.sh"]
fn a_large_case_against_a_small_one() {
    let Some(browser) = browser::chromium() else { return };
    let small = candor_report::html(&common::large(1_000));
    let large = candor_report::html(&common::large(100_000));
    let took = |html: &str| {
        let opened = browser.open(html);
        let started = std::time::Instant::now();
        open_a_finding(&browser);
        (opened, opened + started.elapsed())
    };
    took(&small);
    let median = |html: &str| {
        let mut all = [took(html), took(html), took(html)];
        all.sort();
        (all[1].0.as_secs_f64(), all[1].1.as_secs_f64())
    };
    let (small, large, size) = (median(&small), median(&large), large.len());
    println!("100,000 requests against 1,000, a page of {:.1} MB:", size as f64 / 1e6);
    println!("  until it is open             {:.1}", large.0 / small.0);
    println!("  until a finding stands open  {:.1}", large.1 / small.1);
    eprintln!("(large: {:.2} s, {:.2} s)", large.0, large.1);
}

/// The eye is open: a page that does ask and complain is caught at it.
#[test]
fn a_page_that_calls_home_would_be_seen() {
    for browser in browser::installed() {
        browser.open("<!doctype html><title>x</title><img src=\"http://leak.candor.test/a.png\">");
        let asked = browser.asked();
        assert!(asked.iter().any(|line| line.contains("leak.candor.test")), "{asked:?}");
        assert!(!browser.complaints().is_empty(), "{}", browser.name());
    }
}

#[test]
fn a_hundred_thousand_requests_are_scrolled_through() {
    let view = common::large(100_000);
    let all = view.findings.len();
    everywhere(&candor_report::html(&view), |browser| {
        browser.said("(() => { const rows = document.querySelector('[data-list=findings] .rows'); rows.scrollIntoView(); rows.scrollTop = rows.scrollHeight; })()");
        let last = "document.querySelector('[data-list=findings] .rows li:last-child')";
        let there = format!("{last}?.ariaPosInSet === '{all}'");
        let drawn = "document.querySelectorAll('[data-list=findings] .rows li').length < 60";
        assert_eq!(when(browser, &there, drawn), "true");
    });
}

#[test]
fn a_view_without_extras_still_makes_a_page() {
    let full = case();
    let plain = View {
        links: vec![],
        events: Default::default(),
        requests: vec![],
        carried: vec![],
        claims: vec![],
        ..full
    };
    everywhere(&candor_report::html(&plain), |browser| {
        assert_eq!(browser.said("document.querySelectorAll('#when, #requests').length"), "0");
        assert!(open_a_finding(browser).contains("news.candor.test"));
    });
}
