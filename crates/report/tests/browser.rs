//! The page in a real browser that can reach nothing: every part opens, nothing is logged, nothing
//! is asked of any network, and what strangers sent stays text.

#[path = "common/browser.rs"]
mod browser;
mod common;
#[path = "common/hostile.rs"]
mod hostile;

use browser::Browser;
use candor_report::View;
use common::case;

/// Opens a page in a browser; `None`, with a line that says so, where there is none.
fn open(html: &str) -> Option<Browser> {
    let browser = Browser::start()?;
    browser.open(html);
    Some(browser)
}

fn assert_quiet(browser: &Browser) {
    assert!(browser.complaints().is_empty(), "{:?}", browser.complaints());
}

const OPEN_A_FINDING: &str = "(async () => {
    document.querySelector('[data-list=findings]').scrollIntoView();
    for (let i = 0; i < 300 && !document.querySelector('.rows li button'); i++) await new Promise((go) => setTimeout(go, 20));
    document.querySelector('[data-list=findings] li button').click();
    for (let i = 0; i < 300 && !document.querySelector('dialog[open] mark'); i++) await new Promise((go) => setTimeout(go, 20));
    return [...document.querySelectorAll('dialog mark')].map((mark) => mark.textContent).join('|');
})()";

#[test]
fn a_reader_walks_through_the_whole_page() {
    let view = case();
    let Some(browser) = open(&candor_report::html(&view)) else { return };
    let parts = browser.said("[...document.querySelectorAll('.bar nav a')].filter((a) => document.getElementById(a.hash.slice(1))).length");
    assert_eq!(parts, "10", "every part that the bar names is there");
    let opened = browser.said("(() => { const all = [...document.querySelectorAll('main details')]; all.forEach((d) => d.querySelector('summary').click()); return all.filter((d) => d.open).length > all.length - 3; })()");
    assert_eq!(opened, "true", "every fold opens");
    let marks = browser.said(OPEN_A_FINDING);
    assert!(marks.ends_with(&view.findings[0].value), "the value is marked: {marks}");
    assert_eq!(browser.said("(document.querySelector('dialog').close(), document.querySelectorAll('[data-list=requests] li').length > 5)"), "true");
    assert_quiet(&browser);
}

#[test]
fn light_and_dark_are_the_readers_choice() {
    let Some(browser) = open(&candor_report::html(&case())) else { return };
    let paper = |theme: &str| {
        browser.said(&format!("(document.getElementById('theme-{theme}').click(), getComputedStyle(document.body).backgroundColor)"))
    };
    let (light, dark) = (paper("light"), paper("dark"));
    assert_ne!(light, dark);
    assert_eq!(paper("light"), light);
    assert_quiet(&browser);
}

#[test]
fn the_list_is_narrowed_and_a_thread_leads_to_its_finding() {
    let Some(browser) = open(&candor_report::html(&case())) else { return };
    let narrowed = browser.said("(async () => {
        const list = document.querySelector('[data-list=findings]'), find = list.querySelector('input');
        find.value = 'garden shoes'; find.dispatchEvent(new Event('input'));
        const told = list.querySelector('[role=status]');
        for (let i = 0; i < 300 && !told.textContent.includes(' of '); i++) await new Promise((go) => setTimeout(go, 20));
        return told.textContent;
    })()");
    let shown = case().findings.iter().filter(|f| f.value == "garden shoes size 43").count();
    assert_eq!(narrowed, format!("{shown} of {} findings", case().findings.len()));
    let title = browser.said("(async () => {
        document.querySelector('.run .thread').dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
        for (let i = 0; i < 300 && !document.querySelector('dialog[open]'); i++) await new Promise((go) => setTimeout(go, 20));
        return document.querySelector('#opened-title').textContent;
    })()");
    assert!(title.starts_with("https://n1.news.candor.test/"), "{title}");
    assert_quiet(&browser);
}

#[test]
fn without_scripts_headline_claims_and_gaps_can_be_read() {
    let Some(browser) = Browser::start() else { return };
    browser.without_scripts();
    browser.open(&candor_report::html(&case()));
    let text = browser.text();
    for words in [
        "Does the browser keep its maker’s word",
        "Of 4 statements of its maker, 2 are contradicted",
        "What a user looks at in a private window is not stored on our servers",
        "Contradicted",
        "Encrypted below TLS, unread",
        "garden shoes size 43",
        "This list needs scripts",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn what_strangers_sent_stays_text() {
    let Some(browser) = Browser::start() else { return };
    for text in hostile::TEXTS {
        for view in [hostile::everywhere(text), hostile::beside_ids(text)] {
            browser.open(&candor_report::html(&view));
            browser.said(OPEN_A_FINDING);
            assert_eq!(browser.said("String(window.pwned)"), "undefined", "{text:?}");
            assert_eq!(browser.said("document.querySelectorAll('img, iframe, [onload], [onerror], [style^=position\\\\:f]').length"), "0");
            assert_quiet(&browser);
        }
    }
}

#[test]
fn it_prints_to_paper() {
    let Some(browser) = open(&candor_report::html(&case())) else { return };
    let pages = browser.printed_pages();
    assert!((4..60).contains(&pages), "{pages} pages");
    assert_quiet(&browser);
}

#[test]
fn a_hundred_thousand_requests_open_within_seconds() {
    let Some(browser) = Browser::start() else { return };
    let took = browser.open(&candor_report::html(&common::large(100_000)));
    assert!(took.as_secs() < 20, "{took:?}");
    let drawn = browser.said("(async () => {
        const rows = document.querySelector('[data-list=findings] .rows');
        rows.scrollIntoView(); rows.scrollTop = rows.scrollHeight;
        const last = () => rows.querySelector('li:last-child');
        for (let i = 0; i < 500 && !(last() && last().ariaPosInSet === last().ariaSetSize); i++) await new Promise((go) => setTimeout(go, 20));
        return [last().ariaPosInSet, rows.querySelectorAll('li').length < 60].join();
    })()");
    assert_eq!(drawn, format!("{},true", common::large(100_000).findings.len()));
    assert_quiet(&browser);
}

/// A page that the browser is shown must not be taken for another: a changed view changes it.
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
    let Some(browser) = open(&candor_report::html(&plain)) else { return };
    assert_eq!(browser.said("document.querySelectorAll('#when, #requests').length"), "0");
    assert!(browser.said(OPEN_A_FINDING).contains("news.candor.test"));
    assert_quiet(&browser);
}
