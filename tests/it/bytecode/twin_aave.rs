//! Our Aave pool and aToken beside the published ones.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::{SolCall, sol};
use tenor_solver::venues::Call;

use super::{
    ALICE, BOB,
    aave::{
        Market, Terms, getReserveNormalizedIncomeCall, scaledBalanceOfCall, supplyCall,
        withdrawCall,
    },
    reference::{Reference, Twins},
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function totalSupply() external view returns (uint256);
}

/// `0.0001` of a RAY.
const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);

#[derive(Debug)]
struct Reserve {
    twins: Twins,
    pool: Address,
    asset: Address,
    a_token: Address,
}

/// A reserve that has earned something, none of it for the treasury: ours has no treasury.
fn furnished(blank: &Market, rng: &mut Rng) -> Reserve {
    let mut market = blank.clone();
    let mut terms = Terms {
        optimal: U256::from(5000) * BP,
        base: U256::ZERO,
        slope1: U256::from(rng.below(5000)) * BP,
        slope2: U256::from(rng.below(50_000)) * BP,
        reserve_factor_bps: U256::ZERO,
        supply_cap: U256::ZERO,
        decimals: 6,
    };
    let asset = market.list(&terms, U256::ONE);
    let supplied = rng.bits(8, 38);
    assert!(market.supply(BOB, asset, supplied));
    market.supply(ALICE, asset, rng.upto(supplied));
    market.borrow(asset, rng.upto(supplied));
    market.lab.warp(rng.below(86_400 * 365));
    if rng.chance(2) {
        terms.supply_cap = rng.bits(1, 24);
        market.cap(asset, terms.supply_cap);
    }
    // The reserve takes the time into its index.
    market.borrow(asset, U256::ONE);
    for account in [ALICE, BOB] {
        market.lab.mint(asset, account, U256::ONE << 100);
        market.lab.allow(asset, account, market.pool);
    }
    let a_token = market.reserve(asset).aTokenAddress;
    let twins = twins(&mut market, &terms, asset, a_token);
    Reserve { twins, pool: market.pool, asset, a_token }
}

fn twins(market: &mut Market, terms: &Terms, asset: Address, a_token: Address) -> Twins {
    let (index, supply) = (market.index(asset), market.scaled_supply(asset));
    let (real, mut ours) = (market.lab.clone(), market.lab.clone());
    let cap = terms.supply_cap * U256::from(1_000_000);
    let pool = Reference::replace(&mut ours, "AavePool", market.pool);
    let words = [a_token.into_word().into(), index, cap];
    pool.set_entry(&mut ours, "reserves", &[asset.into_word()], &words);
    let token = Reference::replace(&mut ours, "AToken", a_token);
    for (label, value) in [
        ("supply", supply),
        ("decimals", U256::from(terms.decimals)),
        ("POOL", market.pool.into_word().into()),
        ("UNDERLYING_ASSET_ADDRESS", asset.into_word().into()),
    ] {
        token.set(&mut ours, label, value);
    }
    for account in [ALICE, BOB] {
        let scaled = market.scaled(asset, account);
        token.set_entry(&mut ours, "balances", &[account.into_word()], &[scaled]);
    }
    Twins { real, ours }
}

impl Reserve {
    fn random_call(&mut self, rng: &mut Rng, from: Address) -> Call {
        let Self { twins, pool, asset, a_token } = self;
        let held = twins.real.balance(*a_token, from);
        let amount = match rng.below(10) {
            0 => U256::ZERO,
            1 => held + U256::ONE,
            2 | 3 => held,
            _ => rng.upto(held),
        };
        let asset = *asset;
        let (to, data) = match rng.below(8) {
            0 | 1 => {
                let amount = if rng.chance(8) { U256::ZERO } else { rng.bits(1, 42) };
                (*pool, supplyCall { asset, amount, onBehalfOf: from, code: 0 }.abi_encode())
            }
            2 | 3 => {
                let amount = if rng.chance(8) { U256::MAX } else { amount };
                (*pool, withdrawCall { asset, amount, to: from }.abi_encode())
            }
            4 => (*a_token, transferCall { to: ALICE, amount }.abi_encode()),
            5 => (*a_token, approveCall { spender: BOB, amount }.abi_encode()),
            6 => (*a_token, transferFromCall { from: ALICE, to: BOB, amount }.abi_encode()),
            _ => (*pool, getReserveNormalizedIncomeCall { asset }.abi_encode()),
        };
        Call { to, value: U256::ZERO, data: data.into() }
    }
}

#[test]
fn our_aave_is_the_published_one() {
    let (mut tally, mut rng) = Tally::new("our Aave v3", &["@aave/core-v3"]);
    let blank = Market::new();
    while tally.wants_more() {
        let mut reserve = furnished(&blank, &mut rng);
        for _ in 0..20 {
            // Bob owes something: he may not give away what secures it, which ours does not know.
            let from = if rng.chance(8) { BOB } else { ALICE };
            let call = reserve.random_call(&mut rng, from);
            reserve.twins.call(&mut tally, from, &call);
            let Reserve { twins, asset, a_token, .. } = &mut reserve;
            twins.same(&mut tally, "the supply", |lab| lab.view(*a_token, &totalSupplyCall {}));
            for account in [ALICE, BOB] {
                let scaled = scaledBalanceOfCall { account };
                twins.same(&mut tally, "a scaled balance", |lab| lab.view(*a_token, &scaled));
                twins.same(&mut tally, "a balance", |lab| lab.balance(*a_token, account));
                twins.same(&mut tally, "the underlying", |lab| lab.balance(*asset, account));
            }
        }
    }
    tally.report();
}
