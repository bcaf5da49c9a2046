//! The native Aave reserve against the market: balances to the unit, rates to theirs.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::RAY,
    venues::{
        AaveFigures, AaveV3, Capacity, QuoteError, RateCurve, Rebase, Rounding, Swap, Trade, Venue,
        VenueId,
    },
};

use super::{
    ALICE, BOB,
    aave::{Market, Terms},
    tally::Tally,
};
use crate::world::rng::Rng;

const UNDERLYING: usize = 0;
const A_TOKEN: usize = 1;
/// `0.0001` of a RAY.
const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);

fn terms(rng: &mut Rng) -> Terms {
    let mut bps = |most: u64| U256::from(rng.below(most)) * BP;
    let (optimal, base, slope1) = (bps(9999) + BP, bps(1000), bps(3000));
    // Up to rates that no market bears, so that the index becomes large.
    let slope2 = bps(40_000);
    let capped = rng.chance(2);
    Terms {
        optimal,
        base,
        slope1,
        slope2,
        reserve_factor_bps: U256::from(rng.pick(&[0u64, 1000, 1500, 9999])),
        supply_cap: if capped { rng.bits(1, 30) } else { U256::ZERO },
        decimals: rng.pick(&[6, 8, 18]),
    }
}

/// One reserve that has been used for a while.
#[derive(Debug, Clone)]
struct Reserve {
    market: Market,
    terms: Terms,
    asset: Address,
}

impl Reserve {
    fn furnished(blank: &Market, rng: &mut Rng) -> Self {
        let (mut market, terms) = (blank.clone(), terms(rng));
        let asset = market.list(&terms, U256::ONE);
        market.lab.mint(asset, ALICE, U256::ONE << 200);
        let mut reserve = Self { market, terms, asset };
        for _ in 0..1 + rng.below(4) {
            reserve.pass(rng);
        }
        reserve
    }

    /// Others supply and borrow, and time passes.
    fn pass(&mut self, rng: &mut Rng) {
        let Self { market, asset, .. } = self;
        market.supply(BOB, *asset, rng.bits(1, 90));
        let a_token = market.reserve(*asset).aTokenAddress;
        let available = market.lab.balance(*asset, a_token);
        if !available.is_zero() && !rng.chance(4) {
            market.borrow(*asset, rng.upto(available));
        }
        market.lab.warp(rng.pick(&[0, 12, 3600, 86_400 * 30, 86_400 * 365]));
    }

    /// What the market says of it now.
    fn figures(&mut self) -> AaveFigures {
        let Self { market, terms, asset } = self;
        let a_token = market.reserve(*asset).aTokenAddress;
        let &mut Terms { base, slope1, slope2, optimal, reserve_factor_bps, .. } = terms;
        AaveFigures {
            id: VenueId::new("aave_v3:A"),
            pool: market.pool,
            underlying: *asset,
            a_token,
            liquidity_index: market.index(*asset),
            rounding: Rounding::HalfUp,
            unbacked: U256::ZERO,
            curve: Some(RateCurve { base, slope1, slope2, optimal, reserve_factor_bps }),
            total_debt: Some(market.debt(*asset)),
            available: market.lab.balance(*asset, a_token),
            supply_cap: self.room(),
        }
    }

    /// What is left of the supply cap, the treasury's claim counted as supplied.
    fn room(&mut self) -> Capacity {
        let Self { market, terms, asset } = self;
        if terms.supply_cap.is_zero() {
            return Capacity::Unlimited;
        }
        let index = market.index(*asset);
        let scaled = market.scaled_supply(*asset) + self.treasury();
        let supplied = Rebase::indexed(index).balance(scaled).unwrap();
        let cap = self.terms.supply_cap * U256::from(10).pow(U256::from(self.terms.decimals));
        let amount = cap.saturating_sub(supplied);
        Capacity::Limited { amount, what: "supply cap", refill_per_block: None }
    }

    /// The treasury's claim, scaled. It grows when the reserve is next used, which no view tells:
    /// a supply on a copy without a cap does.
    fn treasury(&mut self) -> U256 {
        let mut copy = self.market.clone();
        copy.cap(self.asset, U256::ZERO);
        assert!(copy.supply(BOB, self.asset, U256::ONE << 90));
        U256::from(copy.reserve(self.asset).accruedToTreasury)
    }
}

fn random_swap(rng: &mut Rng, venue: &AaveV3, held: U256) -> Swap {
    let from = if held.is_zero() { UNDERLYING } else { usize::from(rng.chance(2)) };
    let amount = match venue.capacity(from, 1 - from) {
        Capacity::Limited { amount, .. } if rng.chance(2) => amount + U256::from(rng.below(2)),
        Capacity::Limited { amount, .. } => rng.upto(amount),
        _ => rng.bits(1, 90),
    };
    // Nobody withdraws more than he has.
    let amount = if from == A_TOKEN { amount.min(held) } else { amount };
    Swap { from, to: 1 - from, amount }
}

#[test]
fn aave_agrees() {
    let (mut tally, mut rng) = Tally::new("Aave v3", &["@aave/core-v3"]);
    let blank = Market::new();
    while tally.wants_more() {
        let mut reserve = Reserve::furnished(&blank, &mut rng);
        let (mut venue, mut told) = (AaveV3::new(reserve.figures()), true);
        for _ in 0..8 {
            if rng.chance(3) {
                reserve.pass(&mut rng);
                (venue, told) = (AaveV3::new(reserve.figures()), true);
            }
            let before = tally.trades();
            trade(&mut reserve, &mut tally, &mut venue, &mut rng, told);
            told &= tally.trades() == before;
        }
    }
    tally.report();
}

/// Alice's underlying, and her scaled and shown aTokens.
fn held(reserve: &mut Reserve) -> (U256, U256, U256) {
    let Reserve { market, asset, .. } = reserve;
    let a_token = market.reserve(*asset).aTokenAddress;
    let balance = market.lab.balance(*asset, ALICE);
    (balance, market.scaled(*asset, ALICE), market.lab.balance(a_token, ALICE))
}

/// The cap is exact when it was just told; after trades of its own the model stays below it.
fn trade(reserve: &mut Reserve, tally: &mut Tally, venue: &mut AaveV3, rng: &mut Rng, told: bool) {
    let (paid_from, scaled, shown) = held(reserve);
    let swap = random_swap(rng, venue, shown);
    if swap.amount.is_zero() {
        return;
    }
    let case = (&venue.clone(), swap);
    let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: 0 };
    let result = reserve.market.lab.execute(ALICE, &venue.encode(&trade));
    let quote = match (venue.trade(swap), result) {
        (Ok(quote), Ok(())) => quote,
        (Err(QuoteError::Limit { .. } | QuoteError::NothingOut(_)), Err(_)) => {
            return tally.refused();
        }
        (Err(QuoteError::Limit { what: "supply cap", .. }), Ok(())) if !told => {
            *venue = AaveV3::new(reserve.figures());
            return;
        }
        (quote, result) => panic!("{quote:?}, and the pool says {result:?}: {tally:?} {case:?}"),
    };
    let index = venue.rebase(A_TOKEN).unwrap();
    let moved = index.shares_of(swap.amount).unwrap();
    let (paid_to, scaled_to, shown_to) = held(reserve);
    let (balance, stored) = if swap.from == UNDERLYING {
        tally.equal("the shares", quote.shares, Some(moved), case);
        (paid_from - swap.amount, scaled + moved)
    } else {
        (paid_from + quote.out, scaled - moved)
    };
    tally.same("the underlying", balance, paid_to, case);
    tally.same("the scaled balance", stored, scaled_to, case);
    tally.same("the balance", index.balance(stored).unwrap(), shown_to, case);
    compare_rates(reserve, tally, case.0, swap);
    tally.traded();
}

/// The borrow rate is the model's to the last digit. The supply rate comes by an average over
/// stable and variable debt in this version, which versions from 3.1 on do without: with little
/// debt the average's own rounding shows.
fn compare_rates(reserve: &mut Reserve, tally: &Tally, before: &AaveV3, swap: Swap) {
    let debt = reserve.market.debt(reserve.asset);
    let real = reserve.market.reserve(reserve.asset);
    let mut after = before.clone();
    after.trade(swap).unwrap();
    let figures = reserve.figures();
    let utilisation = if debt.is_zero() {
        U256::ZERO
    } else {
        let all = figures.available + debt;
        (debt * RAY + all / U256::from(2)) / all
    };
    let curve = figures.curve.unwrap();
    let borrow = U256::from(real.currentVariableBorrowRate);
    tally.equal("the borrow rate", curve.borrow_rate(utilisation), Some(borrow), swap);
    let model = after.rate_after(A_TOKEN, U256::ZERO).unwrap();
    if swap.from == UNDERLYING {
        let told = before.rate_after(A_TOKEN, swap.amount);
        tally.equal("the rate that was told", told, Some(model), swap);
    }
    let error = if debt.is_zero() { U256::ZERO } else { RAY / (debt * U256::from(1_000_000_000)) };
    let apart = model.abs_diff(U256::from(real.currentLiquidityRate));
    assert!(
        apart <= error + U256::ONE,
        "supply rate {model}, {real:?}: {tally:?} {before:?} {swap:?}"
    );
}
