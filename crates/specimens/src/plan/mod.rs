//! The plan of a subject: which runs, in which arms, and what is done and planted in each.
//!
//! A plan is a pure function of its seed: the same seed plants the same values in the same order.

mod blocks;
mod draft;
mod script;

use candor_case::{Run, RunId, Seeds, UnixMicros};

pub(crate) use self::draft::{search_url, video_url};

use crate::{browser::Program, random::Random};

/// A device. Both devices of a plan are of one make, so that only the number tells them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The number of the device (ANDROID_ID): outlives clearing data, ended by a factory reset.
    pub android_id: String,
    /// Its maker.
    pub manufacturer: &'static str,
    /// Its model.
    pub model: &'static str,
    /// The version of its operating system.
    pub os_version: &'static str,
}

impl Device {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            android_id: random.android_id(),
            manufacturer: "SIMULATED maker",
            model: "SIMULATED phone",
            os_version: "9",
        }
    }
}

/// A value that an action plants, with the id of its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Id of the seed.
    pub seed: String,
    /// Its value.
    pub value: String,
}

/// Something that is done in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A phase begins.
    Phase {
        /// Its name.
        name: String,
        /// Its session; a restart begins another.
        session: String,
    },
    /// The subject sends the control value, plain and in the encoding of its statistics.
    Control(Planted),
    /// The subject's process starts.
    Start,
    /// The subject is closed in good order.
    Close,
    /// The subject's process is ended from outside; what it has not uploaded stays in its storage.
    Kill,
    /// The person agrees to what the first start asks.
    Agree,
    /// The person turns statistics on or off.
    Collection(bool),
    /// The person turns the switch for private windows on or off.
    Enhanced(bool),
    /// What follows is done in the person's own private window.
    PrivateWindow,
    /// The person opens an address.
    Visit {
        /// The address.
        url: Planted,
        /// Whether the page is slow to load.
        slow: bool,
    },
    /// The person sends a form to the page's own site.
    Submit {
        /// Host of the page.
        host: String,
        /// Name of the field.
        field: String,
        /// What was typed.
        value: Planted,
    },
    /// The person searches from the address bar.
    Search(Planted),
    /// The person searches for videos.
    VideoSearch(Planted),
    /// The person downloads a file.
    Download(Planted),
    /// The person types into the address bar and deletes it again.
    Type(Planted),
    /// A value lies on the device: its number, a bookmark, a contact.
    Keep(Planted),
    /// A page's renderer crashes for this cause.
    Crash(String),
    /// The person signs in to an account.
    SignIn(Planted),
    /// Nothing is done for so many seconds.
    Idle(i64),
}

/// One run as planned.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// The run, as it will stand in `run.json`; `started` is when it is due.
    pub run: Run,
    /// What is planted in it.
    pub seeds: Seeds,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What it is done on.
    pub device: Device,
    /// The run whose state the subject starts with, where that is another than the one it is
    /// compared with (`run.continues`).
    pub inherits: Option<RunId>,
    /// Seeds the subject's own randomness.
    pub random_seed: u64,
    pub(crate) program: Program,
}

impl PlannedRun {
    /// Its name.
    pub fn id(&self) -> &RunId {
        &self.run.id
    }

    /// The run whose state it starts with; `None`: a fresh installation.
    pub fn state_from(&self) -> Option<&RunId> {
        self.inherits.as_ref().or(self.run.continues.as_ref().map(|before| &before.run))
    }

    /// Whether the installation's data was cleared before it.
    pub(crate) fn cleared(&self) -> bool {
        let clears = |step: &String| matches!(step.as_str(), "clear_data" | "reinstall");
        self.run.continues.as_ref().is_some_and(|before| before.after.iter().any(clears))
    }
}

/// What a plan is made from.
pub(crate) struct Order<'a> {
    pub(crate) subject: &'static str,
    pub(crate) product: &'static str,
    pub(crate) version: &'static str,
    pub(crate) program: Program,
    pub(crate) seed: u64,
    pub(crate) phrase: &'a str,
}

/// Seconds from the start of one run to that of the next: longer than any run takes.
const RUN_EVERY_S: i64 = 900;

/// Makes the plan: blocks in random order, each with a fresh device, its runs after those they
/// continue.
pub(crate) fn plan(order: &Order<'_>, start: UnixMicros) -> Vec<PlannedRun> {
    let mut runs = blocks::runs(order);
    for (n, planned) in runs.iter_mut().enumerate() {
        let due = start.plus_seconds(n as i64 * RUN_EVERY_S);
        planned.run.started = Some(due.plus_seconds(planned.run.clock_offset_s));
    }
    runs
}
