//! The live page: one document that loads nothing; its own script asks for what is new.

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{Qr, Shown};

/// The look that all of candor's served pages share; it is the report's.
const LOOK: &str = include_str!("look.css");
const STYLE: &str = include_str!("live.css");
const SCRIPT: &str = include_str!("live.js");

/// A document with the policy that it is served under.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) policy: String,
}

/// Puts a page together. `may` is what the policy allows beside the page's own style and script.
pub(crate) fn document(
    title: &str,
    style: &str,
    script: &str,
    may: &str,
    body: &Markup,
) -> Document {
    let style = format!("{LOOK}{style}");
    let digest = |text: &str| BASE64.encode(&Sha256::digest(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; {may}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        digest(&style),
        digest(script)
    );
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(&style)) }
            }
            body { (body) script { (PreEscaped(script)) } }
        }
    };
    Document { text: text.into_string(), policy }
}

/// The choice between light and dark.
pub(crate) fn theme() -> Markup {
    html! {
        fieldset.theme {
            legend.hidden { "Colours" }
            @for (id, word) in [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")] {
                input type="radio" name="theme" id=(format!("theme-{id}")) checked[id == "auto"];
                label for=(format!("theme-{id}")) { (word) }
            }
        }
    }
}

/// The live page.
pub(crate) fn live(shown: &Shown) -> Document {
    let body = html! {
        a.skip href="#requests" { "To the requests" }
        header.bar {
            span.mark { "candor" }
            span.state #state data-state="waiting" { "connecting" }
            span.spring {}
            (theme())
        }
        main {
            div.head {
                p.kicker #run { }
                h1 { "What is being sent now" }
            }
            dl.figures {
                (figure("requests", "requests"))
                (figure("hosts", "hosts"))
                (figure("sent", "sent in bodies"))
                (figure("unread", "could not be read"))
            }
            p.hidden #told role="status" aria-live="polite" {}
            div.columns {
                div.side {
                    (phases(shown))
                    section.hosts aria-labelledby="hosts-title" {
                        h2 #hosts-title { "Where to" }
                        ul #hosts-list { li.small { "Nothing yet." } }
                    }
                    @if let Some(address) = &shown.phone { (phone(address)) }
                }
                (requests())
            }
            noscript { p.note { "This page needs its own script to follow the recording. The recording goes on without it." } }
        }
    };
    let may = "connect-src 'self'; form-action 'none'";
    document("candor: what is being sent now", STYLE, SCRIPT, may, &body)
}

fn figure(id: &str, words: &str) -> Markup {
    html! { div { dt { (words) } dd #(format!("n-{id}")) { "0" } } }
}

fn phases(shown: &Shown) -> Markup {
    html! {
        section.phases aria-labelledby="phases-title" {
            h2 #phases-title { "Phases" }
            @if shown.mark.is_some() {
                p.small { "Mark a phase right before it begins: what is sent from then on counts to it." }
                div.buttons #phase-buttons {
                    @for (n, name) in shown.phases.iter().enumerate() {
                        button type="button" data-phase=(name) aria-pressed="false" {
                            (name.replace('_', " ")) " " kbd aria-hidden="true" { (n + 1) }
                        }
                    }
                }
                form.other #other {
                    label for="other-name" { "Another phase" }
                    input #other-name maxlength="60" autocomplete="off" spellcheck="false" required;
                    button type="submit" { "Mark" }
                }
                p.small #marked role="status" {}
            } @else {
                p.small { "A plan drives the subject and marks its phases." }
            }
            ol #phases-list reversed { }
        }
    }
}

fn phone(address: &str) -> Markup {
    html! {
        section.phone aria-labelledby="phone-title" {
            h2 #phone-title { "The phone" }
            p.small { "Scan this with the phone: its guide opens. Whoever has this address may use the proxy." }
            @if let Some(code) = Qr::of(address) {
                svg viewBox=(format!("0 0 {0} {0}", code.side())) role="img" aria-label="QR code of the guide's address" shape-rendering="crispEdges" {
                    path d=(code.path()) {}
                }
            }
            p { code { (address.to_lowercase()) } }
        }
    }
}

fn requests() -> Markup {
    html! {
        section.requests #requests tabindex="-1" aria-labelledby="requests-title" {
            div.tools {
                h2 #requests-title { "Requests, the latest first" }
                label { "Show only " input #only type="search" placeholder="host or path" autocomplete="off" spellcheck="false"; kbd aria-hidden="true" { "/" } }
                button #pause type="button" aria-pressed="false" { "Pause " kbd aria-hidden="true" { "p" } }
            }
            table {
                thead { tr {
                    th scope="col" { "Time" }
                    th scope="col" { "Request" }
                    th.num scope="col" { "Sent" }
                    th.num scope="col" { "Received" }
                    th scope="col" { "Read" }
                } }
                tbody #rows { tr.empty { td colspan="5" { "Nothing has been sent yet. Use the subject; what it sends appears here." } } }
            }
            p.small #kept { }
        }
    }
}
