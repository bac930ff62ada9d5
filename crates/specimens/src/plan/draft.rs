//! A draft: one run being planned, step by step, with what it plants.

use std::collections::BTreeMap;

use candor_case::{Arm, Continues, Grade, Property, Run, RunId, Seed, Seeds};

use super::{Device, Order, PlannedRun, Planted, Step};
use crate::{random::Random, wire::percent};

/// Searches that a person might make; `{}` takes a token.
const SEARCHES: [&str; 6] = [
    "second hand {} bicycle",
    "night train to {} timetable",
    "recipe with {} and plums",
    "pain in the {} knee",
    "how to mend a {} kettle",
    "evening class {} for beginners",
];

/// Where searches go.
const SEARCH_HOST: &str = "search.candor.test";
/// Where searches for videos go.
const VIDEO_HOST: &str = "video.candor.test";

/// One run being planned.
pub(super) struct Draft<'a> {
    order: &'a Order<'a>,
    run: Run,
    device: Device,
    seeds: Vec<Seed>,
    steps: Vec<Step>,
    random: Random,
    phase: String,
    session: String,
}

impl<'a> Draft<'a> {
    /// A run without steps.
    pub(super) fn new(order: &'a Order<'a>, block: &super::blocks::Block, name: &str) -> Self {
        let id = format!("{name}-{}", block.name);
        let random = Random::labelled(order.seed, &format!("{}/{id}", order.subject));
        let run = Run {
            schema: "candor.run/1".into(),
            id: RunId(id),
            device: block.device_name.into(),
            install: block.name.clone(),
            persona: block.persona.clone(),
            sole_sender: true,
            sinkhole: true,
            simulated: true,
            waited: true,
            environment: environment(order),
            ..Run::default()
        };
        let device = block.device.clone();
        let (phase, session) = (String::new(), String::new());
        Self { order, run, device, seeds: vec![], steps: vec![], random, phase, session }
    }

    /// The arm, as `key=value,…`. A key may not be given twice.
    pub(super) fn arm(mut self, pairs: &[(&str, &str)]) -> Self {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        self.run.arm = Arm(pairs.iter().map(pair).collect());
        self
    }

    /// The run whose state it inherits, and what was done in between.
    pub(super) fn continues(mut self, run: &RunId, after: &str) -> Self {
        self.run.continues = Some(Continues { run: run.clone(), after: vec![after.to_owned()] });
        self
    }

    /// How far the subject's clock is ahead.
    pub(super) fn days_ahead(mut self, days: i64) -> Self {
        self.run.clock_offset_s = days * 86_400;
        self
    }

    /// The person changed a setting of the product.
    pub(super) fn configured(&mut self) {
        self.run.grade = Grade::Configured;
    }

    pub(super) fn id(&self) -> RunId {
        self.run.id.clone()
    }

    /// Begins a session; its name lies in the phases that follow.
    pub(super) fn session(&mut self, name: &str) -> &mut Self {
        self.session = name.to_owned();
        self
    }

    /// Begins a phase.
    pub(super) fn phase(&mut self, name: &str) -> &mut Self {
        self.phase = name.to_owned();
        self.step(Step::Phase { name: self.phase.clone(), session: self.session.clone() })
    }

    pub(super) fn step(&mut self, step: Step) -> &mut Self {
        self.steps.push(step);
        self
    }

    /// The control value.
    pub(super) fn control(&mut self) -> &mut Self {
        let value = format!("control-{}", self.random.token());
        let planted = self.plant("control", Property::Control, value, None);
        self.step(Step::Control(planted))
    }

    /// Opens a page. `page` says in the seed's arm how the page loads, where the arm has room.
    pub(super) fn visit(&mut self, name: &str, slow: bool) -> &mut Self {
        let zone = if slow { "slow" } else { "news" };
        let url = self.address(zone, "a", true);
        let normal = self.run.arm.0.get("mode").is_some_and(|mode| mode == "normal");
        let arm = normal.then(|| {
            let mut arm = self.run.arm.clone();
            arm.0.insert("page".into(), if slow { "slow" } else { "fast" }.into());
            arm.to_string()
        });
        let url = self.plant_address(name, Property::BrowsingUrl, url);
        if let Some(seed) = self.seeds.last_mut() {
            seed.arm = arm;
        }
        self.step(Step::Visit { url, slow })
    }

    /// Opens a page with a form and sends an e-mail address to its site.
    pub(super) fn shop(&mut self) -> &mut Self {
        let url = self.address("shop", "a", true);
        let host = host(&url).to_owned();
        let url = self.plant_address("visit-9", Property::BrowsingUrl, url);
        let email = format!("robin.{}@example.org", self.random.token());
        let value = self.plant("email", Property::PersonEmail, email, Some(vec![host.clone()]));
        self.step(Step::Visit { url, slow: false });
        self.step(Step::Submit { host, field: "email".into(), value })
    }

    /// Searches for words that hold a token.
    pub(super) fn search(&mut self, name: &str) -> &mut Self {
        let words = self.words();
        self.search_for(name, words)
    }

    /// Searches for the person's phrase, with a token behind it.
    pub(super) fn search_phrase(&mut self) -> &mut Self {
        let plain: Vec<_> = self.order.phrase.split_whitespace().collect();
        let phrase: String = plain.join(" ").chars().take(200).collect();
        let words = format!("{phrase} {}", self.random.token());
        self.search_for("phrase", words.trim_start().to_owned())
    }

    fn search_for(&mut self, name: &str, words: String) -> &mut Self {
        let sites = Some(vec![SEARCH_HOST.to_owned()]);
        let planted = self.plant(name, Property::BrowsingSearch, words, sites);
        self.step(Step::Search(planted))
    }

    /// Searches for videos.
    pub(super) fn video(&mut self) -> &mut Self {
        let (words, sites) = (self.words(), Some(vec![VIDEO_HOST.to_owned()]));
        let planted = self.plant("video-1", Property::BrowsingSearch, words, sites);
        self.step(Step::VideoSearch(planted))
    }

    /// Downloads a file.
    pub(super) fn download(&mut self) -> &mut Self {
        let url = format!("{}.pdf", self.address("files", "d", false));
        let planted = self.plant_address("download-1", Property::BrowsingDownload, url);
        self.step(Step::Download(planted))
    }

    /// Plants what the subject never sends to anyone.
    pub(super) fn decoys(&mut self) -> &mut Self {
        let url = self.address("news", "a", true);
        let unvisited = self.plant_address("unvisited", Property::BrowsingUrl, url);
        let words = self.words();
        let unsent = self.plant("unsent", Property::BrowsingTyped, words, None);
        let name = format!("Robin Mock {}", self.random.token());
        let contact = self.plant("contact", Property::PersonName, name, None);
        self.step(Step::Keep(unvisited)).step(Step::Keep(contact)).step(Step::Type(unsent))
    }

    /// Notes the device's number, which was there before any arm began: it belongs to none.
    pub(super) fn device_number(&mut self) -> &mut Self {
        let number = self.device.android_id.clone();
        let planted = self.plant("device", Property::DeviceId, number, None);
        if let Some(seed) = self.seeds.last_mut() {
            seed.arm = Some(String::new());
        }
        self.step(Step::Keep(planted))
    }

    /// Signs in to the persona's account, which is planted by the run that `owner` says.
    pub(super) fn sign_in(&mut self, account: &str, owner: &RunId) -> &mut Self {
        let seed = format!("{}/account", owner.0);
        let planted = if *owner == self.run.id {
            self.plant("account", Property::PersonAccount, account.to_owned(), None)
        } else {
            Planted { seed, value: account.to_owned() }
        };
        self.step(Step::SignIn(planted))
    }

    pub(super) fn done(mut self) -> PlannedRun {
        PlannedRun {
            random_seed: self.random.bits(),
            run: self.run,
            seeds: Seeds { seeds: self.seeds },
            steps: self.steps,
            device: self.device,
            program: self.order.program,
            inherits: None,
        }
    }

    fn words(&mut self) -> String {
        let form = SEARCHES[(self.random.bits() % SEARCHES.len() as u64) as usize];
        form.replace("{}", &self.random.token())
    }

    /// An address with tokens of its own in host, path and (of pages) query.
    fn address(&mut self, zone: &str, folder: &str, query: bool) -> String {
        let r = &mut self.random;
        let mut url = format!("https://{}.{zone}.candor.test/{folder}/{}", r.token(), r.token());
        if query {
            url.push_str(&format!("?q={}", r.token()));
        }
        url
    }

    fn plant_address(&mut self, name: &str, property: Property, url: String) -> Planted {
        let sites = Some(vec![host(&url).to_owned()]);
        self.plant(name, property, url, sites)
    }

    fn plant(
        &mut self,
        name: &str,
        property: Property,
        value: String,
        sites: Option<Vec<String>>,
    ) -> Planted {
        let id = format!("{}/{name}", self.run.id.0);
        self.seeds.push(Seed {
            id: id.clone(),
            value: value.clone(),
            property,
            sites,
            run: Some(self.run.id.0.clone()),
            arm: None,
            phase: (!self.phase.is_empty()).then(|| self.phase.clone()),
        });
        Planted { seed: id, value }
    }
}

/// The address of the page of results.
pub(crate) fn search_url(words: &str) -> String {
    format!("https://{SEARCH_HOST}/search?q={}", percent(words))
}

/// The address of the page of videos.
pub(crate) fn video_url(words: &str) -> String {
    format!("https://{VIDEO_HOST}/results?search_query={}", percent(words))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn environment(order: &Order<'_>) -> BTreeMap<String, String> {
    let facts = [
        ("notice", "SIMULATED"),
        ("program", order.product),
        ("version", order.version),
        ("os", "Android 9 (SIMULATED)"),
        ("locale", "en"),
        ("region", "ZZ"),
    ];
    facts.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}
