//! The live page of a recording: where it is, and how long it stays.

use std::future::Future;
use std::time::Duration;

use anyhow::Result;
use candor_live::{Feed, Mark, Server, Shown, Token};
use tokio::task::JoinHandle;

use crate::commands::record::random;
use crate::progress;

/// Names that the page offers for phases; those that a plan would use for the same.
const PHASES: [&str; 8] = [
    "first_start",
    "visit",
    "search",
    "private_window",
    "switch_off",
    "clear_data",
    "restart",
    "idle",
];
/// How long pages that are open may take to hear that the recording has ended.
const FAREWELL: Duration = Duration::from_millis(500);

/// Opens the page and says where it is; it closes a moment after `over` resolves. `mark` marks phases
/// by hand, where no plan does; `phone` is the address for a phone.
pub(crate) async fn open(
    feed: &Feed,
    mark: Option<Mark>,
    phone: Option<String>,
    over: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>> {
    let phases = PHASES.map(str::to_owned).into();
    let shown = Shown { feed: feed.clone(), mark, phases, phone };
    let server = Server::bind(shown, Token::draw(&mut random)).await?;
    progress::say(&format!("page {}", server.address()));
    Ok(tokio::spawn(server.run(async {
        over.await;
        tokio::time::sleep(FAREWELL).await;
    })))
}
