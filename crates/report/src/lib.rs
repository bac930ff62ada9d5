//! A case for people and for machines. Renders what the case holds and computes nothing: anyone
//! who has the case can render it again.
//!
//! Whatever came off the wire is hostile when shown, so every stranger's word passes [`inert`]
//! before it reaches a terminal, and maud's escaping besides before it reaches a page. The page
//! carries a policy that lets nothing load and nothing run but its own script, named by its digest.

mod clock;
mod csv;
mod diff;
mod gate;
mod inert;
mod json;
mod junit;
mod lines;
mod markdown;
mod page;
mod path;
mod sarif;
mod table;
mod two_questions;
mod view;
mod words;

pub use csv::csv;
pub use diff::{Change, ChangeKind, Diff, Side, diff};
pub use gate::{Gate, Held, Waived, Way};
pub use inert::inert;
pub use json::json;
pub use junit::{junit, junit_with};
pub use lines::Paint;
pub use markdown::{markdown, markdown_with};
pub use page::{Beside, html, html_with};
pub use sarif::{sarif, sarif_with};
pub use table::table;
pub use view::{Carried, Frame, RequestLine, View, carried};
