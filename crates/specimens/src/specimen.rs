//! The built-in subjects by name, each with its data files.

use candor_case::{CaseFile, Subject, UnixMicros};

use crate::{
    Bench, Devices, Performed, PlannedRun, SpecimenError, Truth,
    browser::Program,
    perform,
    plan::{self, Order},
};

/// What is searched for in the private window unless somebody says otherwise.
pub const DEFAULT_PHRASE: &str = "is my landlord allowed to read my mail";

/// A built-in subject.
#[derive(Clone, Copy, Debug)]
pub struct Specimen {
    /// Its name, as on the command line.
    pub name: &'static str,
    program: Program,
    product: &'static str,
    version: &'static str,
    question: &'static str,
    statement: &'static str,
    claims: &'static str,
    truth: &'static str,
}

macro_rules! data {
    ($name:literal, $file:literal) => {
        include_str!(concat!("../data/", $name, "/", $file))
    };
}

/// The subjects, the one that is tried by default first.
static SPECIMENS: [Specimen; 3] = [
    Specimen {
        name: "browser-2020",
        program: Program::Browser2020,
        product: "Simulated Browser",
        version: "3.4.0",
        question: "SIMULATED: which pages and searches does the browser of 2020 tell its maker, in private windows too, and beside which number?",
        statement: data!("browser-2020", "statement.md"),
        claims: data!("browser-2020", "claims.toml"),
        truth: data!("browser-2020", "truth.toml"),
    },
    Specimen {
        name: "browser-2020-updated",
        program: Program::Updated,
        product: "Simulated Browser",
        version: "3.4.3",
        question: "SIMULATED: in which position of the new switch is the updated browser silent, and in which window?",
        statement: data!("browser-2020-updated", "statement.md"),
        claims: data!("browser-2020-updated", "claims.toml"),
        truth: data!("browser-2020-updated", "truth.toml"),
    },
    Specimen {
        name: "browser-as-claimed",
        program: Program::AsClaimed,
        product: "Simulated Browser As Claimed",
        version: "3.4.0",
        question: "SIMULATED: does the browser that keeps its promises keep them?",
        statement: data!("browser-as-claimed", "statement.md"),
        claims: data!("browser-as-claimed", "claims.toml"),
        truth: data!("browser-as-claimed", "truth.toml"),
    },
];

const NAMES: [&str; 3] = [SPECIMENS[0].name, SPECIMENS[1].name, SPECIMENS[2].name];

/// The names of the subjects, the default first.
pub fn subjects() -> &'static [&'static str] {
    &NAMES
}

/// The subject of that name.
pub fn specimen(name: &str) -> Option<Specimen> {
    SPECIMENS.iter().find(|known| known.name == name).copied()
}

impl Specimen {
    /// The case file that a case about this subject begins with.
    pub fn case_file(&self) -> CaseFile {
        CaseFile {
            question: self.question.into(),
            examiner: String::new(),
            opened: String::new(),
            subject: Subject {
                product: self.product.into(),
                version: self.version.into(),
                maker: "Simulated Maker".into(),
                sites: vec!["maker.test".into()],
                region: "ZZ".into(),
                sole_sender: true,
                simulated: true,
                page: false,
            },
        }
    }

    /// The text of its `claims.toml`.
    pub fn claims_text(&self) -> &'static str {
        self.claims
    }

    /// The simulated maker's statement, which the claims quote; Markdown.
    pub fn statement(&self) -> &'static str {
        self.statement
    }

    /// The text of its `truth.toml`.
    pub fn truth_text(&self) -> &'static str {
        self.truth
    }

    /// What it sends, and what must be made of it.
    ///
    /// # Panics
    ///
    /// Never in a build that passed its tests: the text is built in, and a test reads it.
    #[allow(clippy::expect_used, reason = "the text is built in, and a test reads it")]
    pub fn truth(&self) -> Truth {
        toml::from_str(self.truth).expect("the built-in truth is well formed")
    }

    /// Its runs, in the order in which they must be performed. `phrase` is searched for in a
    /// private window, with a token behind it. The same seed gives the same plan.
    pub fn plan(&self, seed: u64, start: UnixMicros, phrase: &str) -> Vec<PlannedRun> {
        let order = Order {
            subject: self.name,
            product: self.product,
            version: self.version,
            program: self.program,
            seed,
            phrase,
        };
        plan::plan(&order, start)
    }

    /// Performs one run of its plan. `devices` carries the installations from run to run; begin
    /// with an empty one. Needs a Tokio runtime with network and time.
    ///
    /// # Errors
    ///
    /// When the proxy cannot be reached or is not trusted, when a page or the control is not
    /// answered, and when a run is performed before the one it continues.
    pub async fn perform(
        &self,
        planned: &PlannedRun,
        devices: &mut Devices,
        bench: &dyn Bench,
    ) -> Result<Performed, SpecimenError> {
        perform::perform(planned, devices, bench).await
    }
}
