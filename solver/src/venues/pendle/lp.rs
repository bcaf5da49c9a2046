//! LP of a market: added for SY alone until the expiry, taken out for SY alone at any time.
//!
//! The SY among what lies behind LP earn as all SY do. What its PT earn hangs on where the market's rate
//! goes, the fees on what others trade, and PENDLE are an incentive: of these the chain's state says
//! nothing, and nothing is said here. The market is the one of `pendle_market`: a plan that trades with
//! both moves it twice, each counts with it as it was, and a run says so.

use std::sync::OnceLock;

use alloy_primitives::{Address, I256, U256, uint};

use super::{
    super::{
        Capacity, Encoded, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue, VenueId,
    },
    PendleFigures,
    encoding::Router,
    limits::{Limits, keeps_nothing, last},
    liquidity::{First, LOCKED, Liquidity},
    pool::{Curve, PendleError, Pool, int},
    view::{View, amounts},
};
use crate::amount::to_f64;

const SY: usize = 0;
const LP: usize = 1;
/// The part of the PT that is left in a market.
const LEFT: I256 = I256::from_raw(uint!(1_000_U256));

/// The figures of a market's LP at one block.
#[derive(Debug, Clone)]
pub struct PendleLpFigures {
    /// Of the market itself, which may have expired.
    pub market: PendleFigures,
    /// LP that there are.
    pub total_lp: U256,
    /// Whether the market rounds up what it takes beside the scarcer of both tokens: from version 6 on,
    /// not in version 3. Those between tell no version; it is a unit, of what the market holds after.
    pub rounds_up: bool,
    /// PT that lie with the yield token and belong to nobody: who redeems next has them redeemed too.
    pub floating_pt: U256,
    /// SY that lie with the yield token.
    pub held_sy: U256,
}

/// What lies behind the LP of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooled {
    /// LP that there are.
    pub units: U256,
    /// SY that lie behind them.
    pub sy: U256,
    /// These and the PT that lie behind them, in SY, rounded down: PT before the expiry at the price that
    /// the market implies, a mark that moves with it; from the expiry on as they are redeemed.
    pub worth: U256,
}

/// A market's LP: tokens are SY and LP, in this order.
#[derive(Debug, Clone)]
pub struct PendleLp {
    id: VenueId,
    tokens: [Address; 2],
    router: Router,
    expiry: u64,
    paused: bool,
    liquidity: Liquidity,
    /// [`PendleError::Expired`] from the expiry on.
    curve: Result<Curve, PendleError>,
    floating_pt: U256,
    held_sy: U256,
    /// The most SY that are added and the most LP that are taken out, looked for once for each state.
    limits: OnceLock<[U256; 2]>,
}

impl PendleLp {
    /// With these figures; `Err` when they make no curve, or when there are no LP.
    pub fn new(figures: PendleLpFigures) -> Result<Self, PendleError> {
        let PendleLpFigures { market, total_lp, rounds_up, floating_pt, held_sy } = figures;
        let pool = Pool::of(&market)?;
        let total_lp = int(total_lp)?;
        if !total_lp.is_positive() || pool.index.is_zero() {
            return Err(PendleError::Empty);
        }
        let curve = match pool.curve() {
            Err(PendleError::Expired) => Err(PendleError::Expired),
            curve => Ok(curve?),
        };
        let PendleFigures { id, market, router, sy, expiry, paused, .. } = market;
        Ok(Self {
            id,
            tokens: [sy, market],
            router: Router { router, market },
            expiry,
            paused,
            liquidity: Liquidity { pool, total_lp, rounds_up },
            curve,
            floating_pt,
            held_sy,
            limits: OnceLock::new(),
        })
    }

    /// What comes out, and the market after it.
    fn deal(&self, swap: Swap) -> Result<(U256, Liquidity), QuoteError> {
        let Swap { from, to, amount } = swap;
        if from > LP || to > LP || from == to {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.paused {
            return Err(QuoteError::Paused(self.id.clone()));
        }
        if from == SY && self.curve == Err(PendleError::Expired) {
            return Err(self.refusal(PendleError::Expired, from));
        }
        let (limit, what) = self.limit(from);
        if amount > limit {
            return Err(QuoteError::Limit { venue: self.id.clone(), what, limit });
        }
        let dealt = match (from, &self.curve) {
            (SY, Ok(curve)) => {
                self.liquidity.add(curve, amount).map(|added| (added.lp, added.after))
            }
            (_, Ok(_)) => self.liquidity.remove(amount),
            (_, Err(PendleError::Expired)) => {
                self.liquidity.redeem(amount, self.floating_pt).and_then(|(sy, more, left)| {
                    Ok((sy.checked_add(more).ok_or(PendleError::Overflow)?, left))
                })
            }
            (_, Err(error)) => Err(*error),
        };
        dealt.map_err(|error| self.refusal(error, from))
    }

    fn refusal(&self, error: PendleError, from: usize) -> QuoteError {
        let venue = self.id.clone();
        match error {
            PendleError::Expired => QuoteError::Expired { venue, expiry: self.expiry },
            PendleError::FeeZero => QuoteError::NoFee(venue),
            PendleError::NothingOut => QuoteError::NothingOut(venue),
            PendleError::Overflow => QuoteError::Overflow(venue),
            PendleError::Empty
            | PendleError::TooLittlePt
            | PendleError::TooMuchPt
            | PendleError::RateBelowOne
            | PendleError::RateZero => {
                let (limit, what) = self.limit(from);
                QuoteError::Limit { venue, what, limit }
            }
        }
    }

    /// The most of a token that is taken, and what sets it.
    fn limit(&self, from: usize) -> (U256, &'static str) {
        let [sy, lp] = *self.limits.get_or_init(|| self.find_limits());
        match (from, &self.curve) {
            (SY, Ok(_)) => (sy, "PT that the market sells below par, and can spare"),
            (LP, Err(PendleError::Expired)) => (lp, "SY that lie with the yield token"),
            (LP, Ok(_)) => (lp, "PT that the market takes back"),
            _ => (U256::ZERO, "not added from the expiry on"),
        }
    }

    fn find_limits(&self) -> [U256; 2] {
        let end = self.liquidity.total_lp - LOCKED + I256::ONE;
        let Ok(curve) = &self.curve else {
            return [U256::ZERO, last(end, |lp| self.is_backed(lp.into_raw())).into_raw()];
        };
        if keeps_nothing(&self.liquidity.pool, curve) {
            return [U256::ZERO; 2];
        }
        // What is too small says nothing of what is too large.
        let free = self.without_fee();
        let removes = |lp: I256| {
            let removed = free.remove(lp.into_raw());
            removed.is_ok() || removed == Err(PendleError::NothingOut)
        };
        let sy = self
            .most_pt(curve)
            .and_then(|pt| if pt.is_zero() { Ok(U256::ZERO) } else { free.cost(curve, pt) });
        [sy.unwrap_or_default(), last(end, removes).into_raw()]
    }

    /// The most PT that are bought for LP: those that the market sells, but for a thousandth of all. It
    /// would be left with so few, beside a thousand times the SY, that single ones count.
    fn most_pt(&self, curve: &Curve) -> Result<I256, PendleError> {
        let pool = self.without_fee().pool;
        let sold = int(Limits::of(&pool, curve)?.pt_out)?;
        Ok(sold.min(pool.total_pt - pool.total_pt / LEFT))
    }

    /// Whether the SY lie there that the PT behind some LP are redeemed for.
    fn is_backed(&self, lp: U256) -> bool {
        match self.liquidity.redeem(lp, self.floating_pt) {
            Ok((_, redeemed, _)) => redeemed <= self.held_sy,
            Err(error) => error == PendleError::NothingOut,
        }
    }

    /// The same market, if it did not care for its fee.
    fn without_fee(&self) -> Liquidity {
        let pool = Pool { needs_fee: false, ..self.liquidity.pool };
        Liquidity { pool, ..self.liquidity }
    }

    /// What the router is told to try first. Where the market will refuse it, as its fee is nothing, it
    /// is told all the same.
    fn first(&self, sy: U256) -> Option<First> {
        let curve = self.curve.as_ref().ok()?;
        self.without_fee().add(curve, sy).ok().map(|added| added.first)
    }

    /// From the expiry on: one for one, and what lies there with the first unit.
    fn redeemed(&self) -> Option<Gain> {
        let units = to_f64(self.liquidity.total_lp.into_raw());
        let rate = to_f64(self.liquidity.worth(None).ok()?) / units;
        let floating = self.liquidity.pool.sy(int(self.floating_pt).ok()?).ok()?;
        let (most, first) = (to_f64(self.limit(LP).0), to_f64(floating.into_raw()));
        if first == 0.0 {
            return Gain::linear(rate, most);
        }
        let sample = |lp: f64| (lp, lp * rate + first);
        Gain::above(rate + first, &amounts(most).map(sample)[..], 1.0)
    }
}

impl Venue for PendleLp {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// LP for SY are those that the router mints that is told the PT found here ([`Venue::encode`]).
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        Ok(Quote::of(self.deal(swap)?.0))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let (out, left) = self.deal(swap)?;
        if self.curve == Err(PendleError::Expired) {
            let redeemed = self.liquidity.redeem(swap.amount, self.floating_pt);
            let gone = redeemed.map_or(U256::ZERO, |(_, redeemed, _)| redeemed);
            self.held_sy = self.held_sy.saturating_sub(gone);
            self.floating_pt = U256::ZERO;
        }
        self.curve = left.pool.curve();
        self.liquidity = left;
        self.limits = OnceLock::new();
        Ok(Quote::of(out))
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        if self.paused || from > LP || to > LP || from == to {
            return None;
        }
        let Liquidity { pool, total_lp, .. } = &self.liquidity;
        let lp = to_f64(total_lp.into_raw());
        match (from, &self.curve) {
            (SY, Ok(curve)) if !keeps_nothing(pool, curve) => {
                let most = self.most_pt(curve).ok()?;
                View::new(pool, curve).add(lp, most.into_raw())
            }
            (LP, Ok(curve)) => View::new(pool, curve).remove(lp, self.limit(LP).0),
            (LP, Err(PendleError::Expired)) => self.redeemed(),
            _ => None,
        }
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        if self.paused {
            return Capacity::none("paused");
        }
        if from > LP || to > LP || from == to {
            return Capacity::none("not traded");
        }
        let (amount, what) = self.limit(from);
        Capacity::Limited { amount, what, refill_per_block: None }
    }

    fn step(&self, from: usize, _to: usize) -> Step {
        let (kind, gas) =
            if from == SY { (LegKind::Deposit, 550_000) } else { (LegKind::Redeem, 450_000) };
        Step { kind, gas, approves: true }
    }

    fn encode(&self, trade: &Trade) -> Encoded {
        let Swap { from, to, amount } = trade.swap;
        let encoded = match (from, to) {
            (SY, LP) => self.router.add(trade, self.first(amount)),
            (LP, SY) => self.router.remove(trade),
            _ => return Encoded::nothing(),
        };
        encoded.allowing(self.tokens[from], self.router.router, amount)
    }

    fn pooled(&self) -> Option<Pooled> {
        let Liquidity { pool, total_lp, .. } = &self.liquidity;
        let curve = match &self.curve {
            Err(PendleError::Expired) => None,
            curve => Some(curve.as_ref().ok()?),
        };
        Some(Pooled {
            units: total_lp.into_raw(),
            sy: pool.total_sy.into_raw(),
            worth: self.liquidity.worth(curve).ok()?,
        })
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
