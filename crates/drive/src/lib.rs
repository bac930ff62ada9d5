//! Makes a real browser act: Chromium over its DevTools protocol, Firefox over WebDriver BiDi.
//!
//! A plan says what is done; [`expand`] turns it into runs, purely; [`perform`] makes one run with an
//! installed browser, through a proxy on this machine and nothing else. A driver must not change its
//! subject: preferences are read back at the end and compared with what was wanted.

mod bench;
mod browsers;
mod display;
mod error;
mod hands;
mod installation;
mod perform;
mod plan;
mod png;
mod process;
mod profile;
mod rpc;
mod tasks;
mod tools;
mod trust;

pub use bench::{Bench, Cancel, Progress};
pub use browsers::Browser;
pub use error::DriveError;
pub use installation::Installation;
pub use perform::{Difference, Ended, Performed, perform};
pub use plan::{
    ArmPlan, ArmSettings, Collection, Idle, Mode, Order, Persona, Phase, PhaseKind, Plan,
    PlannedPhase, PlannedRun, PrefValue, Prefs, Random, Setting, SilentSet, Step, Typed, Upstream,
    Waits, Window, dry_run, expand, smallest_silent,
};
pub use profile::{Profile, Profiles};
pub use tools::have_tools;
