//! Dialogues in Chromium's DevTools protocol (<https://chromedevtools.github.io/devtools-protocol/>).

use serde_json::{Value, json};

use crate::browsers::{NO_WINDOW, Page, base64};
use crate::rpc::{Ask, Dialogue, Event, Refusal, Say, Turn, text_at};

/// Finds the page of the first window and listens to it.
#[derive(Default)]
pub(crate) struct Attach {
    session: String,
}

impl Dialogue for Attach {
    type Done = Page;

    fn begin(&mut self) -> Vec<Say> {
        vec![Say::new("Target.getTargets", json!({}))]
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<Page> {
        let reply = match result {
            Ok(reply) => reply,
            Err(refusal) => return Turn::Done(Err(refusal)),
        };
        match nth {
            0 => match first_page(&reply) {
                Some(target) => Turn::say(attach_to(&target)),
                None => Turn::refused(NO_WINDOW),
            },
            1 => match text_at(&reply, "/sessionId") {
                Ok(session) => {
                    self.session.clone_from(&session);
                    Turn::More(vec![
                        Say::to(&session, "Page.enable", json!({})),
                        Say::to(
                            &session,
                            "Page.setLifecycleEventsEnabled",
                            json!({ "enabled": true }),
                        ),
                    ])
                }
                Err(refusal) => Turn::Done(Err(refusal)),
            },
            2 => Turn::wait(),
            _ => Turn::done(Page(self.session.clone())),
        }
    }
}

fn attach_to(target: &str) -> Say {
    Say::new("Target.attachToTarget", json!({ "targetId": target, "flatten": true }))
}

/// The target that is a page of a window. Pages of the browser itself that lie in no window have
/// other types.
fn first_page(reply: &Value) -> Option<String> {
    let targets = reply.get("targetInfos")?.as_array()?;
    let page = targets.iter().find(|target| target["type"] == "page")?;
    page["targetId"].as_str().map(str::to_owned)
}

/// Finds the page of the private window that the browser itself opened, and listens to it.
#[derive(Default)]
pub(crate) struct Beside {
    contexts: Value,
    attach: Attach,
}

impl Dialogue for Beside {
    type Done = Page;

    fn begin(&mut self) -> Vec<Say> {
        let contexts = Say::new("Target.getBrowserContexts", json!({}));
        [contexts].into_iter().chain(self.attach.begin()).collect()
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<Page> {
        match (nth, result) {
            (0, Ok(contexts)) => {
                self.contexts = contexts;
                Turn::wait()
            }
            (1, Ok(targets)) => match private_page(&targets, &self.contexts) {
                Some(target) => Turn::say(attach_to(&target)),
                None => Turn::refused(NO_WINDOW),
            },
            (0, Err(refusal)) => Turn::Done(Err(refusal)),
            (nth, result) => self.attach.reply(nth - 1, result),
        }
    }
}

/// The page of a window whose data is kept apart from the profile's: its browser context is not the
/// default one, and no driver made it (those are listed). That is what a private window is.
fn private_page(targets: &Value, contexts: &Value) -> Option<String> {
    let default = contexts.get("defaultBrowserContextId")?;
    let made = contexts.get("browserContextIds").and_then(Value::as_array)?;
    let private = |target: &&Value| {
        let context = &target["browserContextId"];
        let apart = context.is_string() && context != default && !made.contains(context);
        apart && target["type"] == "page"
    };
    let page = targets.get("targetInfos")?.as_array()?.iter().find(private)?;
    page["targetId"].as_str().map(str::to_owned)
}

/// Opens an address, and waits until that very document has loaded.
pub(crate) struct Open {
    page: Page,
    url: String,
    loader: Option<String>,
    /// Documents that finished before the browser said which one is ours.
    loaded: Vec<String>,
}

impl Open {
    pub(crate) fn new(page: &Page, url: &str) -> Self {
        Self { page: page.clone(), url: url.to_owned(), loader: None, loaded: vec![] }
    }

    fn check(&self) -> Turn<()> {
        match &self.loader {
            Some(loader) if self.loaded.contains(loader) => Turn::done(()),
            _ => Turn::wait(),
        }
    }
}

impl Dialogue for Open {
    type Done = ();

    fn begin(&mut self) -> Vec<Say> {
        vec![Say::to(&self.page.0, "Page.navigate", json!({ "url": self.url }))]
    }

    fn reply(&mut self, _: usize, result: Result<Value, Refusal>) -> Turn<()> {
        let reply = match result {
            Ok(reply) => reply,
            Err(refusal) => return Turn::Done(Err(refusal)),
        };
        if let Ok(error) = text_at(&reply, "/errorText") {
            return Turn::refused(error);
        }
        match text_at(&reply, "/loaderId") {
            Ok(loader) => {
                self.loader = Some(loader);
                self.check()
            }
            // The same document: nothing is loaded.
            Err(_) => Turn::done(()),
        }
    }

    fn event(&mut self, event: &Event) -> Turn<()> {
        let ours = event.session.as_ref() == Some(&self.page.0);
        if !ours || event.method != "Page.lifecycleEvent" || event.params["name"] != "load" {
            return Turn::wait();
        }
        self.loaded.extend(text_at(&event.params, "/loaderId"));
        self.check()
    }
}

/// One frame of a screencast, then the screencast is stopped.
pub(crate) struct Frame {
    page: Page,
    frame: Option<Result<Vec<u8>, Refusal>>,
}

impl Frame {
    pub(crate) fn new(page: &Page) -> Self {
        Self { page: page.clone(), frame: None }
    }
}

impl Dialogue for Frame {
    type Done = Vec<u8>;

    fn begin(&mut self) -> Vec<Say> {
        let wanted = json!({ "format": "jpeg", "quality": 60, "maxWidth": 960, "maxHeight": 720 });
        vec![Say::to(&self.page.0, "Page.startScreencast", wanted)]
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<Vec<u8>> {
        match (result, nth) {
            (Err(refusal), _) => Turn::Done(Err(refusal)),
            (Ok(_), 2) => Turn::Done(self.frame.take().unwrap_or_else(|| Ok(vec![]))),
            _ => Turn::wait(),
        }
    }

    fn event(&mut self, event: &Event) -> Turn<Vec<u8>> {
        let ours = event.session.as_ref() == Some(&self.page.0);
        if !ours || event.method != "Page.screencastFrame" || self.frame.is_some() {
            return Turn::wait();
        }
        self.frame = Some(text_at(&event.params, "/data").and_then(|data| base64(&data)));
        let number = event.params["sessionId"].clone();
        Turn::More(vec![
            Say::to(&self.page.0, "Page.screencastFrameAck", json!({ "sessionId": number })),
            Say::to(&self.page.0, "Page.stopScreencast", json!({})),
        ])
    }
}

/// A picture of the page.
pub(crate) fn picture(page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>> {
    let say = Say::to(&page.0, "Page.captureScreenshot", json!({ "format": "png" }));
    Box::new(Ask::new(say, |reply| base64(&text_at(&reply, "/data")?)))
}

/// Whether the page has the keyboard's focus; without it, the address bar may.
pub(crate) fn page_has_focus(page: &Page) -> Box<dyn Dialogue<Done = bool>> {
    Box::new(Ask::new(evaluate(&page.0, "document.hasFocus()"), |reply| {
        let value = reply.pointer("/result/value").and_then(Value::as_bool);
        value.ok_or_else(|| Refusal("the page does not say whether it has the focus".into()))
    }))
}

/// The address of the page.
pub(crate) fn location(page: &Page) -> Box<dyn Dialogue<Done = String>> {
    let say = evaluate(&page.0, "location.href");
    Box::new(Ask::new(say, |reply| text_at(&reply, "/result/value")))
}

/// Closes the browser.
pub(crate) fn quit() -> Box<dyn Dialogue<Done = ()>> {
    Box::new(Ask::new(Say::new("Browser.close", json!({})), |_| Ok(())))
}

fn evaluate(session: &str, expression: &str) -> Say {
    let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
    Say::to(session, "Runtime.evaluate", params)
}

/// Clears browsing data through the dialog of the browser's own settings page: what is ticked there
/// by itself (history, cookies and cache at least), of all time.
#[derive(Default)]
pub(crate) struct Clear {
    target: String,
    session: String,
    asked: bool,
}

/// The settings page that holds the dialog.
const CLEAR_PAGE: &str = "chrome://settings/clearBrowserData";

/// Waits for the dialog, chooses all time (4), presses its button and waits until it has closed.
const CLEAR: &str = r#"new Promise((done, failed) => {
  const find = (root, selector) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches(selector)) return element;
      const inside = element.shadowRoot && find(element.shadowRoot, selector);
      if (inside) return inside;
    }
    return null;
  };
  const until = (what, ready, then, left = 150) => {
    if (ready()) then();
    else if (left > 0) setTimeout(until, 100, what, ready, then, left - 1);
    else failed(what);
  };
  const button = () => find(document, '#deleteButton, #clearButton, #clearBrowsingDataConfirm');
  const press = () => {
    button().click();
    const closed = () => { const b = button(); return !b || b.getClientRects().length === 0; };
    until('the dialog does not close', closed, () => done('cleared'));
  };
  const able = () => button() && !button().disabled;
  until('the settings page has no such dialog', able, () => {
    const set = (ok) => ok ? setTimeout(press, 500) : failed('all time cannot be chosen');
    chrome.settingsPrivate.setPref('browser.clear_data.time_period', 4, '', set);
  });
})"#;

impl Dialogue for Clear {
    type Done = ();

    fn begin(&mut self) -> Vec<Say> {
        vec![Say::new("Target.createTarget", json!({ "url": CLEAR_PAGE }))]
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<()> {
        let reply = match result {
            Ok(reply) => reply,
            Err(refusal) => return Turn::Done(Err(refusal)),
        };
        match nth {
            0 => match text_at(&reply, "/targetId") {
                Ok(target) => {
                    self.target.clone_from(&target);
                    Turn::say(attach_to(&target))
                }
                Err(refusal) => Turn::Done(Err(refusal)),
            },
            1 => match text_at(&reply, "/sessionId") {
                Ok(session) => {
                    self.session = session;
                    Turn::More(vec![
                        Say::to(&self.session, "Page.enable", json!({})),
                        evaluate(&self.session, "document.readyState"),
                    ])
                }
                Err(refusal) => Turn::Done(Err(refusal)),
            },
            2 => Turn::wait(),
            3 if reply.pointer("/result/value") == Some(&json!("complete")) => self.ask(),
            3 => Turn::wait(),
            4 => match reply.pointer("/exceptionDetails/exception/value").and_then(Value::as_str) {
                Some(words) => Turn::refused(words),
                None => {
                    Turn::say(Say::new("Target.closeTarget", json!({ "targetId": self.target })))
                }
            },
            _ => Turn::done(()),
        }
    }

    fn event(&mut self, event: &Event) -> Turn<()> {
        let ours = event.session.as_ref() == Some(&self.session);
        if ours && event.method == "Page.loadEventFired" { self.ask() } else { Turn::wait() }
    }
}

impl Clear {
    fn ask(&mut self) -> Turn<()> {
        if std::mem::replace(&mut self.asked, true) {
            return Turn::wait();
        }
        Turn::say(evaluate(&self.session, CLEAR))
    }
}

#[cfg(test)]
#[path = "cdp_tests.rs"]
mod tests;
