//! The guide's words: what each step is for, and where a system hides its settings.

use maud::{Markup, html};

use crate::guide::page::Window;
use crate::guide::script::{Begins, Stage};
use crate::guide::{Setup, State};

/// What a step says.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) why: &'static str,
    /// The button that begins it; empty where a request does.
    pub(crate) begin: &'static str,
    pub(crate) skip: &'static str,
}

/// The words of a stage.
pub(crate) fn of(id: &str) -> Words {
    let (title, why, begin, skip) = match id {
        "certificate" => (
            "Trust candor’s certificate",
            "Without it candor sees where this device connects, but cannot read what it sends.",
            "It is installed",
            "Go on without it",
        ),
        "proxy" => (
            "Send this device’s traffic through candor",
            "In the settings of the network that this device is connected to, set the proxy by hand. Then come back to this page.",
            "",
            "Go on unconfirmed",
        ),
        "normal" => (
            "Normal window",
            "Use the browser that is examined, in a normal window.",
            "",
            "Skip the rest of this part",
        ),
        "private" => (
            "Private window",
            "Now the same in a private window of the same browser.",
            "This is a private window: begin",
            "Skip this part",
        ),
        "off" => (
            "Switch data collection off",
            "Close the private window. In the browser's own settings, switch off everything that sends usage data, statistics, suggestions or crash reports.",
            "It is switched off",
            "It cannot be switched off: skip this part",
        ),
        "restart" => (
            "Restart",
            "Close the browser completely, from the list of open apps too, and start it again. Then open candor.test in it.",
            "It is restarted",
            "Skip this part",
        ),
        _ => (
            "Wait",
            "Many programs collect first and send later. Leave the device alone, unlocked and plugged in, for as long as you can: ten minutes show most, a day shows more.",
            "",
            "",
        ),
    };
    Words { title, why, begin, skip }
}

/// What to say in a window that is not the one that the stage is about.
pub(crate) fn elsewhere(stage: &Stage, state: &State, window: Window) -> Option<Markup> {
    let private = stage.begins == Begins::SaidElsewhere;
    match (private, window, state.begun) {
        (true, Window::Normal, false) => Some(html! {
            "Open a " b { "private window" } " (Safari: Private; Chrome: Incognito), type " b { "candor.test" } " into its address bar, and go on there."
        }),
        (true, Window::Normal, true) => Some(html! { "Go on in the private window." }),
        (false, Window::Private, _) => Some(html! {
            "This is the private window. Close it, and go on at " b { "candor.test" } " in a normal one."
        }),
        _ => None,
    }
}

/// The system that a device runs, as its browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Ios,
    Android,
    Other,
}

impl System {
    pub(crate) fn of(agent: &str) -> Self {
        match agent {
            _ if ["iPhone", "iPad", "iPod"].iter().any(|name| agent.contains(name)) => Self::Ios,
            _ if agent.contains("Android") => Self::Android,
            _ => Self::Other,
        }
    }
}

/// How to set the proxy.
pub(crate) fn proxy(setup: &Setup, system: System, state: &State) -> Markup {
    let ways = [
        (
            System::Ios,
            "iPhone and iPad",
            "Settings › Wi-Fi › the ⓘ beside the network › Configure Proxy › Manual. Enter server and port, leave authentication off, Save.",
        ),
        (
            System::Android,
            "Android",
            "Settings › Network & internet › Internet › the gear beside the network › the pencil › Advanced options › Proxy › Manual. Enter host name and port, Save.",
        ),
        (
            System::Other,
            "Others",
            "In the network settings, set host and port as proxy for both HTTP and HTTPS.",
        ),
    ];
    html! {
        dl.values {
            div { dt { "Server" } dd { code { (setup.proxy.ip()) } } }
            div { dt { "Port" } dd { code { (setup.proxy.port()) } } }
        }
        @if !state.proxied { (by_system(&ways, system)) }
    }
}

/// How to trust the certificate.
pub(crate) fn certificate(setup: &Setup, system: System) -> Markup {
    let ways = [
        (
            System::Ios,
            "iPhone and iPad",
            "Load it and allow the download. Then Settings › Profile Downloaded › Install, and after that Settings › General › About › Certificate Trust Settings: switch “candor authority” on.",
        ),
        (
            System::Android,
            "Android",
            "Load it. Then Settings › Security & privacy › More security › Encryption & credentials › Install a certificate › CA certificate, and choose the file. Many apps trust no certificate of yours: they stay unread and are counted. Firefox needs “Use third party CA certificates” besides.",
        ),
        (
            System::Other,
            "Others",
            "Load it and import it as an authority for web sites, in the system or in the browser that is examined. Firefox keeps its own list.",
        ),
    ];
    html! {
        p { a.main href="/candor.cer" { "Load the certificate" } " or " a href="/candor.pem" { "as PEM" } }
        (by_system(&ways, system))
        p.small { "Compare before you trust it: SHA-256 " code { (setup.fingerprint) } }
    }
}

fn by_system(ways: &[(System, &str, &str)], system: System) -> Markup {
    html! {
        @for (of, name, text) in ways {
            details.system open[*of == system] { summary { (name) } p { (text) } }
        }
    }
}

/// How to get rid of the certificate.
pub(crate) fn remove(system: System) -> &'static str {
    match system {
        System::Ios => "Settings › General › VPN & Device Management › candor › Remove Profile.",
        System::Android => {
            "Settings › Security & privacy › More security › Encryption & credentials › User credentials."
        }
        System::Other => "where it was imported.",
    }
}
