//! Balancer v3's weighted pools without hooks.
//!
//! Source: `Vault.swap`, `ScalingHelpers`, `PoolDataLib`, `WeightedPool.onSwap`, `Router`
//! (balancer-v3-monorepo). The vault brings amounts to 18 decimals and applies the rates of their
//! tokens, rounded down; takes the fee off the input, rounded up; and undoes the rate of what goes
//! out with a rate that is rounded up. A share of the fee leaves the pool at once. Amounts below the
//! vault's smallest trade are refused, as is more than 30 % of the balance.
//!
//! The pools of 2026 raise the balance given by one and keep a least balance of each token; those
//! before do neither. Pools with hooks, which may change fees and amounts, do not open.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue,
        VenueId, permit2,
    },
    fixed_point::{Powers, complement, div_down, mul_down, mul_up},
    weighted::BalancerWeightedError,
    weighted_math::{MOST_RATIO, Side, out_given_in},
};
use crate::amount::{WAD, to_f64};

sol! {
    function swapSingleTokenExactIn(
        address pool, address tokenIn, address tokenOut, uint256 exactAmountIn,
        uint256 minAmountOut, uint256 deadline, bool wethIsEth, bytes userData
    ) external payable returns (uint256 amountOut);
}

/// Bits of a balance in the vault.
const BALANCE_BITS: usize = 128;

const RATIO: &str = "30 % of the pool's balance of the token given";
const LEAST: &str = "the least balance that the pool keeps";

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct BalancerWeightedV3Figures {
    /// The name in the market.
    pub id: VenueId,
    /// The pool.
    pub pool: Address,
    /// The router that trades single tokens.
    pub router: Address,
    /// Permit2, through which the router takes tokens.
    pub permit2: Address,
    /// Its tokens, two to eight, in the vault's order.
    pub tokens: Vec<BalancerWeightedV3Token>,
    /// The fee on the input, in 18 decimals.
    pub swap_fee: U256,
    /// The share of the fee that leaves the pool, in 18 decimals; zero in recovery mode.
    pub aggregate_fee: U256,
    /// The vault's smallest trade, in 18 decimals.
    pub least_trade: U256,
    /// Whether the balance given is raised by one: the pools of 2026.
    pub raises: bool,
    /// Whether the pool or the vault is paused.
    pub paused: bool,
}

/// One token of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancerWeightedV3Token {
    /// The token.
    pub token: Address,
    /// Units that the pool has, yield fees taken off.
    pub balance: U256,
    /// From its units to those of 18 decimals: a power of ten.
    pub scaling: U256,
    /// Its rate, in 18 decimals.
    pub rate: U256,
    /// Its share of the pool's value, in 18 decimals.
    pub weight: U256,
    /// The least balance that the pool keeps, in 18 decimals and with the rate.
    pub least: U256,
}

impl BalancerWeightedV3Token {
    /// `toScaled18ApplyRateRoundDown`.
    fn scaled(&self, amount: U256) -> Option<U256> {
        mul_down(amount.checked_mul(self.scaling)?, self.rate)
    }

    /// `toRawUndoRateRoundDown`.
    fn raw(&self, scaled: U256, rate: U256) -> Option<U256> {
        div_down(scaled, self.scaling.checked_mul(rate)?)
    }

    /// `computeRateRoundUp`.
    fn rate_up(&self) -> Option<U256> {
        let whole = (self.rate % WAD).is_zero();
        if whole { Some(self.rate) } else { self.rate.checked_add(U256::ONE) }
    }
}

/// A weighted pool of Balancer's third vault.
#[derive(Debug, Clone)]
pub struct BalancerWeightedV3 {
    figures: BalancerWeightedV3Figures,
    addresses: Box<[Address]>,
    /// The most of each token that its own balance lets in.
    most: Box<[U256]>,
    /// Whether some balance, with its rate, has outgrown the vault's books: it refuses every swap.
    outgrown: bool,
}

/// What a swap does.
struct Outcome {
    out: U256,
    /// Units of the token given that leave the pool as fee.
    charged: U256,
}

impl BalancerWeightedV3 {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub fn new(figures: BalancerWeightedV3Figures) -> Result<Self, BalancerWeightedError> {
        let tokens = &figures.tokens;
        if !(2..=8).contains(&tokens.len()) {
            return Err(BalancerWeightedError::Tokens(tokens.len()));
        }
        if let Some(fee) = [figures.swap_fee, figures.aggregate_fee].into_iter().find(|f| *f > WAD)
        {
            return Err(BalancerWeightedError::Fee(fee));
        }
        if figures.swap_fee == WAD {
            return Err(BalancerWeightedError::Fee(WAD));
        }
        for token in tokens {
            if token.balance.bit_len() > BALANCE_BITS {
                return Err(BalancerWeightedError::Balance(token.balance));
            }
            if token.scaling.is_zero() || token.scaling > WAD {
                return Err(BalancerWeightedError::Scaling(token.scaling));
            }
            if token.rate.is_zero() || token.rate.bit_len() > BALANCE_BITS {
                return Err(BalancerWeightedError::Rate(token.rate));
            }
        }
        let sum = tokens.iter().fold(U256::ZERO, |sum, token| sum.saturating_add(token.weight));
        if sum != WAD || tokens.iter().any(|token| token.weight.is_zero()) {
            return Err(BalancerWeightedError::Weights(sum));
        }
        let addresses = tokens.iter().map(|token| token.token).collect();
        let most = vec![U256::ZERO; tokens.len()].into();
        let mut pool = Self { figures, addresses, most, outgrown: false };
        for token in 0..pool.addresses.len() {
            pool.renew(token);
        }
        Ok(pool)
    }

    /// The pool's tokens with their figures.
    pub fn figures(&self) -> &[BalancerWeightedV3Token] {
        &self.figures.tokens
    }

    fn checked<T>(&self, value: Option<T>) -> Result<T, QuoteError> {
        value.ok_or_else(|| QuoteError::Overflow(self.figures.id.clone()))
    }

    fn limit(&self, what: &'static str, limit: U256) -> QuoteError {
        QuoteError::Limit { venue: self.figures.id.clone(), what, limit }
    }

    /// The balance given as the pool counts it.
    fn balance_in(&self, given: &BalancerWeightedV3Token) -> Option<U256> {
        given.scaled(given.balance)?.checked_add(U256::from(u8::from(self.figures.raises)))
    }

    /// Input in 18 decimals, and the fee of it.
    fn net(&self, given: &BalancerWeightedV3Token, amount: U256) -> Option<(U256, U256)> {
        let scaled = given.scaled(amount)?;
        let fee = mul_up(scaled, self.figures.swap_fee)?;
        Some((scaled.checked_sub(fee)?, fee))
    }

    /// Units of a fee in 18 decimals that leave the pool.
    fn charged(&self, given: &BalancerWeightedV3Token, fee: U256) -> Option<U256> {
        mul_down(given.raw(fee, given.rate)?, self.figures.aggregate_fee)
    }

    /// Whether a token's own balance lets an amount in.
    fn takes(&self, given: &BalancerWeightedV3Token, amount: U256) -> Option<bool> {
        let (net, fee) = self.net(given, amount)?;
        let most = mul_down(self.balance_in(given)?, MOST_RATIO)?;
        let stays = amount.checked_sub(self.charged(given, fee)?)?;
        let after = given.balance.checked_add(stays)?;
        let fits = after.bit_len() <= BALANCE_BITS;
        Some(net <= most && fits && given.scaled(after)?.bit_len() <= BALANCE_BITS)
    }

    /// Finds the most of a token that its own balance lets in.
    fn renew(&mut self, at: usize) {
        let Some(token) = self.figures.tokens.get(at) else { return };
        let takes = |amount| self.takes(token, amount).unwrap_or(false);
        let most = last(takes, U256::ONE << BALANCE_BITS);
        if let Some(slot) = self.most.get_mut(at) {
            *slot = most;
        }
        let fits = |token: &BalancerWeightedV3Token| {
            token.scaled(token.balance).is_some_and(|live| live.bit_len() <= BALANCE_BITS)
        };
        self.outgrown = !self.figures.tokens.iter().all(fits);
    }

    fn outcome(&self, swap: Swap) -> Result<Outcome, QuoteError> {
        let figures = &self.figures;
        let tokens = (figures.tokens.get(swap.from), figures.tokens.get(swap.to));
        let (Some(given), Some(wanted)) = tokens else {
            return Err(QuoteError::not_traded(&figures.id, swap));
        };
        if swap.from == swap.to {
            return Err(QuoteError::not_traded(&figures.id, swap));
        }
        if figures.paused {
            return Err(QuoteError::Paused(figures.id.clone()));
        }
        if self.outgrown {
            return Err(QuoteError::Overflow(figures.id.clone()));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        let most = self.most.get(swap.from).copied().unwrap_or_default();
        if swap.amount > most {
            return Err(self.limit(RATIO, most));
        }
        let (net, fee) = self.checked(self.net(given, swap.amount))?;
        if net < figures.least_trade {
            return Err(self.too_small(given));
        }
        let balance = self.checked(self.balance_in(given))?;
        if balance < given.least {
            return Err(self.limit(LEAST, given.least / given.scaling));
        }
        let held = self.checked(wanted.scaled(wanted.balance))?;
        let side =
            |balance, token: &BalancerWeightedV3Token| Side { balance, weight: token.weight };
        let (from, to) = (side(balance, given), side(held, wanted));
        let scaled = self.checked(out_given_in(from, to, net, Powers::Shortcuts))?;
        if self.checked(held.checked_sub(scaled))? < wanted.least {
            return Err(self.limit(LEAST, wanted.least / wanted.scaling));
        }
        if scaled < figures.least_trade {
            return Err(QuoteError::NothingOut(figures.id.clone()));
        }
        let out = wanted.rate_up().and_then(|rate| wanted.raw(scaled, rate));
        let out = self.checked(out)?;
        self.checked(wanted.balance.checked_sub(out))?;
        Ok(Outcome { out, charged: self.checked(self.charged(given, fee))? })
    }

    /// The least input of which the vault's smallest trade remains after the fee.
    fn too_small(&self, given: &BalancerWeightedV3Token) -> QuoteError {
        let least = || {
            let keep = complement(self.figures.swap_fee);
            let scaled = self.figures.least_trade.checked_mul(WAD)?.div_ceil(keep);
            Some(scaled.checked_mul(WAD)?.div_ceil(given.scaling.checked_mul(given.rate)?))
        };
        let least = least().unwrap_or(U256::MAX);
        QuoteError::BelowMinimum { venue: self.figures.id.clone(), least }
    }

    /// The most units in that the pool takes and pays for.
    fn most_in(&self, from: usize, to: usize) -> U256 {
        let most = self.most.get(from).copied().unwrap_or_default();
        let small = |amount| match self.outcome(Swap { from, to, amount }) {
            Ok(_) | Err(QuoteError::BelowMinimum { .. } | QuoteError::NothingOut(_)) => true,
            Err(_) => false,
        };
        let most = if most.is_zero() || small(most) { most } else { last(small, most) };
        let pays = self.outcome(Swap { from, to, amount: most }).is_ok();
        if pays { most } else { U256::ZERO }
    }
}

/// The last amount for which `holds`, below an amount for which it does not; zero where none does.
fn last(holds: impl Fn(U256) -> bool, beyond: U256) -> U256 {
    let (mut low, mut high) = (U256::ZERO, beyond);
    while high - low > U256::ONE {
        let middle = low + (high - low) / U256::from(2);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

impl Venue for BalancerWeightedV3 {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.addresses
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.outcome(swap).map(|outcome| Quote::of(outcome.out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let Outcome { out, charged } = self.outcome(swap)?;
        // The fee that leaves is a part of what came in.
        if let Some(given) = self.figures.tokens.get_mut(swap.from) {
            given.balance += swap.amount - charged;
        }
        if let Some(wanted) = self.figures.tokens.get_mut(swap.to) {
            wanted.balance -= out;
        }
        self.renew(swap.from);
        self.renew(swap.to);
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (given, wanted) = (self.figures.tokens.get(from)?, self.figures.tokens.get(to)?);
        let empty = given.balance.is_zero() || wanted.balance.is_zero();
        if from == to || self.figures.paused || self.outgrown || empty {
            return None;
        }
        Some(Gain::Weighted {
            x: to_f64(given.balance),
            y: to_f64(wanted.balance),
            power: to_f64(given.weight) / to_f64(wanted.weight),
            keep: 1.0 - to_f64(self.figures.swap_fee) / to_f64(WAD),
        })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        if self.figures.paused {
            return Capacity::none("the pool is paused");
        }
        Capacity::Limited { amount: self.most_in(from, to), what: RATIO, refill_per_block: None }
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 200_000, approves: true }
    }

    /// The router pays out to whoever calls it.
    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let (Some(given), Some(wanted)) = (self.addresses.get(from), self.addresses.get(to)) else {
            return Encoded::nothing();
        };
        let BalancerWeightedV3Figures { pool, router, permit2, .. } = self.figures;
        let call = swapSingleTokenExactInCall {
            pool,
            tokenIn: *given,
            tokenOut: *wanted,
            exactAmountIn: amount,
            minAmountOut: trade.min_out,
            deadline: U256::from(trade.deadline),
            wethIsEth: false,
            userData: Bytes::new(),
        };
        let call = Call::new(router, U256::ZERO, &call);
        permit2::through(permit2, *given, router, trade, call)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
