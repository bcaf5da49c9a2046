//! Each transaction of a bundle by itself.

use alloy_primitives::{Address, U256};
use futures_util::FutureExt as _;
use tenor::bundle::{
    Bundle,
    alone::{Ground, Standing, Unsafe, check},
    build::{Backrun, Order, build},
    fees::Fees,
    prove::{Proven, furnished, prove},
    settle::Terms,
};
use tenor_simulations::World;
use tenor_solver::{mev::plan::exposure, venues::Call};

use super::{Asked, SWAPS, asked, proven, solver, terms, written};
use crate::signed::{engine, world};

fn bundle(proven: &Proven, world: &World, backrun: Option<Call>) -> Bundle {
    let base_fee = u128::from(world.block().base_fee);
    let fees = |gas_limit| Fees { gas_limit, max_fee: base_fee * 2, tip: base_fee / 100 };
    let backrun = backrun.map(|call| Backrun { call, fees: fees(300_000) });
    let block = world.block().number;
    let fees = fees(proven.peak() * 5 / 4);
    let order = Order { blocks: block..=block, nonce: 0, fees, backrun, refund: None, attempt: 0 };
    build(proven, &order, &solver()).now_or_never().unwrap().unwrap().remove(0)
}

fn ground<'a>(asked: &'a Asked, proven: &'a Proven, world: &'a World, told: U256) -> Ground<'a> {
    let market = engine().market();
    Ground { market, world, plan: asked.plan.solution(), proven, known: None, told }
}

/// Wei that the model told of the plan's swaps.
fn told(asked: &Asked, slippage_bps: u32) -> U256 {
    let told = exposure(engine().market(), asked.plan.solution(), slippage_bps);
    told.map_or(U256::ZERO, |told| told.legs.iter().filter_map(|leg| leg.net).sum())
}

/// A settlement whose legs give nothing away is worth nothing to who gets hold of it.
#[test]
fn a_settlement_at_its_quote_exposes_nothing() {
    for sentence in [SWAPS, "swap 200 WETH to USDC", "swap 40 wstETH to WETH"] {
        let asked = asked(sentence).unwrap();
        let settlement = written(&asked, &Terms { slippage_bps: 0, ..terms(&asked.checked) });
        let world = furnished(world(), &settlement).unwrap();
        let proven = prove(&world, settlement).unwrap();
        let bundle = bundle(&proven, &world, None);
        let ground = ground(&asked, &proven, &world, U256::ZERO);
        assert_eq!(check(&ground, &bundle), Ok(vec![Standing::Exposed(U256::ZERO)]), "{sentence}");
    }
}

/// Legs that may return a tenth less, in a swap that moves its pool: what can be taken is measured, and is
/// refused where less was told.
#[test]
fn what_is_told_too_small_is_refused() {
    let asked = super::asked_with("swap 200 WETH to USDC", |permit| {
        // Nor does the Settler help: the owner asks for next to nothing.
        permit.witness.outputs[0].minAmount = U256::ONE;
        permit.witness.minValueOut = U256::ZERO;
    });
    let asked = asked.unwrap();
    let slippage_bps = 1_000;
    let settlement = written(&asked, &Terms { slippage_bps, ..terms(&asked.checked) });
    let world = furnished(world(), &settlement).unwrap();
    let proven = prove(&world, settlement).unwrap();
    let bundle = bundle(&proven, &world, None);
    let found = check(&ground(&asked, &proven, &world, U256::ZERO), &bundle).unwrap_err();
    let Unsafe::Exposed { taken, .. } = found else { panic!("{found}") };
    println!("taken {taken}, told {}", told(&asked, slippage_bps));
    assert!(taken > U256::ZERO);
    let allowed = check(&ground(&asked, &proven, &world, taken), &bundle).unwrap();
    assert_eq!(allowed, [Standing::Exposed(taken)]);
}

/// The signed minimum holds however wide the legs' own limits are: with both as signed, an attacker
/// gains no more than the intent's slippage is worth.
#[test]
fn the_signed_minimum_bounds_what_can_be_taken() {
    let (asked, proven, world) = proven("swap 200 WETH to USDC");
    let bundle = bundle(&proven, &world, None);
    let standing = check(&ground(&asked, &proven, &world, U256::MAX), &bundle).unwrap();
    let [Standing::Exposed(taken)] = standing[..] else { panic!("{standing:?}") };
    let slippage = U256::from(asked.checked.intent().limits.slippage_bps);
    let permitted = asked.checked.permit().permitted.amount;
    let most = permitted * slippage / U256::from(10_000) + permitted / U256::from(1_000);
    println!("taken {taken}, most {most}, told {}", told(&asked, slippage.to()));
    assert!(taken <= most, "{taken} {most}");
}

/// A backrun that fails alone stands; one that gives something away does not.
#[test]
fn a_backrun_alone_fails_or_costs_gas() {
    let (asked, proven, world) = proven(SWAPS);
    let ground = ground(&asked, &proven, &world, U256::MAX);
    let weth = asked.checked.permit().permitted.token;
    let call =
        |to, value: u64, data: Vec<u8>| Call { to, value: U256::from(value), data: data.into() };
    // transfer(address,uint256) of what the solver has only after the settlement: its fee.
    let transfer = |amount: U256| {
        let word = amount.to_be_bytes::<32>();
        [&[0xa9, 0x05, 0x9c, 0xbb][..], &[0; 12], &[7; 20], &word].concat()
    };
    let fee = super::half(&asked.checked);
    let after = bundle(&proven, &world, Some(call(weth, 0, transfer(fee))));
    let standing = check(&ground, &after).unwrap();
    assert_eq!(standing[1], Standing::Fails);
    // A call that does nothing costs gas alone.
    let nothing = bundle(&proven, &world, Some(call(Address::repeat_byte(3), 0, Vec::new())));
    assert_eq!(check(&ground, &nothing).unwrap()[1], Standing::Harmless);
    // Ether sent away is lost.
    let away = bundle(&proven, &world, Some(call(Address::repeat_byte(3), 5, Vec::new())));
    match check(&ground, &away) {
        Err(Unsafe::Loses { lost, .. }) => assert_eq!(lost, U256::from(5)),
        other => panic!("{other:?}"),
    }
}

/// A bundle whose settlement does not run is not sent, whatever comes after it.
#[test]
fn a_bundle_that_does_not_run_is_refused() {
    let (asked, proven, world) = proven(SWAPS);
    let mut bundle = bundle(&proven, &world, None);
    let late = world.at(tenor_simulations::world::Block {
        timestamp: world.block().timestamp + 10_000_000,
        ..world.block()
    });
    let late = late.unwrap();
    let told = U256::MAX;
    let found = check(&ground(&asked, &proven, &late, told), &bundle).unwrap_err();
    assert!(matches!(found, Unsafe::Fails { hash, .. } if hash == bundle.transactions[0].hash));
    // What may be left out may fail; alone it does nothing then.
    bundle.dropping.push(bundle.transactions[0].hash);
    let standing = check(&ground(&asked, &proven, &late, told), &bundle).unwrap();
    assert_eq!(standing, [Standing::Fails]);
}
