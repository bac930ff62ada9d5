//! What the guide asks of a person, step by step, and what it plants.

use candor_case::{Arm, CONTROL_HOST, Property, Run, Seed, Seeds};

/// The lab's search page.
const SEARCH_HOST: &str = "search.candor.test";
/// Kinds of sites that a person visits; each becomes a site of the lab.
const SITES: [&str; 6] = ["clinic", "library", "garden", "union", "parish", "market"];
/// Words around a token, as a person might type them.
const WORDS: [&str; 3] =
    ["opening hours {} library", "side effects of {} tablets", "how long to boil {}"];

/// What begins a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// The person says so, or a request that comes within TLS shows it.
    Installed,
    /// The first request that comes through the proxy within TLS.
    Trusted,
    /// The person says so.
    Said,
    /// The person says so in a window that does not know the normal one's cookie.
    SaidElsewhere,
    /// Nothing: it follows at once.
    AtOnce,
}

/// A part of the guide: something to set up, then tasks in any order.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) id: &'static str,
    pub(crate) begins: Begins,
    /// The mark in the case when it begins; `None` while things are set up.
    pub(crate) phase: Option<&'static str>,
    pub(crate) session: &'static str,
    /// The stage without which this one would be planted in the wrong arm.
    pub(crate) needs: Option<&'static str>,
    pub(crate) tasks: Vec<Task>,
}

/// One thing to do, known to be done by the request that it causes.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// The name of the action in the case.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) seed: String,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A link is tapped.
    Visit(String),
    /// Words are typed into the lab's search.
    Search(String),
    /// The page itself sends the control.
    Control(String),
}

impl Task {
    /// Whether this request is the one that the task causes.
    pub(crate) fn is_done_by(&self, url: &str) -> bool {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        match &self.kind {
            Kind::Visit(address) | Kind::Control(address) => {
                address.split_once("://").is_some_and(|(_, wanted)| wanted == rest)
            }
            Kind::Search(words) => {
                let plain = rest.replace("%20", "+").replace(' ', "+");
                plain.starts_with(&format!("{SEARCH_HOST}/"))
                    && plain.contains(&words.replace(' ', "+"))
            }
        }
    }
}

/// What a guide will ask for.
#[derive(Clone, Debug)]
pub struct Script(pub(crate) Vec<Stage>);

impl Script {
    /// Draws a script for a run, and what it plants: to be written down before the first packet.
    /// `whole` is false when a device is only to be set up.
    pub fn draw(run: &Run, whole: bool, random: &mut dyn FnMut(&mut [u8])) -> (Self, Seeds) {
        let (stages, seeds) = stages(run, whole, random);
        (Self(stages), seeds)
    }
}

fn stages(run: &Run, whole: bool, random: &mut dyn FnMut(&mut [u8])) -> (Vec<Stage>, Seeds) {
    let mut draft = Draft { run, random, seeds: Seeds::default() };
    // The certificate first: what the device sends in between would be lost, and nothing could be
    // said of its silence.
    let mut all = vec![
        stage("certificate", Begins::Installed, None, "1"),
        stage("proxy", Begins::Trusted, None, "1"),
    ];
    if !whole {
        return (all, draft.seeds);
    }
    let parts = [
        ("normal", Begins::AtOnce, "normal_window", "1", "mode=normal", 2, 1),
        ("private", Begins::SaidElsewhere, "private_window", "2", "mode=private", 2, 1),
        ("off", Begins::Said, "switch_off", "1", "mode=normal,collection=off", 1, 1),
        ("restart", Begins::Said, "restart", "3", "mode=normal,collection=off", 1, 0),
    ];
    for (id, begins, phase, session, arm, visits, searches) in parts {
        let mut part = stage(id, begins, Some(phase), session);
        for n in 1..=visits {
            part.tasks.push(draft.visit(id, n, phase, arm));
        }
        for n in 1..=searches {
            part.tasks.push(draft.search(id, n, phase, arm));
        }
        part.needs = (id == "restart").then_some("off");
        all.push(part);
    }
    let mut wait = stage("wait", Begins::AtOnce, Some("idle"), "3");
    wait.tasks.push(draft.control());
    all.push(wait);
    (all, draft.seeds)
}

fn stage(
    id: &'static str,
    begins: Begins,
    phase: Option<&'static str>,
    session: &'static str,
) -> Stage {
    Stage { id, begins, phase, session, needs: None, tasks: vec![] }
}

struct Draft<'a> {
    run: &'a Run,
    random: &'a mut dyn FnMut(&mut [u8]),
    seeds: Seeds,
}

impl Draft<'_> {
    fn visit(&mut self, part: &str, n: usize, phase: &str, arm: &str) -> Task {
        let site = SITES[self.seeds.seeds.len() % SITES.len()];
        let (host, path, query) = (self.token(), self.token(), self.token());
        let address = format!("https://{host}.{site}.candor.test/{path}?q={query}");
        let name = format!("{part}-visit-{n}");
        let seed = self.seed(&name, &address, Property::BrowsingUrl, None, phase, arm);
        Task { name, kind: Kind::Visit(address), seed }
    }

    fn search(&mut self, part: &str, n: usize, phase: &str, arm: &str) -> Task {
        let words = WORDS[self.seeds.seeds.len() % WORDS.len()].replace("{}", &self.token());
        let name = format!("{part}-search-{n}");
        let sites = Some(vec![SEARCH_HOST.to_owned()]);
        let seed = self.seed(&name, &words, Property::BrowsingSearch, sites, phase, arm);
        Task { name, kind: Kind::Search(words), seed }
    }

    /// The control that shows that the eye was open.
    fn control(&mut self) -> Task {
        let value = format!("control-{}", self.token());
        let seed = self.seed("control", &value, Property::Control, None, "idle", "");
        let kind = Kind::Control(format!("https://{CONTROL_HOST}/{value}"));
        Task { name: "control".into(), kind, seed }
    }

    fn seed(
        &mut self,
        name: &str,
        value: &str,
        property: Property,
        sites: Option<Vec<String>>,
        phase: &str,
        arm: &str,
    ) -> String {
        let run = &self.run.id.0;
        let id = format!("{run}/{name}");
        // What the guide asks for overrules what was said of the run as a whole.
        let mut whole = self.run.arm.clone();
        whole.0.extend(Arm::parse(arm).unwrap_or_default().0);
        self.seeds.seeds.push(Seed {
            id: id.clone(),
            value: value.to_owned(),
            property,
            sites,
            run: Some(run.clone()),
            arm: (!whole.0.is_empty()).then(|| whole.to_string()),
            phase: Some(phase.to_owned()),
        });
        id
    }

    /// Sixteen characters that host names, paths and words can hold: 80 random bits.
    fn token(&mut self) -> String {
        let mut bytes = [0; 10];
        (self.random)(&mut bytes);
        data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u8;
        move |out: &mut [u8]| {
            for byte in out {
                *byte = next;
                next = next.wrapping_add(37);
            }
        }
    }

    #[test]
    fn every_task_has_a_seed_of_its_own_in_its_arm() {
        let run =
            Run { arm: Arm::parse("mode=?,consent=given").expect("an arm"), ..Run::default() };
        let (stages, seeds) = stages(&run, true, &mut counting());
        let tasks: Vec<&Task> = stages.iter().flat_map(|stage| &stage.tasks).collect();
        let named: Vec<&str> = tasks.iter().map(|task| task.seed.as_str()).collect();
        let planted: Vec<&str> = seeds.seeds.iter().map(|seed| seed.id.as_str()).collect();
        assert_eq!(named, planted);
        let mut values: Vec<&str> = seeds.seeds.iter().map(|seed| seed.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), tasks.len());
        let private = seeds.seeds.iter().find(|seed| seed.id == "run/private-visit-1");
        let private = private.expect("planted");
        assert_eq!(private.arm.as_deref(), Some("consent=given,mode=private"));
        assert_eq!(private.phase.as_deref(), Some("private_window"));
    }

    #[test]
    fn a_task_is_done_by_its_own_request_alone() {
        let task = |kind| Task { name: String::new(), kind, seed: String::new() };
        let visit = task(Kind::Visit("https://a.clinic.candor.test/p?q=t".into()));
        assert!(visit.is_done_by("https://a.clinic.candor.test/p?q=t"));
        assert!(visit.is_done_by("http://a.clinic.candor.test/p?q=t"), "without the certificate");
        assert!(!visit.is_done_by("https://a.clinic.candor.test/favicon.ico"));
        assert!(
            !visit.is_done_by("https://evil.example.org/?u=https://a.clinic.candor.test/p?q=t")
        );
        let search = task(Kind::Search("boil abc".into()));
        for url in [
            "https://search.candor.test/find?q=boil+abc",
            "https://search.candor.test/?q=boil%20abc&x",
        ] {
            assert!(search.is_done_by(url), "{url}");
        }
        assert!(!search.is_done_by("https://search.candor.test/find?q=boil+ab"));
        assert!(!search.is_done_by("https://suggest.example.org/?q=boil+abc"));
    }

    #[test]
    fn without_phases_the_phone_is_only_set_up() {
        let (stages, seeds) = stages(&Run::default(), false, &mut counting());
        assert_eq!(
            stages.iter().map(|stage| stage.id).collect::<Vec<_>>(),
            ["certificate", "proxy"]
        );
        assert!(seeds.seeds.is_empty());
    }
}
