//! The browsers that can be driven: what each is, how it is started, and how it is spoken to.

mod chromium;
mod firefox;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use candor_case::Subject;
use serde_json::Value;

use crate::DriveError;
use crate::plan::{Collection, Mode, PrefValue, Prefs, Waits, Window};
use crate::profile::Profile;
use crate::rpc::Dialogue;
use crate::rpc::client::Endpoint;

/// A browser that can be driven.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Browser {
    /// Chromium, over its DevTools protocol.
    Chromium,
    /// Firefox, over WebDriver BiDi.
    Firefox,
}

impl Browser {
    /// Every browser that can be driven.
    pub const ALL: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// The name in plans and on the command line.
    pub fn name(self) -> &'static str {
        self.driver().facts().name
    }

    /// The browser of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|browser| browser.name() == name)
    }

    /// What a case file says of it: product, maker and the maker's sites; no version.
    pub fn subject(self) -> Subject {
        let facts = self.driver().facts();
        Subject {
            product: facts.product.into(),
            maker: facts.maker.into(),
            sites: facts.sites.iter().map(|&site| site.to_owned()).collect(),
            sole_sender: true,
            ..Subject::default()
        }
    }

    /// How long it is waited for where a plan does not say.
    pub fn waits(self) -> Waits {
        self.driver().facts().waits
    }

    /// Its own settings for data collection, as `collection` wants them.
    pub fn collection(self, collection: Collection) -> Prefs {
        let names = self.driver().facts().collection.iter().enumerate();
        names.map(|(i, &name)| (name.to_owned(), PrefValue::Flag(collection.is_on(i)))).collect()
    }

    /// Whether a preference is a documented setting that its user can reach.
    pub fn is_setting(self, name: &str) -> bool {
        let facts = self.driver().facts();
        facts.collection.contains(&name) || facts.settings.contains(&name)
    }

    /// What knows how to drive it.
    pub(crate) fn driver(self) -> &'static dyn Driver {
        match self {
            Self::Chromium => &chromium::Chromium,
            Self::Firefox => &firefox::Firefox,
        }
    }
}

/// What is known of a browser before it runs.
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) product: &'static str,
    pub(crate) maker: &'static str,
    /// Each entry stands for that host and its subdomains.
    pub(crate) sites: &'static [&'static str],
    /// Names of the program, best first.
    pub(crate) programs: &'static [&'static str],
    /// The Debian package.
    pub(crate) package: &'static str,
    pub(crate) waits: Waits,
    /// Whether it starts programs that send by themselves and trust the machine's store.
    pub(crate) children_of_their_own: bool,
    /// Its settings for data collection, the first one first.
    pub(crate) collection: &'static [&'static str],
    /// Further documented settings.
    pub(crate) settings: &'static [&'static str],
}

/// How profiles of background tasks are known and furnished.
pub(crate) struct TaskProfiles {
    /// Stands in the name of each.
    pub(crate) mark: &'static str,
    /// The text of their file of preferences.
    pub(crate) preferences: String,
}

/// How one process of a browser is to be started.
#[derive(Clone, Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) mode: Mode,
    pub(crate) window: Window,
    pub(crate) proxy: SocketAddr,
    /// Switches of the arm.
    pub(crate) switches: Vec<String>,
    /// Preferences of the arm.
    pub(crate) prefs: Prefs,
    /// Whether the browser would refuse its sandbox because it runs as root.
    pub(crate) as_root: bool,
}

/// The page that is acted on, in the protocol's own terms: a DevTools session or a BiDi context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page(pub(crate) String);

/// The refusal of a dialogue that did not find its window: it may still come.
pub(crate) const NO_WINDOW: &str = "there is no window";

/// How browsing data is cleared.
pub(crate) enum Clearing {
    /// By talking to the running browser.
    Talk(Box<dyn Dialogue<Done = ()>>),
    /// By a setting that clears when the browser closes: set for one start, then set back.
    OnClose { set: Prefs, set_back: Prefs },
}

/// Knows one browser: files before the start, words while it runs, files after the end.
pub(crate) trait Driver: Sync {
    fn facts(&self) -> &'static Facts;

    /// The certificate store in which the authority must be trusted.
    fn certificates(&self, profile: &Profile) -> PathBuf;

    /// Preferences that the recording itself needs, beside the arm's.
    fn apparatus(&self, launch: &Launch<'_>) -> Prefs;

    /// Writes preferences where the browser reads them at its start.
    fn write_prefs(&self, launch: &Launch<'_>) -> Result<(), DriveError>;

    /// All switches, in order.
    fn arguments(&self, launch: &Launch<'_>) -> Vec<String>;

    /// What its background tasks need, where it has such: see [`crate::tasks`].
    fn tasks(&self, launch: &Launch<'_>) -> Option<TaskProfiles> {
        let _ = launch;
        None
    }

    /// What its environment has beyond every browser's.
    fn environment(&self, launch: &Launch<'_>) -> Vec<(&'static str, String)>;

    /// The endpoint, if this line of its standard error announces it.
    fn endpoint(&self, line: &str) -> Option<Endpoint>;

    /// Finds the page of the first window.
    fn attach(&self) -> Box<dyn Dialogue<Done = Page>>;

    /// The keys that open a private window beside the one that has the focus.
    fn private_keys(&self) -> &'static str;

    /// Finds the page of the private window beside `normal`, and makes sure by the browser's own
    /// state that it is private. Refused with [`NO_WINDOW`] as long as it is not there.
    fn attach_beside(&self, normal: &Page) -> Box<dyn Dialogue<Done = Page>>;

    /// Opens an address and waits until it is loaded.
    fn open(&self, page: &Page, url: &str) -> Box<dyn Dialogue<Done = ()>>;

    /// Takes a picture of the page, as PNG.
    fn picture(&self, page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>>;

    /// Takes a small picture of the page for the film, as JPEG.
    fn frame(&self, page: &Page) -> Box<dyn Dialogue<Done = Vec<u8>>>;

    /// Whether the page itself has the keyboard's focus.
    fn page_has_focus(&self, page: &Page) -> Box<dyn Dialogue<Done = bool>>;

    /// The address that the page shows.
    fn location(&self, page: &Page) -> Box<dyn Dialogue<Done = String>>;

    /// Closes the browser as its own menu would.
    fn quit(&self) -> Box<dyn Dialogue<Done = ()>>;

    /// How its browsing data is cleared.
    fn clearing(&self) -> Clearing;

    /// The values of these preferences as they lie on disk; absent ones are left out.
    fn read_prefs(&self, profile: &Profile, names: &[String]) -> BTreeMap<String, Value>;

    /// The value that the package ships for a preference, where it says so in a file of its own.
    fn packaged(&self, name: &str) -> Option<Value>;

    /// Files of the profile that remember visited pages.
    fn history(&self, profile: &Profile) -> Vec<PathBuf>;

    /// The class by which its windows are found on a screen.
    fn window_class(&self) -> &'static str;
}

/// Reads base64 that a browser sent.
pub(crate) fn base64(text: &str) -> Result<Vec<u8>, crate::rpc::Refusal> {
    data_encoding::BASE64
        .decode(text.as_bytes())
        .map_err(|e| crate::rpc::Refusal(format!("the picture is not base64: {e}")))
}

/// A small text file, read up to 16 MiB.
pub(crate) fn small_file(path: &Path) -> Option<String> {
    use std::io::Read;
    let file = std::fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by `take`")]
    file.take(16 << 20).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
