//! What a settlement reverts with, in the contracts' own words; and plans that none can carry out.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall as _;
use tenor::{
    bundle::{
        Revert, Unsettleable,
        prove::{Party, ProofError, furnished, prove},
        settle::{Settlement, Terms, settlement},
    },
    engine::NOBODY,
    intents::signed::frozen::{
        Refusals::{self, RefusalsErrors},
        settleCall,
    },
};
use tenor_simulations::{Fate, Script, Sent, World, sequence, world::Block};
use tenor_solver::venues::Call;

use super::{SWAPS, asked, asked_with, here, ready, terms, written};
use crate::signed::{engine, world};

/// What a settlement reverts with.
fn refused(world: &World, settlement: Settlement) -> RefusalsErrors {
    match prove(world, settlement) {
        Err(ProofError::Reverted(Revert::Refused(refused))) => refused,
        other => panic!("{other:?}"),
    }
}

/// What somebody's own version of the calldata reverts with.
fn tampered(tamper: impl FnOnce(&mut settleCall)) -> RefusalsErrors {
    let (_, settlement, world) = ready(SWAPS);
    let mut call = settlement.call().clone();
    tamper(&mut call);
    let to = settlement.deployment().settler;
    let sent = Sent::call(settlement.solver(), to, call.abi_encode().into());
    let ran = sequence(&world, &[sent], &[]).unwrap();
    match &ran.outcomes[0].fate {
        Fate::Reverted(output) => match Revert::of(output, &[]) {
            Revert::Refused(refused) => refused,
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_signed_cannot_be_changed() {
    let invalid = RefusalsErrors::InvalidSigner(Refusals::InvalidSigner {});
    let one = U256::ONE;
    assert_eq!(tampered(|call| call.intent.outputs[0].minAmount -= one), invalid);
    assert_eq!(tampered(|call| call.intent.minValueOut = U256::ZERO), invalid);
    assert_eq!(tampered(|call| call.intent.maxFeeIn += one), invalid);
    assert_eq!(tampered(|call| call.intent.recipient = Address::repeat_byte(9)), invalid);
    assert_eq!(tampered(|call| call.permit.nonce += one), invalid);
    assert_eq!(tampered(|call| call.permit.deadline += one), invalid);
}

#[test]
fn a_least_amount_that_the_plan_misses_by_a_unit_reverts() {
    let quoted = asked(SWAPS).unwrap();
    let output = quoted.checked.permit().witness.outputs[0].clone();
    let held = quoted.plan.solution().end.iter().find(|held| held.token == output.token);
    let minimum = held.unwrap().balance + U256::ONE;
    let more = asked_with(SWAPS, |permit| permit.witness.outputs[0].minAmount = minimum).unwrap();
    let settlement = written(&more, &terms(&more.checked));
    let world = furnished(world(), &settlement).unwrap();
    let received = minimum - U256::ONE;
    let token = output.token;
    let expected = Refusals::BelowMinimum { token, received, minimum };
    assert_eq!(refused(&world, settlement), RefusalsErrors::BelowMinimum(expected));
}

#[test]
fn another_solver_is_refused_until_the_quote_ends() {
    let asked = asked(SWAPS).unwrap();
    let other = Terms { solver: Address::repeat_byte(0x0f), ..terms(&asked.checked) };
    let witness = &asked.checked.permit().witness;
    let (allowed, until) = (witness.allowedSolver, witness.exclusiveUntilBlock);
    let settlement = written(&asked, &other);
    let world = furnished(world(), &settlement).unwrap();
    let expected = Refusals::SolverNotAllowed { allowed, untilBlock: until };
    assert_eq!(refused(&world, settlement.clone()), RefusalsErrors::SolverNotAllowed(expected));
    // In the block after, anyone may.
    let block = Block { number: until.to::<u64>() + 1, ..world.block() };
    prove(&world.at(block).unwrap(), settlement).unwrap();
}

#[test]
fn a_deadlines_second_is_in_time_and_the_next_is_not() {
    let (asked, settlement, world) = ready(SWAPS);
    let deadline = asked.checked.permit().deadline;
    let late = |timestamp| world.at(Block { timestamp, ..world.block() }).unwrap();
    let last: u64 = deadline.to();
    // The legs have a deadline of their own: the last block that the transaction is for.
    let patient = Terms { deadline: last + 1, ..terms(&asked.checked) };
    let patient = written(&asked, &patient);
    prove(&late(last), patient.clone()).unwrap();
    let expected = Refusals::SignatureExpired { signatureDeadline: deadline };
    assert_eq!(refused(&late(last + 1), patient), RefusalsErrors::SignatureExpired(expected));
    drop(settlement);
}

#[test]
fn a_fee_above_what_was_signed_is_refused() {
    let asked = asked(SWAPS).unwrap();
    let most = asked.checked.permit().witness.maxFeeIn;
    let greedy = Terms { fee: most + U256::ONE, ..terms(&asked.checked) };
    let settlement = written(&asked, &greedy);
    let world = furnished(world(), &settlement).unwrap();
    let expected = Refusals::FeeAboveMost { fee: most + U256::ONE, most };
    assert_eq!(refused(&world, settlement), RefusalsErrors::FeeAboveMost(expected));
    // The whole of what was signed is taken.
    let whole = written(&asked, &Terms { fee: most, ..terms(&asked.checked) });
    prove(&world, whole).unwrap();
}

#[test]
fn a_nonce_is_spent_once() {
    let (_, settlement, world) = ready(SWAPS);
    let to = settlement.deployment().settler;
    let call = Call { to, value: U256::ZERO, data: settlement.calldata() };
    let script = Script {
        account: settlement.solver(),
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: vec![call],
        watch: Vec::new(),
    };
    let done = world.after(&script, world.block()).unwrap().world;
    // Even where the owner holds and allows as much again.
    let again = furnished(&done, &settlement).unwrap();
    let expected = RefusalsErrors::InvalidNonce(Refusals::InvalidNonce {});
    assert_eq!(refused(&again, settlement), expected);
}

#[test]
fn an_owner_without_the_asset_or_the_allowance_is_refused() {
    let asked = asked(SWAPS).unwrap();
    let settlement = written(&asked, &terms(&asked.checked));
    // Nobody holds anything here, and the solver cannot pay.
    let found = prove(world(), settlement.clone()).unwrap_err();
    assert!(matches!(found, ProofError::Invalid(_)), "{found}");
    let script = Script {
        account: settlement.solver(),
        holdings: vec![(tenor_solver::venues::NATIVE, U256::from(10).pow(U256::from(20)))],
        approvals: Vec::new(),
        calls: Vec::new(),
        watch: Vec::new(),
    };
    let paid = world().after(&script, world().block()).unwrap().world;
    let found = prove(&paid, settlement).unwrap_err();
    assert!(matches!(found, ProofError::Reverted(Revert::Other(_))), "{found}");
}

/// A world in which somebody has swapped before.
fn moved(world: &World, sentence: &str) -> World {
    let before = engine().read(sentence).unwrap();
    let plan = engine().plan(&before, NOBODY).unwrap().unwrap();
    let plan = plan.solution();
    let encoded = plan.encode(engine().market(), NOBODY, 10_000, u64::MAX);
    let script = Script {
        account: NOBODY,
        holdings: plan.start.tokens().map(|token| (token, plan.start.stored(token))).collect(),
        approvals: tenor_solver::solution::approvals(&encoded),
        calls: tenor_solver::solution::calls(&encoded).cloned().collect(),
        watch: Vec::new(),
    };
    world.after(&script, world.block()).unwrap().world
}

/// A pool that was moved in between: the cause is the leg's.
#[test]
fn a_leg_below_its_own_limit_is_named() {
    let asked = asked("swap 50 WETH to USDC").unwrap();
    let exact = Terms { slippage_bps: 0, ..terms(&asked.checked) };
    let settlement = written(&asked, &exact);
    let world = moved(&furnished(world(), &settlement).unwrap(), "swap 3000 WETH to USDC");
    match prove(&world, settlement) {
        Err(ProofError::Reverted(Revert::Step { at: Some(at), .. })) => {
            assert!(!at.venue.is_empty(), "{at}");
        }
        other => panic!("{other:?}"),
    }
}

/// A pool that was moved by less than the limits allow: the settlement lands, and is not what was
/// promised, a little less or a little more.
#[test]
fn what_lands_otherwise_than_promised_is_a_difference() {
    let asked = asked("swap 50 WETH to USDC").unwrap();
    let token = asked.checked.permit().witness.outputs[0].token;
    let held = asked.plan.solution().end.iter().find(|held| held.token == token).unwrap();
    let settlement = written(&asked, &terms(&asked.checked));
    let before = furnished(world(), &settlement).unwrap();
    for (sentence, less) in [("swap 20 WETH to USDC", true), ("swap 60000 USDC to WETH", false)] {
        match prove(&moved(&before, sentence), settlement.clone()) {
            Err(ProofError::Differs { party, token: of, expected, measured, .. }) => {
                assert_eq!((party, of, expected), (Party::Recipient, token, held.balance));
                assert_eq!(measured < expected, less, "{measured} {expected}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A plan of the owner's own account is refused by the leg that makes it so.
#[test]
fn plans_that_cannot_be_settled_say_which_leg() {
    let checked = asked(SWAPS).unwrap().checked;
    let written = |sentence: &str| {
        let intent = engine().read(sentence).unwrap();
        let plan = engine().plan(&intent, NOBODY).unwrap().unwrap();
        let (market, terms) = (engine().market(), terms(&checked));
        let found = settlement(market, world(), &here(), &checked, &plan, &terms);
        (plan.solution().legs.len(), found.map(drop))
    };
    let (legs, found) = written("swap 50 WETH to ETH");
    match found {
        Err(Unsettleable::NativeOut(at)) => assert_eq!(at.leg + 1, legs),
        other => panic!("{other:?}"),
    }
    let (_, found) = written("swap 5 wstETH to USDC");
    assert!(matches!(found, Err(Unsettleable::OtherAsset(_))), "{found:?}");
    let (_, found) = written("swap 5 ETH to wstETH");
    assert!(matches!(found, Err(Unsettleable::OtherAsset(_))), "{found:?}");
}
