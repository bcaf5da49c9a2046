//! What is told of a winner's risk: whether each position is paid for it, what a forced sale loses, how
//! long its queues take, and what leaves at half the depth.

use alloy_primitives::{Address, U256};
use petgraph::graph::NodeIndex;

use super::{
    Holding, Rung,
    exposure::{Weighed, survival, unexpected_loss},
    ladder::LADDER_S,
    waits::Quantiles,
    weighed,
};
use crate::{
    amount::to_f64,
    curve::{
        Curve, Filter,
        benchmark::{Benchmark, steth},
        listed,
    },
    graph::Graph,
    intent::{Depth, Intent, Tier},
    ledger::Ledger,
    market::Market,
    queues::{assumed_wait, history},
    route::Concave as _,
    solution::Solution,
    value::{Appraiser, Part, years},
    venues::{Exit, LegKind, Ticket, VenueId},
    yields::{Earning, fraction},
};

/// The risk of a plan beyond its [`super::Risk`]. Rates are annual, in basis points.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What the priors are called.
    pub label: String,
    /// The chance that nothing that is held breaks until the horizon.
    pub survival: f64,
    /// The rate that spreads are over, and where it comes from; `None` where the market has none.
    pub benchmark: Option<(f64, String)>,
    /// The positions.
    pub positions: Vec<PositionRisk>,
    /// The exit ladder at half the depth.
    pub halved: Vec<Rung>,
    /// The queues out of what is held.
    pub waits: Vec<WaitTold>,
    /// What having to sell may lose; `None` where priors have no discounts.
    pub forced: Option<Forced>,
}

/// One position's risk and what is paid for it.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionRisk {
    /// The token.
    pub token: Address,
    /// Its part of the whole.
    pub share_bps: f64,
    /// Its tier.
    pub tier: Tier,
    /// What it is expected to lose.
    pub expected_loss_bps: f64,
    /// By how much that misses.
    pub unexpected_loss_bps: f64,
    /// What it yields, its part of entering, leaving and gas paid.
    pub net_bps: f64,
    /// What it yields over the benchmark.
    pub spread_bps: Option<f64>,
    /// What leaving in a hurry is expected to cost; `None` where no way out in a hurry is known.
    pub liquidity_premium_bps: Option<f64>,
}

/// A queue's wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitTold {
    /// The token that leaves.
    pub token: Address,
    /// The queue.
    pub name: &'static str,
    /// Its venue.
    pub venue: VenueId,
    /// How long it takes; `None` where nobody says.
    pub quantiles: Option<Quantiles>,
    /// Who says so, or what is missing.
    pub basis: String,
    /// Whether what one holds while waiting can be sold.
    pub transferable: bool,
}

/// What a forced sale may lose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forced {
    /// With which confidence it loses no more.
    pub alpha: f64,
    /// The part of the whole that has to be sold because cash is asked for before a queue pays.
    pub share_bps: f64,
    /// The discount of that part, at this confidence.
    pub discount_bps: f64,
    /// What that takes off the whole.
    pub loss_bps: f64,
}

impl PositionRisk {
    /// What it must pay over the benchmark: what it is expected to lose, and what leaving in a hurry costs.
    pub fn fair_bps(&self) -> Option<f64> {
        Some(self.expected_loss_bps + self.liquidity_premium_bps?)
    }

    /// Whether its spread pays for its risk; `None` where one of the two is not known.
    pub fn paid(&self) -> Option<bool> {
        Some(self.spread_bps? >= self.fair_bps()?)
    }
}

/// What is to be told of a plan's risk.
pub fn report(market: &Market, intent: &Intent, plan: &Solution) -> Report {
    let graph = Graph::new(market);
    let appraiser = Appraiser::new(market, &graph, &intent.limits);
    let horizon_s = plan.split.horizon_s;
    let benchmark = benchmark(market, horizon_s);
    let teller = Teller { appraiser: &appraiser, intent, plan, benchmark: benchmark.as_ref() };
    let ledger = Ledger::of(plan.end.iter().map(|held| (held.token, held.stored)));
    let leaving = appraiser.leaving_at(&ledger, Depth::Half);
    let held = plan.end.iter().filter_map(|held| {
        let value = market.redeem_value(held.token, held.balance)?;
        (!value.is_zero()).then(|| Holding::plain(held.token, value))
    });
    let held: Vec<Holding> = held.collect();
    let total = held.iter().map(|held| to_f64(held.value)).sum();
    let exposures: Vec<_> = held.iter().map(|held| appraiser.exposure(held.token)).collect();
    Report {
        label: market.hazards.label().to_owned(),
        survival: survival(&weighed(&held, &exposures, total), years(horizon_s)),
        positions: teller.positions(),
        halved: LADDER_S
            .iter()
            .map(|&s| match plan.leverage {
                Some(_) => teller.owing(s),
                None => appraiser.rung(&leaving, s),
            })
            .collect(),
        waits: held.iter().flat_map(|held| waits(market, &graph, held.token)).collect(),
        forced: teller.forced(),
        benchmark,
    }
}

/// The rate over a horizon that anybody could have, and where it comes from: of the zero curve where the
/// market's fixed rates make one, else what staking pays, flat.
fn benchmark(market: &Market, horizon_s: u64) -> Option<(f64, String)> {
    let anchor = steth(market).map(|row| fraction(row.rate));
    let curve = Curve::bootstrap(market.timestamp, &listed(market), anchor, &Filter::default());
    if let Ok(curve) = curve {
        return Some((1e4 * curve.zero(horizon_s), "zero curve of fixed-rate markets".to_owned()));
    }
    let flat = Benchmark::of_steth(market).ok()?;
    Some((1e4 * flat.rate, flat.basis.to_string()))
}

struct Teller<'a, 'm> {
    appraiser: &'a Appraiser<'m>,
    intent: &'a Intent,
    plan: &'a Solution,
    benchmark: Option<&'a (f64, String)>,
}

impl Teller<'_, '_> {
    fn parts(&self) -> impl Iterator<Item = (&Part, NodeIndex, f64)> {
        let worth = &self.plan.worth;
        let total = to_f64(worth.redeem).max(1.0);
        worth.parts.iter().filter_map(move |part| {
            let (token, _) = part.holdings.first()?;
            let node = self.appraiser.graph.node_of(*token)?;
            Some((part, node, to_f64(part.redeem) / total))
        })
    }

    fn positions(&self) -> Vec<PositionRisk> {
        self.parts().filter_map(|(part, node, share)| self.position(part, node, share)).collect()
    }

    fn position(&self, part: &Part, node: NodeIndex, share: f64) -> Option<PositionRisk> {
        let &(token, _) = part.holdings.first()?;
        let exposure = self.appraiser.exposure(token);
        let alone = [Weighed { exposure: &exposure, share: 1.0, leverage: 1.0 }];
        let net_bps = self.net(part, share)?;
        Some(PositionRisk {
            token,
            share_bps: 1e4 * share,
            tier: exposure.tier(1.0),
            expected_loss_bps: 1e4 * exposure.expected_loss(),
            unexpected_loss_bps: 1e4 * unexpected_loss(&alone),
            net_bps,
            spread_bps: self.benchmark.map(|(rate, _)| net_bps - rate),
            liquidity_premium_bps: self.premium(part, node),
        })
    }

    /// What a part yields on its share of what was given, gas and entering shared by value.
    fn net(&self, part: &Part, share: f64) -> Option<f64> {
        let split = &self.plan.split;
        let gas = U256::from(self.plan.gas.checked_add(self.plan.worth.gas)?)
            .checked_mul(self.appraiser.market.gas_price)?;
        let end = to_f64(part.eth()?) - share * to_f64(gas);
        let years = years(split.horizon_s);
        let grown = end / (share * to_f64(split.principal_wei));
        (years > 0.0 && grown > 0.0).then(|| 1e4 * grown.ln() / years)
    }

    /// What leaving in a hurry is expected to cost in a year: as often as cash is needed, the cheaper of
    /// selling all at half the depth and of going without the benchmark's yield while the queue takes.
    fn premium(&self, part: &Part, node: NodeIndex) -> Option<f64> {
        if Some(node) == self.appraiser.graph.eth() {
            return Some(0.0);
        }
        let need = self.appraiser.market.hazards.priors().need_per_year;
        let waited = |s: u64| self.benchmark.map(|(rate, _)| rate * years(s));
        let queued = self.appraiser.queues(node).iter().map(|queue| queue.q95_s).min();
        let costs = [self.hurried(part, node), queued.and_then(waited)];
        costs.into_iter().flatten().reduce(f64::min).map(|cost| need * cost.max(0.0))
    }

    /// What selling all of a part at half the depth costs, in basis points of it.
    fn hurried(&self, part: &Part, node: NodeIndex) -> Option<f64> {
        let two = U256::from(2);
        let search = self.appraiser.way_out(node)?;
        let units = 2.0 * self.appraiser.units(node, &part.holdings);
        if units > search.cap() {
            return None;
        }
        let twice = part.holdings.iter().map(|&(t, amount)| Some((t, amount.checked_mul(two)?)));
        let redeem = part.redeem.checked_mul(two)?;
        let earning = Earning::NONE;
        let held = Part::held(twice.collect::<Option<_>>()?, redeem, earning);
        let sold = self.appraiser.sell(&held, search, units)?;
        Some(1e4 * (1.0 - to_f64(sold.sale_eth) / to_f64(redeem)))
    }

    /// A rung at half the depth of a plan that owes something: all of it leaves, or nothing.
    fn owing(&self, within_s: u64) -> Rung {
        let none = |reason: String| Rung {
            within_s,
            eth: None,
            share_bps: None,
            cost_bps: None,
            reason: Some(reason),
        };
        let cost = self
            .parts()
            .next()
            .and_then(|(part, node, times)| Some(times * self.hurried(part, node)?));
        let Some(cost) = cost else { return none("not all of the collateral sells".to_owned()) };
        let most = f64::from(self.intent.limits.max_exit_cost_bps);
        if cost > most {
            let what =
                format!("selling the collateral costs {cost:.1} bp of the equity, of {most} bp");
            return none(what);
        }
        let eth = to_f64(self.plan.worth.redeem) * (1.0 - cost / 1e4);
        Rung {
            within_s,
            eth: Some(crate::amount::from_f64(eth)),
            share_bps: Some(1e4),
            cost_bps: Some(cost),
            reason: None,
        }
    }

    /// What has to be sold when the intent's liquid share is called for at the end of its time, and what
    /// that may lose.
    fn forced(&self) -> Option<Forced> {
        let limits = &self.intent.limits;
        let depegs = &self.appraiser.market.hazards.priors().depegs;
        let (mut late, mut lost) = (0.0, 0.0);
        for (part, node, share) in self.parts() {
            if self.is_late(part, node) {
                let (token, _) = part.holdings.first()?;
                let rests_on = self.appraiser.exposure(*token).rests_on;
                let discount = depegs.value_at_risk(&rests_on, self.discount(part, node))?;
                late += share;
                lost += share * discount;
            }
        }
        if depegs.events.is_empty() {
            return None;
        }
        let asked = f64::from(limits.liquid_share_bps) / 1e4;
        // Of a plan that owes, `late` is what is held over what is one's own: a part of that is freed by
        // selling the same part of what is held, most of which repays.
        let owes = self.plan.leverage.is_some();
        let forced = if owes { asked * late } else { (asked - (1.0 - late)).max(0.0) };
        let discount = if late > 0.0 { lost / late } else { 0.0 };
        Some(Forced {
            alpha: depegs.alpha,
            share_bps: 1e4 * forced,
            discount_bps: 1e4 * discount,
            loss_bps: 1e4 * forced * discount,
        })
    }

    /// Whether a part is only cash in time if it is sold to others.
    fn is_late(&self, part: &Part, node: NodeIndex) -> bool {
        let within_s = self.intent.limits.liquid_within_s;
        let redeems = |leg: &crate::route::Leg| matches!(leg.kind, LegKind::Redeem | LegKind::Wrap);
        let at_par = !part.sale.is_empty() && part.sale.iter().all(redeems);
        Some(node) != self.appraiser.graph.eth()
            && !at_par
            && self.appraiser.queue_surely(node, within_s).is_none()
    }

    /// By how much the first unit sells below what it redeems for, now; `None` where nothing buys it.
    fn discount(&self, part: &Part, node: NodeIndex) -> Option<f64> {
        let units = self.appraiser.units(node, &part.holdings);
        let worth = to_f64(part.redeem) / units;
        let search = self.appraiser.way_out(node)?;
        Some((1.0 - search.marginal(0.0) / worth).clamp(0.0, 1.0))
    }
}

/// The queues out of a token to ETH, with what is known of their waits.
fn waits(market: &Market, graph: &Graph, token: Address) -> Vec<WaitTold> {
    let mut found = Vec::new();
    for listing in market.listings.iter().filter(|listing| listing.disabled.is_none()) {
        let tokens = listing.venue.tokens();
        let Some(at) = tokens.iter().position(|t| *t == token) else { continue };
        for exit in listing.venue.exits(at) {
            let paid = tokens.get(exit.to).and_then(|token| graph.node_of(*token));
            if paid.is_some() && paid == graph.eth() {
                found.push(wait(market, token, listing.venue.id(), &exit));
            }
        }
    }
    found
}

fn wait(market: &Market, token: Address, venue: &VenueId, exit: &Exit) -> WaitTold {
    let assumed = assumed_wait(market, venue);
    let expected = assumed.or(exit.expected_wait.seconds());
    let seen = history(market, venue);
    let quantiles = match (seen, expected) {
        (Some(Quantiles { q50_s, q95_s }), expected) => {
            Some(Quantiles { q50_s, q95_s: q95_s.max(expected.unwrap_or(0)) })
        }
        (None, Some(s)) => Some(Quantiles { q50_s: s, q95_s: s }),
        (None, None) => None,
    };
    let why = |of: &super::QueueHistory| (of.venue == venue.as_str()).then(|| of.why.clone());
    let basis = match (seen, assumed, &exit.expected_wait) {
        (Some(_), ..) => market.hazards.priors().queues.iter().find_map(why).unwrap_or_default(),
        (None, Some(_), _) => "assumed".to_owned(),
        (None, None, crate::venues::Wait::Seconds(_)) => "as the contracts say".to_owned(),
        (None, None, crate::venues::Wait::Unknown(what)) => what.clone(),
    };
    let transferable = exit.ticket == Ticket::Transferable;
    WaitTold { token, name: exit.name, venue: venue.clone(), quantiles, basis, transferable }
}
