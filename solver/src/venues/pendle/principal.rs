//! Redeeming PT: from their expiry on, each for one of the accounting asset in SY.
//!
//! Source: `PendleYieldToken.redeemPY` (pendle-finance/pendle-core-v2-public). Before the expiry it
//! burns as many YT as PT; after it PT alone. The index never falls, so that what SY earn after the
//! expiry is the treasury's. Minting gives PT and YT together, which is no trade of one token for one
//! other: YT are had from the market.

use alloy_primitives::{Address, U256};

use super::{
    super::{
        Bound, Call, Capacity, Encoded, Exit, ExitFee, ExitRate, Gain, LegKind, Quote, QuoteError,
        RateRule, Step, Swap, Ticket, Trade, Venue, VenueId, Wait,
    },
    encoding::redeemPyToSyCall,
    view::amounts,
};
use crate::amount::{WAD, mul_div_checked, mul_div_up, to_f64};

const SY: usize = 0;
const PT: usize = 1;

/// The figures of a yield token at one block, and its contracts.
#[derive(Debug, Clone)]
pub struct PendlePrincipalFigures {
    /// The name in the market.
    pub id: VenueId,
    /// The router.
    pub router: Address,
    /// The token of the standardized yield.
    pub sy: Address,
    /// The principal token.
    pub pt: Address,
    /// The yield token, which redeems.
    pub yt: Address,
    /// Unix seconds from which PT are redeemed alone.
    pub expiry: u64,
    /// Units of the accounting asset for one of SY, as the yield token counts them, with 18 decimals.
    pub index: U256,
    /// PT that lie with the yield token and belong to nobody: who redeems next has them redeemed too.
    pub floating_pt: U256,
    /// SY that lie with the yield token.
    pub held_sy: U256,
    /// Whether SY can be moved.
    pub paused: bool,
    /// Unix seconds of the block.
    pub timestamp: u64,
}

/// PT at and after their expiry: tokens are SY and PT, in this order.
#[derive(Debug, Clone)]
pub struct PendlePrincipal {
    tokens: [Address; 2],
    figures: PendlePrincipalFigures,
}

impl PendlePrincipal {
    /// With these figures.
    pub const fn new(figures: PendlePrincipalFigures) -> Self {
        Self { tokens: [figures.sy, figures.pt], figures }
    }

    /// Seconds until PT are redeemed; zero from the expiry on.
    pub const fn seconds_left(&self) -> u64 {
        self.figures.expiry.saturating_sub(self.figures.timestamp)
    }

    const fn expired(&self) -> bool {
        self.seconds_left() == 0
    }

    fn redeem(&self, pt: U256) -> Option<U256> {
        mul_div_checked(pt.checked_add(self.figures.floating_pt)?, WAD, self.figures.index)
    }

    /// The most PT whose SY lie there.
    fn most(&self) -> Option<U256> {
        let PendlePrincipalFigures { held_sy, index, floating_pt, .. } = self.figures;
        let beyond = mul_div_up(held_sy.checked_add(U256::ONE)?, index, WAD)?;
        beyond.checked_sub(U256::ONE)?.checked_sub(floating_pt)
    }
}

impl Venue for PendlePrincipal {
    fn id(&self) -> &VenueId {
        &self.figures.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        let venue = || self.figures.id.clone();
        if (swap.from, swap.to) != (PT, SY) {
            return Err(QuoteError::not_traded(&self.figures.id, swap));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.figures.paused {
            return Err(QuoteError::Paused(venue()));
        }
        if !self.expired() {
            return Err(QuoteError::NotYet { venue: venue(), from: self.figures.expiry });
        }
        if self.figures.index.is_zero() {
            return Err(QuoteError::NoRate(venue()));
        }
        self.capacity(PT, SY).check(&self.figures.id, swap.amount)?;
        self.redeem(swap.amount).map(Quote::of).ok_or_else(|| QuoteError::Overflow(venue()))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        self.figures.floating_pt = U256::ZERO;
        self.figures.held_sy = self.figures.held_sy.saturating_sub(quote.out);
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let open = self.expired() && !self.figures.paused && !self.figures.index.is_zero();
        if (from, to) != (PT, SY) || !open {
            return None;
        }
        let rate = to_f64(WAD) / to_f64(self.figures.index);
        let Capacity::Limited { amount, .. } = self.capacity(PT, SY) else { return None };
        if self.figures.floating_pt.is_zero() {
            return Some(Gain::Linear { rate, cap: to_f64(amount) });
        }
        // What lies there comes with the first unit: no concave gain through the origin is nearer
        // than one that has it there.
        let (most, first) = (to_f64(amount), to_f64(self.figures.floating_pt));
        let sample = |a: f64| (a, (a + first) * rate);
        Gain::above((1.0 + first) * rate, &amounts(most).map(sample)[..], 1.0)
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        let what = match (from, to) {
            (PT, SY) if self.figures.paused => "paused",
            (PT, SY) if !self.expired() => "redeemed from the expiry on",
            (PT, SY) => {
                let amount = self.most().unwrap_or_default();
                let what = "SY that lie with the yield token";
                return Capacity::Limited { amount, what, refill_per_block: None };
            }
            _ => "not traded",
        };
        Capacity::none(what)
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Redeem, gas: 250_000, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        if (from, to) != (PT, SY) {
            return Encoded::nothing();
        }
        let PendlePrincipalFigures { router, pt, yt, .. } = self.figures;
        let call = redeemPyToSyCall {
            receiver: trade.recipient,
            YT: yt,
            netPyIn: amount,
            minSyOut: trade.min_out,
        };
        Encoded::one(Call::new(router, U256::ZERO, &call)).allowing(pt, router, amount)
    }

    /// Before the expiry: waiting for it ([`PendlePrincipal::seconds_left`]). What is paid is fixed in the
    /// accounting asset, one for each PT, and is in SY of that day.
    fn exits(&self, token: usize) -> Vec<Exit> {
        if token != PT || self.expired() {
            return Vec::new();
        }
        let wait = Wait::Seconds(self.seconds_left());
        vec![Exit {
            name: "redemption of PT at their expiry",
            to: SY,
            rule: RateRule::FixedAtRequest,
            rate: ExitRate { out: WAD, units: self.figures.index },
            fee: ExitFee::None,
            least: Bound::None,
            most: Bound::None,
            capacity: Capacity::Unlimited,
            least_wait: wait.clone(),
            expected_wait: wait,
            ticket: Ticket::Transferable,
        }]
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
