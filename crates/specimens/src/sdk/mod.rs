//! The SDK bench: real analytics SDKs, unmodified, on pages of the lab, each with its truth.
//!
//! Here is what is fixed before anything runs: which pages there are, what is planted on them and
//! when, what the SDK's documentation says it sends, and what must be found. Whoever runs the bench
//! hands in the SDKs' own files (`sdk/dist`), a browser and a proxy; [`SdkArm::check`] holds what
//! came of it against the truth. A page's SDK is the page's sender, never the browser's.

mod check;
mod collector;
mod file;
mod page;
mod plan;
mod truth;

use candor_case::{CaseFile, Subject};

pub(crate) use self::collector::{ZONE as COLLECTORS, answer as collect};
pub use self::{
    check::{Examined, SdkCheck},
    file::Moment,
    page::{Told, told},
    plan::SdkRun,
};

use self::file::{ArmRow, SdkFile};

/// The statement that the claims of every SDK's case quote; Markdown.
pub const STATEMENT: &str = include_str!("../../data/sdk/statement.md");

/// Where pages of the bench lie: `<sdk>-<arm>.sdk.candor.test`.
pub(crate) const PAGES: &str = ".sdk.candor.test";

/// An SDK with its built-in files.
struct Built {
    name: &'static str,
    file: &'static str,
    claims: &'static str,
    glue: &'static str,
}

macro_rules! built {
    ($name:literal) => {
        Built {
            name: $name,
            file: include_str!(concat!("../../data/sdk/", $name, ".toml")),
            claims: include_str!(concat!("../../data/sdk/", $name, "-claims.toml")),
            glue: include_str!(concat!("../../data/sdk/", $name, ".js")),
        }
    };
}

static SDKS: [Built; 5] = [
    built!("sensors"),
    built!("mixpanel"),
    built!("posthog"),
    built!("snowplow"),
    built!("sentry"),
];

/// One SDK, set up in one way: a page, and a case.
#[derive(Clone, Debug)]
pub struct SdkArm {
    /// Short name of the SDK.
    pub sdk: &'static str,
    claims: &'static str,
    glue: &'static str,
    file: SdkFile,
    arm: ArmRow,
}

/// All arms of all SDKs, in the order of their files.
///
/// # Panics
///
/// Never in a build that passed its tests: the texts are built in, and a test reads them.
#[allow(clippy::expect_used, reason = "the texts are built in, and a test reads them")]
pub fn sdk_arms() -> Vec<SdkArm> {
    let of = |built: &Built| {
        let file: SdkFile = toml::from_str(built.file).expect("the built-in truth is well formed");
        let (sdk, claims, glue) = (built.name, built.claims, built.glue);
        let arms = file.arm.clone();
        arms.into_iter().map(move |arm| SdkArm { sdk, claims, glue, file: file.clone(), arm })
    };
    SDKS.iter().flat_map(of).collect()
}

impl SdkArm {
    /// Its name: the SDK's and the arm's.
    pub fn name(&self) -> String {
        format!("{}-{}", self.sdk, self.arm.name)
    }

    /// The package on npm.
    pub fn package(&self) -> &str {
        &self.file.sdk.package
    }

    /// The host of its pages.
    pub fn host(&self) -> String {
        format!("{}{PAGES}", self.name())
    }

    /// The host that it reports to.
    pub fn collector(&self) -> String {
        format!("{}{COLLECTORS}", self.name())
    }

    /// Names of the bundles that its page loads, as files of `sdk/dist` without `.js`.
    pub fn scripts(&self) -> &[String] {
        &self.arm.scripts
    }

    /// The case file that a case about this arm begins with.
    pub fn case_file(&self) -> CaseFile {
        let about = &self.file.sdk;
        CaseFile {
            question: format!("SIMULATED page, real SDK: {}", about.question),
            subject: Subject {
                product: about.package.clone(),
                version: about.version.clone(),
                maker: "Simulated Maker".into(),
                sites: vec!["maker.test".into()],
                simulated: true,
                page: true,
                ..Subject::default()
            },
            ..CaseFile::default()
        }
    }

    /// The text of its `claims.toml`.
    pub fn claims_text(&self) -> &'static str {
        self.claims
    }
}
