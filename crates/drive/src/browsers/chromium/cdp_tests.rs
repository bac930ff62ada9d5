//! Playbooks of the DevTools dialogues.

use super::*;
use crate::rpc::playbook::play;

fn page() -> Page {
    Page("S".into())
}

#[test]
fn attaching_takes_the_page_of_the_window() {
    play(Attach::default())
        .says("Target.getTargets", &json!({}))
        .waits()
        .answers(
            0,
            json!({ "targetInfos": [
            { "type": "service_worker", "targetId": "W" },
            { "type": "page", "targetId": "T" },
            { "type": "page", "targetId": "U" },
        ] }),
        )
        .says("Target.attachToTarget", &json!({ "targetId": "T", "flatten": true }))
        .answers(1, json!({ "sessionId": "S" }))
        .says("Page.enable", &json!({}))
        .says("Page.setLifecycleEventsEnabled", &json!({ "enabled": true }))
        .answers(2, json!({}))
        .waits()
        .answers(3, json!({}))
        .ends(Ok(page()));
}

#[test]
fn the_window_beside_is_one_that_the_browser_itself_keeps_apart() {
    let target = |kind: &str, id: &str, context: &str| json!({ "type": kind, "targetId": id, "browserContextId": context });
    let asked = |targets: Value| {
        play(Beside::default())
            .says("Target.getBrowserContexts", &json!({}))
            .says("Target.getTargets", &json!({}))
            .answers(0, json!({ "browserContextIds": ["MADE"], "defaultBrowserContextId": "OWN" }))
            .waits()
            .answers(1, json!({ "targetInfos": targets }))
    };
    let normal = target("page", "N", "OWN");
    let made = target("page", "D", "MADE");
    let bar = target("browser_ui", "B", "APART");
    asked(json!([normal, made, bar])).ends(Err("there is no window"));
    asked(json!([normal, made, bar, target("page", "P", "APART")]))
        .says("Target.attachToTarget", &json!({ "targetId": "P", "flatten": true }))
        .answers(2, json!({ "sessionId": "S" }))
        .says("Page.enable", &json!({}))
        .says("Page.setLifecycleEventsEnabled", &json!({ "enabled": true }))
        .answers(3, json!({}))
        .answers(4, json!({}))
        .ends(Ok(page()));
}

#[test]
fn without_a_window_there_is_nothing_to_attach_to() {
    play(Attach::default())
        .says("Target.getTargets", &json!({}))
        .answers(0, json!({ "targetInfos": [{ "type": "browser", "targetId": "B" }] }))
        .ends(Err("there is no window"));
    play(Attach::default())
        .says("Target.getTargets", &json!({}))
        .refuses(0, "not allowed")
        .ends(Err("not allowed"));
}

#[test]
fn an_address_is_open_when_its_own_document_has_loaded() {
    let load = |loader: &str| json!({ "name": "load", "loaderId": loader });
    play(Open::new(&page(), "https://a.candor.test/"))
        .says("Page.navigate", &json!({ "url": "https://a.candor.test/" }))
        .answers(0, json!({ "frameId": "F", "loaderId": "L" }))
        .happens("S", "Page.lifecycleEvent", load("before"))
        .happens("other", "Page.lifecycleEvent", load("L"))
        .happens("S", "Page.lifecycleEvent", json!({ "name": "init", "loaderId": "L" }))
        .waits()
        .happens("S", "Page.lifecycleEvent", load("L"))
        .ends(Ok(()));
}

#[test]
fn a_document_may_load_before_the_browser_answers() {
    play(Open::new(&page(), "about:blank"))
        .says("Page.navigate", &json!({ "url": "about:blank" }))
        .happens("S", "Page.lifecycleEvent", json!({ "name": "load", "loaderId": "L" }))
        .waits()
        .answers(0, json!({ "frameId": "F", "loaderId": "L" }))
        .ends(Ok(()));
}

#[test]
fn an_address_that_fails_is_told_in_the_browsers_words() {
    play(Open::new(&page(), "https://a.candor.test/"))
        .says("Page.navigate", &json!({ "url": "https://a.candor.test/" }))
        .answers(0, json!({ "errorText": "net::ERR_CERT_AUTHORITY_INVALID", "loaderId": "L" }))
        .ends(Err("net::ERR_CERT_AUTHORITY_INVALID"));
}

#[test]
fn a_frame_is_acknowledged_and_the_screencast_ends() {
    let wanted = json!({ "format": "jpeg", "quality": 60, "maxWidth": 960, "maxHeight": 720 });
    play(Frame::new(&page()))
        .says("Page.startScreencast", &wanted)
        .answers(0, json!({}))
        .happens("S", "Page.screencastFrame", json!({ "data": "AQI=", "sessionId": 7 }))
        .says("Page.screencastFrameAck", &json!({ "sessionId": 7 }))
        .says("Page.stopScreencast", &json!({}))
        .happens("S", "Page.screencastFrame", json!({ "data": "AQI=", "sessionId": 8 }))
        .answers(1, json!({}))
        .waits()
        .answers(2, json!({}))
        .ends(Ok(vec![1, 2]));
}

#[test]
fn pictures_are_read_from_base64() {
    play(picture(&page()))
        .says("Page.captureScreenshot", &json!({ "format": "png" }))
        .answers(0, json!({ "data": "AQI=" }))
        .ends(Ok(vec![1, 2]));
    play(picture(&page()))
        .says("Page.captureScreenshot", &json!({ "format": "png" }))
        .answers(0, json!({}))
        .ends(Err("the reply has no /data"));
}

#[test]
fn clearing_asks_as_the_settings_page_does() {
    let evaluates =
        |code: &str| json!({ "expression": code, "returnByValue": true, "awaitPromise": true });
    let asked = || {
        play(Clear::default())
            .says("Target.createTarget", &json!({ "url": CLEAR_PAGE }))
            .answers(0, json!({ "targetId": "T" }))
            .says("Target.attachToTarget", &json!({ "targetId": "T", "flatten": true }))
            .answers(1, json!({ "sessionId": "S" }))
            .says("Page.enable", &json!({}))
            .says("Runtime.evaluate", &evaluates("document.readyState"))
            .answers(2, json!({}))
            .answers(3, json!({ "result": { "value": "loading" } }))
            .waits()
            .happens("S", "Page.loadEventFired", json!({}))
            .says("Runtime.evaluate", &evaluates(CLEAR))
    };
    asked()
        .answers(4, json!({ "result": { "value": "cleared" } }))
        .says("Target.closeTarget", &json!({ "targetId": "T" }))
        .answers(5, json!({}))
        .ends(Ok(()));
    asked()
        .answers(4, json!({ "exceptionDetails": { "exception": { "value": "no such dialog" } } }))
        .ends(Err("no such dialog"));
}
