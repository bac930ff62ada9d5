//! Blocks: the runs of one device from its factory reset on. Within a block, what can be done in
//! any order is done in random order; so are the repeats.

use super::{Device, Order, PlannedRun, Step, draft::Draft, script};
use crate::{browser::Program, random::Random};

/// One device with a fresh installation, for one repeat.
pub(super) struct Block {
    /// Such as `a-1`: device and repeat. Also the name of the installation.
    pub(super) name: String,
    pub(super) device_name: &'static str,
    pub(super) device: Device,
    /// The invented person, the same on both devices of a repeat.
    pub(super) persona: String,
    /// That person's account.
    account: String,
}

const NOT_ASKED: [(&str, &str); 3] =
    [("account", "none"), ("consent", "not_asked"), ("mode", "normal")];
const NORMAL: [(&str, &str); 3] = [("account", "none"), ("consent", "given"), ("mode", "normal")];
const PRIVATE: [(&str, &str); 3] = [("account", "none"), ("consent", "given"), ("mode", "private")];
const SIGNED_IN: [(&str, &str); 3] =
    [("account", "signed_in"), ("consent", "given"), ("mode", "normal")];
const OFF: [(&str, &str); 4] =
    [("account", "none"), ("collection", "off"), ("consent", "given"), ("mode", "normal")];

/// All runs of a plan, each after the one it continues.
pub(super) fn runs(order: &Order<'_>) -> Vec<PlannedRun> {
    let mut random = Random::labelled(order.seed, &format!("{}/blocks", order.subject));
    let mut repeats = [1, 2];
    random.shuffle(&mut repeats);
    let of_repeat = |repeat: &u32| match order.program {
        Program::Updated => {
            // One device per repeat: this plan compares cells, not devices.
            let device = if *repeat == 1 { "a" } else { "b" };
            cells(order, &block(order, device, *repeat), &mut random)
        }
        _ => {
            let mut runs = first_device(order, &block(order, "a", *repeat), &mut random);
            runs.extend(second_device(order, &block(order, "b", *repeat), *repeat));
            runs
        }
    };
    repeats.iter().flat_map(of_repeat).collect()
}

fn block(order: &Order<'_>, device_name: &'static str, repeat: u32) -> Block {
    let draw = |what: &str| Random::labelled(order.seed, &format!("{}/{what}", order.subject));
    let name = format!("{device_name}-{repeat}");
    let device = Device::new(&mut draw(&format!("device {name}")));
    let persona = format!("persona-{repeat}");
    let mut of_person = draw(&persona);
    let account = format!("sim-{}{}", of_person.token(), of_person.token());
    Block { name, device_name, device, persona, account }
}

/// First start, normal browsing, and everything that forks from there.
fn first_device(order: &Order<'_>, block: &Block, random: &mut Random) -> Vec<PlannedRun> {
    let (mut runs, normal) = opening(order, block);
    let id = normal.clone();
    let draft = |name: &str, after: &str| Draft::new(order, block, name).continues(&id, after);
    let mut branches = vec![];
    let mut branch = |mut draft: Draft<'_>, script: &dyn Fn(&mut Draft<'_>)| {
        script(&mut draft);
        branches.push(vec![draft.done()]);
    };
    branch(draft("private", "restart").arm(&PRIVATE), &|d| {
        script::private(d, "private_visit", &[])
    });
    branch(draft("cleared", "clear_data").arm(&NORMAL), &|d| script::short(d, true, |_| {}));
    branch(draft("account", "restart").arm(&SIGNED_IN), &|d| signing_in(d, block));
    let unused = draft("days-91-unused", "days:91 unused").arm(&NORMAL).days_ahead(91);
    branch(unused, &script::start_only);
    if order.program == Program::AsClaimed {
        branch(draft("off", "restart").arm(&OFF), &script::switched_off);
    }
    branches.push(used_for_91_days(order, block, &normal));
    random.shuffle(&mut branches);
    runs.extend(branches.into_iter().flatten());
    runs
}

/// First start, normal browsing and signing in to the same account.
fn second_device(order: &Order<'_>, block: &Block, repeat: u32) -> Vec<PlannedRun> {
    let (mut runs, normal) = opening(order, block);
    let mut account =
        Draft::new(order, block, "account").continues(&normal, "restart").arm(&SIGNED_IN);
    let owner = candor_case::RunId(format!("account-a-{repeat}"));
    script::short(&mut account, false, |d| {
        d.phase("sign_in").sign_in(&block.account, &owner);
    });
    runs.push(account.done());
    runs
}

fn signing_in(draft: &mut Draft<'_>, block: &Block) {
    script::short(draft, false, |d| {
        let owner = d.id();
        d.phase("sign_in").sign_in(&block.account, &owner);
    });
}

/// The two runs that every block of a plan with devices begins with; the second one's name.
fn opening(order: &Order<'_>, block: &Block) -> (Vec<PlannedRun>, candor_case::RunId) {
    let mut first = Draft::new(order, block, "first-start").arm(&NOT_ASKED);
    script::first_start(&mut first);
    let mut normal = Draft::new(order, block, "normal").continues(&first.id(), "restart");
    normal = normal.arm(&NORMAL);
    script::normal(&mut normal, true);
    let id = normal.id();
    (vec![first.done(), normal.done()], id)
}

/// Starts after 30, 60 and 91 days. The last one is compared with the run before all of them: its
/// state came from there by way of the other two.
fn used_for_91_days(
    order: &Order<'_>,
    block: &Block,
    normal: &candor_case::RunId,
) -> Vec<PlannedRun> {
    let mut before = normal.clone();
    let mut start = |name: &str, days: i64, after: &str| {
        let mut draft = Draft::new(order, block, name).continues(&before, after).arm(&NORMAL);
        draft = draft.days_ahead(days);
        script::start_only(&mut draft);
        before = draft.id();
        draft.done()
    };
    let (day_30, day_60) = (start("days-30", 30, "days:30"), start("days-60", 60, "days:30"));
    let mut day_91 = start("days-91-used", 91, "days:91 used");
    day_91.inherits = Some(day_60.run.id.clone());
    if let Some(continues) = &mut day_91.run.continues {
        continues.run = normal.clone();
    }
    vec![day_30, day_60, day_91]
}

/// The four cells of window and switch, each from the same first start.
fn cells(order: &Order<'_>, block: &Block, random: &mut Random) -> Vec<PlannedRun> {
    let mut first = Draft::new(order, block, "first-start").arm(&NOT_ASKED);
    script::first_start(&mut first);
    let first = first.done();
    let mut cells: Vec<_> =
        [("normal", "on"), ("normal", "off"), ("private", "on"), ("private", "off")]
            .into_iter()
            .map(|(mode, switch)| cell(order, block, &first.run.id, mode, switch))
            .collect();
    random.shuffle(&mut cells);
    cells.insert(0, first);
    cells
}

fn cell(
    order: &Order<'_>,
    block: &Block,
    first: &candor_case::RunId,
    mode: &str,
    switch: &str,
) -> PlannedRun {
    let arm = [("account", "none"), ("consent", "given"), ("enhanced", switch), ("mode", mode)];
    let name = format!("{mode}-{switch}");
    let mut draft = Draft::new(order, block, &name).continues(first, "restart").arm(&arm);
    if switch == "off" {
        draft.configured();
    }
    let set = Step::Enhanced(switch == "on");
    if mode == "private" {
        let phase = if switch == "off" { "private_switch_off" } else { "private_visit" };
        script::private(&mut draft, phase, &[Step::Agree, set]);
    } else {
        draft.step(set);
        script::normal(&mut draft, true);
    }
    draft.done()
}
