//! Every way in which a builder misbehaves, in every relay's dialect, from every moment on: nothing is
//! settled twice, nothing is lost, and the end is what the chain says.

use tenor::{relays::Dialect, sandbox::Fault, settlement::caps::Caps, store::Stage};

use super::rig::{Rig, rules, told};

/// Thirty of them are less than what the owner has.
const SWAP: &str = "swap 10 WETH to wstETH";

/// From when on the builder misbehaves.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Before it is sent anything.
    Sent,
    /// Once it has taken what it was sent.
    Accepted,
    /// Once that is in a block, which then gives way to another.
    Mined,
}

/// Lands an intent with a fault on for some blocks, and tells how it ended.
fn lands(rig: &Rig, fault: Fault, from: Moment) -> String {
    let before = rig.balance("wstETH", Rig::owner());
    if matches!(from, Moment::Sent) {
        rig.set(&[fault]);
    }
    let id = rig.submit(SWAP);
    if matches!(from, Moment::Accepted | Moment::Mined) {
        rig.until_sent(id);
    }
    match from {
        Moment::Sent => {
            rig.until(id, |_| !rig.store.attempts_of(id).unwrap().is_empty());
        }
        Moment::Accepted => rig.set(&[fault]),
        Moment::Mined => {
            rig.mine();
            rig.until_at(id, Stage::Included);
            rig.set(&[fault]);
            rig.local.sandbox.reorg(1, 1, true).unwrap();
            rig.until_followed();
        }
    }
    for _ in 0..3 {
        rig.mine();
    }
    // Whatever it does, it does not do so for ever: what was not landed is, once.
    rig.set(&[]);
    let stage = rig.until_ended(id, 60);
    let (times, attempts) = (rig.settlements(id), rig.store.attempts_of(id).unwrap().len());
    let events = rig.events(id);
    assert_eq!((stage, times), (Stage::Final, 1), "{fault} {from:?}: {:#?}", told(&events));
    let record = super::rig::detail(&events, Stage::Included);
    let got = rig.balance("wstETH", Rig::owner()) - before;
    assert_eq!(super::rig::number(&record["realised"]["received"][0]), got, "{fault} {from:?}");
    format!("{stage} after {attempts}")
}

/// The row of the table for each fault.
fn matrix(dialect: Dialect) {
    let rig = Rig::with(dialect, rules(), Caps { spend: alloy_primitives::U256::MAX, loss: None });
    let name = dialect.capabilities().name;
    println!("| relay | fault | sent | accepted | mined |\n|---|---|---|---|---|");
    for fault in Fault::ALL {
        let row = [Moment::Sent, Moment::Accepted, Moment::Mined]
            .map(|moment| lands(&rig, *fault, moment));
        println!("| {name} | {fault} | {} |", row.join(" | "));
    }
}

#[test]
fn flashbots() {
    matrix(Dialect::Flashbots);
}

#[test]
fn buildernet() {
    matrix(Dialect::BuilderNet);
}

#[test]
fn titan() {
    matrix(Dialect::Titan);
}

#[test]
fn beaverbuild() {
    matrix(Dialect::Beaverbuild);
}

#[test]
fn rsync() {
    matrix(Dialect::Rsync);
}

#[test]
fn quasar() {
    matrix(Dialect::Quasar);
}

#[test]
fn mev_share() {
    matrix(Dialect::MevShare);
}

#[test]
fn mev_blocker() {
    matrix(Dialect::MevBlocker);
}
