//! From a verified plan to a signed bundle: what is written, and with the run that proves it.
//! The bar for signing is a millisecond.

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use alloy_primitives::{B256, U256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::FutureExt as _;
use tenor::{
    bundle::{
        build::{Order, build},
        fees::{Limits, fees},
        prove::{furnished, prove},
        settle::{Terms, settlement},
    },
    engine::NOBODY,
    intents::signed::{Deployment, Rules, SETTLER, Terms as Quote, check::check, offer::offer},
    market::{self, Assume},
};
use tenor_solver::intent::Intent;

fn bundles(c: &mut Criterion) {
    let engine = market::engine(None, &Assume::Default).unwrap();
    let (market, world) = (engine.market(), engine.world().unwrap());
    let here = Deployment::of(market.chain_id, SETTLER);
    let [owner, solver] =
        [7, 8].map(|n| PrivateKeySigner::from_bytes(&B256::repeat_byte(n)).unwrap());
    let intent = engine.read("swap 50 WETH to wstETH").unwrap();
    let plan = engine.plan(&intent, owner.address()).unwrap().unwrap();
    let quote = Quote::new(here, owner.address(), U256::ZERO, solver.address(), market.timestamp);
    let offered = offer(market, world, &intent, &plan, &quote).unwrap();
    let signature = owner.sign_hash_sync(&offered.id).unwrap().as_bytes();
    let dto = offered.signed(&here, signature.to_vec().into());
    let rules = Rules { deployment: &here, market, state: Some(world), now: market.timestamp };
    let checked = check(&dto, &rules).unwrap();
    let permit = checked.permit();
    let amount = permit.permitted.amount - permit.witness.maxFeeIn;
    let plan = engine.plan(&Intent { amount, ..intent }, NOBODY).unwrap().unwrap();
    let block = world.block();
    let terms = Terms {
        solver: solver.address(),
        fee: permit.witness.maxFeeIn,
        slippage_bps: 10,
        deadline: block.timestamp + 12,
        authorizations: Vec::new(),
    };
    let written = || settlement(market, world, &here, &checked, &plan, &terms).unwrap();
    let ready = furnished(world, &written()).unwrap();
    let proven = prove(&ready, written()).unwrap();
    let limits = Limits::of(1_000_000_000_000);
    let gas = (proven.peak(), block.gas_limit);
    let fees = fees(&limits, gas, 1_000_000_000, block.base_fee, (1, 2)).unwrap();
    let blocks = block.number + 1..=block.number + 1;
    let order = Order { blocks, nonce: 0, fees, backrun: None, refund: None, attempt: 0 };

    let mut group = c.benchmark_group("bundle");
    group.bench_function("proven settlement to signed bundle", |b| {
        b.iter(|| build(black_box(&proven), &order, &solver).now_or_never().unwrap().unwrap());
    });
    group.bench_function("verified plan to signed bundle, run included", |b| {
        b.iter(|| {
            let proven = prove(&ready, written()).unwrap();
            build(black_box(&proven), &order, &solver).now_or_never().unwrap().unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, bundles);
criterion_main!(benches);
