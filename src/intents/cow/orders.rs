//! The best that is found for one order by itself: single paths first, then several at once, and for an
//! order that may be filled in part, how much of it.

use std::time::Instant;

use alloy_primitives::U256;
use tenor_solver::amount::{from_f64, to_f64};

use super::{
    fees::{self, charges},
    path,
    plan::Plan,
    single::{Settling, Single},
    split::Split,
    wire::{Kind, Order},
};

/// How often an order that may be filled in part is tried at half the amount before.
const HALVINGS: usize = 6;

/// Steps of the search for how much to fill; each leaves two thirds of what is left.
const THIRDS: usize = 60;

/// What was found for an order.
#[derive(Debug, Clone)]
pub struct Found {
    /// The trades.
    pub plan: Plan,
    /// The solution.
    pub single: Single,
}

/// One order with what its search needs.
#[derive(Debug, Clone, Copy)]
pub struct Seek<'a> {
    /// The auction.
    pub settling: Settling<'a>,
    /// The order.
    pub order: &'a Order,
    /// Nodes of what it sells and buys.
    pub ends: (usize, usize),
    /// The reference price of what it sells, for its fee.
    pub price: U256,
    /// When to stop.
    pub until: Option<Instant>,
}

impl<'a> Seek<'a> {
    /// `None` of an order that trades nothing, or of no fee that could be counted.
    pub fn new(settling: Settling<'a>, order: &'a Order, until: Option<Instant>) -> Option<Self> {
        let market = settling.market;
        let ends = (market.node(order.sell_token)?, market.node(order.buy_token)?);
        let nothing = order.sell_amount.0.is_zero() || order.buy_amount.0.is_zero();
        let price = fees::sell_price(settling.auction, market, order)?;
        (!nothing).then_some(Self { settling, order, ends, price, until })
    }

    fn found(&self, plan: Plan) -> Option<Found> {
        let single = self.settling.single(self.order, &plan, self.price)?;
        Some(Found { plan, single })
    }

    /// The better of two. Who pays no fee pays no gas: of two that return as much, the one that takes
    /// less gas; and more gas only where what it brings is worth it, which nobody can say where a unit of
    /// gas has no price in what is gained.
    fn better(&self, best: Option<Found>, other: Option<Found>, gas: Option<f64>) -> Option<Found> {
        let (Some(best), Some(other)) = (&best, &other) else { return best.or(other) };
        let (old, new) = (&best.single, &other.single);
        let more = to_f64(U256::from(new.gas)) - to_f64(U256::from(old.gas));
        let improves = match new.surplus.checked_sub(old.surplus) {
            None => false,
            Some(U256::ZERO) => new.gas < old.gas,
            Some(_) if more <= 0.0 || self.pays() => true,
            Some(gained) => gas.is_some_and(|gas| to_f64(gained) >= more * gas),
        };
        Some(if improves { other.clone() } else { best.clone() })
    }

    /// Whether what gas costs is known in what the order sells.
    fn priced(&self) -> bool {
        self.price != U256::MAX
    }

    /// Whether gas is paid for already, by the fee.
    fn pays(&self) -> bool {
        charges(self.order) && self.priced()
    }

    /// The best single path.
    pub fn along_paths(&self) -> Option<Found> {
        if self.ends.0 == self.ends.1 {
            return self.same_token();
        }
        let order = self.order;
        if !order.partially_fillable {
            let fixed =
                if order.kind == Kind::Sell { order.sell_amount.0 } else { order.buy_amount.0 };
            let plans = self.paths(fixed).into_iter().filter_map(|path| self.plan(&path, fixed));
            return plans.fold(None, |best, plan| self.better(best, self.found(plan), Some(0.0)));
        }
        self.in_part()
    }

    /// What is sold for itself costs nothing but the settlement.
    fn same_token(&self) -> Option<Found> {
        let order = self.order;
        let amount =
            if order.kind == Kind::Sell { order.sell_amount.0 } else { order.buy_amount.0 };
        self.found(Plan { legs: Vec::new(), input: amount, output: amount, gas: 0 })
    }

    /// Paths for the amount that the order fixes.
    fn paths(&self, fixed: U256) -> Vec<Vec<usize>> {
        let (market, until) = (self.settling.market, self.until);
        match self.order.kind {
            Kind::Sell => path::most(market, self.ends, fixed, until),
            Kind::Buy => path::least(market, self.ends, fixed, until),
        }
    }

    fn plan(&self, path: &[usize], fixed: U256) -> Option<Plan> {
        let market = self.settling.market;
        match self.order.kind {
            Kind::Sell => Plan::along(market, path, fixed),
            Kind::Buy => Plan::along(market, path, Plan::asked(market, path, fixed)?)
                .filter(|plan| plan.output >= fixed),
        }
    }

    /// Paths at smaller and smaller amounts, and on each the amount that leaves most over the limit.
    fn in_part(&self) -> Option<Found> {
        let order = self.order;
        let full = if order.kind == Kind::Sell { order.sell_amount.0 } else { order.buy_amount.0 };
        let mut best = None;
        let mut known: Vec<Vec<usize>> = Vec::new();
        for halving in (0..HALVINGS).rev() {
            let part = full >> halving;
            if part.is_zero() {
                continue;
            }
            let paths = self.paths(part);
            let pays = |path: &Vec<usize>| {
                self.plan(path, part).is_some_and(|plan| self.over(&plan) >= 0.0)
            };
            // What does not pay for so little does not pay for more.
            if !paths.iter().any(pays) {
                break;
            }
            for path in paths {
                let at = |amount| self.plan(&path, amount).and_then(|plan| self.found(plan));
                best = self.better(best, at(part), Some(0.0));
                if !known.contains(&path) {
                    best = self.better(best, at(self.amount(&path, full)), Some(0.0));
                    known.push(path);
                }
            }
        }
        best
    }

    /// What a plan returns over the limit, gas aside.
    fn over(&self, plan: &Plan) -> f64 {
        let (sell, buy) = (to_f64(self.order.sell_amount.0), to_f64(self.order.buy_amount.0));
        let (given, got) = (to_f64(plan.input), to_f64(plan.output));
        match self.order.kind {
            Kind::Sell => got - given * buy / sell,
            Kind::Buy => got * sell / buy - given,
        }
    }

    /// The amount of which most is left over the limit, along a path: what is left rises and then falls.
    fn amount(&self, path: &[usize], full: U256) -> U256 {
        let worth = |amount: f64| {
            let plan = self.plan(path, from_f64(amount).min(full));
            plan.map_or(f64::NEG_INFINITY, |plan| self.over(&plan))
        };
        let (mut low, mut high) = (0.0, to_f64(full));
        if worth(high) > worth(high * (1.0 - 1e-6)) {
            return full;
        }
        for _ in 0..THIRDS {
            let third = (high - low) / 3.0;
            if worth(low + third) >= worth(high - third) {
                high -= third;
            } else {
                low += third;
            }
        }
        from_f64((low + high) / 2.0).min(full)
    }

    /// The better of what is known and routes over several paths at once.
    pub fn split(&self, known: Option<Found>) -> Option<Found> {
        if self.ends.0 == self.ends.1 {
            return known;
        }
        let (order, market) = (self.order, self.settling.market);
        let in_bought =
            market.gas_in(fees::reference(self.settling.auction, market, order.buy_token));
        let (sell, buy) = (order.sell_amount.0, order.buy_amount.0);
        let limit = to_f64(buy) / to_f64(sell);
        // Where less than all is given, the market is looked at for about as much.
        let about = match (&known, order.kind, order.partially_fillable) {
            (Some(known), Kind::Buy, false) => known.plan.input,
            (Some(known), _, true) => known.plan.input.saturating_mul(U256::from(2)).min(sell),
            _ => sell,
        };
        let split = Split::new(market, self.ends, (about, limit), in_bought, self.until);
        let Some(split) = split else { return known };
        let plan = match (order.kind, order.partially_fillable) {
            (_, true) => split.part(sell, limit),
            (Kind::Sell, false) => split.most(sell),
            (Kind::Buy, false) => {
                split.least(buy, known.as_ref().map_or(sell, |known| known.plan.input))
            }
        };
        // Of a part to buy, no more than is wanted.
        let plan = plan.and_then(|plan| {
            let more = order.kind == Kind::Buy && plan.output > buy;
            if more { split.least(buy, plan.input) } else { Some(plan) }
        });
        // The same legs with less by rounding alone: the driver asks pools for outputs, which they round up.
        let plan = plan.filter(|plan| {
            let known = known.as_ref().map(|known| &known.plan);
            order.partially_fillable || known.is_none_or(|known| !known.is_along(plan))
        });
        let gas = match order.kind {
            Kind::Sell => (in_bought > 0.0 || market.gas_price.is_zero()).then_some(in_bought),
            Kind::Buy => self.priced().then(|| market.gas_in(Some(self.price))),
        };
        self.better(known, plan.and_then(|plan| self.found(plan)), gas)
    }
}
