//! From a market and what happens to another market.

use std::sync::Arc;

use alloy_primitives::{Address, U256};

use super::{Part, Shock, ShockError};
use crate::{
    amount::{WAD, from_f64, mul_div, to_f64},
    market::{Assumption, Listing, Market},
    queues::assumed_wait,
    venues::{LegKind, NATIVE, Shocked, Venue, VenueId},
};

/// A market after something happened, and what loans see of it.
#[derive(Debug, Clone)]
pub struct After {
    /// The market.
    pub market: Market,
    /// The market once what lasts for a time only is over, and after how long that is.
    pub(super) lifted: Option<(u64, Market)>,
    /// What borrowing costs at a venue: a year in RAY, and for how long.
    pub(super) rates: Vec<(VenueId, U256, Option<u64>)>,
    /// Simple rates of lending pools before and after, a year in RAY, and for how long.
    pub(super) used: Vec<(VenueId, U256, U256, Option<u64>)>,
    /// How far below redemption a token trades.
    pub(super) discounts: Vec<(Address, Part)>,
    /// The same in one book.
    pub(super) books: Vec<(Address, Part)>,
}

impl After {
    /// Nothing has happened.
    pub fn nothing(market: &Market) -> Self {
        let (rates, used, discounts, books) = Default::default();
        Self { market: market.clone(), lifted: None, rates, used, discounts, books }
    }

    /// After all of `shocks`, in their order; `why` names them where an answer tells of it.
    pub fn of(market: &Market, shocks: &[Shock], why: &str) -> Result<Self, ShockError> {
        let mut after = Self::nothing(market);
        for shock in shocks {
            after.apply(shock, why)?;
        }
        if let Some(lasts_s) = shocks.iter().filter_map(Shock::lasts_s).max() {
            let stays: Vec<Shock> =
                shocks.iter().filter(|s| s.lasts_s().is_none()).cloned().collect();
            after.lifted = Some((lasts_s, Self::of(market, &stays, why)?.market));
        }
        Ok(after)
    }

    /// The market that an exit within so many seconds meets: of what is over by then nothing stays.
    pub(super) fn within(&self, within_s: u64) -> &Market {
        match &self.lifted {
            Some((lasts_s, market)) if *lasts_s <= within_s => market,
            _ => &self.market,
        }
    }

    fn apply(&mut self, shock: &Shock, why: &str) -> Result<(), ShockError> {
        match shock {
            Shock::Discount { token, by } => self.discount(*token, *by),
            Shock::Backing { token, loss } => self.backing(*token, *loss),
            Shock::Depth { venue, kept } => self.depth(venue, *kept, why),
            Shock::Wait { venue, wait_s } => self.wait(venue, *wait_s, why),
            Shock::QueueClosed { venue } => {
                self.queue_of(venue)?;
                self.change(venue, |shocked| Some(shocked.without_queues()))
            }
            Shock::Utilisation { venue, of, for_s } => self.lend(venue, *of, *for_s),
            Shock::BorrowRate { venue, rate, for_s } => {
                self.listing(venue)?;
                self.rates.push((venue.clone(), *rate, *for_s));
                Ok(())
            }
            Shock::Paused { venue } => {
                self.listing(venue)?.disabled = Some(format!("paused: {why}"));
                Ok(())
            }
            Shock::Protocol { name, loss } => self.protocol(name, *loss, why),
            Shock::Book { token, by } => {
                self.redeems(*token)?;
                self.books.extend(same(&self.market, *token).into_iter().map(|t| (t, *by)));
                Ok(())
            }
        }
    }

    fn listing(&mut self, id: &VenueId) -> Result<&mut Listing, ShockError> {
        let found = self.market.listings.iter_mut().find(|l| l.venue.id() == id);
        found.ok_or_else(|| ShockError::UnknownVenue(id.clone()))
    }

    /// Puts a changed venue in the place of one.
    fn change(
        &mut self,
        id: &VenueId,
        how: impl FnOnce(Shocked) -> Option<Shocked>,
    ) -> Result<(), ShockError> {
        let listing = self.listing(id)?;
        let shocked = how(Shocked::new(listing.venue.boxed()));
        listing.venue = Arc::new(shocked.ok_or_else(|| ShockError::Overflow(id.to_string()))?);
        Ok(())
    }

    /// What a token redeems for, of which something can be lost.
    fn redeems(&self, token: Address) -> Result<(), ShockError> {
        let symbol = || self.market.symbol(token);
        if same(&self.market, token).contains(&NATIVE) {
            return Err(ShockError::Eth(symbol()));
        }
        let known = self.market.redeem_value(token, WAD).is_some();
        known.then_some(()).ok_or_else(|| ShockError::UnknownToken(symbol()))
    }

    fn discount(&mut self, token: Address, by: Part) -> Result<(), ShockError> {
        self.redeems(token)?;
        if by == Part::WHOLE {
            return Err(ShockError::Everything);
        }
        let family = same(&self.market, token);
        let factors: Vec<Option<U256>> =
            self.market.listings.iter().map(|l| self.cheapened(l, &family, by)).collect();
        for (listing, factor) in self.market.listings.iter_mut().zip(factors) {
            let Some(factor) = factor else { continue };
            let shocked = Shocked::new(listing.venue.boxed());
            let counted = shocked.counting(|t| family.contains(&t), factor);
            let overflow = || ShockError::Overflow(listing.venue.id().to_string());
            listing.venue = Arc::new(counted.ok_or_else(overflow)?);
        }
        self.discounts.extend(family.into_iter().map(|token| (token, by)));
        Ok(())
    }

    /// What a unit of the family must count for on an exchange, so that the next one brings no more
    /// than redemption less the discount; `None` where it is none, or pays less already.
    fn cheapened(&self, listing: &Listing, family: &[Address], by: Part) -> Option<U256> {
        let venue = listing.venue.as_ref();
        let tokens = venue.tokens();
        let inside = |at: &usize| family.contains(&tokens[*at]);
        let from = (0..tokens.len()).find(inside)?;
        let to = (0..tokens.len()).find(|at| !inside(at))?;
        if venue.step(from, to).kind != LegKind::Swap {
            return None;
        }
        let worth = |token| self.market.redeem_value(token, WAD).map(to_f64);
        let price = match (worth(tokens[from]), worth(tokens[to]), venue.gain(from, to)) {
            (Some(given), Some(wanted), Some(gain)) => gain.marginal(0.0) * wanted / given,
            // Against what has no price in ETH, the discount is on what it trades at.
            _ => 1.0,
        };
        let factor = to_f64(by.rest()) / price;
        (factor < 1e18).then(|| from_f64(factor)).filter(|factor| !factor.is_zero())
    }

    fn backing(&mut self, token: Address, loss: Part) -> Result<(), ShockError> {
        self.redeems(token)?;
        if loss == Part::WHOLE {
            return Err(ShockError::Everything);
        }
        let family = standing_on(&self.market, token);
        self.market = recounted(&self.market, &family, loss.rest(), WAD)
            .ok_or_else(|| ShockError::Overflow(self.market.symbol(token)))?;
        Ok(())
    }

    fn depth(&mut self, venue: &VenueId, kept: Part, why: &str) -> Result<(), ShockError> {
        if kept.get().is_zero() {
            self.listing(venue)?.disabled = Some(format!("drained: {why}"));
            return Ok(());
        }
        self.change(venue, |shocked| shocked.keeping(kept.get()))
    }

    fn queue_of(&mut self, venue: &VenueId) -> Result<(), ShockError> {
        let listing = self.listing(venue)?;
        let tokens = 0..listing.venue.tokens().len();
        let queues = tokens.into_iter().any(|at| !listing.venue.exits(at).is_empty());
        if queues { Ok(()) } else { Err(ShockError::NoQueue(venue.clone())) }
    }

    fn wait(&mut self, venue: &VenueId, wait_s: u64, why: &str) -> Result<(), ShockError> {
        self.queue_of(venue)?;
        let listing = self.listing(venue)?;
        let tokens = 0..listing.venue.tokens().len();
        let mut exits = tokens.flat_map(|at| listing.venue.exits(at));
        let told = exits.any(|exit| exit.expected_wait.seconds().is_some());
        if !told && assumed_wait(&self.market, venue).is_none() {
            return Err(ShockError::NoWait(venue.clone()));
        }
        let about =
            |a: &Assumption| matches!(a, Assumption::QueueWait { venue: v, .. } if v == venue);
        self.market.assumptions.retain(|assumption| !about(assumption));
        let (venue, why) = (venue.clone(), why.to_owned());
        self.market.assumptions.push(Assumption::QueueWait { venue, wait_s, why });
        Ok(())
    }

    fn lend(&mut self, venue: &VenueId, of: Part, for_s: Option<u64>) -> Result<(), ShockError> {
        let listing = self.listing(venue)?;
        // Nine places more: RAY.
        let used = of.get().saturating_mul(U256::from(1_000_000_000u64));
        let lent = listing.venue.lent(used).ok_or_else(|| ShockError::NotLent(venue.clone()))?;
        let rates = listing.venue.borrow_rate().zip(lent.borrow_rate());
        listing.venue = Arc::from(lent);
        self.used.extend(rates.map(|(before, after)| (venue.clone(), before, after, for_s)));
        Ok(())
    }

    fn protocol(&mut self, name: &str, loss: Part, why: &str) -> Result<(), ShockError> {
        let own: Vec<VenueId> = self
            .market
            .listings
            .iter()
            .filter(|l| l.protocol == name)
            .map(|l| l.venue.id().clone())
            .collect();
        if own.is_empty() {
            return Err(ShockError::UnknownProtocol(name.to_owned()));
        }
        let mut lost: Vec<Vec<Address>> = Vec::new();
        for id in own {
            let venue = self.listing(&id)?.venue.clone();
            let issued = issued(venue.as_ref());
            if issued.is_empty() {
                self.depth(&id, loss.other(), why)?;
            }
            let redeems = issued.into_iter().filter(|token| self.redeems(*token).is_ok());
            lost.extend(redeems.map(|token| standing_on(&self.market, token)));
        }
        // What stands on another of the protocol's tokens is lost with it, once.
        lost.sort_by_key(|family| std::cmp::Reverse(family.len()));
        let mut done: Vec<Address> = Vec::new();
        for family in lost {
            match family.first() {
                Some(&token) if !done.contains(&token) => self.backing(token, loss)?,
                _ => {}
            }
            done.extend(family);
        }
        Ok(())
    }
}

/// The same market with every unit of `family` counted as `num / den` of one: in what it redeems for,
/// and wherever it is traded for something else. `None` on overflow.
///
/// This is how a loss looks to holders, and how a share token looks on another day: then units are
/// those of the market's own day.
pub fn recounted(market: &Market, family: &[Address], num: U256, den: U256) -> Option<Market> {
    let mut after = market.clone();
    let part = mul_div(WAD, num, den)?;
    for redemption in after.redemptions.iter_mut().filter(|r| family.contains(&r.token)) {
        redemption.eth = redemption.eth.checked_mul(num)?;
        redemption.units = redemption.units.checked_mul(den)?;
    }
    for listing in &mut after.listings {
        let tokens = listing.venue.tokens();
        let inside = tokens.iter().filter(|token| family.contains(token)).count();
        if inside > 0 && inside < tokens.len() {
            let counted = Shocked::new(listing.venue.boxed());
            listing.venue = Arc::new(counted.counting(|token| family.contains(&token), part)?);
        }
    }
    Some(after)
}

/// A token and those that convert into it exactly.
pub fn same(market: &Market, token: Address) -> Vec<Address> {
    grown(vec![token], |family| {
        let tokens = market.tokens.iter().map(|t| t.address);
        let joins = |t: &Address| family.iter().any(|f| market.exact_pair(*t, *f).is_some());
        tokens.filter(joins).collect()
    })
}

/// A token, those that convert into it exactly, and those that stand on it by their own protocol.
pub fn standing_on(market: &Market, token: Address) -> Vec<Address> {
    grown(vec![token], |family| {
        let mut found: Vec<Address> = family.iter().flat_map(|&t| same(market, t)).collect();
        for listing in &market.listings {
            let venue = listing.venue.as_ref();
            for (at, token) in venue.tokens().iter().enumerate() {
                let behind = venue.redemption(at).and_then(|b| venue.tokens().get(b.asset));
                if behind.is_some_and(|asset| family.contains(asset)) {
                    found.push(*token);
                }
            }
        }
        found
    })
}

/// Adds what `more` finds until it finds nothing new.
fn grown(mut family: Vec<Address>, more: impl Fn(&[Address]) -> Vec<Address>) -> Vec<Address> {
    loop {
        let mut new = more(&family);
        new.retain(|token| !family.contains(token));
        new.dedup();
        if new.is_empty() {
            return family;
        }
        family.extend(new);
    }
}

/// What a venue issues: for a stake or a deposit, or with its own backing.
fn issued(venue: &dyn Venue) -> Vec<Address> {
    let tokens = venue.tokens();
    let creates = |to: usize| {
        let mints = |from: usize| {
            from != to && matches!(venue.step(from, to).kind, LegKind::Stake | LegKind::Deposit)
        };
        venue.redemption(to).is_some_and(|b| b.asset != to) || (0..tokens.len()).any(mints)
    };
    (0..tokens.len()).filter(|&at| creates(at)).map(|at| tokens[at]).collect()
}
