//! Settlements of random intents: everybody ends with what was worked out, to the wei.

use alloy_primitives::{Address, U256, hex, keccak256};
use serde_json::Value;
use tenor::{
    bundle::{
        prove::{EXECUTOR_CODE, ProofError, SETTLER_CODE, contracts, furnished, prove},
        settle::fee,
    },
    intents::signed::{Deployment, SETTLER},
};
use tenor_simulations::{Script, sequence};
use tenor_solver::venues::{Answer, Call, Read};

use super::{Asked, MOVES, RECIPIENT, SWAPS, asked_with, half, proven, ready, terms, written};
use crate::{
    signed::{engine, owner, world},
    world::rng::Rng,
};

/// What is asked, of an amount: from and to tokens that rebase, wrap, accrue and are lent.
const SENTENCES: [&str; 11] = [
    "swap {} WETH to wstETH",
    "swap {} wstETH to WETH",
    "swap {} WETH to USDC",
    "swap {} stETH to WETH",
    "swap {} WETH to stETH",
    "exit {} wstETH to WETH",
    "swap {} aEthWETH to WETH",
    "swap {} WETH to USDT",
    "maximize ETH yield on {} WETH for 365 days",
    "maximize ETH yield on {} WETH for 180 days risk low",
    "maximize ETH yield on {} WETH for 365 days risk high",
];

/// Gas of three slots that were empty.
const FIRST_WRITES: u64 = 3 * 20_000;

/// How many are asked.
const ASKED: usize = 44;

#[test]
fn random_intents_settle_to_the_wei() {
    let seed = Rng::seed();
    println!("bundle::settled: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut settled, mut legs, mut exact, mut rebasing) = (0, 0, 0, 0);
    let (mut gas, mut direct) = (0, 0);
    for nth in 0..ASKED {
        let most = if rng.below(2) == 0 { 400 } else { 6_000 };
        let amount = 1 + rng.below(most);
        let sentence = SENTENCES[nth % SENTENCES.len()].replace("{}", &amount.to_string());
        let elsewhere = rng.below(2) == 0;
        let asked = asked_with(&sentence, |permit| {
            if elsewhere {
                permit.witness.recipient = RECIPIENT;
            }
        });
        let Some(asked) = asked else { continue };
        let settlement = written(&asked, &terms(&asked.checked));
        let world = furnished(world(), &settlement).unwrap();
        let proven = prove(&world, settlement).unwrap_or_else(|e| panic!("{sentence}: {e}"));

        let Asked { checked, plan } = &asked;
        let outputs = &checked.permit().witness.outputs;
        for (output, received) in outputs.iter().zip(proven.received()) {
            let end = &plan.solution().end;
            let held = end.iter().find(|held| held.token == output.token).unwrap();
            assert!(*received >= output.minAmount, "{sentence}");
            // A rebasing token moves in whole shares: a unit may stay in each of two roundings.
            let moves = engine().market().rebase(output.token).map_or(0, |_| 2u64);
            let lost = held.balance - *received;
            assert!(lost <= U256::from(moves), "{sentence}: {lost} of {}", output.token);
            if moves == 0 { exact += 1 } else { rebasing += 1 }
        }
        assert!(proven.value() >= checked.permit().witness.minValueOut, "{sentence}");
        assert!(proven.is_first(), "{sentence}");
        legs += plan.solution().legs.len();
        settled += 1;
        (gas, direct) = (gas + proven.gas(), direct + proven.direct_gas());
    }
    println!(
        "{settled} of {ASKED} settled, {legs} legs, {exact} outputs to the wei, {rebasing} rebasing; \
         {gas} gas, {direct} sent directly"
    );
    assert!(settled >= ASKED / 2 && exact >= settled / 2, "{settled} settled, {exact} exact");
}

/// The world after a settlement.
fn after(
    world: &tenor_simulations::World,
    settlement: &tenor::bundle::settle::Settlement,
) -> tenor_simulations::World {
    let to = settlement.deployment().settler;
    let call = Call { to, value: U256::ZERO, data: settlement.calldata() };
    let script = Script {
        account: settlement.solver(),
        holdings: Vec::new(),
        approvals: Vec::new(),
        calls: vec![call],
        watch: Vec::new(),
    };
    world.after(&script, world.block()).unwrap().world
}

/// With an Executor that is there already, as after the solver's first settlement.
#[test]
fn gas_against_the_same_calls_sent_directly() {
    // An intent whose settlement leaves every pool of the other as it was.
    let (_, first, furnished_for_first) = ready("swap 1 WETH to USDC");
    for sentence in [
        SWAPS,
        MOVES,
        "swap 50 wstETH to WETH",
        "swap 3000 WETH to wstETH",
        "swap 10 aEthWETH to WETH",
    ] {
        let made = after(&furnished_for_first, &first);
        let asked = asked_with(sentence, |permit| permit.nonce += U256::from(2)).unwrap();
        let settlement = written(&asked, &terms(&asked.checked));
        let world = furnished(&made, &settlement).unwrap();
        let proven = prove(&world, settlement).unwrap_or_else(|e| panic!("{sentence}: {e}"));
        let (gas, direct) = (proven.gas(), proven.direct_gas());
        println!("{sentence}: {gas} gas settled, {direct} gas sent directly, approvals included");
        assert!(!proven.is_first());
        assert!(gas > 100_000 && gas < direct + 400_000, "{gas} {direct}");
        // A first settlement costs its Executor more, and what it is the first to write: the owner's word of
        // nonces, the solver's balance.
        let asked = asked_with(sentence, |_| {}).unwrap();
        let settlement = written(&asked, &terms(&asked.checked));
        let world = furnished(crate::signed::world(), &settlement).unwrap();
        let first = prove(&world, settlement).unwrap();
        assert!(first.is_first() && first.gas() > gas + 1_000_000);
        let own = first.own_gas();
        assert!((gas..gas + FIRST_WRITES).contains(&own), "{own} and {gas}");
    }
}

#[test]
fn the_contracts_are_those_that_were_built() {
    let deployed = include_str!("../../../contracts/artifacts/deployed.json");
    let deployed: Value = serde_json::from_str(deployed).unwrap();
    let hash = |name: &str| deployed["contracts"][name]["codeHash"].as_str().unwrap().to_owned();
    assert_eq!(hash("Settler"), SETTLER_CODE.to_string());
    assert_eq!(hash("Executor"), EXECUTOR_CODE.to_string());
    let code = include_str!("../../../contracts/artifacts/Settler.hex");
    assert_eq!(keccak256(hex::decode(code.trim_end()).unwrap()), SETTLER_CODE);
    let read = world().answer(&[Read::CodeHash(SETTLER)]).unwrap();
    assert_eq!(read, [Answer::Word(SETTLER_CODE.into())]);
}

#[test]
fn another_contract_at_the_settlers_place_is_refused() {
    let asked = super::asked(SWAPS).unwrap();
    let here = Deployment::of(1, Address::repeat_byte(0x77));
    let terms = terms(&asked.checked);
    let (market, plan) = (engine().market(), &asked.plan);
    let elsewhere =
        tenor::bundle::settle::settlement(market, world(), &here, &asked.checked, plan, &terms);
    let elsewhere = elsewhere.unwrap();
    let found = contracts(world(), &elsewhere).unwrap_err();
    assert!(matches!(found, ProofError::Code { at, .. } if at == here.settler), "{found}");
}

/// What is not taken as a fee comes back, and what is taken is the solver's.
#[test]
fn the_fee_is_the_solvers_and_the_rest_the_recipients() {
    let (asked, proven, world) = proven(SWAPS);
    let settlement = proven.settlement();
    let asset = asked.checked.permit().permitted.token;
    let taker = settlement.solver();
    let watch = [(taker, asset), (owner(), asset)];
    let ran = sequence(&world, &[settlement.transaction()], &watch).unwrap();
    let [solvers, owners] = [0, 1].map(|at| (ran.before[at].balance, ran.after[at].balance));
    let (most, fee) = (asked.checked.permit().witness.maxFeeIn, half(&asked.checked));
    assert_eq!(solvers.1 - solvers.0, fee);
    assert_eq!(owners.0, asked.checked.permit().permitted.amount);
    assert!(owners.1 >= most - fee, "{owners:?}");
}

#[test]
fn a_fee_pays_for_its_cost_and_is_never_above_what_was_signed() {
    let asked = super::asked("swap 20 wstETH to WETH").unwrap();
    let (market, most) = (engine().market(), asked.checked.permit().witness.maxFeeIn);
    let wei = U256::from(1_000_000_007u64);
    let small = fee(market, &asked.checked, wei).unwrap();
    let asset = asked.checked.permit().permitted.token;
    assert!(market.redeem_value(asset, small + U256::from(1)).unwrap() >= wei);
    assert!(small < wei, "wstETH is worth more than ETH");
    assert_eq!(fee(market, &asked.checked, U256::from(u128::MAX)), Some(most));
}
