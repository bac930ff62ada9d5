//! A case for people and for machines. Renders what the case holds and computes nothing: anyone
//! who has the case can render it again.
//!
//! Whatever came off the wire is hostile when shown, so every stranger's word passes [`inert`]
//! before it reaches a terminal, and maud's escaping besides before it reaches a page. The page
//! carries a policy that lets nothing run and nothing load.

mod inert;
mod json;
mod page;
mod style;
mod table;
mod view;

pub use inert::inert;
pub use json::json;
pub use page::html;
pub use table::{Paint, table};
pub use view::View;
