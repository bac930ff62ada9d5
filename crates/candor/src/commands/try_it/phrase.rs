//! The phrase: what a person searches for in the private window, and how it comes back.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Result;
use candor_case::{Finding, Property};
use candor_report::{View, inert};
use data_encoding::BASE64;

/// Asks a person; takes the default where nobody sits.
pub fn ask(default: &str) -> Result<String> {
    let mut line = String::new();
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        print!("A phrase to search for in the subject's private window [{default}]: ");
        std::io::stdout().flush()?;
        std::io::stdin().lock().read_line(&mut line)?;
    }
    let phrase = inert(line.trim(), 200);
    Ok(if phrase.is_empty() { default.to_owned() } else { phrase })
}

/// Shows the phrase coming back out of the recorded bytes, beside the device number.
pub fn told(view: &View, phrase: &str) -> String {
    let Some(finding) = carrier(view, phrase) else {
        return format!(
            "\nThe phrase of the private window, “{}”, was not found in anything sent.\n",
            inert(phrase, 200)
        );
    };
    let mut out = format!(
        "\nThe phrase of the private window came back out of the recorded bytes:\n    {}\n",
        inert(&finding.value, 120)
    );
    out.push_str(&format!(
        "    to {}  {}\n",
        finding.recipient.host,
        inert(&finding.place.path, 200)
    ));
    if let Some(window) = last_window(view, finding) {
        out.push_str(&format!("    … {} …\n", inert(&window, 300)));
    }
    if let Some(device) = beside(view, finding) {
        out.push_str(&format!(
            "beside {}, in the same request:\n    {}  {}\n",
            device.property.meaning(),
            inert(&device.value, 80),
            inert(&device.place.path, 200)
        ));
    }
    out
}

/// The finding that carries the phrase, as it was planted.
fn carrier<'a>(view: &'a View, phrase: &str) -> Option<&'a Finding> {
    view.findings
        .iter()
        .filter(|finding| finding.property == Property::BrowsingSearch && finding.seed.is_some())
        .find(|finding| finding.value.contains(phrase))
}

fn beside<'a>(view: &'a View, carrier: &Finding) -> Option<&'a Finding> {
    view.findings.iter().find(|finding| {
        finding.exchange == carrier.exchange && finding.property == Property::DeviceId
    })
}

fn last_window(view: &View, finding: &Finding) -> Option<String> {
    let layers = &view.exhibit(&finding.id)?.layers;
    let layer = layers.iter().rev().nth(1)?;
    let window = BASE64.decode(layer.window.as_bytes()).ok()?;
    Some(String::from_utf8_lossy(&window[..window.len().min(300)]).into_owned())
}
