//! How long it takes to build the embedded world, and to run a plan of five calls in it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;

use alloy_primitives::{Address, U256};
use criterion::{Criterion, criterion_group, criterion_main};
use tenor_simulations::{
    Script, World,
    figures::{EMBEDDED_NAME, Figures, embedded},
    simulate,
};
use tenor_solver::{
    amount::WAD,
    market::Market,
    venues::{NATIVE, Swap, Trade, VenueId},
};

const ALICE: Address = Address::repeat_byte(0xa1);

/// 100 ETH to WETH, wstETH by the exchange and by staking, eETH, and into a lending pool.
fn plan(market: &Market) -> Script {
    let ether = |n: u64| U256::from(n) * WAD;
    let mut script = Script {
        account: ALICE,
        holdings: vec![(NATIVE, ether(100))],
        approvals: vec![],
        calls: vec![],
        watch: vec![NATIVE],
    };
    let mut trade = |id: &str, from: usize, to: usize, amount: U256| {
        let venue = &market.listing(&VenueId::new(id)).unwrap().venue;
        let swap = Swap { from, to, amount };
        let out = venue.quote(swap).unwrap().out;
        let deadline = market.timestamp;
        let encoded = venue.encode(&Trade { swap, min_out: out, recipient: ALICE, deadline });
        script.approvals.extend(encoded.approval);
        script.calls.extend(encoded.calls);
        script.watch.push(venue.tokens()[to]);
        out
    };
    trade("weth", 0, 1, ether(40));
    let bought = trade("uniswap_v3:wstETH/WETH:100", 1, 0, ether(40));
    let staked = trade("lido:stETH", 0, 2, ether(35));
    trade("etherfi:eETH/weETH", 0, 1, ether(25));
    trade("aave_v3:wstETH", 0, 1, bought + staked);
    script
}

fn run(criterion: &mut Criterion) {
    let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
    let (market, world) = (figures.market(&[]).unwrap(), World::new(&figures).unwrap());
    let script = plan(&market);
    assert_eq!(simulate(&world, &script).unwrap().calls.len(), 5);
    criterion.bench_function("simulate: a plan of 5 calls", |bencher| {
        bencher.iter(|| simulate(black_box(&world), black_box(&script)));
    });
    criterion.bench_function("world: the embedded market", |bencher| {
        bencher.iter(|| World::new(black_box(&figures)));
    });
}

criterion_group!(benches, run);
criterion_main!(benches);
