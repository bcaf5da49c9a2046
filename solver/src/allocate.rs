//! How much of an asset to move into one position: until the next unit is worth no more there than
//! where it is.
//!
//! This is for one position, and what that leaves stays where it is; over several positions the
//! limits divide the whole (`spread`).

use alloy_primitives::Address;
use petgraph::graph::NodeIndex;

use crate::{
    amount::{WAD, from_f64, to_f64},
    root::falling,
    route::{Concave, Search, largest},
    value::{Appraiser, years},
    yields::{forecast, fraction, term::principal},
};

/// Just inside a capacity, where the next unit still has a price.
const INSIDE: f64 = 1.0 - 1e-9;

/// By how much of itself an amount that has to be worth something is more: integers round.
const MORE: f64 = 1e-9;

/// By how much of itself an amount keeps to the right side of a cap, so that integer rounding does not
/// tip it over.
const INSIDE_CAP: f64 = 1e-9;

/// Moving part of a node's holdings into another node's asset.
pub(crate) struct Move<'a, 'm> {
    pub(crate) appraiser: &'a Appraiser<'m>,
    pub(crate) search: &'a Search,
    pub(crate) from: NodeIndex,
    pub(crate) to: NodeIndex,
    pub(crate) horizon_s: u64,
}

impl Move<'_, '_> {
    /// Units of the first node to move out of `held`: all that fits, unless the last of it would be
    /// worth more staying; zero when none pays.
    pub(crate) fn amount(&self, held: f64) -> f64 {
        let most = held.min(self.search.cap());
        let gains = |x: f64| self.moved(x * INSIDE) / self.stayed((held - x).max(0.0)) - 1.0;
        meets(gains, 0.0, most)
    }

    /// The largest amount, up to `most`, of which leaving costs at most the intent's limit and of
    /// which, with what stays, the required share can leave at once.
    pub(crate) fn amount_within_exits(&self, held: f64, most: f64) -> f64 {
        let needed = f64::from(self.appraiser.limits.liquid_share_bps) / 1e4;
        let (value, rest) = (self.unit_value(self.to), self.unit_value(self.from));
        let depth = self.appraiser.limits.liquid_depth;
        let instant = self.appraiser.sellable_at(self.to, (self.search.out(most), value), depth);
        let sells = |x: f64| (instant - self.search.out(x)) / instant;
        let liquid = |x: f64| {
            let (moved, stays) = (self.search.out(x) * value, (held - x) * rest);
            (stays + instant * value - needed * (stays + moved)) / (held * rest)
        };
        let sold = meets(sells, 0.0, most);
        let queued = self.queue_wait().is_some() && needed < 1.0;
        let fits = if queued { meets(liquid, sold, most) } else { sold };
        // Just inside, so that integer rounding does not tip it over the limit.
        fits * (1.0 - 1e-6)
    }

    /// The amount, up to `most`, that makes a position worth `value`, or just more; `None` where none does.
    pub(crate) fn amount_worth(&self, most: f64, value: f64) -> Option<f64> {
        let each = self.unit_value(self.to);
        let lacks = |x: f64| 1.0 - self.search.out(x) * each / value;
        let amount = meets(lacks, 0.0, most) * (1.0 + MORE);
        (lacks(most) <= 0.0).then(|| amount.min(most))
    }

    /// The amount, as near to `wanted` as may be and at most `most`, with which no protocol carries more
    /// than `cap_bps` of the whole: of one that stands behind what moves, less may move; of one that
    /// stands behind what stays, more has to.
    pub(crate) fn amount_within_cap(
        &self,
        held: f64,
        (wanted, most): (f64, f64),
        cap_bps: f64,
    ) -> f64 {
        let cap = cap_bps / 1e4;
        if cap >= 1.0 {
            return wanted;
        }
        let (value, rest) = (self.unit_value(self.to), self.unit_value(self.from));
        let [stays, moves] =
            [self.from, self.to].map(|node| self.appraiser.exposure(self.token(node)).protocols);
        let parts = |x: f64| (self.search.out(x) * value, (held - x) * rest);
        let mut amount = wanted;
        if stays.iter().any(|p| !moves.contains(p)) {
            let spare = |x: f64| {
                let (moved, left) = parts(x);
                (left - cap * (moved + left)) / (held * rest)
            };
            amount = amount.max((meets(spare, 0.0, most) * (1.0 + INSIDE_CAP)).min(most));
        }
        if moves.iter().any(|p| !stays.contains(p)) {
            let fits = |x: f64| {
                let (moved, left) = parts(x);
                moved <= cap * (moved + left)
            };
            amount = amount.min(largest(most, fits) * (1.0 - INSIDE_CAP));
        }
        amount
    }

    /// What the next unit moved, after `x`, is worth at the horizon.
    fn moved(&self, x: f64) -> f64 {
        let arrived = self.search.out(x);
        let sale = self.sale_slope(self.to, arrived);
        let queued = self.queue_wait().map_or(0.0, |wait_s| {
            self.unit_value(self.to) * self.grown(self.to, arrived, self.horizon_s - wait_s)
        });
        let sold = sale * self.grown(self.to, arrived, self.horizon_s);
        let redeemed = self.redeemed_slope(arrived);
        self.search.marginal(x) * (sold.max(queued).max(redeemed) + self.paid(self.to, arrived))
    }

    /// What the next unit of a node is paid beside its own growth.
    fn paid(&self, node: NodeIndex, units: f64) -> f64 {
        let pots = self.appraiser.pots(node, self.horizon_s);
        pots.iter().map(|pot| pot.slope(units)).sum()
    }

    /// What the next unit of a principal token brings where it is redeemed by the horizon.
    fn redeemed_slope(&self, units: f64) -> f64 {
        let Appraiser { market, graph, .. } = self.appraiser;
        let token = self.token(self.to);
        let of = || {
            let fixed = principal(market, token)?;
            let in_time = fixed.term.seconds_left <= self.horizon_s;
            let kept = graph.node_of(fixed.kept).filter(|_| in_time)?;
            let each = to_f64(fixed.redeemed(WAD)?) / to_f64(WAD);
            let each = each * graph.units_of(kept, fixed.kept) / graph.units_of(self.to, token);
            Some(self.appraiser.way_out(kept)?.marginal(units * each) * each)
        };
        of().unwrap_or(0.0)
    }

    /// The wait of a queue out of the position that pays by the horizon.
    fn queue_wait(&self) -> Option<u64> {
        Some(self.appraiser.queue(self.to, self.horizon_s)?.wait_s)
    }

    /// What the next unit that stays, after `x`, is worth at the horizon.
    fn stayed(&self, x: f64) -> f64 {
        self.sale_slope(self.from, x) * self.grown(self.from, x, self.horizon_s)
            + self.paid(self.from, x)
    }

    fn sale_slope(&self, node: NodeIndex, units: f64) -> f64 {
        if Some(node) == self.appraiser.graph.eth() {
            return 1.0;
        }
        self.appraiser.way_out(node).map_or(0.0, |search| search.marginal(units))
    }

    fn grown(&self, node: NodeIndex, units: f64, seconds: u64) -> f64 {
        let Appraiser { market, graph, .. } = self.appraiser;
        let (token, horizon_s) = (self.token(node), self.horizon_s);
        forecast(market, graph, token, from_f64(units), horizon_s)
            .map_or(1.0, |e| (fraction(e.rate) * years(e.earns_s(seconds))).exp())
    }

    /// What one node unit redeems for.
    fn unit_value(&self, node: NodeIndex) -> f64 {
        let wad = crate::amount::WAD;
        self.appraiser.market.redeem_value(self.token(node), wad).map_or(0.0, to_f64) / to_f64(wad)
    }

    fn token(&self, node: NodeIndex) -> Address {
        self.appraiser.graph.node(node).tokens.first().map_or(Address::ZERO, |(t, _)| *t)
    }
}

/// Where a falling function meets zero between `low` and `high`, or the end that it does not pass.
fn meets(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    if f(high) >= 0.0 {
        high
    } else if f(low) <= 0.0 {
        low
    } else {
        falling(f, low, high, 1e-12).0
    }
}
