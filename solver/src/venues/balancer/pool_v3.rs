//! Balancer v3's pools without hooks, whatever their formula.
//!
//! Amounts below the vault's smallest trade are refused. Pools with hooks, which may change fees and
//! amounts, do not open. A [`Formula`] says what comes out, in 18 decimals and with rates.

use std::fmt;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        Call, Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue,
        VenueId, permit2,
    },
    books_v3::{BALANCE_BITS, BalancerV3Error, BalancerV3Figures, BalancerV3Token},
};

sol! {
    function swapSingleTokenExactIn(
        address pool, address tokenIn, address tokenOut, uint256 exactAmountIn,
        uint256 minAmountOut, uint256 deadline, bool wethIsEth, bytes userData
    ) external payable returns (uint256 amountOut);
}

/// What a kind of pool computes, in 18 decimals and with rates.
pub(crate) trait Formula: Clone + fmt::Debug + Send + Sync + 'static {
    /// What bounds an input.
    const BOUND: &'static str;

    /// Whether figures make such a pool; what follows from the balances is found here.
    fn measure(&mut self, figures: &BalancerV3Figures) -> Result<(), BalancerV3Error>;

    /// Whether the balance of the token given alone lets an amount in.
    fn takes(&self, figures: &BalancerV3Figures, from: usize, net: U256) -> Option<bool>;

    /// What comes out for what comes in after the fee.
    fn out(&self, figures: &BalancerV3Figures, swap: Swap, net: U256) -> Result<U256, Halt>;

    /// The concave view.
    fn gain(&self, figures: &BalancerV3Figures, from: usize, to: usize) -> Option<Gain>;
}

/// Why a formula returns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The arithmetic overflows, or divides by zero.
    Overflow,
    /// An iteration does not end.
    NoConvergence,
    /// The vault's smallest trade is more than what comes in.
    TooLittle,
    /// Or than what comes out.
    NothingOut,
    /// A balance is dust.
    Dust,
    /// The trade is beyond what bounds an input.
    Bound,
    /// A balance that the pool keeps at least, in units of its token.
    Least(U256),
}

/// The least balance is called this.
const LEAST: &str = "the least balance that the pool keeps";

/// A pool of Balancer's third vault.
#[derive(Debug, Clone)]
pub struct PoolV3<F> {
    figures: BalancerV3Figures,
    formula: F,
    addresses: Box<[Address]>,
    /// The most of each token that the balances let in.
    most: Box<[U256]>,
    outgrown: bool,
}

/// What a swap does.
struct Outcome {
    out: U256,
    /// Units of the token given that leave the pool as fee.
    charged: U256,
}

#[allow(private_bounds, reason = "formulas are the kinds of pools here, and made nowhere else")]
impl<F: Formula> PoolV3<F> {
    /// A pool with these figures; `Err` says which of them cannot be.
    pub(super) fn of(figures: BalancerV3Figures, formula: F) -> Result<Self, BalancerV3Error> {
        figures.check()?;
        let addresses: Box<[Address]> = figures.tokens.iter().map(|token| token.token).collect();
        let most = vec![U256::ZERO; addresses.len()].into();
        let mut pool = Self { figures, formula, addresses, most, outgrown: false };
        pool.formula.measure(&pool.figures)?;
        for token in 0..pool.addresses.len() {
            pool.renew(token);
        }
        Ok(pool)
    }

    /// What the vault says of it.
    pub const fn figures(&self) -> &BalancerV3Figures {
        &self.figures
    }

    fn takes(&self, from: usize, amount: U256) -> Option<bool> {
        let given = self.figures.tokens.get(from)?;
        let (room, net) = self.figures.room(given, amount)?;
        Some(room && self.formula.takes(&self.figures, from, net)?)
    }

    /// Finds the most of a token that the balances let in.
    fn renew(&mut self, at: usize) {
        let takes = |amount| self.takes(at, amount).unwrap_or(false);
        let most = last(takes, U256::ONE << BALANCE_BITS);
        if let Some(slot) = self.most.get_mut(at) {
            *slot = most;
        }
        self.outgrown = self.figures.outgrown();
    }

    /// Both sides of a swap, if the pool trades it now.
    fn sides(&self, swap: Swap) -> Result<[&BalancerV3Token; 2], QuoteError> {
        let BalancerV3Figures { id, tokens, paused, .. } = &self.figures;
        let (Some(given), Some(wanted)) = (tokens.get(swap.from), tokens.get(swap.to)) else {
            return Err(QuoteError::not_traded(id, swap));
        };
        if swap.from == swap.to {
            return Err(QuoteError::not_traded(id, swap));
        }
        if *paused {
            return Err(QuoteError::Paused(id.clone()));
        }
        if self.outgrown {
            return Err(QuoteError::Overflow(id.clone()));
        }
        if swap.amount.is_zero() { Err(QuoteError::ZeroAmount) } else { Ok([given, wanted]) }
    }

    fn outcome(&self, swap: Swap) -> Result<Outcome, QuoteError> {
        let [given, wanted] = self.sides(swap)?;
        self.traded(swap, given, wanted).map_err(|halt| self.refusal(halt, swap, given))
    }

    fn traded(
        &self,
        swap: Swap,
        given: &BalancerV3Token,
        wanted: &BalancerV3Token,
    ) -> Result<Outcome, Halt> {
        let figures = &self.figures;
        if swap.amount > self.most.get(swap.from).copied().unwrap_or_default() {
            return Err(Halt::Bound);
        }
        let (net, fee) = figures.net(given, swap.amount).ok_or(Halt::Overflow)?;
        if net < figures.least_trade {
            return Err(Halt::TooLittle);
        }
        let scaled = self.formula.out(figures, swap, net)?;
        if scaled < figures.least_trade {
            return Err(Halt::NothingOut);
        }
        let out = wanted.rate_up().and_then(|rate| wanted.raw(scaled, rate));
        let out = out.filter(|out| *out <= wanted.balance).ok_or(Halt::Overflow)?;
        Ok(Outcome { out, charged: figures.charged(given, fee).ok_or(Halt::Overflow)? })
    }

    fn refusal(&self, halt: Halt, swap: Swap, given: &BalancerV3Token) -> QuoteError {
        let venue = self.figures.id.clone();
        match halt {
            Halt::Overflow => QuoteError::Overflow(venue),
            Halt::NoConvergence => QuoteError::NoConvergence(venue),
            Halt::TooLittle => {
                QuoteError::BelowMinimum { venue, least: self.figures.least_in(given) }
            }
            Halt::NothingOut => QuoteError::NothingOut(venue),
            Halt::Dust => {
                let what = "a balance is dust: rounding decides what comes out".to_owned();
                QuoteError::Unknown { venue, what }
            }
            Halt::Bound => {
                let limit = self.most_in(swap.from, swap.to);
                QuoteError::Limit { venue, what: F::BOUND, limit }
            }
            Halt::Least(limit) => QuoteError::Limit { venue, what: LEAST, limit },
        }
    }

    /// The most units in that the pool takes and pays for.
    fn most_in(&self, from: usize, to: usize) -> U256 {
        let done = |amount| {
            let swap = Swap { from, to, amount };
            let [given, wanted] = self.sides(swap).map_err(|_| Halt::Overflow)?;
            self.traded(swap, given, wanted)
        };
        let small =
            |amount| matches!(done(amount), Ok(_) | Err(Halt::TooLittle | Halt::NothingOut));
        let most = self.most.get(from).copied().unwrap_or_default();
        let most = if most.is_zero() || small(most) { most } else { last(small, most) };
        if done(most).is_ok() { most } else { U256::ZERO }
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

impl<F: Formula> Venue for PoolV3<F> {
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
        let mut next = self.clone();
        // The fee that leaves is a part of what came in.
        if let Some(given) = next.figures.tokens.get_mut(swap.from) {
            given.balance += swap.amount - charged;
        }
        if let Some(wanted) = next.figures.tokens.get_mut(swap.to) {
            wanted.balance -= out;
        }
        let measured = next.formula.measure(&next.figures);
        measured.map_err(|_| QuoteError::Overflow(self.figures.id.clone()))?;
        // Of stable pools the least balance of all is in what each lets in.
        (0..next.addresses.len()).for_each(|token| next.renew(token));
        *self = next;
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let both = [self.figures.tokens.get(from)?, self.figures.tokens.get(to)?];
        let empty = both.iter().any(|token| token.balance.is_zero());
        if from == to || self.figures.paused || self.outgrown || empty {
            return None;
        }
        self.formula.gain(&self.figures, from, to)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        if self.figures.paused {
            return Capacity::none("the pool is paused");
        }
        let amount = self.most_in(from, to);
        Capacity::Limited { amount, what: F::BOUND, refill_per_block: None }
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
        let BalancerV3Figures { pool, router, permit2, .. } = self.figures;
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
