//! What the guide shows: every step of the way, the one that is due opened.

use bytes::Bytes;
use maud::{Markup, html};

use crate::guide::script::{Begins, Kind, Stage, Task};
use crate::guide::words::{self, System, Words};
use crate::guide::{HOME, Place, Setup, State};
use crate::page::{document, theme};

use super::Answer;

const STYLE: &str = include_str!("guide.css");
const SCRIPT: &str = include_str!("guide.js");

/// Which window a page is shown in, as its cookie tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Normal,
    Private,
    /// It has no cookie of ours.
    Unknown,
}

const COOKIE: &str = "candor_window";

impl Window {
    pub(crate) fn of(cookies: &str) -> Self {
        let ours =
            |pair: &str| pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').map(str::to_owned);
        match cookies.split(';').find_map(ours).as_deref() {
            Some("normal") => Self::Normal,
            Some("private") => Self::Private,
            _ => Self::Unknown,
        }
    }

    /// A cookie that ends with the browser's session.
    fn cookie(self) -> Option<(String, String)> {
        let name = match self {
            Self::Normal => "normal",
            Self::Private => "private",
            Self::Unknown => return None,
        };
        let value = format!("{COOKIE}={name}; Path=/; HttpOnly; SameSite=Lax");
        Some(("set-cookie".into(), value))
    }
}

/// Who looks, and how they came.
pub(crate) struct Seen<'a> {
    pub(crate) place: Place,
    pub(crate) window: Window,
    pub(crate) agent: &'a str,
}

/// The page as the state has it.
pub(crate) fn page(
    setup: &Setup,
    token: &str,
    stages: &[Stage],
    state: &State,
    seen: &Seen<'_>,
) -> Answer {
    let system = System::of(seen.agent);
    let due = stages.get(state.stage).filter(|_| !state.finished);
    let body = html! {
        header.bar { span.mark { "candor" } span.spring {} (theme()) }
        main data-base=(format!("/{token}/")) data-version=(state.version) data-home=[home(seen.place, state)]
            data-probe=[probe(token, due, state)] data-control=[control(due, state)] {
            h1 { (headline(due, state)) }
            @if due.is_some() {
                p.small { "This device is being recorded by candor, for whoever started it. Leave this page open: it goes on by itself as each step arrives." }
            }
            ol.steps {
                @for (n, stage) in stages.iter().enumerate() {
                    @let words = words::of(stage.id);
                    @if state.finished || n < state.stage {
                        li.past { h2 { (mark_of(stage, state)) (words.title) } }
                    } @else if n == state.stage {
                        li.due aria-current="step" { h2 { (words.title) } (step(setup, token, stage, &words, state, seen, system)) }
                    } @else {
                        li.coming { h2 { (words.title) } }
                    }
                }
            }
            @if due.is_none() { (end(setup, state, system)) }
            noscript { p.note { "Without scripts this page does not go on by itself: load it again after each step." } }
        }
    };
    let may = format!(
        "connect-src 'self' http://{HOME} https://{HOME} http://{0} https://{0}; form-action 'self' http://search.{HOME} https://search.{HOME}",
        candor_case::CONTROL_HOST
    );
    let document = document("candor: guide", STYLE, SCRIPT, &may, &body);
    let mut answer = respond(200, "text/html; charset=utf-8", document.text.into());
    answer.headers.push(("content-security-policy".into(), document.policy));
    answer.headers.extend(seen.window.cookie());
    answer
}

/// A step that was skipped is not ticked.
fn mark_of(stage: &Stage, state: &State) -> Markup {
    html! {
        @if state.walked.contains(stage.id) {
            span.tick aria-hidden="true" { "✓" } span.hidden { "Done: " }
        } @else {
            span.tick aria-hidden="true" { "–" } span.hidden { "Skipped: " }
        }
    }
}

fn headline(due: Option<&Stage>, state: &State) -> &'static str {
    match due {
        Some(stage) if stage.phase.is_none() => "Set up this device",
        Some(_) => "Use this device",
        None if state.finished => "Thank you, that is all",
        None => "This device is ready",
    }
}

/// Where the page goes on once the device uses the proxy.
fn home(place: Place, state: &State) -> Option<String> {
    (place == Place::Direct && state.proxied).then(|| format!("http://{HOME}/"))
}

/// What the page asks for again and again, because its arrival is the confirmation.
fn probe(token: &str, due: Option<&Stage>, state: &State) -> Option<String> {
    let https = format!("https://{HOME}/{token}/probe");
    match (due?.begins, state.proxied) {
        (Begins::Trusted, false) => Some(format!("http://{HOME}/{token}/probe {https}")),
        (Begins::Trusted, true) => Some(https),
        _ => None,
    }
}

fn control(due: Option<&Stage>, state: &State) -> Option<String> {
    let stage = due.filter(|_| state.begun)?;
    let open = |(n, task): (usize, &Task)| match &task.kind {
        Kind::Control(address) if !state.done.contains(&n) => Some(address.clone()),
        _ => None,
    };
    stage.tasks.iter().enumerate().find_map(open)
}

fn step(
    setup: &Setup,
    token: &str,
    stage: &Stage,
    words: &Words,
    state: &State,
    seen: &Seen<'_>,
    system: System,
) -> Markup {
    let elsewhere = words::elsewhere(stage, state, seen.window);
    let button = |what: &str, class: &str, text: &str| {
        html! {
            form method="post" action=(format!("/{token}/do/{}/{what}", stage.id)) {
                button class=(class) type="submit" { (text) }
            }
        }
    };
    html! {
        p { (words.why) }
        @match stage.id {
            "proxy" => (words::proxy(setup, system, state)),
            "certificate" => (words::certificate(setup, system)),
            _ => {}
        }
        @if let Some(words) = elsewhere {
            p.note { (words) }
        } @else if !state.begun || unsaid(stage, seen.window) {
            @if !words.begin.is_empty() { (button("begin", "main", words.begin)) }
            @else if state.proxied {
                p.waiting role="status" { "The proxy is set, but this browser does not trust the certificate yet. Some browsers must be closed and opened again." }
            } @else { p.waiting role="status" { "Waiting for the request that shows it." } }
        } @else {
            (tasks(stage, state))
            @if stage.id == "wait" { (button("finish", "main", "Finish the recording")) }
        }
        @if stage.id != "wait" { (button("skip", "skip", words.skip)) }
    }
}

/// Whether it is for the person to say, here again, that this window is a private one: its cookie
/// may be gone, and so may a normal window's.
fn unsaid(stage: &Stage, window: Window) -> bool {
    stage.begins == Begins::SaidElsewhere && window == Window::Unknown
}

fn tasks(stage: &Stage, state: &State) -> Markup {
    html! {
        ul.tasks {
            @for (n, task) in stage.tasks.iter().enumerate() {
                @let done = state.done.contains(&n);
                li.done[done] {
                    span.tick aria-hidden="true" { @if done { "✓" } @else { "○" } }
                    @if done { span.hidden { "Done: " } }
                    (task_of(task, done))
                }
            }
        }
    }
}

fn task_of(task: &Task, done: bool) -> Markup {
    html! {
        @match &task.kind {
            Kind::Visit(address) => {
                @if done { span { "Opened a page" } } @else {
                    a.main href=(address) target="_blank" rel="noopener noreferrer" data-task=(task.name) { "Open this page" }
                    span.small { " wait until it has loaded, then come back here" }
                }
            },
            Kind::Search(words) => {
                @if done { span { "Searched" } } @else {
                    form.search action=(format!("https://search.{HOME}/find")) method="get" target="_blank" rel="noopener noreferrer" {
                        label for=(task.name) { "Type these words and search: " b { (words) } }
                        input id=(task.name) name="q" required autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" enterkeyhint="search";
                        button type="submit" { "Search" }
                    }
                }
            },
            Kind::Control(_) => span { @if done { "The control came through" } @else { "This page sends the control by itself" } },
        }
    }
}

fn end(setup: &Setup, state: &State, system: System) -> Markup {
    html! {
        @if state.finished {
            p { "The recording has ended. Now undo what was set up:" }
            ul.undo {
                li { "Switch the proxy " code { (setup.proxy) } " off again; until then this device has no connection." }
                li { "Remove candor's certificate: " (words::remove(system)) }
            }
            p { "The computer goes on from here: it says how to audit what was recorded." }
        } @else {
            p { "Whatever it sends from now on is recorded. Afterwards, switch the proxy off again and remove candor's certificate: " (words::remove(system)) }
        }
    }
}

/// An answer without a document.
pub(crate) fn plain(status: u16, text: &'static str) -> Answer {
    respond(status, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
}

/// What a page hears that knocked: nothing, which pages at the proxy's own address may hear as well.
pub(crate) fn knocked() -> Answer {
    let mut answer = plain(204, "");
    answer.headers.retain(|(name, _)| name != "cross-origin-resource-policy");
    answer
}

pub(crate) fn json(text: &str) -> Answer {
    respond(200, "application/json", Bytes::copy_from_slice(text.as_bytes()))
}

/// Back to the page, after a button.
pub(crate) fn onward(place: Place, token: &str, window: Window) -> Answer {
    let mut answer = plain(303, "");
    let to = match place {
        Place::Direct => format!("/{token}/"),
        Place::Proxied | Place::Trusted => "/".into(),
    };
    answer.headers.push(("location".into(), to));
    answer.headers.extend(window.cookie());
    answer
}

fn respond(status: u16, kind: &str, body: Bytes) -> Answer {
    let fields = [
        ("content-type", kind),
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    let headers = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    Answer { status, headers, body }
}
