//! Curve's first StableSwap: plain pools with a fixed amplification and a fixed fee.
//!
//! Source: `StableSwapSTETH.vy` (Vyper 0.2.8), `SwapTemplateBase.vy` and the factory's plain pools
//! (curvefi/curve-contract): `get_D`, `get_y`, `exchange`. Every division rounds down; one unit is
//! kept from each output against rounding. Amounts are in each coin's smallest unit, `xp` in 1e-18
//! of the common unit.

use alloy_primitives::{Address, U256, uint};
use alloy_sol_types::{SolCall, sol};

use super::{
    Approval, Call, Capacity, Encoded, Gain, LegKind, NATIVE, Quote, QuoteError, Step, Swap, Trade,
    Venue, VenueId,
};
use crate::amount::{WAD, to_f64};

sol! {
    function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy)
        external payable returns (uint256);
}

const A_PRECISION: U256 = uint!(100_U256);
const FEE_DENOMINATOR: U256 = uint!(10_000_000_000_U256);
/// The contract's bound on its Newton iterations.
const ROUNDS: usize = 255;

/// How `get_D` guards its division: the two deployed generations differ there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenominatorForm {
    /// `D_P * D / (x * n + 1)`: Vyper 0.2.8, ETH/stETH.
    PlusOne,
    /// `D_P * D / (x * n)`: the 3pool and the factory's plain pools.
    Plain,
}

/// Why the formula has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StableSwapError {
    /// A product needs more than 256 bits, or a divisor is zero: the contract reverts.
    #[error("the invariant's arithmetic overflows")]
    Overflow,
    /// 255 rounds were not enough.
    #[error("the invariant does not converge")]
    NoConvergence,
    /// The output would be below zero: the contract reverts.
    #[error("nothing comes out")]
    NothingOut,
    /// Fees are parts of 1e10, and the admin's share is a part of the fee.
    #[error("a fee is above its whole")]
    Fee,
}

/// The parameters of the formula, for any number of coins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StableSwap {
    /// `A` times 100.
    pub amp_scaled: U256,
    /// The fee on the output, in 1e-10.
    pub fee_1e10: U256,
    /// The admin's share of the fee, in 1e-10.
    pub admin_fee_1e10: U256,
    /// Which `get_D`.
    pub form: DenominatorForm,
}

/// What an exchange hands over and keeps, in units of the coin wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// What the trader gets.
    pub out: U256,
    /// What leaves the balances for the admin.
    pub admin_fee: U256,
}

impl StableSwap {
    /// The invariant of `xp` (`get_D`): converged to one unit.
    pub fn invariant(&self, xp: &[U256]) -> Result<U256, StableSwapError> {
        let (n, ann) = self.count(xp)?;
        let sum = checked(xp.iter().try_fold(U256::ZERO, |sum, x| sum.checked_add(*x)))?;
        let mut d = sum;
        for _ in 0..ROUNDS {
            let next = checked(self.next_invariant(xp, n, ann, sum, d))?;
            if next.abs_diff(d) <= U256::ONE {
                return Ok(next);
            }
            d = next;
        }
        Err(StableSwapError::NoConvergence)
    }

    fn next_invariant(&self, xp: &[U256], n: U256, ann: U256, sum: U256, d: U256) -> Option<U256> {
        let guard = match self.form {
            DenominatorForm::PlusOne => U256::ONE,
            DenominatorForm::Plain => U256::ZERO,
        };
        let mut product = d;
        for x in xp {
            let divisor = x.checked_mul(n)?.checked_add(guard)?;
            product = product.checked_mul(d)?.checked_div(divisor)?;
        }
        let sum = ann.checked_mul(sum)?.checked_div(A_PRECISION)?;
        let numerator = sum.checked_add(product.checked_mul(n)?)?.checked_mul(d)?;
        let linear = ann.checked_sub(A_PRECISION)?.checked_mul(d)?.checked_div(A_PRECISION)?;
        let cubic = n.checked_add(U256::ONE)?.checked_mul(product)?;
        numerator.checked_div(linear.checked_add(cubic)?)
    }

    /// The balance of coin `j` on the invariant `d` once coin `i` stands at `x` (`get_y`):
    /// converged to one unit.
    pub fn balance_of(
        &self,
        xp: &[U256],
        i: usize,
        j: usize,
        x: U256,
        d: U256,
    ) -> Result<U256, StableSwapError> {
        let (n, ann) = self.count(xp)?;
        let (b, c) = checked(coefficients(xp, (i, j), x, d, n, ann))?;
        let mut y = d;
        for _ in 0..ROUNDS {
            let next = checked(next_balance(y, b, c, d))?;
            if next.abs_diff(y) <= U256::ONE {
                return Ok(next);
            }
            y = next;
        }
        Err(StableSwapError::NoConvergence)
    }

    /// `exchange` of `amount` of coin `i` for coin `j`, on balances whose invariant is `d`.
    /// `rates` turn smallest units into `xp`, in 1e-18.
    pub fn exchange<const N: usize>(
        &self,
        balances: &[U256; N],
        rates: &[U256; N],
        d: U256,
        (i, j): (usize, usize),
        amount: U256,
    ) -> Result<Exchange, StableSwapError> {
        let xp = scaled(balances, rates)?;
        let added = checked(amount.checked_mul(rates[i]))? / WAD;
        let y = self.balance_of(&xp, i, j, checked(xp[i].checked_add(added))?, d)?;
        let gross = xp[j].checked_sub(y).and_then(|gross| gross.checked_sub(U256::ONE));
        let gross = gross.ok_or(StableSwapError::NothingOut)?;
        checked(self.shares(gross, rates[j]))
    }

    /// Splits a gross output, in `xp` units, into the trader's and the admin's part.
    fn shares(&self, gross: U256, rate: U256) -> Option<Exchange> {
        let fee = gross.checked_mul(self.fee_1e10)? / FEE_DENOMINATOR;
        let admin = fee.checked_mul(self.admin_fee_1e10)? / FEE_DENOMINATOR;
        let out = gross.checked_sub(fee)?.checked_mul(WAD)?.checked_div(rate)?;
        Some(Exchange { out, admin_fee: admin.checked_mul(WAD)?.checked_div(rate)? })
    }

    /// The number of coins, and `A * n` times 100.
    fn count(&self, xp: &[U256]) -> Result<(U256, U256), StableSwapError> {
        let n = U256::from(xp.len());
        Ok((n, checked(self.amp_scaled.checked_mul(n))?))
    }
}

/// `b` and `c` of `y^2 + (b - d) y = c`.
fn coefficients(
    xp: &[U256],
    (i, j): (usize, usize),
    x: U256,
    d: U256,
    n: U256,
    ann: U256,
) -> Option<(U256, U256)> {
    let (mut sum, mut c) = (U256::ZERO, d);
    for (k, balance) in xp.iter().enumerate().filter(|(k, _)| *k != j) {
        let balance = if k == i { x } else { *balance };
        sum = sum.checked_add(balance)?;
        c = c.checked_mul(d)?.checked_div(balance.checked_mul(n)?)?;
    }
    let c = c.checked_mul(d)?.checked_mul(A_PRECISION)?.checked_div(ann.checked_mul(n)?)?;
    let b = sum.checked_add(d.checked_mul(A_PRECISION)?.checked_div(ann)?)?;
    Some((b, c))
}

fn next_balance(y: U256, b: U256, c: U256, d: U256) -> Option<U256> {
    let numerator = y.checked_mul(y)?.checked_add(c)?;
    numerator.checked_div(y.checked_mul(U256::from(2))?.checked_add(b)?.checked_sub(d)?)
}

fn scaled<const N: usize>(
    balances: &[U256; N],
    rates: &[U256; N],
) -> Result<[U256; N], StableSwapError> {
    let mut xp = *balances;
    for (balance, rate) in xp.iter_mut().zip(rates) {
        *balance = checked(balance.checked_mul(*rate))? / WAD;
    }
    Ok(xp)
}

fn checked<T>(value: Option<T>) -> Result<T, StableSwapError> {
    value.ok_or(StableSwapError::Overflow)
}

/// The figures of a two-coin pool at one block.
#[derive(Debug, Clone)]
pub struct CurveFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The pool contract.
    pub pool: Address,
    /// Its coins; [`NATIVE`] for ETH.
    pub coins: [Address; 2],
    /// Balances without the admin's, in each coin's smallest unit.
    pub balances: [U256; 2],
    /// `A` times 100.
    pub amp_scaled: U256,
    /// From smallest units to 1e-18 of the common unit, in 1e-18: 1e18 for 18 decimals.
    pub rates: [U256; 2],
    /// The fee on the output, in 1e-10.
    pub fee_1e10: U256,
    /// The admin's share of the fee, in 1e-10.
    pub admin_fee_1e10: U256,
    /// Which generation.
    pub form: DenominatorForm,
}

/// A two-coin pool.
#[derive(Debug, Clone)]
pub struct CurveStableSwap {
    id: VenueId,
    pool: Address,
    coins: [Address; 2],
    balances: [U256; 2],
    rates: [U256; 2],
    formula: StableSwap,
    /// The invariant of the balances.
    d: U256,
}

impl CurveStableSwap {
    /// A pool with these figures; `Err` when they have no invariant.
    pub fn new(figures: CurveFigures) -> Result<Self, StableSwapError> {
        let CurveFigures { id, pool, coins, balances, rates, form, .. } = figures;
        let CurveFigures { amp_scaled, fee_1e10, admin_fee_1e10, .. } = figures;
        if fee_1e10 >= FEE_DENOMINATOR || admin_fee_1e10 > FEE_DENOMINATOR {
            return Err(StableSwapError::Fee);
        }
        let formula = StableSwap { amp_scaled, fee_1e10, admin_fee_1e10, form };
        let d = formula.invariant(&scaled(&balances, &rates)?)?;
        Ok(Self { id, pool, coins, balances, rates, formula, d })
    }

    /// The balances without the admin's, in each coin's smallest unit.
    pub fn balances(&self) -> [U256; 2] {
        self.balances
    }

    fn exchange(&self, swap: Swap) -> Result<Exchange, QuoteError> {
        let Swap { from, to, amount } = swap;
        if from + to != 1 {
            return Err(QuoteError::NotTraded { venue: self.id.clone(), from, to });
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        self.formula
            .exchange(&self.balances, &self.rates, self.d, (from, to), amount)
            .map_err(|error| self.refusal(error))
    }

    fn refusal(&self, error: StableSwapError) -> QuoteError {
        match error {
            StableSwapError::Overflow | StableSwapError::Fee => {
                QuoteError::Overflow(self.id.clone())
            }
            StableSwapError::NoConvergence => QuoteError::NoConvergence(self.id.clone()),
            StableSwapError::NothingOut => QuoteError::NothingOut(self.id.clone()),
        }
    }

    /// The balances after an exchange, and their invariant.
    fn after(&self, swap: Swap, done: Exchange) -> Result<([U256; 2], U256), StableSwapError> {
        let mut balances = self.balances;
        balances[swap.from] = checked(balances[swap.from].checked_add(swap.amount))?;
        let gone = checked(done.out.checked_add(done.admin_fee))?;
        balances[swap.to] = checked(balances[swap.to].checked_sub(gone))?;
        Ok((balances, self.formula.invariant(&scaled(&balances, &self.rates)?)?))
    }
}

impl Venue for CurveStableSwap {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.coins
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.exchange(swap).map(|done| Quote::of(done.out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let done = self.exchange(swap)?;
        let after = self.after(swap, done).map_err(|error| self.refusal(error))?;
        (self.balances, self.d) = after;
        Ok(Quote::of(done.out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        if from + to != 1 {
            return None;
        }
        let rate = |i: usize| to_f64(self.rates[i]) / 1e18;
        Some(Gain::Stable {
            x: to_f64(self.balances[from]) * rate(from),
            ann: 2.0 * to_f64(self.formula.amp_scaled) / to_f64(A_PRECISION),
            d: to_f64(self.d),
            keep: 1.0 - to_f64(self.formula.fee_1e10) / to_f64(FEE_DENOMINATOR),
            rate_in: rate(from),
            rate_out: rate(to),
        })
    }

    fn capacity(&self, _from: usize, _to: usize) -> Capacity {
        Capacity::Unlimited
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 130_000, approves: self.coins.get(from) != Some(&NATIVE) }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let (i, j) = (from as i128, to as i128);
        let call = exchangeCall { i, j, dx: amount, min_dy: trade.min_out };
        let native = self.coins[from] == NATIVE;
        Encoded {
            approval: (!native).then_some(Approval {
                token: self.coins[from],
                spender: self.pool,
                amount,
            }),
            calls: vec![Call {
                to: self.pool,
                value: if native { amount } else { U256::ZERO },
                data: call.abi_encode().into(),
            }],
        }
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STETH: Address = Address::repeat_byte(0xae);

    fn figures(balances: [U256; 2], amp: u64, form: DenominatorForm) -> CurveFigures {
        CurveFigures {
            id: VenueId::new("curve:ETH/stETH"),
            pool: Address::repeat_byte(0xdc),
            coins: [NATIVE, STETH],
            balances,
            amp_scaled: U256::from(amp * 100),
            rates: [WAD; 2],
            fee_1e10: uint!(1_000_000_U256),
            admin_fee_1e10: uint!(5_000_000_000_U256),
            form,
        }
    }

    /// ETH/stETH before the first transaction of mainnet block 19,932,810.
    fn mainnet() -> CurveStableSwap {
        let balances = uint!([34052454587872250472880_U256, 36928655176539888692501_U256]);
        CurveStableSwap::new(figures(balances, 200, DenominatorForm::PlusOne)).unwrap()
    }

    fn ether(amount: u64) -> U256 {
        U256::from(amount) * WAD
    }

    fn steth_in(amount: U256) -> Swap {
        Swap { from: 1, to: 0, amount }
    }

    fn eth_in(amount: U256) -> Swap {
        Swap { from: 0, to: 1, amount }
    }

    #[test]
    fn quotes_of_the_dated_pool() {
        let out = |swap| mainnet().quote(swap).unwrap().out;
        assert_eq!(out(steth_in(ether(100))), uint!(99948146418544838553_U256));
        assert_eq!(out(steth_in(ether(1000))), uint!(999353429189270200915_U256));
        assert_eq!(out(eth_in(ether(100))), uint!(100029039141890588782_U256));
    }

    #[test]
    fn quote_of_a_balanced_pool() {
        let figures = figures([ether(40_000); 2], 30, DenominatorForm::PlusOne);
        let out = CurveStableSwap::new(figures).unwrap().quote(eth_in(ether(100))).unwrap().out;
        assert_eq!(out, uint!(99981936893381326171_U256));
    }

    #[test]
    fn a_trade_leaves_half_the_fee() {
        let mut pool = mainnet();
        let [eth, steth] = pool.balances();
        let swap = steth_in(ether(100));
        let done = pool.exchange(swap).unwrap();
        assert_eq!(pool.trade(swap).unwrap().out, done.out);
        // The fee is 1e-4 of the gross, the admin's part half of it.
        let fee = (done.out * uint!(10_000_U256) / uint!(9_999_U256)) - done.out;
        assert!(done.admin_fee.abs_diff(fee / uint!(2_U256)) <= U256::ONE);
        assert_eq!(pool.balances(), [eth - done.out - done.admin_fee, steth + ether(100)]);
        assert!(pool.d > mainnet().d);
    }

    #[test]
    fn the_two_generations_differ_where_a_balance_is_tiny() {
        let invariant = |form| {
            let pool = figures([U256::from(10), U256::from(1000)], 5, form);
            CurveStableSwap::new(pool).unwrap().d
        };
        assert_eq!(invariant(DenominatorForm::PlusOne), uint!(587_U256));
        assert_eq!(invariant(DenominatorForm::Plain), uint!(580_U256));
    }

    #[test]
    fn one_unit_is_kept() {
        assert!(matches!(
            mainnet().quote(eth_in(U256::ONE)),
            Err(QuoteError::NothingOut(_)) | Ok(Quote { out: U256::ZERO, .. })
        ));
    }

    #[test]
    fn what_the_contract_cannot_compute_is_an_error() {
        let pool = mainnet();
        assert!(matches!(pool.quote(eth_in(U256::MAX)), Err(QuoteError::Overflow(_))));
        assert_eq!(pool.quote(eth_in(U256::ZERO)), Err(QuoteError::ZeroAmount));
        let empty = figures([U256::ZERO; 2], 30, DenominatorForm::Plain);
        assert_eq!(CurveStableSwap::new(empty).unwrap_err(), StableSwapError::Overflow);
    }

    #[test]
    fn eth_is_sent_along_and_tokens_are_approved() {
        let trade = |swap| Trade {
            swap,
            min_out: U256::ONE,
            recipient: Address::repeat_byte(7),
            deadline: 0,
        };
        let sent = mainnet().encode(&trade(eth_in(ether(1))));
        assert_eq!((sent.calls[0].value, sent.approval), (ether(1), None));
        assert_eq!(&sent.calls[0].data[..4], [0x3d, 0xf0, 0x21, 0x24]);
        let pulled = mainnet().encode(&trade(steth_in(ether(1))));
        assert_eq!(pulled.calls[0].value, U256::ZERO);
        assert_eq!(pulled.approval.map(|a| a.token), Some(STETH));
    }
}
