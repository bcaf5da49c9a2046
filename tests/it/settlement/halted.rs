//! The kill switch: within a block nothing more is sent, and that survives a restart.

use tenor::store::Stage;

use super::rig::{Rig, SWAP, told};

#[test]
fn a_halt_stops_within_a_block() {
    let rig = Rig::new();
    let landed = rig.submit(SWAP);
    assert_eq!(rig.until_ended(landed, 40), Stage::Final);
    rig.halt.set("a test", 1).unwrap();
    let id = rig.submit(SWAP);
    let said = |events: &[tenor::store::Event]| {
        events.last().is_some_and(|event| event.step.code == "halted")
    };
    rig.until(id, said);
    for _ in 0..3 {
        rig.mine();
        rig.until_followed();
    }
    assert!(rig.store.attempts_of(id).unwrap().is_empty());
    assert!(rig.halt.lift().unwrap());
    assert_eq!(rig.until_ended(id, 40), Stage::Final, "{:?}", told(&rig.events(id)));
}

/// What is out when it is set is taken back at relays.
#[test]
fn what_is_out_is_taken_back() {
    let rig = Rig::new();
    let id = rig.submit(SWAP);
    rig.until_sent(id);
    rig.halt.set("a test", 1).unwrap();
    let cancelled = || rig.local.standings().iter().all(|standing| standing == "cancelled");
    let begun = std::time::Instant::now();
    while !cancelled() {
        assert!(begun.elapsed() < super::rig::LONG, "{:?}", rig.local.standings());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    rig.mine();
    rig.mine();
    assert_eq!(rig.settlements(id), 0);
    assert!(rig.halt.lift().unwrap());
    assert_eq!(rig.until_ended(id, 40), Stage::Final, "{:?}", told(&rig.events(id)));
    assert_eq!(rig.settlements(id), 1);
}
