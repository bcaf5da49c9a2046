//! What others could take from a plan if they saw its transactions, without an EVM.

use alloy_primitives::{Address, U256};

use super::{
    attack::Taken,
    limit::{Given, given_away},
    ring::{Directions, Hop, best},
};
use crate::{
    amount::{WAD, from_f64, mul_div, to_f64},
    market::Market,
    route::Leg,
    solution::Solution,
    value::TRANSACTION_GAS,
    venues::{LegKind, Venue},
};

/// The most hops of a ring, and of a way to a token's price.
const HOPS: usize = 3;

/// The part of a trade's typical gas that an attacker's takes, in hundredths: its allowances stand, and
/// the pool's slots are written back. 86 was measured on a Uniswap v3 pair in the EVM; an attack thought
/// dearer than it is would be thought not to pay.
const ATTACK_GAS_PCT: u64 = 80;

/// The part of a safe slippage that is used: what the model's gas and its root may be off by.
const SAFETY: f64 = 0.8;

/// What a plan's swaps give away.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// Its swaps, in order, but for the unknown.
    pub legs: Vec<Exposed>,
    /// Legs that swap with contracts which are asked at some amounts alone: how they stand after a
    /// trade, and so what others could take from it, nobody knows.
    pub unknown: Vec<usize>,
    /// Wei that trading around the market afterwards gains once gas is paid, beyond what it would have
    /// without the plan; zero where nothing does.
    pub backrun: U256,
}

/// What one swap gives away.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposed {
    /// Which leg of the plan.
    pub leg: usize,
    /// The best attack at the plan's limit, gas not paid.
    pub taken: Taken,
    /// Wei of it once gas is paid, not below zero; `None` where the token has no price in ETH.
    pub net: Option<U256>,
    /// Wei that the victim loses by it; `None` where the token has no price.
    pub loss: Option<U256>,
    /// The widest slippage at which no attack pays its gas, as a share; `None` where none does at any
    /// up to a half.
    pub safe: Option<f64>,
}

/// What others could take from a plan whose legs refuse to return less than their quotes less
/// `slippage_bps`; `None` where it swaps nothing. An attack is two transactions, a ring is one.
pub fn exposure(market: &Market, plan: &Solution, slippage_bps: u32) -> Option<Exposure> {
    exposure_at(market, plan, &least(plan, slippage_bps))
}

/// What each leg returns at least that refuses to return less than its quote less `slippage_bps`,
/// rounded down.
pub fn least(plan: &Solution, slippage_bps: u32) -> Vec<U256> {
    let keep = U256::from(10_000_u32.saturating_sub(slippage_bps));
    let least = |leg: &Leg| mul_div(leg.amount_out, keep, U256::from(10_000));
    plan.legs.iter().map(|leg| least(leg).unwrap_or_default()).collect()
}

/// The same, each swap no lower than where an attack on it begins to pay for its gas: what others could
/// take is then nothing, as far as the model goes. A swap of which nobody knows what others could take
/// refuses whatever is less than its quote.
pub fn safe_least(market: &Market, plan: &Solution, slippage_bps: u32) -> Vec<U256> {
    let mut all = least(plan, slippage_bps);
    let Some(found) = exposure_at(market, plan, &all) else { return all };
    for leg in &found.legs {
        let quote = plan.legs[leg.leg].amount_out;
        let safe = leg.safe.map(|safe| quote - from_f64(to_f64(quote) * safe * SAFETY).min(quote));
        all[leg.leg] = safe.map_or(all[leg.leg], |safe| safe.max(all[leg.leg]));
    }
    for leg in found.unknown {
        all[leg] = plan.legs[leg].amount_out;
    }
    all
}

/// Wei for a unit of each token: what it redeems for, else the market's first price. Tokens that have
/// neither are left out.
pub fn prices(market: &Market) -> Vec<(Address, f64)> {
    let directions = After { market, moved: Vec::new() }.directions();
    let prices = Prices { market, directions };
    let price = |token: Address| Some((token, prices.of(token)?));
    market.tokens.iter().filter_map(|token| price(token.address)).collect()
}

/// What others could take from a plan whose legs refuse to return less than `least`, by position;
/// `None` where it swaps nothing.
pub fn exposure_at(market: &Market, plan: &Solution, least: &[U256]) -> Option<Exposure> {
    if plan.legs.iter().all(|leg| leg.kind != LegKind::Swap) {
        return None;
    }
    let mut after = After { market, moved: Vec::new() };
    let prices = Prices { market, directions: after.directions() };
    let (mut legs, mut unknown) = (Vec::new(), Vec::new());
    for (nth, leg) in plan.legs.iter().enumerate() {
        let limit = least.get(nth).copied().unwrap_or_default();
        let venue = after.venue(leg.listing);
        if leg.kind == LegKind::Swap && venue.at_least() {
            unknown.push(nth);
        } else if leg.kind == LegKind::Swap {
            legs.push(exposed(&prices, venue, nth, leg, limit));
        }
        // A plan was pushed through the same code: it is not refused here.
        let _ = venue.trade(leg.swap);
    }
    Some(Exposure { legs, unknown, backrun: after.backrun(&prices) })
}

fn exposed(prices: &Prices<'_>, venue: &dyn Venue, nth: usize, leg: &Leg, limit: U256) -> Exposed {
    let sides = [(leg.swap.from, leg.swap.to), (leg.swap.to, leg.swap.from)];
    let gas: u64 = sides.map(|(from, to)| TRANSACTION_GAS + venue.step(from, to).gas).iter().sum();
    let gas = gas * ATTACK_GAS_PCT / 100;
    let cost = prices.market.gas_price.saturating_mul(U256::from(gas));
    // What has no price in ETH is attacked as if gas were free.
    let units = prices.of(leg.token_in).map_or(0.0, |price| to_f64(cost) / price);
    let Given { taken, safe } = given_away(venue, leg.swap, limit, units);
    let net = prices.wei(leg.token_in, taken.profit).map(|wei| wei.saturating_sub(cost));
    let loss = prices.wei(leg.token_out, taken.loss);
    Exposed { leg: nth, taken, net, loss, safe }
}

/// Wei for a unit of a token: what it redeems for, else the market's first price.
struct Prices<'m> {
    market: &'m Market,
    directions: Directions,
}

impl Prices<'_> {
    fn of(&self, token: Address) -> Option<f64> {
        let known = |token| Some(to_f64(self.market.redeem_value(token, WAD)?) / to_f64(WAD));
        self.directions.price(token, HOPS, &known)
    }

    /// Wei that units of a token are worth, exact where it redeems.
    fn wei(&self, token: Address, units: U256) -> Option<U256> {
        let redeemed = self.market.redeem_value(token, units);
        redeemed.or_else(|| Some(from_f64(to_f64(units) * self.of(token)?)))
    }
}

/// A market while a plan moves it.
struct After<'m> {
    market: &'m Market,
    moved: Vec<(usize, Box<dyn Venue>)>,
}

impl After<'_> {
    fn venue(&mut self, listing: usize) -> &mut dyn Venue {
        let known = self.moved.iter().position(|(moved, _)| *moved == listing);
        let at = known.unwrap_or_else(|| {
            self.moved.push((listing, self.market.listings[listing].venue.boxed()));
            self.moved.len() - 1
        });
        &mut *self.moved[at].1
    }

    fn directions(&self) -> Directions {
        let open = |listing: &usize| self.market.listings[*listing].disabled.is_none();
        let all = (0..self.market.listings.len()).filter(open);
        Directions::of(all.map(|listing| {
            let moved = self.moved.iter().find(|(moved, _)| *moved == listing);
            let as_it_was = &*self.market.listings[listing].venue;
            (listing, moved.map_or(as_it_was, |(_, venue)| &**venue))
        }))
    }

    /// Wei that the best ring gains by the plan alone.
    fn backrun(&self, prices: &Prices<'_>) -> U256 {
        let through: Vec<usize> = self.moved.iter().map(|(listing, _)| *listing).collect();
        let rings = self.directions().rings(&through, HOPS, |token| prices.of(token));
        let left = rings.iter().map(|ring| {
            let gas: u64 = ring.hops.iter().map(|hop| self.gas(*hop)).sum();
            let cost = to_f64(self.market.gas_price) * to_f64(U256::from(TRANSACTION_GAS + gas));
            let was = self.before(&ring.hops) * ring.worth / ring.best.profit;
            (ring.worth - cost).max(0.0) - (was - cost).max(0.0)
        });
        from_f64(left.fold(0.0, f64::max))
    }

    fn gas(&self, hop: Hop) -> u64 {
        self.market.listings[hop.venue].venue.step(hop.from, hop.to).gas
    }

    /// What a ring gained before the plan, in units of its first token.
    fn before(&self, ring: &[Hop]) -> f64 {
        let gain = |hop: &Hop| self.market.listings[hop.venue].venue.gain(hop.from, hop.to);
        let gains: Option<Vec<_>> = ring.iter().map(gain).collect();
        gains.map_or(0.0, |gains| best(&gains.iter().collect::<Vec<_>>()).profit)
    }
}
