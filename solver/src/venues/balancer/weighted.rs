//! Balancer v2's weighted pools: two to eight tokens, each with its share of the pool's value.
//!
//! Source: `BaseMinimalSwapInfoPool.onSwap`, `BaseWeightedPool`, `WeightedPool2Tokens.onSwap`,
//! `WeightedMath` and `Vault.swap` (balancer-v2-monorepo). The fee is taken off the input, rounded
//! up, before amounts are brought to 18 decimals; then the power is rounded up and the output down.
//!
//! The generations differ in [`Powers`] alone: those of 2021 (`WeightedPool` and
//! `WeightedPool2Tokens` of 20210418) take logarithms for every exponent, those since (20220908,
//! 20230206 and 20230320) multiply out the powers of 1, 2 and 4. A pool pays from what the vault
//! holds in cash, and prices by that and what asset managers hold together. Rate providers serve
//! protocol fees and do not touch a swap.

use alloy_primitives::{Address, B256, U256};

use super::{
    super::{
        Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue, VenueId,
    },
    fixed_point::{Powers, complement, div_up, mul_down, mul_up},
    vault,
    weighted_math::{MOST_RATIO, Side, in_given_out, out_given_in},
};
use crate::amount::{WAD, to_f64};

/// Bits of a balance in the vault.
const BALANCE_BITS: usize = 112;

/// What the 30 % limit is called.
const RATIO: &str = "30 % of the pool's balance of the token given";
const CASH: &str = "tokens that the vault holds for the pool";

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct BalancerWeightedFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The vault.
    pub vault: Address,
    /// The pool's name in the vault.
    pub pool_id: B256,
    /// Its tokens, two to eight, in the vault's order.
    pub tokens: Vec<BalancerWeightedToken>,
    /// The fee on the input, in 18 decimals.
    pub swap_fee: U256,
    /// How this generation computes powers.
    pub powers: Powers,
    /// Whether the pool or the vault is paused.
    pub paused: bool,
}

/// One token of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancerWeightedToken {
    /// The token.
    pub token: Address,
    /// Units that the vault holds.
    pub cash: U256,
    /// Units that asset managers hold for the pool: priced, and not paid out.
    pub managed: U256,
    /// Its share of the pool's value, in 18 decimals.
    pub weight: U256,
    /// From its units to those of 18 decimals: a power of ten.
    pub scaling: U256,
}

impl BalancerWeightedToken {
    fn balance(&self) -> U256 {
        // Both fit in 112 bits.
        self.cash + self.managed
    }
}

/// Why figures do not describe a weighted pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BalancerWeightedError {
    /// Two to eight.
    #[error("a weighted pool has two to eight tokens, not {0}")]
    Tokens(usize),
    /// Weights are positive and add up to one.
    #[error("the weights add up to {0}, not to one in 18 decimals, or one of them is zero")]
    Weights(U256),
    /// The fee leaves nothing.
    #[error("a fee of {0} in 18 decimals leaves nothing")]
    Fee(U256),
    /// Balances have 112 bits.
    #[error("a balance of {0} is more than the vault counts")]
    Balance(U256),
    /// From one to 1e18.
    #[error("no token is scaled by {0}")]
    Scaling(U256),
}

/// A weighted pool of Balancer's second vault.
#[derive(Debug, Clone)]
pub struct BalancerWeighted {
    id: VenueId,
    vault: Address,
    pool_id: B256,
    addresses: Box<[Address]>,
    tokens: Box<[BalancerWeightedToken]>,
    swap_fee: U256,
    powers: Powers,
    paused: bool,
}

impl BalancerWeighted {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub fn new(figures: BalancerWeightedFigures) -> Result<Self, BalancerWeightedError> {
        let BalancerWeightedFigures { id, vault, pool_id, tokens, swap_fee, powers, paused } =
            figures;
        if !(2..=8).contains(&tokens.len()) {
            return Err(BalancerWeightedError::Tokens(tokens.len()));
        }
        if swap_fee >= WAD {
            return Err(BalancerWeightedError::Fee(swap_fee));
        }
        tokens.iter().try_for_each(check_token)?;
        let sum = tokens.iter().fold(U256::ZERO, |sum, token| sum.saturating_add(token.weight));
        if sum != WAD || tokens.iter().any(|token| token.weight.is_zero()) {
            return Err(BalancerWeightedError::Weights(sum));
        }
        let addresses = tokens.iter().map(|token| token.token).collect();
        Ok(Self { id, vault, pool_id, addresses, tokens: tokens.into(), swap_fee, powers, paused })
    }

    /// Whether the pool or the vault is paused.
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// The pool's tokens with their figures.
    pub fn figures(&self) -> &[BalancerWeightedToken] {
        &self.tokens
    }

    /// Units of `from`, fee included, that the pool asks for exactly `out` units of `to`
    /// (`GIVEN_OUT`).
    pub fn quote_in(&self, from: usize, to: usize, out: U256) -> Result<U256, QuoteError> {
        let (given, wanted) = self.sides(Swap { from, to, amount: out })?;
        let amount = self.scaled(out, wanted)?;
        let most = self.checked(mul_down(self.side(wanted)?.balance, MOST_RATIO))?;
        if amount > most {
            let (what, limit) =
                ("30 % of the pool's balance of the token wanted", most / wanted.scaling);
            return Err(QuoteError::Limit { venue: self.id.clone(), what, limit });
        }
        self.check_cash(wanted, out)?;
        let scaled = in_given_out(self.side(given)?, self.side(wanted)?, amount, self.powers);
        let net = self.checked(scaled)?.div_ceil(given.scaling);
        let paid = self.checked(div_up(net, complement(self.swap_fee)))?;
        self.check_room(given, paid)?;
        Ok(paid)
    }

    /// Both sides of a swap, if the pool trades it now.
    fn sides(
        &self,
        swap: Swap,
    ) -> Result<(&BalancerWeightedToken, &BalancerWeightedToken), QuoteError> {
        let tokens = (self.tokens.get(swap.from), self.tokens.get(swap.to));
        let (Some(given), Some(wanted)) = tokens else {
            return Err(QuoteError::not_traded(&self.id, swap));
        };
        if swap.from == swap.to {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if self.paused {
            return Err(QuoteError::Paused(self.id.clone()));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        Ok((given, wanted))
    }

    /// `onSwap` given in, and what the vault checks.
    fn out(&self, swap: Swap) -> Result<U256, QuoteError> {
        let (given, wanted) = self.sides(swap)?;
        let most = self.most_by_ratio(given);
        if swap.amount > most {
            return Err(QuoteError::Limit { venue: self.id.clone(), what: RATIO, limit: most });
        }
        self.check_room(given, swap.amount)?;
        let fee = self.checked(mul_up(swap.amount, self.swap_fee))?;
        let net = self.scaled(swap.amount - fee, given)?;
        let scaled = out_given_in(self.side(given)?, self.side(wanted)?, net, self.powers);
        let out = self.checked(scaled)? / wanted.scaling;
        self.check_cash(wanted, out)?;
        Ok(out)
    }

    fn checked<T>(&self, value: Option<T>) -> Result<T, QuoteError> {
        value.ok_or_else(|| QuoteError::Overflow(self.id.clone()))
    }

    fn scaled(&self, amount: U256, token: &BalancerWeightedToken) -> Result<U256, QuoteError> {
        self.checked(amount.checked_mul(token.scaling))
    }

    fn side(&self, token: &BalancerWeightedToken) -> Result<Side, QuoteError> {
        Ok(Side { balance: self.scaled(token.balance(), token)?, weight: token.weight })
    }

    fn check_cash(&self, token: &BalancerWeightedToken, out: U256) -> Result<(), QuoteError> {
        if out <= token.cash {
            return Ok(());
        }
        Err(QuoteError::Limit { venue: self.id.clone(), what: CASH, limit: token.cash })
    }

    fn check_room(&self, token: &BalancerWeightedToken, paid: U256) -> Result<(), QuoteError> {
        let full = token.balance().checked_add(paid);
        self.checked(full.filter(|full| full.bit_len() <= BALANCE_BITS)).map(drop)
    }

    /// The most units in of which, after the fee, at most 30 % of the balance remain.
    ///
    /// `amount - ceil(amount * fee)` is `floor(amount * keep)`: at most `net` up to one unit before
    /// `(net + 1) / keep`.
    fn most_by_ratio(&self, given: &BalancerWeightedToken) -> U256 {
        if given.balance().is_zero() {
            return U256::ZERO;
        }
        let net = given.balance() * given.scaling * MOST_RATIO / WAD / given.scaling;
        let keep = complement(self.swap_fee);
        ((net + U256::ONE) * WAD).div_ceil(keep) - U256::ONE
    }

    /// The most units in that the pool takes and pays for.
    fn most_in(&self, from: usize, to: usize) -> U256 {
        let (Some(given), Some(wanted)) = (self.tokens.get(from), self.tokens.get(to)) else {
            return U256::ZERO;
        };
        if self.paused || from == to {
            return U256::ZERO;
        }
        let room = (U256::ONE << BALANCE_BITS) - U256::ONE - given.balance();
        let most = self.most_by_ratio(given).min(room);
        let pays = |amount| self.out(Swap { from, to, amount }).is_ok();
        // A pool without asset managers has all it prices.
        if wanted.managed.is_zero() || most.is_zero() || pays(most) {
            return most;
        }
        let (mut low, mut high) = (U256::ZERO, most);
        while high - low > U256::ONE {
            let middle = low + (high - low) / U256::from(2);
            if pays(middle) { low = middle } else { high = middle }
        }
        low
    }
}

fn check_token(token: &BalancerWeightedToken) -> Result<(), BalancerWeightedError> {
    let balance = token.cash.saturating_add(token.managed);
    if balance.bit_len() > BALANCE_BITS {
        return Err(BalancerWeightedError::Balance(balance));
    }
    if token.scaling.is_zero() || token.scaling > WAD {
        return Err(BalancerWeightedError::Scaling(token.scaling));
    }
    Ok(())
}

impl Venue for BalancerWeighted {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.addresses
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.out(swap).map(Quote::of)
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let out = self.out(swap)?;
        // Both positions are there, and neither figure leaves its range: `out` has checked.
        if let Some(given) = self.tokens.get_mut(swap.from) {
            given.cash += swap.amount;
        }
        if let Some(wanted) = self.tokens.get_mut(swap.to) {
            wanted.cash -= out;
        }
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (given, wanted) = (self.tokens.get(from)?, self.tokens.get(to)?);
        if from == to || self.paused || given.balance().is_zero() || wanted.balance().is_zero() {
            return None;
        }
        Some(Gain::Weighted {
            x: to_f64(given.balance()),
            y: to_f64(wanted.balance()),
            power: to_f64(given.weight) / to_f64(wanted.weight),
            keep: 1.0 - to_f64(self.swap_fee) / to_f64(WAD),
        })
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        if self.paused {
            return Capacity::none("the pool is paused");
        }
        Capacity::Limited { amount: self.most_in(from, to), what: RATIO, refill_per_block: None }
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 100_000, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, .. } = trade.swap;
        let (Some(given), Some(wanted)) = (self.addresses.get(from), self.addresses.get(to)) else {
            return Encoded::nothing();
        };
        vault::swap(self.vault, self.pool_id, [*given, *wanted], trade)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
