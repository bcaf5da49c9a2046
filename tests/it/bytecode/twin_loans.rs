//! Our Aave pool, aToken and debt token beside the published ones, borrowing; and loops on those.

use alloy_primitives::{Address, U256, address, uint};
use alloy_sol_types::{SolCall, sol};
use tenor_solver::venues::{Call, RateCurve, Rounding};

use super::{
    ALICE, BOB,
    aave::{Market, Terms, borrowCall, scaledBalanceOfCall, supplyCall, withdrawCall},
    loops::{Bench, round_trip},
    reference::{Reference, Twins},
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    function repay(
        address asset, uint256 amount, uint256 rateMode, address onBehalfOf
    ) external returns (uint256);
    function setUserEMode(uint8 category) external;
    function getUserEMode(address user) external view returns (uint256);
    function getUserAccountData(address user) external view returns (
        uint256 collateral, uint256 debt, uint256 available, uint256 threshold, uint256 ltv,
        uint256 health
    );
    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256);
    function getAssetPrice(address asset) external view returns (uint256);
    function setAssetPrice(address asset, uint256 price) external;
    function scaledTotalSupply() external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
}

/// `0.0001` of a RAY.
const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);
const VARIABLE: U256 = uint!(2_U256);
/// Who else borrows, with no other collateral.
const CAROL: Address = address!("ca01000000000000000000000000000000000001");

/// A loan and a collateral in use, and their shares: own limit and threshold, and those of the e-mode.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) market: Market,
    pub(super) collateral: Address,
    pub(super) loan: Address,
    pub(super) shares: [u16; 4],
    pub(super) terms: Terms,
}

pub(super) fn pair(blank: &Market, rng: &mut Rng) -> Pair {
    let mut market = blank.clone();
    let terms = Terms {
        optimal: U256::from(3000 + rng.below(6900)) * BP,
        base: U256::from(rng.below(300)) * BP,
        slope1: U256::from(1 + rng.below(1000)) * BP,
        slope2: U256::from(rng.below(10_000)) * BP,
        reserve_factor_bps: U256::ZERO,
        supply_cap: U256::ZERO,
        decimals: 18,
    };
    let price = rng.bits(27, 50);
    let loan = market.list(&terms, price);
    let collateral = market.list(&terms, rng.near(price));
    let mut below = |low: u64, high: u64| u16::try_from(low + rng.below(high - low)).unwrap();
    let (ltv, mode_ltv) = (below(1000, 6000), below(8000, 9400));
    let threshold = below(u64::from(ltv), 7500);
    let shares = [ltv, threshold, mode_ltv, below(u64::from(mode_ltv), 9700)];
    market.secures(collateral, loan, shares);
    for asset in [collateral, loan] {
        let amount = rng.bits(60, 80);
        assert!(market.supply(BOB, asset, amount));
        market.borrow(asset, rng.upto(amount / U256::from(2)).max(U256::ONE << 20));
    }
    market.lab.warp(rng.pick(&[0, 12, 86_400 * 30, 86_400 * 365]));
    // The reserves take the time into their indexes.
    for asset in [collateral, loan] {
        assert!(market.supply(BOB, asset, U256::ONE << 30));
    }
    Pair { market, collateral, loan, shares, terms }
}

fn twins(of: &mut Pair) -> Twins {
    let Pair { market, collateral, loan, shares, .. } = of;
    let (real, mut ours) = (market.lab.clone(), market.lab.clone());
    let pool = Reference::replace(&mut ours, "AavePool", market.pool);
    pool.set(&mut ours, "listed", U256::from(2));
    let [ltv, threshold, mode_ltv, mode_threshold] = shares.map(U256::from);
    let one = U256::ONE;
    pool.set_entry(&mut ours, "categories", &[one.into()], &[mode_ltv, mode_threshold]);
    for (at, asset) in [(0u64, *collateral), (1, *loan)] {
        pool.set_entry(&mut ours, "list", &[U256::from(at).into()], &[asset.into_word().into()]);
        let reserve = market.reserve(asset);
        let (a_token, debt) = (reserve.aTokenAddress, reserve.variableDebtTokenAddress);
        let index = market.lab.view(market.pool, &getReserveNormalizedVariableDebtCall { asset });
        let price = market.lab.view(market.oracle(), &getAssetPriceCall { asset });
        let secures = if at == 0 { [ltv, threshold] } else { [U256::ZERO; 2] };
        let words = [
            a_token.into_word().into(),
            market.index(asset),
            U256::ZERO,
            debt.into_word().into(),
            U256::ZERO,
            index,
            one,
            U256::ZERO,
            price,
            secures[0],
            secures[1],
            one,
        ];
        pool.set_entry(&mut ours, "reserves", &[asset.into_word()], &words);
        let supplied = market.scaled_supply(asset);
        let lent = market.lab.view(debt, &scaledTotalSupplyCall {});
        for (name, token, supply) in [("AToken", a_token, supplied), ("AaveDebt", debt, lent)] {
            let scaled = market.lab.view(token, &scaledBalanceOfCall { account: BOB });
            let token = Reference::replace(&mut ours, name, token);
            for (label, value) in [
                ("supply", supply),
                ("decimals", U256::from(18)),
                ("POOL", market.pool.into_word().into()),
                ("UNDERLYING_ASSET_ADDRESS", asset.into_word().into()),
            ] {
                token.set(&mut ours, label, value);
            }
            token.set_entry(&mut ours, "balances", &[BOB.into_word()], &[scaled]);
        }
    }
    let mut twins = Twins { real, ours };
    let pool = market.pool;
    for account in [ALICE, CAROL] {
        for asset in [*collateral, *loan] {
            twins.both(|lab| {
                lab.mint(asset, account, U256::ONE << 100);
                lab.allow(asset, account, pool);
            });
        }
    }
    twins
}

fn random_call(of: &Pair, twins: &mut Twins, rng: &mut Rng, from: Address) -> Call {
    let Pair { market, collateral, loan, .. } = of;
    let mut market = market.clone();
    let (asset, pool) = (if rng.chance(4) { *loan } else { *collateral }, market.pool);
    let a_token = market.reserve(asset).aTokenAddress;
    let debt = market.reserve(*loan).variableDebtTokenAddress;
    let held = twins.real.balance(a_token, from);
    let owed = twins.real.balance(debt, from);
    let data = twins.real.view(pool, &getUserAccountDataCall { user: from });
    let price = twins.real.view(market.oracle(), &getAssetPriceCall { asset: *loan });
    let room = data.available * U256::from(10).pow(U256::from(18)) / price;
    // About what there is: both sides of every limit.
    let mut about = |of: U256| match rng.below(8) {
        0 => U256::ZERO,
        1 => of,
        2 => of + U256::from(1 + rng.below(3)),
        3 => of.saturating_sub(U256::from(1 + rng.below(3))),
        _ => rng.upto(of),
    };
    let (borrowed, repaid, taken) = (about(room), about(owed), about(held));
    let (to, data) = match rng.below(12) {
        0..=2 => {
            let amount = rng.bits(1, 75);
            (pool, supplyCall { asset, amount, onBehalfOf: from, code: 0 }.abi_encode())
        }
        3..=6 => {
            let (asset, amount) = (*loan, borrowed);
            let call = borrowCall { asset, amount, rateMode: VARIABLE, code: 0, onBehalfOf: from };
            (pool, call.abi_encode())
        }
        7 | 8 => {
            let amount = if rng.chance(6) { U256::MAX } else { repaid };
            let call = repayCall { asset: *loan, amount, rateMode: VARIABLE, onBehalfOf: from };
            (pool, call.abi_encode())
        }
        9 => {
            let amount = if rng.chance(6) { U256::MAX } else { taken };
            (pool, withdrawCall { asset, amount, to: from }.abi_encode())
        }
        10 => {
            let to = if from == ALICE { CAROL } else { ALICE };
            (a_token, transferCall { to, amount: taken }.abi_encode())
        }
        _ => {
            let category = rng.pick(&[0, 1, 1, 2]);
            (pool, setUserEModeCall { category }.abi_encode())
        }
    };
    Call { to, value: U256::ZERO, data: data.into() }
}

#[test]
fn our_aave_lends_as_the_published_one() {
    let (mut tally, mut rng) = Tally::new("our Aave v3, borrowing", &["@aave/core-v3"]);
    let blank = Market::new();
    while tally.wants_more() {
        let mut of = pair(&blank, &mut rng);
        let mut twins = twins(&mut of);
        let pool = of.market.pool;
        let tokens: Vec<Address> = [of.collateral, of.loan]
            .into_iter()
            .flat_map(|asset| {
                let reserve = of.market.reserve(asset);
                [reserve.aTokenAddress, reserve.variableDebtTokenAddress]
            })
            .collect();
        for _ in 0..25 {
            let from = rng.pick(&[ALICE, ALICE, CAROL]);
            let call = random_call(&of, &mut twins, &mut rng, from);
            twins.call(&mut tally, from, &call);
            for user in [ALICE, CAROL] {
                let sums = getUserAccountDataCall { user };
                twins.same(&mut tally, "the collateral", |lab| lab.view(pool, &sums).collateral);
                twins.same(&mut tally, "the debt", |lab| lab.view(pool, &sums).debt);
                twins.same(&mut tally, "what is available", |lab| lab.view(pool, &sums).available);
                twins.same(&mut tally, "the threshold", |lab| lab.view(pool, &sums).threshold);
                twins.same(&mut tally, "the limit", |lab| lab.view(pool, &sums).ltv);
                twins.same(&mut tally, "the health", |lab| lab.view(pool, &sums).health);
                twins.same(&mut tally, "the e-mode", |lab| {
                    lab.view(pool, &getUserEModeCall { user })
                });
                for token in &tokens {
                    let scaled = scaledBalanceOfCall { account: user };
                    twins.same(&mut tally, "a scaled balance", |lab| lab.view(*token, &scaled));
                    twins.same(&mut tally, "a balance", |lab| lab.balance(*token, user));
                }
                for asset in [of.collateral, of.loan] {
                    twins.same(&mut tally, "the underlying", |lab| lab.balance(asset, user));
                }
            }
            for token in &tokens {
                twins.same(&mut tally, "a supply", |lab| lab.view(*token, &totalSupplyCall {}));
            }
        }
    }
    tally.report();
}

/// Version 3.0, whose rounding Spark has too.
#[test]
fn aave_3_0_loops_agree() {
    let (mut tally, mut rng) = Tally::new("Aave v3.0, loops", &["@aave/core-v3"]);
    let blank = Market::new();
    while tally.wants_more() {
        let Pair { market, collateral, loan, shares, terms } = pair(&blank, &mut rng);
        let category = u8::from(rng.chance(2));
        let [ltv, threshold, mode_ltv, mode_threshold] = shares.map(u64::from);
        let (ltv_bps, threshold_bps) =
            if category == 0 { (ltv, threshold) } else { (mode_ltv, mode_threshold) };
        let (pool, oracle) = (market.pool, market.oracle());
        let Terms { optimal, base, slope1, slope2, reserve_factor_bps, .. } = terms;
        let curve = RateCurve { base, slope1, slope2, optimal, reserve_factor_bps };
        let lab = market.lab;
        let rounding = Rounding::HalfUp;
        let mut bench = Bench {
            lab,
            pool,
            oracle,
            collateral,
            loan,
            rounding,
            ltv_bps,
            threshold_bps,
            category,
            curve,
        };
        round_trip(&mut bench, &mut tally, &mut rng);
    }
    tally.report();
}
