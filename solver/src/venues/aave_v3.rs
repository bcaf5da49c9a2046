//! Aave v3: a token is supplied for its aToken, whose balance grows with the liquidity index.
//!
//! Integer steps of `WadRayMath`, `PercentageMath` and `DefaultReserveInterestRateStrategyV2`,
//! each rounding half up, as version 3.1 and those before it do (`VENUES`, section 18). Versions
//! from 3.5 on round minted balances down instead.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    Backing, Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Rebase, SharesBy, Step,
    Swap, Trade, Venue, VenueId,
};
use crate::amount::{RAY, mul_div};

sol! {
    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external;
    function withdraw(address asset, uint256 amount, address to) external returns (uint256);
}

const UNDERLYING: usize = 0;
const A_TOKEN: usize = 1;
const HALF_RAY: U256 = uint!(500_000_000_000_000_000_000_000_000_U256);
const BPS: U256 = uint!(10_000_U256);
const HALF_BPS: U256 = uint!(5_000_U256);

/// What a market says about one reserve.
#[derive(Debug, Clone)]
pub struct AaveFigures {
    /// The venue's name.
    pub id: VenueId,
    /// The pool contract.
    pub pool: Address,
    /// The token supplied.
    pub underlying: Address,
    /// The token received.
    pub a_token: Address,
    /// Underlying behind a unit of scaled balance, in RAY.
    pub liquidity_index: U256,
    /// How rates follow from utilisation, where known.
    pub curve: Option<RateCurve>,
    /// Units of the underlying that are lent out, where known or inferred.
    pub total_debt: Option<U256>,
    /// Units of the underlying that lie in the pool.
    pub available: U256,
    /// How much may still be supplied.
    pub supply_cap: Capacity,
}

/// A reserve's interest rates over its utilisation; all but the reserve factor in RAY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateCurve {
    /// Borrow rate at no utilisation.
    pub base: U256,
    /// What the borrow rate gains up to the optimal utilisation.
    pub slope1: U256,
    /// What it gains from there to full utilisation.
    pub slope2: U256,
    /// The optimal utilisation, below 1.
    pub optimal: U256,
    /// Basis points of the interest that suppliers do not get; at most 10000.
    pub reserve_factor_bps: U256,
}

impl RateCurve {
    /// The borrow rate at `utilisation`, annual and simple, in RAY. `None` on overflow.
    pub fn borrow_rate(&self, utilisation: U256) -> Option<U256> {
        let Self { base, slope1, slope2, optimal, .. } = *self;
        if utilisation > optimal {
            let excess = ray_div(utilisation - optimal, RAY.checked_sub(optimal)?)?;
            return base.checked_add(slope1)?.checked_add(ray_mul(slope2, excess)?);
        }
        base.checked_add(ray_div(ray_mul(slope1, utilisation)?, optimal)?)
    }

    /// The supply rate at `utilisation`, annual and simple, in RAY. `None` on overflow.
    pub fn supply_rate(&self, utilisation: U256) -> Option<U256> {
        let interest = ray_mul(self.borrow_rate(utilisation)?, utilisation)?;
        let kept = BPS.checked_sub(self.reserve_factor_bps)?;
        Some(interest.checked_mul(kept)?.checked_add(HALF_BPS)? / BPS)
    }

    /// The utilisation at which the borrow rate is `rate`, in RAY and rounded down: what a source
    /// with the full digits of the rate implies. `None` for a rate that the curve never has.
    pub fn utilisation_at(&self, rate: U256) -> Option<U256> {
        let over_base = rate.checked_sub(self.base)?;
        if over_base <= self.slope1 {
            return mul_div(over_base, self.optimal, self.slope1);
        }
        let beyond = mul_div(over_base - self.slope1, RAY.checked_sub(self.optimal)?, self.slope2)?;
        let utilisation = self.optimal.checked_add(beyond)?;
        (utilisation <= RAY).then_some(utilisation)
    }
}

/// Debt inferred from what a source does say: with `available` units left in the pool, the debt at
/// which the pool is used to `utilisation` (in RAY), rounded down. `None` at or above full use.
pub fn inferred_debt(utilisation: U256, available: U256) -> Option<U256> {
    mul_div(utilisation, available, RAY.checked_sub(utilisation)?)
}

/// `a * b / RAY`, half up.
fn ray_mul(a: U256, b: U256) -> Option<U256> {
    Some(a.checked_mul(b)?.checked_add(HALF_RAY)? / RAY)
}

/// `a * RAY / b`, half up.
fn ray_div(a: U256, b: U256) -> Option<U256> {
    a.checked_mul(RAY)?.checked_add(b / uint!(2_U256))?.checked_div(b)
}

/// One reserve: tokens are the underlying and its aToken, in this order.
///
/// Holders own scaled balances; `balanceOf` is `scaled * index / RAY`, half up.
#[derive(Debug, Clone)]
pub struct AaveV3 {
    tokens: [Address; 2],
    figures: AaveFigures,
}

impl AaveV3 {
    /// The reserve with these figures.
    pub fn new(figures: AaveFigures) -> Self {
        Self { tokens: [figures.underlying, figures.a_token], figures }
    }

    /// What turns scaled balances into shown ones, and back.
    const fn index(&self) -> Rebase {
        Rebase::indexed(self.figures.liquidity_index)
    }

    /// Share of the reserve lent out once `added` units more lie in it, in RAY. `None` where the
    /// debt is unknown.
    fn utilisation(&self, added: U256) -> Option<U256> {
        let debt = self.figures.total_debt?;
        if debt.is_zero() {
            return Some(U256::ZERO);
        }
        ray_div(debt, self.figures.available.checked_add(added)?.checked_add(debt)?)
    }

    fn overflow(&self) -> QuoteError {
        QuoteError::Overflow(self.figures.id.clone())
    }

    fn check_available(&self, amount: U256) -> Result<(), QuoteError> {
        let limit = self.figures.available;
        if amount > limit {
            let venue = self.figures.id.clone();
            return Err(QuoteError::Limit { venue, what: "available liquidity", limit });
        }
        Ok(())
    }
}

impl Venue for AaveV3 {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// A supply returns the balance that the minted scaled balance shows by itself: within a unit
    /// of `amount`, either way. Beside an older balance both are rounded once, together, so the
    /// sum shown may differ by one more unit. A withdrawal pays exactly `amount`.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        let Swap { from, to, amount } = swap;
        if from + to != 1 {
            return Err(QuoteError::not_traded(&self.figures.id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if from == UNDERLYING {
            self.figures.supply_cap.check(&self.figures.id, amount)?;
        } else {
            self.check_available(amount)?;
        }
        let scaled = self.index().shares_of(amount).ok_or_else(|| self.overflow())?;
        if scaled.is_zero() {
            return Err(QuoteError::NothingOut(self.figures.id.clone()));
        }
        if from == A_TOKEN {
            return Ok(Quote::of(amount));
        }
        let out = self.index().balance(scaled).ok_or_else(|| self.overflow())?;
        Ok(Quote { out, shares: Some(scaled) })
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        let available = self.figures.available;
        let after = if swap.from == UNDERLYING {
            // The pool rounds all that was supplied once, together: that may be a unit more.
            self.figures.supply_cap.spend(quote.out.saturating_add(U256::ONE));
            available.checked_add(swap.amount)
        } else {
            available.checked_sub(swap.amount)
        };
        self.figures.available = after.ok_or_else(|| self.overflow())?;
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        (from + to == 1).then(|| Gain::Linear { rate: 1.0, cap: self.capacity(from, to).cap() })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to) {
            (UNDERLYING, A_TOKEN) => self.figures.supply_cap.clone(),
            (A_TOKEN, UNDERLYING) => Capacity::Limited {
                amount: self.figures.available,
                what: "available liquidity",
                refill_per_block: None,
            },
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        if from == UNDERLYING {
            Step { kind: LegKind::Deposit, gas: 150_000, approves: true }
        } else {
            Step { kind: LegKind::Redeem, gas: 185_000, approves: false }
        }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let AaveFigures { pool, underlying: asset, .. } = self.figures;
        let Swap { from, to, amount } = trade.swap;
        match (from, to) {
            (UNDERLYING, A_TOKEN) => {
                let supply =
                    supplyCall { asset, amount, onBehalfOf: trade.recipient, referralCode: 0 };
                Encoded::one(Call::new(pool, U256::ZERO, &supply)).allowing(asset, pool, amount)
            }
            (A_TOKEN, UNDERLYING) => {
                let withdraw = withdrawCall { asset, amount, to: trade.recipient };
                Encoded::one(Call::new(pool, U256::ZERO, &withdraw))
            }
            _ => Encoded::nothing(),
        }
    }

    fn rate_after(&self, token: usize, added: U256) -> Option<U256> {
        if token != A_TOKEN {
            return None;
        }
        self.figures.curve?.supply_rate(self.utilisation(added)?)
    }

    fn rebase(&self, token: usize) -> Option<Rebase> {
        (token == A_TOKEN).then(|| self.index())
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        (token == A_TOKEN).then_some(SharesBy::ScaledBalanceOf)
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        (token == A_TOKEN).then_some(Backing::one(UNDERLYING))
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::WAD;

    /// `0.0001` of a RAY.
    const BP: U256 = uint!(100_000_000_000_000_000_000_000_U256);

    fn curve() -> RateCurve {
        RateCurve {
            base: U256::ZERO,
            slope1: U256::from(270) * BP,
            slope2: U256::from(8000) * BP,
            optimal: U256::from(9000) * BP,
            reserve_factor_bps: U256::from(1500),
        }
    }

    /// The WETH reserve of July 2024 (block 20,313,657), its curve inferred.
    fn weth() -> AaveV3 {
        let available = uint!(131_358_578_721_403_461_364_058_U256);
        let utilisation = curve().utilisation_at(BORROW_RATE).unwrap();
        AaveV3::new(AaveFigures {
            id: VenueId::new("aave_v3:WETH"),
            pool: Address::repeat_byte(3),
            underlying: Address::repeat_byte(1),
            a_token: Address::repeat_byte(2),
            liquidity_index: uint!(1_027_704_397_771_336_021_819_047_687_U256),
            curve: Some(curve()),
            total_debt: inferred_debt(utilisation, available),
            available,
            supply_cap: Capacity::Unknown("supply cap at this block".into()),
        })
    }

    const BORROW_RATE: U256 = uint!(25_810_080_167_181_287_560_136_013_U256);
    const SUPPLY_RATE: U256 = uint!(18_874_540_083_362_537_156_278_050_U256);

    fn supply(amount: U256) -> Swap {
        Swap { from: UNDERLYING, to: A_TOKEN, amount }
    }

    fn withdraw(amount: U256) -> Swap {
        Swap { from: A_TOKEN, to: UNDERLYING, amount }
    }

    /// An independent port of the strategy: u = 0.9 and 1, optimal 0.92, slopes 2.6 % and 40 %.
    #[test]
    fn rates_follow_the_reference_vectors() {
        let curve = RateCurve {
            slope1: U256::from(260) * BP,
            slope2: U256::from(4000) * BP,
            optimal: U256::from(9200) * BP,
            ..curve()
        };
        let below = U256::from(9000) * BP;
        assert_eq!(curve.borrow_rate(below), Some(uint!(25_434_782_608_695_652_173_913_043_U256)));
        assert_eq!(curve.supply_rate(below), Some(uint!(19_457_608_695_652_173_913_043_478_U256)));
        assert_eq!(curve.borrow_rate(RAY), Some(U256::from(4260) * BP));
        assert_eq!(curve.supply_rate(RAY), Some(U256::from(3621) * BP));
        let above = U256::from(9600) * BP;
        assert_eq!(curve.utilisation_at(curve.borrow_rate(above).unwrap()), Some(above));
        assert_eq!(curve.utilisation_at(U256::from(4261) * BP), None);
    }

    /// The inferred curve reproduces both published rates to a few units of 1e-27.
    #[test]
    fn the_markets_rates_are_reproduced() {
        let venue = weth();
        let borrow = curve().borrow_rate(venue.utilisation(U256::ZERO).unwrap()).unwrap();
        assert!(borrow.abs_diff(BORROW_RATE) <= U256::from(2), "{borrow}");
        let supply = venue.rate_after(A_TOKEN, U256::ZERO).unwrap();
        assert!(supply.abs_diff(SUPPLY_RATE) <= U256::from(2), "{supply}");
    }

    /// With the market's rounded utilisation, 0.860336, both rates agree to a millionth.
    #[test]
    fn the_rounded_utilisation_is_near_enough() {
        let utilisation = uint!(860_336_U256) * BP / U256::from(100);
        let error = curve().borrow_rate(utilisation).unwrap().abs_diff(BORROW_RATE);
        assert!(error * U256::from(1_000_000) < BORROW_RATE);
        let error = curve().supply_rate(utilisation).unwrap().abs_diff(SUPPLY_RATE);
        assert!(error * U256::from(1_000_000) < SUPPLY_RATE);
    }

    #[test]
    fn own_supply_lowers_the_rate() {
        let mut venue = weth();
        let amount = U256::from(10_000) * WAD;
        let before = venue.rate_after(A_TOKEN, U256::ZERO).unwrap();
        let after = venue.rate_after(A_TOKEN, amount).unwrap();
        assert!(after < before);
        venue.trade(supply(amount)).unwrap();
        assert_eq!(venue.rate_after(A_TOKEN, U256::ZERO), Some(after));
        assert_eq!(venue.rate_after(UNDERLYING, U256::ZERO), None);
        venue.figures.curve = None;
        assert_eq!(venue.rate_after(A_TOKEN, U256::ZERO), None);
    }

    #[test]
    fn balances_round_half_up() {
        let mut venue = weth();
        let scaled = venue.index().shares_of(WAD).unwrap();
        assert_eq!(scaled, uint!(973_042_445_053_835_175_U256));
        assert_eq!(venue.quote(supply(WAD)).unwrap().out, venue.index().balance(scaled).unwrap());
        venue.figures.liquidity_index = RAY + HALF_RAY;
        // 1 / 1.5 is nearer to 1 than to 0, and 1 * 1.5 is shown as 2.
        assert_eq!(venue.quote(supply(U256::ONE)).unwrap().out, U256::from(2));
        assert_eq!(venue.quote(supply(U256::from(2))).unwrap().out, U256::from(2));
        venue.figures.liquidity_index = RAY * U256::from(3);
        assert!(matches!(venue.quote(supply(U256::ONE)), Err(QuoteError::NothingOut(_))));
    }

    /// Found on the published bytecode: the pool rounds all that was supplied once, and its cap may
    /// come a unit nearer than what was supplied.
    #[test]
    fn a_supply_leaves_a_unit_of_the_cap_for_the_pools_rounding() {
        let mut venue = weth();
        let cap = Capacity::Limited { amount: WAD, what: "supply cap", refill_per_block: None };
        venue.figures.supply_cap = cap;
        assert!(venue.quote(supply(WAD)).is_ok());
        let out = venue.trade(supply(WAD - U256::from(100))).unwrap().out;
        let left = WAD - out - U256::ONE;
        assert!(venue.quote(supply(left)).is_ok());
        let error = venue.quote(supply(left + U256::ONE)).unwrap_err();
        assert!(matches!(error, QuoteError::Limit { what: "supply cap", .. }), "{error}");
    }

    #[test]
    fn withdrawals_pay_exactly_and_stop_at_the_liquidity() {
        let mut venue = weth();
        let limit = venue.figures.available;
        assert_eq!(venue.quote(withdraw(limit)).unwrap().out, limit);
        assert_eq!(
            venue.quote(withdraw(limit + U256::ONE)),
            Err(QuoteError::Limit {
                venue: VenueId::new("aave_v3:WETH"),
                what: "available liquidity",
                limit
            })
        );
        venue.trade(withdraw(WAD)).unwrap();
        assert!(venue.quote(withdraw(limit)).is_err());
        venue.trade(supply(WAD)).unwrap();
        assert!(venue.quote(withdraw(limit)).is_ok());
    }

    #[test]
    fn calls_are_those_of_the_pool() {
        let trade = |swap| Trade {
            swap,
            min_out: U256::ZERO,
            recipient: Address::repeat_byte(9),
            deadline: 0,
        };
        let encoded = weth().encode(&trade(supply(WAD)));
        assert_eq!(encoded.approval.unwrap().spender, Address::repeat_byte(3));
        assert_eq!(encoded.calls[0].data[..4], [0x61, 0x7b, 0xa0, 0x37]);
        let encoded = weth().encode(&trade(withdraw(WAD)));
        assert_eq!(encoded.calls[0].data[..4], [0x69, 0x32, 0x8d, 0xec]);
    }
}
