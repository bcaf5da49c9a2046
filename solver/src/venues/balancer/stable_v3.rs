//! Balancer v3's stable pools: two to five tokens, at rates.
//!
//! Source: `StablePool.onSwap`, `StableMath` (balancer-v3-monorepo; @balancer-labs/v3-pool-stable and
//! v3-solidity-utils 1.0.0). The invariant is the second vault's later one; the balance that is left
//! divides once where the second vault's divides twice. A trade that leaves one balance 10,000 times
//! another is refused.

use std::sync::Arc;

use alloy_primitives::{U256, uint};
use alloy_sol_types::sol;

use super::{
    super::{
        Chain, Gain, Place, Swap, Unread,
        curve::{DUST, folded},
        opening::Opening,
    },
    books_v3::{BalancerV3Error, BalancerV3Figures},
    fixed_point::complement,
    opening_v3,
    pool_v3::{Formula, Halt, PoolV3},
    stable_math::{AMP_PRECISION, Failure, MAX_TOKENS, StableMath},
};
use crate::amount::{WAD, to_f64};

sol! {
    function getAmplificationParameter() external view
        returns (uint256 value, bool isUpdating, uint256 precision);
}

/// `MAX_IMBALANCE_RATIO`.
const MOST_IMBALANCE: U256 = uint!(10_000_U256);

/// A stable pool of Balancer's third vault.
pub type BalancerStableV3 = PoolV3<Stable>;

/// The invariant of a pool.
#[derive(Debug, Clone)]
pub struct Stable {
    /// Times 1000.
    amp: U256,
    /// Balances in 18 decimals and with rates.
    live: [U256; MAX_TOKENS],
    n: usize,
    d: Result<U256, Failure>,
}

impl BalancerStableV3 {
    /// A pool with these figures and an amplification, times 1000; `Err` says what cannot be.
    pub fn stable(figures: BalancerV3Figures, amp: U256) -> Result<Self, BalancerV3Error> {
        Self::of(figures, Stable { amp, live: Default::default(), n: 0, d: Ok(U256::ZERO) })
    }
}

/// Opens the pool in role `pool`, traded through the router in role `router`:
/// `getAmplificationParameter` of the pool, which may be moving, beside what is asked of any pool of the
/// third vault.
pub(super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let amp = chain.call(place.contract("pool")?, &getAmplificationParameterCall {});
    let figures = opening_v3::figures(place, chain)?;
    let amp = amp?;
    if amp.precision != AMP_PRECISION {
        return Err(Unread::Refused(format!("amplification in parts of {}", amp.precision)));
    }
    Ok(Arc::new(BalancerStableV3::stable(figures, amp.value).map_err(Unread::refused)?))
}

impl Stable {
    fn live(&self) -> &[U256] {
        self.live.get(..self.n).unwrap_or_default()
    }

    /// `ensureBalancesWithinMaxImbalanceRange`.
    fn within(least: U256, most: U256) -> Result<(), Halt> {
        let ratio = most.checked_div(least).ok_or(Halt::Overflow)?;
        if ratio >= MOST_IMBALANCE { Err(Halt::Bound) } else { Ok(()) }
    }
}

impl Formula for Stable {
    const BOUND: &'static str = "a balance of 10,000 times another, or the vault's books";

    fn measure(&mut self, figures: &BalancerV3Figures) -> Result<(), BalancerV3Error> {
        self.n = figures.tokens.len();
        if self.n > MAX_TOKENS {
            return Err(BalancerV3Error::Tokens(self.n));
        }
        if self.amp < AMP_PRECISION {
            return Err(BalancerV3Error::Formula(self.amp));
        }
        for (live, token) in self.live.iter_mut().zip(&figures.tokens) {
            *live = token.live().ok_or(BalancerV3Error::Balance(token.balance))?;
        }
        self.d = match self.live().iter().any(|live| *live < DUST) {
            true => Err(Failure::Dust),
            false => StableMath::Third.invariant(self.amp, self.live()),
        };
        Ok(())
    }

    fn takes(&self, _figures: &BalancerV3Figures, from: usize, net: U256) -> Option<bool> {
        let grown = self.live().get(from)?.checked_add(net)?;
        let least = self.live().iter().min().copied()?;
        Some(Self::within(least, grown).is_ok())
    }

    fn out(&self, _figures: &BalancerV3Figures, swap: Swap, net: U256) -> Result<U256, Halt> {
        let (d, live) = (self.d?, self.live());
        let out = StableMath::Third.out_given_in(self.amp, live, d, (swap.from, swap.to), net)?;
        let least = live.iter().min().copied().ok_or(Halt::Overflow)?;
        let most = live.iter().max().copied().ok_or(Halt::Overflow)?;
        let grown = live.get(swap.from).and_then(|held| held.checked_add(net));
        let left = live.get(swap.to).and_then(|held| held.checked_sub(out));
        let (grown, left) = grown.zip(left).ok_or(Halt::Overflow)?;
        Self::within(least.min(left), most.max(grown))?;
        if left < DUST { Err(Halt::Dust) } else { Ok(out) }
    }

    fn gain(&self, figures: &BalancerV3Figures, from: usize, to: usize) -> Option<Gain> {
        let ann = self.amp.checked_mul(U256::from(self.n))?;
        let curve = folded(self.live(), (from, to), self.d.ok()?, (ann, AMP_PRECISION))?;
        let rate = |at: usize| {
            let token = figures.tokens.get(at)?;
            Some(to_f64(token.scaling) * to_f64(token.rate) / to_f64(WAD))
        };
        let keep = to_f64(complement(figures.swap_fee)) / to_f64(WAD);
        Some(curve.rescaled(rate(from)? * keep, 1.0 / rate(to)?))
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Overflow | Failure::Oracle => Self::Overflow,
            Failure::NoConvergence => Self::NoConvergence,
            Failure::NothingOut => Self::NothingOut,
            Failure::Dust => Self::Dust,
        }
    }
}
