//! What contracts have in common that issue a token for an asset and may redeem it at once: doors that
//! are open within limits, and a [`Form`] that says how amounts follow from each other.

use std::fmt;

use alloy_primitives::{Address, U256};

use super::{
    Backing, Capacity, Encoded, Exit, ExitRate, Gain, Quote, QuoteError, Step, Swap, Trade, Venue,
    VenueId,
};

const ASSET: usize = 0;
const SHARE: usize = 1;

/// What the most of one call is called.
const MOST: &str = "the most of one deposit";

/// How one contract issues and redeems: its arithmetic, its calls and what these change.
pub(crate) trait Form: Clone + fmt::Debug + Send + Sync + 'static {
    /// Whether the contract refuses an issue, or a redemption, of nothing.
    const REFUSES_NOTHING: bool;

    /// Whether what is issued earns what lies behind it and nothing by itself.
    const CARRIES: bool = false;

    /// Units issued for `amount` of the asset, rounded as the contract does; `None` on overflow.
    fn issued(&self, amount: U256) -> Option<U256>;

    /// Books an issue.
    fn issue(&mut self, amount: U256, out: U256) -> Option<()>;

    /// The concave view of issues, without a cap.
    fn issue_rate(&self) -> f64;

    /// Units of the asset paid at once for `amount`, rounded as the contract does; `None` on overflow,
    /// and where nothing is redeemed at once.
    fn redeemed(&self, amount: U256) -> Option<U256> {
        let _ = amount;
        None
    }

    /// Books a redemption.
    fn redeem(&mut self, amount: U256, out: U256) -> Option<()> {
        let _ = (amount, out);
        None
    }

    /// The concave view of redemptions.
    fn redeem_gain(&self, cap: f64) -> Option<Gain> {
        let _ = cap;
        None
    }

    /// Opens or narrows doors for what a trade has changed.
    fn settle(&self, doors: &mut [Door; 2]) {
        let _ = doors;
    }

    /// Units of the asset behind so many units issued, as a fraction that nothing has rounded.
    fn backing(&self) -> (U256, U256);

    /// What kind of step an issue, or else a redemption, is.
    fn step(&self, issues: bool) -> Step;

    /// The calls of a trade.
    fn encode(&self, trade: &Trade, tokens: &[Address; 2]) -> Encoded;
}

/// What is known of one way through a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// It is open.
    Open {
        /// The least that one call may give, in units of the token given.
        least: U256,
        /// The most that one call may give, in the same units; `None` where the contract sets none.
        most: Option<U256>,
        /// The most that it takes in all, in the same units.
        capacity: Capacity,
    },
    /// It is paused.
    Paused,
    /// Unknown, in words: it is not used.
    Unknown(String),
    /// There is none.
    None,
}

impl Door {
    /// Open as far as a capacity says, for any amount.
    pub const fn up_to(capacity: Capacity) -> Self {
        Self::Open { least: U256::ZERO, most: None, capacity }
    }

    /// Refuses what does not go through.
    fn check(&self, venue: &VenueId, swap: Swap) -> Result<(), QuoteError> {
        match self {
            Self::Open { least, .. } if swap.amount < *least => {
                Err(QuoteError::BelowMinimum { venue: venue.clone(), least: *least })
            }
            Self::Open { most: Some(limit), .. } if swap.amount > *limit => {
                Err(QuoteError::Limit { venue: venue.clone(), what: MOST, limit: *limit })
            }
            Self::Open { capacity, .. } => capacity.check(venue, swap.amount),
            Self::Paused => Err(QuoteError::Paused(venue.clone())),
            Self::Unknown(what) => {
                Err(QuoteError::Unknown { venue: venue.clone(), what: what.clone() })
            }
            Self::None => Err(QuoteError::not_traded(venue, swap)),
        }
    }

    fn capacity(&self) -> Capacity {
        match self {
            Self::Open { most, capacity, .. } => match (most, capacity) {
                (Some(most), Capacity::Limited { amount, .. }) if amount <= most => {
                    capacity.clone()
                }
                (Some(amount), Capacity::Limited { .. } | Capacity::Unlimited) => {
                    Capacity::Limited { amount: *amount, what: MOST, refill_per_block: None }
                }
                (_, capacity) => capacity.clone(),
            },
            Self::Paused => Capacity::none("paused"),
            Self::Unknown(what) => Capacity::Unknown(what.clone()),
            Self::None => Capacity::none("not traded"),
        }
    }

    /// Sets the capacity of a door that is open.
    pub(crate) fn limit(&mut self, to: Capacity) {
        if let Self::Open { capacity, .. } = self {
            *capacity = to;
        }
    }

    fn spend(&mut self, amount: U256) {
        if let Self::Open { capacity, .. } = self {
            capacity.spend(amount);
        }
    }
}

/// A contract that issues a token for an asset: tokens are the asset and what is issued, in this order.
#[derive(Debug, Clone)]
pub struct Issuer<F> {
    id: VenueId,
    tokens: [Address; 2],
    form: F,
    /// Issues, and redemptions at once.
    doors: [Door; 2],
    exits: Vec<Exit>,
}

#[allow(private_bounds, reason = "forms are the venues of this module, and made nowhere else")]
impl<F: Form> Issuer<F> {
    /// The contract that issues `tokens[1]` for `tokens[0]`, with what is known of issues, of
    /// redemptions at once, and of the queues out of what is issued.
    pub fn new(
        id: VenueId,
        tokens: [Address; 2],
        form: F,
        doors: [Door; 2],
        exits: Vec<Exit>,
    ) -> Self {
        Self { id, tokens, form, doors, exits }
    }

    /// With another queue out of what is issued.
    pub(crate) fn and_leaving(mut self, exit: Exit) -> Self {
        self.exits.push(exit);
        self
    }

    fn failed(&self) -> QuoteError {
        let (amount, units) = self.form.backing();
        QuoteError::failed(&self.id, [amount, units])
    }

    fn after(&self, swap: Swap, out: U256) -> Option<Self> {
        let mut after = self.clone();
        after.doors[swap.from].spend(swap.amount);
        match swap.from {
            ASSET => after.form.issue(swap.amount, out)?,
            _ => after.form.redeem(swap.amount, out)?,
        }
        after.form.settle(&mut after.doors);
        let (out, units) = after.form.backing();
        // What is paid one for one stays so; any other rate is that of what lies behind.
        for exit in after.exits.iter_mut().filter(|exit| exit.rate != ExitRate::ONE) {
            exit.rate = ExitRate { out, units };
        }
        Some(after)
    }
}

impl<F: Form> Venue for Issuer<F> {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if !matches!((swap.from, swap.to), (ASSET, SHARE) | (SHARE, ASSET)) {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if swap.amount.is_zero() && self.doors[swap.from] != Door::None {
            return Err(QuoteError::ZeroAmount);
        }
        self.doors[swap.from].check(&self.id, swap)?;
        let out = match swap.from {
            ASSET => self.form.issued(swap.amount),
            _ => self.form.redeemed(swap.amount),
        };
        let out = out.ok_or_else(|| self.failed())?;
        if out.is_zero() {
            let (amount, units) = self.form.backing();
            if amount.is_zero() || units.is_zero() {
                return Err(QuoteError::NoRate(self.id.clone()));
            }
            if F::REFUSES_NOTHING {
                return Err(QuoteError::NothingOut(self.id.clone()));
            }
        }
        Ok(Quote::of(out))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        *self = self.after(swap, quote.out).ok_or_else(|| self.failed())?;
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let cap = match self.doors.get(from)? {
            door @ Door::Open { .. } if from + to == 1 => door.capacity().cap(),
            _ => return None,
        };
        match from {
            ASSET => Gain::linear(self.form.issue_rate(), cap),
            _ => self.form.redeem_gain(cap),
        }
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match self.doors.get(from) {
            Some(door) if from + to == 1 => door.capacity(),
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        self.form.step(from == ASSET)
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        match self.doors.get(trade.swap.from) {
            Some(Door::Open { .. }) if trade.swap.from + trade.swap.to == 1 => {
                self.form.encode(trade, &self.tokens)
            }
            _ => Encoded::nothing(),
        }
    }

    fn exits(&self, token: usize) -> Vec<Exit> {
        if token == SHARE { self.exits.clone() } else { Vec::new() }
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let (amount, units) = self.form.backing();
        let some = token == SHARE && !units.is_zero();
        some.then_some(Backing { asset: ASSET, amount, units })
    }

    fn carries(&self, token: usize) -> bool {
        F::CARRIES && token == SHARE
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
