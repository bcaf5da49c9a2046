//! Blocks that give way to others, one to five deep: stages follow, and nothing is settled twice.

use tenor::store::Stage;

use super::rig::{Rig, SWAP, detail, rules, told};

#[test]
fn what_a_reorganisation_drops_is_landed_again_once() {
    let rig = Rig::new();
    for depth in 1..=5_u64 {
        for forgotten in [true, false] {
            let id = rig.submit(SWAP);
            rig.until_sent(id);
            let before = rig.balance("wstETH", Rig::owner());
            rig.mine();
            rig.until_at(id, Stage::Included);
            for _ in 1..depth {
                rig.mine();
            }
            assert_eq!(rig.stage(id), Stage::Included);
            // What is dropped comes again in the new blocks, or is forgotten by everybody.
            rig.local.sandbox.reorg(depth, depth + 1, forgotten).unwrap();
            rig.until_followed();
            if forgotten {
                assert_eq!(rig.settlements(id), 0);
                let back = |events: &[tenor::store::Event]| {
                    events.iter().any(|event| event.step.code == "reorganised")
                };
                rig.until(id, back);
            }
            assert_eq!(rig.until_ended(id, 40), Stage::Final, "{:?}", told(&rig.events(id)));
            assert_eq!(rig.settlements(id), 1, "{depth} {forgotten}");
            let record = detail(&rig.events(id), Stage::Included);
            assert_eq!(record["as_simulated"], true, "{record}");
            let got = rig.balance("wstETH", Rig::owner()) - before;
            assert_eq!(super::rig::number(&record["realised"]["received"][0]), got);
            // One of its attempts is written down as landed: the one that is in the chain.
            let attempts = rig.store.attempts_of(id).unwrap();
            let landed: Vec<_> = attempts.iter().filter(|a| a.landed.is_some()).collect();
            assert_eq!(landed.len(), 1, "{attempts:?}");
            assert_eq!(record["transaction"], landed[0].hash.to_string());
        }
    }
}

/// Nothing is final before its block is as deep as was set.
#[test]
fn what_follows_waits_for_the_depth() {
    let rig = Rig::new();
    let id = rig.submit(SWAP);
    rig.until_sent(id);
    rig.mine();
    rig.until_at(id, Stage::Included);
    for _ in 0..rules().depth - 1 {
        rig.mine();
    }
    // The newest block but one gives way: its depth is as it was, and it is not final.
    rig.local.sandbox.reorg(2, 2, false).unwrap();
    rig.until_followed();
    assert_eq!(rig.stage(id), Stage::Included);
    rig.mine();
    rig.until_at(id, Stage::Final);
    let last = rig.events(id).pop().unwrap();
    assert!(last.step.detail.contains(&format!("\"depth\":{}", rules().depth)), "{last:?}");
}
