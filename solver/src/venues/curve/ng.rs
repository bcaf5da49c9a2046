//! Curve's pools of 2023: fees that rise off the peg, and rates from oracles and vaults.
//!
//! Source: `CurveStableSwapNG.vy` and `CurveStableSwapMetaNG.vy` (Vyper 0.3.10): `_exchange`,
//! `_dynamic_fee`, `_get_p`. The rates are what `stored_rates()` says: a plain coin's decimals, an
//! oracle's answer, a vault's `convertToAssets`, or, in a pool of pools, a virtual price.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::sol;

use super::{
    super::{
        Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue,
        VenueId,
    },
    DenominatorForm, Exchange, StableSwap, StableSwapError,
    dear::less_fees,
    formula::{A_PRECISION, FEE_DENOMINATOR, Move, checked},
    state::{State, refusal},
};
use crate::amount::{WAD, to_f64};

sol! {
    function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy, address receiver)
        external returns (uint256);
}

/// The most that the fee times its multiplier may be: half, in 1e-20.
const MOST_FEE: U256 = uint!(50_000_000_000_000_000_000_U256);

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct CurveNgFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The pool contract, which is its own share token.
    pub pool: Address,
    /// Its coins: tokens only, ether comes wrapped.
    pub coins: Vec<Address>,
    /// Balances without the admin's, in each coin's smallest unit.
    pub balances: Vec<U256>,
    /// `A` times 100.
    pub amp_scaled: U256,
    /// From smallest units to 1e-18 of the common unit, in 1e-18.
    pub rates: Vec<U256>,
    /// The fee on the output at the peg, in 1e-10.
    pub fee_1e10: U256,
    /// By how much the fee rises far from the peg, in 1e-10; at most one for a fixed fee.
    pub multiplier_1e10: U256,
    /// The admin's share of the fee, in 1e-10.
    pub admin_fee_1e10: U256,
}

/// A pool whose fee rises off the peg.
#[derive(Debug, Clone)]
pub struct CurveNg {
    id: VenueId,
    pool: Address,
    state: State,
    multiplier_1e10: U256,
}

impl CurveNg {
    /// A pool with these figures; `Err` when they have no invariant.
    pub fn new(figures: CurveNgFigures) -> Result<Self, StableSwapError> {
        let CurveNgFigures { id, pool, coins, balances, rates, .. } = figures;
        let CurveNgFigures { amp_scaled, fee_1e10, admin_fee_1e10, multiplier_1e10, .. } = figures;
        let most = fee_1e10.checked_mul(multiplier_1e10);
        if most.is_none_or(|most| most > MOST_FEE) {
            return Err(StableSwapError::Fee);
        }
        let form = DenominatorForm::AfterProduct;
        let formula = StableSwap { amp_scaled, fee_1e10, admin_fee_1e10, form };
        let state = State::new(coins, &balances, &rates, formula)?;
        Ok(Self { id, pool, state, multiplier_1e10 })
    }

    /// The balances without the admin's, in each coin's smallest unit.
    pub fn balances(&self) -> &[U256] {
        self.state.balances()
    }

    /// The invariant of the balances, in 1e-18 of the common unit.
    pub fn invariant(&self) -> Result<U256, StableSwapError> {
        self.state.invariant()
    }

    fn exchange(&self, swap: Swap) -> Result<Exchange, QuoteError> {
        self.state.check(&self.id, swap)?;
        self.exchanged(swap).map_err(|error| refusal(&self.id, error))
    }

    fn exchanged(&self, swap: Swap) -> Result<Exchange, StableSwapError> {
        let moved = self.state.moved(swap)?;
        let fee = checked(self.fee(swap, moved))?;
        let done = self.state.shares(swap.to, moved.gross, fee)?;
        checked(self.noted(swap, moved))?;
        Ok(done)
    }

    /// The fee halfway along a trade, in 1e-10 (`_dynamic_fee`).
    fn fee(&self, swap: Swap, moved: Move) -> Option<U256> {
        let (fee, multiplier) = (self.state.formula.fee_1e10, self.multiplier_1e10);
        if multiplier <= FEE_DENOMINATOR {
            return Some(fee);
        }
        let half = |now: &U256, then: U256| Some(now.checked_add(then)? / U256::from(2));
        let x: U256 = half(self.state.xp().get(swap.from)?, moved.x)?;
        let y: U256 = half(self.state.xp().get(swap.to)?, moved.y)?;
        let sum = x.checked_add(y)?;
        let raised = (multiplier - FEE_DENOMINATOR).checked_mul(U256::from(4))?;
        let level = raised.checked_mul(x)?.checked_mul(y)?.checked_div(sum.checked_mul(sum)?)?;
        multiplier.checked_mul(fee)?.checked_div(level.checked_add(FEE_DENOMINATOR)?)
    }

    /// Whether the pool can note its prices and its invariant, without which it does not trade
    /// (`_get_p`, `pack_2`).
    fn noted(&self, swap: Swap, moved: Move) -> Option<()> {
        let (xp, d) = (self.state.xp(), self.state.invariant().ok()?);
        let after = |at: usize, now: &U256| {
            if at == swap.from {
                moved.x
            } else if at == swap.to {
                moved.y
            } else {
                *now
            }
        };
        let n = U256::from(xp.len());
        let mut product = d.checked_div(n.checked_pow(n)?)?;
        for (at, now) in xp.iter().enumerate() {
            product = product.checked_mul(d)?.checked_div(after(at, now))?;
        }
        let first = after(0, xp.first()?);
        let level = self.state.formula.ann(xp.len())?.checked_mul(first)? / A_PRECISION;
        let whole = level.checked_add(product)?;
        if whole.is_zero() || d.bit_len() > 128 {
            return None;
        }
        for (at, now) in xp.iter().enumerate().skip(1) {
            let part = product.checked_mul(first)?.checked_div(after(at, now))?;
            WAD.checked_mul(level.checked_add(part)?)?;
        }
        Some(())
    }

    /// The fee halfway along a trade in floats, as a part of one.
    fn real_fee(&self, x: f64, y: f64) -> f64 {
        let one = to_f64(FEE_DENOMINATOR);
        let fee = to_f64(self.state.formula.fee_1e10) / one;
        let multiplier = to_f64(self.multiplier_1e10) / one;
        if multiplier <= 1.0 {
            return fee;
        }
        let level = (multiplier - 1.0) * 4.0 * (x / (x + y)) * (y / (x + y));
        multiplier * fee / (level + 1.0)
    }
}

impl Venue for CurveNg {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        self.state.coins()
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.exchange(swap).map(|done| Quote::of(done.out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let done = self.exchange(swap)?;
        self.state = self.state.after(swap, done).map_err(|error| refusal(&self.id, error))?;
        Ok(Quote::of(done.out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let curve = self.state.curve(from, to)?;
        let Gain::Stable { x, d, ann, rate_in, rate_out, .. } = curve else { return None };
        let fee = to_f64(self.state.formula.fee_1e10) / to_f64(FEE_DENOMINATOR);
        if self.multiplier_1e10 <= FEE_DENOMINATOR {
            return Some(Gain::Stable { x, ann, d, keep: 1.0 - fee, rate_in, rate_out });
        }
        let y = to_f64(*self.state.xp().get(to)?);
        let halfway = |amount: f64, out: f64| {
            let (x, y) = (x + 0.5 * rate_in * amount, y - 0.5 * rate_out * out);
            (self.real_fee(x, y), x >= y)
        };
        let span = (1e-7 * x / rate_in, 1e3 * d.max(x) / rate_in);
        less_fees(&curve, span, y / rate_out, fee, halfway)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let probe = Swap { from, to, amount: U256::ONE };
        match self.state.check(&self.id, probe) {
            Ok(()) => Capacity::Unlimited,
            Err(_) => Capacity::none("not traded"),
        }
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 160_000, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let Some(coin) = self.state.coins().get(from) else { return Encoded::nothing() };
        let (Ok(i), Ok(j)) = (i128::try_from(from), i128::try_from(to)) else {
            return Encoded::nothing();
        };
        let (min_dy, receiver) = (trade.min_out, trade.recipient);
        let call = exchangeCall { i, j, dx: amount, min_dy, receiver };
        Encoded::one(Call::new(self.pool, U256::ZERO, &call)).allowing(*coin, self.pool, amount)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
