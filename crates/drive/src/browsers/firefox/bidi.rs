//! Dialogues in WebDriver BiDi (<https://www.w3.org/TR/webdriver-bidi/>).

use serde_json::{Value, json};

use crate::browsers::{NO_WINDOW, Page, base64};
use crate::rpc::{Ask, Dialogue, Refusal, Say, Turn, text_at};

/// Opens a session and finds the page of the first window.
pub(crate) struct Attach;

impl Dialogue for Attach {
    type Done = Page;

    fn begin(&mut self) -> Vec<Say> {
        vec![Say::new("session.new", json!({ "capabilities": {} }))]
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<Page> {
        match (result, nth) {
            (Err(refusal), _) => Turn::Done(Err(refusal)),
            (Ok(_), 0) => Turn::say(Say::new("browsingContext.getTree", json!({ "maxDepth": 0 }))),
            (Ok(tree), _) => match text_at(&tree, "/contexts/0/context") {
                Ok(context) => Turn::done(Page(context)),
                Err(_) => Turn::refused(NO_WINDOW),
            },
        }
    }
}

/// Finds the page of the private window beside the normal one, and asks that page of the browser's
/// own whether its window is private.
pub(crate) struct Beside {
    normal: Page,
    page: Page,
}

impl Beside {
    pub(crate) fn new(normal: &Page) -> Self {
        Self { normal: normal.clone(), page: Page(String::new()) }
    }

    /// The page of a window other than that of the normal page.
    fn other(&self, tree: &Value) -> Option<String> {
        let all = tree.get("contexts")?.as_array()?;
        let own = all.iter().find(|context| context["context"] == self.normal.0.as_str())?;
        let other = all.iter().find(|context| {
            context["clientWindow"].is_string() && context["clientWindow"] != own["clientWindow"]
        })?;
        other["context"].as_str().map(str::to_owned)
    }
}

/// What the page of a new private window (`about:privatebrowsing`) asks the browser itself.
const IS_PRIVATE: &str = "RPMIsWindowPrivate()";

impl Dialogue for Beside {
    type Done = Page;

    fn begin(&mut self) -> Vec<Say> {
        vec![Say::new("browsingContext.getTree", json!({ "maxDepth": 0 }))]
    }

    fn reply(&mut self, nth: usize, result: Result<Value, Refusal>) -> Turn<Page> {
        let reply = match result {
            Ok(reply) => reply,
            Err(refusal) => return Turn::Done(Err(refusal)),
        };
        if nth == 0 {
            let Some(context) = self.other(&reply) else { return Turn::refused(NO_WINDOW) };
            self.page = Page(context);
            return Turn::say(evaluate(&self.page, IS_PRIVATE));
        }
        match reply.pointer("/result/value").and_then(Value::as_bool) {
            Some(true) => Turn::done(self.page.clone()),
            Some(false) => Turn::refused("the window beside the normal one is not private"),
            // The page is not there yet and knows no such function.
            None => Turn::refused(NO_WINDOW),
        }
    }
}

/// Opens an address and waits until it is loaded.
pub(crate) fn open(page: &Page, url: &str) -> Box<dyn Dialogue<Done = ()>> {
    let params = json!({ "context": page.0, "url": url, "wait": "complete" });
    Box::new(Ask::new(Say::new("browsingContext.navigate", params), |_| Ok(())))
}

/// A picture of the page.
pub(crate) fn picture(page: &Page, kind: &str) -> Box<dyn Dialogue<Done = Vec<u8>>> {
    let params = json!({ "context": page.0, "format": { "type": kind } });
    let say = Say::new("browsingContext.captureScreenshot", params);
    Box::new(Ask::new(say, |reply| base64(&text_at(&reply, "/data")?)))
}

/// Whether the page has the keyboard's focus; without it, the address bar may.
pub(crate) fn page_has_focus(page: &Page) -> Box<dyn Dialogue<Done = bool>> {
    Box::new(Ask::new(evaluate(page, "document.hasFocus()"), |reply| {
        let value = reply.pointer("/result/value").and_then(Value::as_bool);
        value.ok_or_else(|| Refusal("the page does not say whether it has the focus".into()))
    }))
}

/// The address of the page.
pub(crate) fn location(page: &Page) -> Box<dyn Dialogue<Done = String>> {
    let say = evaluate(page, "location.href");
    Box::new(Ask::new(say, |reply| text_at(&reply, "/result/value")))
}

/// Closes the browser.
pub(crate) fn quit() -> Box<dyn Dialogue<Done = ()>> {
    Box::new(Ask::new(Say::new("browser.close", json!({})), |_| Ok(())))
}

fn evaluate(page: &Page, expression: &str) -> Say {
    let params = json!({
        "expression": expression,
        "target": { "context": page.0 },
        "awaitPromise": false,
    });
    Say::new("script.evaluate", params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::playbook::play;

    #[test]
    fn attaching_takes_the_page_of_the_window() {
        let begun = || {
            play(Attach)
                .says("session.new", &json!({ "capabilities": {} }))
                .waits()
                .answers(0, json!({ "sessionId": "x", "capabilities": {} }))
                .says("browsingContext.getTree", &json!({ "maxDepth": 0 }))
        };
        begun()
            .answers(1, json!({ "contexts": [{ "context": "C", "url": "about:blank" }] }))
            .ends(Ok(Page("C".into())));
        begun().answers(1, json!({ "contexts": [] })).ends(Err("there is no window"));
    }

    #[test]
    fn the_window_beside_says_itself_whether_it_is_private() {
        let asks = json!({
            "expression": IS_PRIVATE,
            "target": { "context": "P" },
            "awaitPromise": false,
        });
        let context = |id: &str, window: &str| json!({ "context": id, "clientWindow": window });
        let asked = |contexts: Value| {
            play(Beside::new(&Page("C".into())))
                .says("browsingContext.getTree", &json!({ "maxDepth": 0 }))
                .answers(0, json!({ "contexts": contexts }))
        };
        let own = [context("C", "1"), context("D", "1")];
        asked(json!(own)).ends(Err("there is no window"));
        let found = || {
            let [first, second] = own.clone();
            asked(json!([first, second, context("P", "2")])).says("script.evaluate", &asks)
        };
        let said = |value: Value| json!({ "type": "success", "result": { "value": value } });
        found().answers(1, said(json!(true))).ends(Ok(Page("P".into())));
        found()
            .answers(1, said(json!(false)))
            .ends(Err("the window beside the normal one is not private"));
        found()
            .answers(1, json!({ "type": "exception", "exceptionDetails": {} }))
            .ends(Err("there is no window"));
    }

    #[test]
    fn a_second_session_is_refused() {
        play(Attach)
            .says("session.new", &json!({ "capabilities": {} }))
            .refuses(0, "session not created: Maximum number of active sessions")
            .ends(Err("session not created: Maximum number of active sessions"));
    }

    #[test]
    fn an_address_is_open_when_it_is_complete() {
        let page = Page("C".into());
        let asked = || {
            let url = "https://a.candor.test/";
            let params = json!({ "context": "C", "url": url, "wait": "complete" });
            play(open(&page, url)).says("browsingContext.navigate", &params)
        };
        asked().answers(0, json!({ "navigation": "N" })).ends(Ok(()));
        asked()
            .refuses(0, "unknown error: NS_ERROR_PROXY")
            .ends(Err("unknown error: NS_ERROR_PROXY"));
    }

    #[test]
    fn focus_and_pictures_are_read() {
        let page = Page("C".into());
        let asks = json!({
            "expression": "document.hasFocus()",
            "target": { "context": "C" },
            "awaitPromise": false,
        });
        play(page_has_focus(&page))
            .says("script.evaluate", &asks)
            .answers(
                0,
                json!({ "type": "success", "result": { "type": "boolean", "value": false } }),
            )
            .ends(Ok(false));
        play(picture(&page, "image/png"))
            .says(
                "browsingContext.captureScreenshot",
                &json!({ "context": "C", "format": { "type": "image/png" } }),
            )
            .answers(0, json!({ "data": "AQI=" }))
            .ends(Ok(vec![1, 2]));
    }
}
