//! Balancer v2's stable pools: two to five tokens, at rates.
//!
//! Sources: `StablePool.sol`, `MetaStablePool.sol`, `BaseGeneralPool.sol`,
//! `BaseMinimalSwapInfoPool.sol` and `Vault.swap` (balancer-v2-monorepo; for the revisions see
//! `stable_math.rs`). The fee is taken off the input, rounded up; the rest is scaled by decimals and
//! rate, traded along the invariant, and scaled back down.

use alloy_primitives::{Address, B256, U256};

use super::{
    super::{
        Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue, VenueId,
        curve::{DUST, folded},
    },
    fixed_point::{complement, div_down, mul_up},
    stable_math::{AMP_PRECISION, Failure, MAX_TOKENS, StableMath, upscaled},
    vault,
};
use crate::amount::{WAD, to_f64};

/// Bits of a balance in the vault.
const BALANCE_BITS: usize = 112;
/// Bits of a scaled balance with which no arithmetic beside the trade's own overflows: some 10^13 whole
/// tokens.
const NOTED_BITS: usize = 104;
const CASH: &str = "tokens that the vault holds for the pool";

/// The figures of a pool at one block.
#[derive(Debug, Clone)]
pub struct BalancerStableFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The vault.
    pub vault: Address,
    /// The pool's name in the vault.
    pub pool_id: B256,
    /// Its tokens, two to five, in the vault's order and without the pool's own.
    pub tokens: Vec<BalancerStableToken>,
    /// The fee on the input, in 18 decimals.
    pub swap_fee: U256,
    /// The amplification times 1000.
    pub amp: U256,
    /// Which arithmetic.
    pub math: StableMath,
    /// Whether the pool or the vault is paused.
    pub paused: bool,
}

/// One token of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancerStableToken {
    /// The token.
    pub token: Address,
    /// Units that the vault holds.
    pub cash: U256,
    /// Units that asset managers hold for the pool: priced, and not paid out.
    pub managed: U256,
    /// From smallest units to the common one, in 18 decimals: decimals and rate.
    pub scaling: U256,
}

impl BalancerStableToken {
    fn balance(&self) -> Option<U256> {
        self.cash.checked_add(self.managed)
    }
}

/// Why figures are no pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BalancerStableError {
    /// Two to five tokens.
    #[error("a stable pool has two to five tokens")]
    Tokens,
    /// A token's rate is zero.
    #[error("a token's rate is zero")]
    Rate,
    /// A token's balance is zero: the pool has no invariant.
    #[error("a token's balance is zero")]
    Empty,
    /// Fees are parts of 1e18; amplification is one at least.
    #[error("the fee is all of it, or the amplification below one")]
    Parameters,
    /// The balances have no invariant that the contract finds.
    #[error("the balances have no invariant")]
    NoInvariant,
}

/// A stable pool.
#[derive(Debug, Clone)]
pub struct BalancerStable {
    id: VenueId,
    vault: Address,
    pool_id: B256,
    tokens: Box<[Address]>,
    figures: Box<[BalancerStableToken]>,
    scaled: [U256; MAX_TOKENS],
    swap_fee: U256,
    amp: U256,
    math: StableMath,
    paused: bool,
    d: Result<U256, Failure>,
}

impl BalancerStable {
    /// A pool with these figures; `Err` when they have no invariant.
    pub fn new(figures: BalancerStableFigures) -> Result<Self, BalancerStableError> {
        let BalancerStableFigures { id, vault, pool_id, tokens, swap_fee, amp, math, paused } =
            figures;
        if !(2..=MAX_TOKENS).contains(&tokens.len()) {
            return Err(BalancerStableError::Tokens);
        }
        if swap_fee >= WAD || amp < AMP_PRECISION {
            return Err(BalancerStableError::Parameters);
        }
        if tokens.iter().any(|token| token.scaling.is_zero()) {
            return Err(BalancerStableError::Rate);
        }
        let named = tokens.iter().map(|token| token.token).collect();
        let mut pool = Self {
            id,
            vault,
            pool_id,
            tokens: named,
            figures: tokens.into(),
            scaled: [U256::ZERO; MAX_TOKENS],
            swap_fee,
            amp,
            math,
            paused,
            d: Ok(U256::ZERO),
        };
        pool.measure().map_err(|_| BalancerStableError::NoInvariant)?;
        if pool.balances().iter().any(U256::is_zero) {
            return Err(BalancerStableError::Empty);
        }
        pool.d.map_err(|_| BalancerStableError::NoInvariant)?;
        Ok(pool)
    }

    /// The tokens with their balances.
    pub fn figures(&self) -> &[BalancerStableToken] {
        &self.figures
    }

    /// Scales the balances and finds their invariant.
    fn measure(&mut self) -> Result<(), Failure> {
        for (scaled, token) in self.scaled.iter_mut().zip(&self.figures) {
            let balance = token.balance().ok_or(Failure::Overflow)?;
            *scaled = upscaled(balance, token.scaling)?;
        }
        let dust = self.balances().iter().any(|balance| *balance < DUST);
        self.d = match dust {
            true => Err(Failure::Dust),
            false => self.math.invariant(self.amp, self.balances()),
        };
        Ok(())
    }

    fn balances(&self) -> &[U256] {
        self.scaled.get(..self.figures.len()).unwrap_or_default()
    }

    fn sides(
        &self,
        swap: Swap,
    ) -> Result<(&BalancerStableToken, &BalancerStableToken), QuoteError> {
        let both = (self.figures.get(swap.from), self.figures.get(swap.to));
        let (Some(given), Some(wanted)) = both else {
            return Err(QuoteError::not_traded(&self.id, swap));
        };
        if swap.from == swap.to {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if self.paused {
            return Err(QuoteError::Paused(self.id.clone()));
        }
        if swap.amount.is_zero() { Err(QuoteError::ZeroAmount) } else { Ok((given, wanted)) }
    }

    /// `onSwap` given in, and what the vault checks.
    fn out(&self, swap: Swap) -> Result<U256, QuoteError> {
        let (given, wanted) = self.sides(swap)?;
        let full = given.balance().and_then(|balance| balance.checked_add(swap.amount));
        if full.is_none_or(|full| full.bit_len() > BALANCE_BITS) {
            return Err(QuoteError::Overflow(self.id.clone()));
        }
        let out = self.paid(swap, given, wanted).map_err(|failure| self.refusal(failure))?;
        if out > wanted.cash {
            let limit = wanted.cash;
            return Err(QuoteError::Limit { venue: self.id.clone(), what: CASH, limit });
        }
        Ok(out)
    }

    fn paid(
        &self,
        swap: Swap,
        given: &BalancerStableToken,
        wanted: &BalancerStableToken,
    ) -> Result<U256, Failure> {
        let fee = mul_up(swap.amount, self.swap_fee).ok_or(Failure::Overflow)?;
        let net = swap.amount.checked_sub(fee).ok_or(Failure::Overflow)?;
        let net = upscaled(net, given.scaling)?;
        self.noted(swap.from, net)?;
        let way = (swap.from, swap.to);
        let out = self.math.out_given_in(self.amp, self.balances(), self.d?, way, net)?;
        // Of dust the pool computes no invariant any more, and some revert.
        let left = self.balances().get(swap.to).and_then(|held| held.checked_sub(out));
        if left.is_none_or(|left| left < DUST) {
            return Err(Failure::Dust);
        }
        div_down(out, wanted.scaling).ok_or(Failure::Overflow)
    }

    /// Early pools may note a spot price for others at each trade, of a new invariant, and revert
    /// where that overflows, as far above any real balance it may.
    fn noted(&self, from: usize, net: U256) -> Result<(), Failure> {
        let most = self.balances().iter().max().copied().unwrap_or_default();
        let filled = self.balances().get(from).and_then(|held| held.checked_add(net));
        let fits = filled.is_some_and(|filled| filled.max(most).bit_len() <= NOTED_BITS);
        if fits || self.math != StableMath::Early { Ok(()) } else { Err(Failure::Oracle) }
    }

    fn refusal(&self, failure: Failure) -> QuoteError {
        match failure {
            Failure::Overflow => QuoteError::Overflow(self.id.clone()),
            Failure::Oracle => {
                let what = "its price oracle may overflow, and then it trades nothing".to_owned();
                QuoteError::Unknown { venue: self.id.clone(), what }
            }
            Failure::Dust => {
                let what = "a balance is dust: rounding decides what comes out".to_owned();
                QuoteError::Unknown { venue: self.id.clone(), what }
            }
            Failure::NoConvergence => QuoteError::NoConvergence(self.id.clone()),
            Failure::NothingOut => QuoteError::NothingOut(self.id.clone()),
        }
    }
}

impl Venue for BalancerStable {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        self.out(swap).map(Quote::of)
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let out = self.out(swap)?;
        let mut next = self.clone();
        for (at, token) in next.figures.iter_mut().enumerate() {
            if at == swap.from {
                token.cash += swap.amount;
            } else if at == swap.to {
                token.cash -= out;
            }
        }
        next.measure().map_err(|failure| self.refusal(failure))?;
        *self = next;
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        if self.paused || from == to {
            return None;
        }
        let (given, wanted) = (self.figures.get(from)?, self.figures.get(to)?);
        let ann = self.amp.checked_mul(U256::from(self.figures.len()))?;
        let curve = folded(self.balances(), (from, to), self.d.ok()?, (ann, AMP_PRECISION))?;
        let keep = to_f64(complement(self.swap_fee)) / to_f64(WAD);
        let rate = |token: &BalancerStableToken| to_f64(token.scaling) / to_f64(WAD);
        // A fee on the input: less of it comes in.
        Some(curve.rescaled(rate(given) * keep, 1.0 / rate(wanted)))
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let traded = from != to && from.max(to) < self.figures.len();
        if self.paused || !traded {
            let why = if self.paused { "the pool is paused" } else { "not traded" };
            return Capacity::none(why);
        }
        Capacity::Unlimited
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 140_000, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let both = (self.tokens.get(trade.swap.from), self.tokens.get(trade.swap.to));
        let (Some(given), Some(wanted)) = both else { return Encoded::nothing() };
        vault::swap(self.vault, self.pool_id, [*given, *wanted], trade)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
