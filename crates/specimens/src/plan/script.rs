//! The scripts: what is done in a run of each kind. Every script ends with two upload intervals, a
//! last action, the end of the process, a restart and two upload intervals more.

use super::{Step, draft::Draft};

/// Two upload intervals of 15 seconds, and a little.
const TWO_INTERVALS_S: i64 = 32;

/// The subject's first start: nothing is agreed to, nothing is browsed.
pub(super) fn first_start(draft: &mut Draft<'_>) {
    begin(draft, "normal");
    draft.phase("first_start").step(Step::Start).device_number();
    wait_and_restart(draft, "normal", |_| {});
}

/// All that a person does in a normal window; `welcome` if the subject has yet to ask.
pub(super) fn normal(draft: &mut Draft<'_>, welcome: bool) {
    begin(draft, "normal");
    start(draft, welcome);
    browse(draft, "visit", "search");
    draft.phase("visit_others").visit("slow-1", true).shop();
    draft.phase("video").video();
    draft.phase("crash").step(Step::Crash("SIMULATED out of memory".into()));
    wait_and_restart(draft, "normal", |draft| {
        draft.phase("visit_late").visit("visit-3", false);
    });
}

/// All that a person does in a private window; the first phase has the given name.
pub(super) fn private(draft: &mut Draft<'_>, first_phase: &str, before: &[Step]) {
    begin(draft, "private");
    draft.phase(first_phase).step(Step::PrivateWindow);
    before.iter().cloned().for_each(|step| {
        draft.step(step);
    });
    draft.step(Step::Start).visit("visit-1", false).visit("visit-2", false).decoys();
    draft.phase("private_search").search("search-1").search_phrase();
    draft.phase("private_download").download();
    wait_and_restart(draft, "private", |draft| {
        draft.phase("private_visit_late").visit("visit-3", false);
    });
}

/// A short visit, for what happens around it; `middle` comes between start and visit.
pub(super) fn short(draft: &mut Draft<'_>, welcome: bool, middle: impl FnOnce(&mut Draft<'_>)) {
    begin(draft, "normal");
    start(draft, welcome);
    middle(draft);
    draft.phase("visit").visit("visit-1", false);
    draft.phase("search").search("search-1");
    wait_and_restart(draft, "normal", |draft| {
        draft.phase("visit_late").visit("visit-2", false);
    });
}

/// A start, and nothing else: for clocks that were set ahead.
pub(super) fn start_only(draft: &mut Draft<'_>) {
    begin(draft, "normal");
    start(draft, false);
    wait_and_restart(draft, "normal", |_| {});
}

/// The person turns statistics off and goes on browsing.
pub(super) fn switched_off(draft: &mut Draft<'_>) {
    begin(draft, "normal");
    start(draft, false);
    draft.configured();
    draft.phase("statistics_off").step(Step::Collection(false));
    draft.visit("visit-1", false).visit("visit-2", false).search("search-1");
    wait_and_restart(draft, "normal", |draft| {
        draft.phase("visit_late").visit("visit-3", false);
    });
}

fn begin(draft: &mut Draft<'_>, window: &str) {
    draft.session(&format!("{window}-1")).phase("control").control();
}

fn start(draft: &mut Draft<'_>, welcome: bool) {
    draft.phase(if welcome { "welcome" } else { "start" }).step(Step::Start);
    if welcome {
        draft.step(Step::Agree);
    }
}

fn browse(draft: &mut Draft<'_>, visit: &str, search: &str) {
    draft.phase(visit).visit("visit-1", false).visit("visit-2", false).decoys();
    draft.phase(search).search("search-1").search("search-2");
    draft.phase("download").download();
}

fn wait_and_restart(draft: &mut Draft<'_>, window: &str, last: impl FnOnce(&mut Draft<'_>)) {
    draft.phase("idle").step(Step::Idle(TWO_INTERVALS_S));
    last(draft);
    draft.step(Step::Kill).session(&format!("{window}-2"));
    draft.phase("restart").step(Step::Start);
    draft.phase("idle").step(Step::Idle(TWO_INTERVALS_S)).step(Step::Close);
}
