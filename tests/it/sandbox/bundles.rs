//! What blocks make of bundles: whole or not at all, the better payer first.

use std::{collections::BTreeSet, sync::Arc};

use alloy_consensus::TxEip1559;
use alloy_primitives::{B256, U256};
use proptest::{collection::vec, prelude::*};
use tenor_simulations::chain::{BUILDER, Built, Bundle, Chain, Fate, Pool, Signed, Status, Unfit};

use super::kit::{self, ETHER, GWEI, address, plain, reverting, signed};

fn build(chain: &mut Chain, bundles: &[Bundle]) -> Built {
    let time = chain.head().header.timestamp + 12;
    chain.build(time, bundles, &mut Pool::default()).unwrap()
}

fn next(chain: &Chain) -> u64 {
    chain.head().header.number + 1
}

fn in_block(built: &Built) -> Vec<B256> {
    built.block.transactions.iter().map(|landed| landed.signed.hash).collect()
}

/// A transaction that pays the builder so much besides its tip.
fn paying(at: usize, nonce: u64, wei: u128) -> Arc<Signed> {
    signed(at, plain(nonce, BUILDER, wei))
}

#[test]
fn what_pays_is_measured() {
    let mut chain = kit::chain();
    let transactions = vec![signed(0, plain(0, address(1), 1)), paying(0, 1, 3 * ETHER)];
    let built = build(&mut chain, &[Bundle::new(transactions, next(&kit::chain()))]);
    let [Fate::Landed(run)] = &built.fates[..] else { panic!("{:?}", built.fates) };
    // Two gwei-tipped transfers: one to an account, one to the builder.
    let gas = run.gas;
    assert_eq!(gas, 42_000);
    assert_eq!(run.tips, U256::from(u128::from(gas) * GWEI));
    assert_eq!(run.paid, U256::from(3 * ETHER) + run.tips);
    let held = chain.state(chain.head().header.number).unwrap().account(BUILDER).unwrap();
    assert_eq!(held.unwrap().balance, run.paid);
}

#[test]
fn the_better_payer_lands_and_the_other_leaves_no_trace() {
    let mut chain = kit::chain();
    let number = next(&chain);
    // Both want the same nonce of account 0; the first one's other transaction would be fine alone.
    let alone = signed(1, plain(0, address(2), 5));
    let poor = Bundle::new(vec![Arc::clone(&alone), paying(0, 0, 1)], number);
    let rich = Bundle::new(vec![paying(0, 0, ETHER)], number);
    let unrelated = Bundle::new(vec![signed(3, plain(0, address(2), 1))], number);
    let built = build(&mut chain, &[poor, unrelated.clone(), rich.clone()]);
    assert!(matches!(built.fates[0], Fate::Left(Unfit::Invalid { .. })), "{:?}", built.fates[0]);
    assert!(matches!((&built.fates[1], &built.fates[2]), (Fate::Landed(_), Fate::Landed(_))));
    let wanted = [&rich.transactions[0], &unrelated.transactions[0]].map(|signed| signed.hash);
    assert_eq!(in_block(&built), wanted);
    let state = chain.state(number).unwrap();
    assert_eq!(state.account(address(1)).unwrap().unwrap().nonce, 0);
}

/// A bundle may rest on another's transactions: it is not left out because it fails alone.
#[test]
fn bundles_may_follow_each_other() {
    let mut chain = kit::chain();
    let number = next(&chain);
    let second = Bundle::new(vec![paying(0, 1, 9 * ETHER)], number);
    let first = Bundle::new(vec![paying(0, 0, 1)], number);
    let built = build(&mut chain, &[second, first]);
    assert!(built.fates.iter().all(|fate| matches!(fate, Fate::Landed(_))), "{:?}", built.fates);
}

#[test]
fn what_may_revert_stays_and_what_may_drop_goes() {
    let number = next(&kit::chain());
    let (fine, fails) = (signed(0, plain(0, address(1), 1)), signed(1, reverting(0)));
    let both = || Bundle::new(vec![Arc::clone(&fine), Arc::clone(&fails)], number);
    let built = build(&mut kit::chain(), &[both()]);
    let Fate::Left(Unfit::Failed { hash, .. }) = &built.fates[0] else {
        panic!("{:?}", built.fates)
    };
    assert_eq!(*hash, fails.hash);
    assert!(built.block.transactions.is_empty());

    let built = build(&mut kit::chain(), &[Bundle { reverting: vec![fails.hash], ..both() }]);
    assert_eq!(in_block(&built), [fine.hash, fails.hash]);
    assert_eq!(built.block.transactions[1].outcome.status, Status::Reverted);

    let built = build(&mut kit::chain(), &[Bundle { dropping: vec![fails.hash], ..both() }]);
    assert_eq!(in_block(&built), [fine.hash]);

    // One whose nonce is taken may be dropped too; where nothing is left nothing lands.
    let gone = signed(2, plain(9, address(1), 1));
    let only = Bundle { dropping: vec![gone.hash], ..Bundle::new(vec![gone], number) };
    let built = build(&mut kit::chain(), &[only]);
    assert_eq!(built.fates, [Fate::Left(Unfit::Empty)]);
}

#[test]
fn bundles_keep_to_their_blocks_and_times() {
    let chain = kit::chain();
    let (number, time) = (next(&chain), chain.head().header.timestamp + 12);
    let at = |first, last| Bundle { last, ..Bundle::new(vec![paying(0, 0, 1)], first) };
    let lands = |bundle: Bundle| {
        let built = build(&mut kit::chain(), &[bundle]);
        matches!(built.fates[0], Fate::Landed(_))
    };
    assert!(
        lands(at(number, number)) && lands(at(number - 1, number)) && lands(at(number, number + 9))
    );
    assert!(!lands(at(number + 1, number + 1)) && !lands(at(number - 1, number - 1)));
    let timed = |min_timestamp, max_timestamp| Bundle {
        min_timestamp,
        max_timestamp,
        ..at(number, number)
    };
    assert!(lands(timed(Some(time), Some(time))));
    assert!(!lands(timed(Some(time + 1), None)) && !lands(timed(None, Some(time - 1))));
}

/// A transaction of a random bundle.
#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    nonce: u64,
    wei: u64,
    fails: bool,
    may_revert: bool,
    may_drop: bool,
}

fn piece() -> impl Strategy<Value = Piece> {
    (0_usize..4, 0_u64..4, any::<u64>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.2))
        .prop_map(|(at, nonce, wei, fails, may_revert, may_drop)| Piece {
            at,
            nonce,
            wei,
            fails: fails && wei % 3 == 0,
            may_revert,
            may_drop,
        })
}

fn bundle(pieces: &[Piece], number: u64) -> Bundle {
    let mut bundle = Bundle::new(Vec::new(), number);
    for Piece { at, nonce, wei, fails, may_revert, may_drop } in pieces {
        let transaction = if *fails {
            TxEip1559 { gas_limit: 100_000 + wei % 1_000, ..reverting(*nonce) }
        } else {
            plain(*nonce, if wei % 2 == 0 { BUILDER } else { address(9) }, u128::from(*wei))
        };
        let signed = signed(*at, transaction);
        if *may_revert {
            bundle.reverting.push(signed.hash);
        }
        if *may_drop {
            bundle.dropping.push(signed.hash);
        }
        bundle.transactions.push(signed);
    }
    bundle
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of a bundle that landed everything is in the block that may not be left out, in its order and
    /// without a failure that it does not allow; of one that did not, nothing is, unless another
    /// brought it. What is told to be paid is what the builder has.
    #[test]
    fn no_bundle_lands_partly(drawn in vec(vec(piece(), 1..5), 1..8)) {
        let mut chain = kit::chain();
        let number = next(&chain);
        let bundles: Vec<Bundle> = drawn.iter().map(|pieces| bundle(pieces, number)).collect();
        let built = build(&mut chain, &bundles);
        let landed = in_block(&built);
        prop_assert_eq!(landed.iter().collect::<BTreeSet<_>>().len(), landed.len());
        let mut brought = BTreeSet::new();
        let mut paid = U256::ZERO;
        for (bundle, fate) in bundles.iter().zip(&built.fates) {
            let Fate::Landed(run) = fate else { continue };
            paid += run.paid;
            let mut last = None;
            for (at, signed) in bundle.transactions.iter().enumerate() {
                let stayed = run.stayed.iter().any(|(stayed, _)| *stayed == at);
                prop_assert!(stayed || bundle.dropping.contains(&signed.hash));
                if !stayed {
                    continue;
                }
                brought.insert(signed.hash);
                let place = landed.iter().position(|hash| *hash == signed.hash);
                prop_assert!(place.is_some() && place > last);
                last = place;
                let status = built.block.transactions[place.unwrap()].outcome.status;
                prop_assert!(
                    status == Status::Success || bundle.reverting.contains(&signed.hash)
                );
            }
        }
        // Every transaction is there because a bundle that landed brought it.
        prop_assert_eq!(brought, landed.iter().copied().collect::<BTreeSet<_>>());
        let held = chain.state(number).unwrap().account(BUILDER).unwrap();
        prop_assert_eq!(held.map_or(U256::ZERO, |info| info.balance), paid);
    }
}
