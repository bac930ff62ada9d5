//! The guide as a playbook: requests in, marks out, without sockets.

use std::sync::{Arc, Mutex};

use candor_case::{
    Body, EventKind, Exchange, ExchangeId, ExchangeKind, Origin, Provenance, Request, Run, RunId,
    Seeds, UnixMicros,
};

use super::*;
use crate::Token;

struct Play {
    guide: Guide,
    seeds: Seeds,
    marks: Arc<Mutex<Vec<String>>>,
    token: String,
}

impl Play {
    fn begin(whole: bool) -> Self {
        let token = Token::draw(&mut |out| out.fill(7));
        let text = token.as_str().to_owned();
        let entrance = Arc::new(Entrance::new(token));
        let mut next = 0_u8;
        let mut random = move |out: &mut [u8]| {
            for byte in out {
                *byte = next;
                next = next.wrapping_add(41);
            }
        };
        let (script, seeds) = Script::draw(&Run::default(), whole, &mut random);
        let marks = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&marks);
        let proxy = "192.0.2.1:8080".parse().expect("an address");
        let guide = Guide::new(entrance, proxy, "ab12".into(), script, move |kind| {
            let line = match kind {
                EventKind::Phase { name, session } => format!("phase {name} {session}"),
                EventKind::Action { name, .. } => format!("did {name}"),
                other => format!("{other:?}"),
            };
            told.lock().expect("whole").push(line);
        });
        Self { guide, seeds, marks, token: text }
    }

    async fn ask(&self, place: Place, method: &str, path: &str, cookie: &str) -> Option<Answer> {
        let path = path.replace("TOKEN", &self.token);
        let client = "192.0.2.9".parse().expect("an address");
        let (method, cookie) = (method.into(), cookie.into());
        let agent = "Mozilla/5.0 (iPhone)".into();
        self.guide.answer(Asked { client, place, method, path, cookie, agent }).await
    }

    async fn page(&self, place: Place, cookie: &str) -> String {
        let path = if place == Place::Direct { "/TOKEN" } else { "/" };
        text(self.ask(place, "GET", path, cookie).await.expect("a page"))
    }

    /// Before anything came through the proxy, buttons are pressed at its own address.
    async fn press(&self, path: &str, cookie: &str) -> Answer {
        let place = if path.contains("certificate") { Place::Direct } else { Place::Trusted };
        self.ask(place, "POST", path, cookie).await.expect("an answer")
    }

    /// The requests of every task of that stage, as a subject would send them.
    fn carry_out(&self, stage: &str) {
        let seeds: Vec<_> = self.seeds.seeds.iter().collect();
        for seed in seeds.iter().filter(|seed| seed.id.contains(&format!("/{stage}-"))) {
            let url = match seed.value.starts_with("https://") {
                true => seed.value.clone(),
                false => {
                    format!("https://search.candor.test/find?q={}", seed.value.replace(' ', "+"))
                }
            };
            self.guide.saw(&exchange(&url));
        }
    }

    fn marks(&self) -> Vec<String> {
        std::mem::take(&mut self.marks.lock().expect("whole"))
    }
}

fn text(answer: Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

fn cookie(answer: &Answer) -> &str {
    answer.headers.iter().find(|(name, _)| name == "set-cookie").map_or("", |(_, value)| value)
}

fn exchange(url: &str) -> Exchange {
    Exchange {
        id: ExchangeId("x".into()),
        run: RunId("run".into()),
        started: UnixMicros(0),
        connection: None,
        protocols: vec![],
        kind: ExchangeKind::Http,
        request: Request {
            method: "GET".into(),
            url: url.into(),
            headers: vec![],
            body: Body::empty(Provenance::Proxied),
            trailers: vec![],
        },
        response: None,
        origin: Origin::Proxied,
    }
}

const IPHONE_OPEN: &str = "<details class=\"system\" open><summary>iPhone";
const NORMAL: &str = "a=b; candor_window=normal";
const PRIVATE: &str = "candor_window=private";

#[tokio::test]
async fn every_step_is_confirmed_by_its_own_request() {
    let play = Play::begin(true);
    let page = play.page(Place::Direct, "").await;
    assert!(page.contains("ab12") && page.contains(IPHONE_OPEN));
    assert!(!page.contains("data-home") && !page.contains("data-probe"));
    play.press("/TOKEN/do/certificate/begin", "").await;
    let page = play.page(Place::Direct, "").await;
    assert!(page.contains("192.0.2.1") && page.contains("data-probe=\"http://candor.test/"));
    play.ask(Place::Proxied, "GET", "/TOKEN/probe", "").await.expect("an answer");
    let page = play.page(Place::Direct, "").await;
    assert!(page.contains("data-home=\"http://candor.test/\""));
    let page = play.page(Place::Proxied, "").await;
    assert!(page.contains("does not trust the certificate yet"));
    assert!(play.marks().is_empty(), "nothing has come within TLS yet");
    play.ask(Place::Trusted, "GET", "/TOKEN/probe", "").await.expect("an answer");
    assert_eq!(play.marks(), ["phase normal_window 1"]);
    play.carry_out("private");
    assert!(play.marks().is_empty(), "what is not due yet confirms nothing");
    play.carry_out("normal");
    play.carry_out("normal");
    assert_eq!(play.marks(), ["did normal-visit-1", "did normal-visit-2", "did normal-search-1"]);

    assert!(!play.page(Place::Trusted, NORMAL).await.contains("/do/private/begin"));
    play.press("/TOKEN/do/private/begin", NORMAL).await;
    assert!(play.marks().is_empty(), "the normal window is not a private one");
    let answer = play.press("/TOKEN/do/private/begin", "").await;
    assert!((answer.status, cookie(&answer).contains("private")) == (303, true));
    assert_eq!(play.marks(), ["phase private_window 2"]);
    let shown = play.page(Place::Trusted, NORMAL).await;
    assert!(shown.contains("Go on in the private window") && !shown.contains("data-task"));
    assert!(play.page(Place::Trusted, PRIVATE).await.contains("data-task"));
    let unknown = play.page(Place::Trusted, "").await;
    assert!(!unknown.contains("data-task") && unknown.contains("/do/private/begin"));
    let again = play.press("/TOKEN/do/private/begin", "").await;
    assert!(cookie(&again).contains("private") && play.marks().is_empty());
    play.carry_out("private");
    play.marks();
    play.press("/TOKEN/do/off/begin", NORMAL).await;
    play.press("/TOKEN/do/off/begin", NORMAL).await;
    play.carry_out("off");
    assert_eq!(play.marks(), ["phase switch_off 1", "did off-visit-1", "did off-search-1"]);
    play.press("/TOKEN/do/restart/begin", NORMAL).await;
    play.carry_out("restart");
    assert_eq!(play.marks(), ["phase restart 3", "did restart-visit-1", "phase idle 3"]);
    play.press("/TOKEN/do/restart/finish", NORMAL).await;
    let waiting = tokio::time::timeout(Duration::from_millis(50), play.guide.finished());
    assert!(waiting.await.is_err(), "a button of an earlier step does nothing");
    play.press("/TOKEN/do/wait/finish", NORMAL).await;
    play.guide.finished().await;
    assert!(play.page(Place::Trusted, NORMAL).await.contains("Remove candor's certificate"));
}

#[tokio::test]
async fn what_was_not_switched_off_is_not_taken_for_off() {
    let play = Play::begin(true);
    play.ask(Place::Trusted, "GET", "/", "").await.expect("a page");
    for stage in ["normal", "private", "off"] {
        play.press(&format!("/TOKEN/do/{stage}/skip"), NORMAL).await;
    }
    let marks = play.marks();
    assert_eq!(
        marks,
        [
            "phase normal_window 1",
            "did skipped normal",
            "did skipped private",
            "did skipped off",
            "phase idle 3"
        ],
        "the restart would be planted as if collection were off"
    );
}

#[tokio::test]
async fn only_the_secret_lets_in_and_no_page_can_be_framed_or_read_by_others() {
    let play = Play::begin(true);
    for path in ["/", "/AAAAAAAAAAAAAAAA/", "/candor.cer"] {
        assert!(play.ask(Place::Direct, "GET", path, "").await.is_none(), "{path}");
    }
    let client: IpAddr = "192.0.2.9".parse().expect("an address");
    assert!(!play.guide.entrance().admits(client));
    let page = play.ask(Place::Direct, "GET", "/TOKEN", "").await.expect("a page");
    assert!(play.guide.entrance().admits(client));
    let field = |name: &str| {
        let found = page.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert!(field("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(field("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(field("x-frame-options"), "DENY");
    assert!(!page.headers.iter().any(|(name, _)| name.starts_with("access-control")));
    // What changes anything needs the secret also behind the proxy, and is no GET.
    assert!(play.ask(Place::Proxied, "POST", "/do/proxy/skip", "").await.is_none());
    let got = play.ask(Place::Proxied, "GET", "/TOKEN/do/certificate/skip", "").await;
    assert!(got.is_none());
    assert!(play.marks().is_empty());
}

#[tokio::test]
async fn a_page_that_waits_hears_of_the_next_step() {
    let play = Arc::new(Play::begin(true));
    let waiting = Arc::clone(&play);
    let wait = tokio::spawn(async move {
        text(waiting.ask(Place::Proxied, "GET", "/TOKEN/wait?v=1", "").await.expect("news"))
    });
    tokio::task::yield_now().await;
    play.ask(Place::Trusted, "GET", "/TOKEN/probe", "").await.expect("an answer");
    assert_eq!(wait.await.expect("ends"), "{\"version\":2}");
}

#[tokio::test]
async fn a_device_that_is_only_let_in_is_told_how_and_planted_nothing() {
    let play = Play::begin(false);
    play.page(Place::Direct, "").await;
    play.ask(Place::Trusted, "GET", "/TOKEN/probe", "").await.expect("an answer");
    let page = play.page(Place::Trusted, "").await;
    assert!(page.contains("This device is ready") && play.marks().is_empty());
    assert!(play.seeds.seeds.is_empty());
}
