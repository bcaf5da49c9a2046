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
        let instant = self.appraiser.sellable(self.to, self.search.out(most), value);
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

    /// The largest amount, up to `most`, with which the position is at most `cap_bps` of the whole.
    pub(crate) fn amount_within_cap(&self, held: f64, most: f64, cap_bps: u32) -> f64 {
        let cap = f64::from(cap_bps) / 1e4;
        let (value, rest) = (self.unit_value(self.to), self.unit_value(self.from));
        let fits = |x: f64| {
            let moved = self.search.out(x) * value;
            moved <= cap * (moved + (held - x) * rest)
        };
        if cap >= 1.0 { most } else { largest(most, fits) * (1.0 - 1e-9) }
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
