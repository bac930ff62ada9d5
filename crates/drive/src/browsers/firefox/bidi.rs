//! Dialogues in WebDriver BiDi (<https://www.w3.org/TR/webdriver-bidi/>).

use serde_json::{Value, json};

use crate::browsers::{Page, base64};
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
                Err(_) => Turn::refused("there is no window"),
            },
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
