//! The one valuation rule: whatever is held is worth, at the horizon, the larger of what it can be
//! sold for and what a queue of known wait pays, less costs.
//!
//! A sale is executed against the depth of the market's block and grows with the position: pools
//! that quote a share token against ETH are assumed to follow its rate. Redemption value without a
//! known exit is worth nothing here.

mod beside;

use std::{cell::OnceCell, cmp::Reverse};

use alloy_primitives::{Address, U256};
use petgraph::graph::NodeIndex;

use crate::{
    amount::{RAY, mul_div, to_f64},
    graph::{Edge, Graph},
    intent::{DENIED_BY_DEFAULT, Denied, Limits},
    ledger::Ledger,
    market::Market,
    queues::{CLAIM_GAS, Queue, REQUEST_GAS, queues},
    risk::RiskGraph,
    route::{self, Concave, Leg, Push, Search},
    venues::{RateRule, VenueId},
    yields::{Component, Earned, Earning, Organic, forecast},
};

/// Typical gas of redeeming principal tokens and what they are redeemed for.
const REDEEM_GAS: u64 = 400_000;

/// Gas of one transaction before any call.
pub(crate) const TRANSACTION_GAS: u64 = 21_000;

/// Balances by token.
pub(crate) type Holdings = Vec<(Address, U256)>;

/// What holdings are worth at a horizon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// What they redeem for today, in wei of ETH.
    pub redeem: U256,
    /// ETH that accrues on that until the horizon, and what is paid in ETH beside it, by who pays.
    pub organic: Organic,
    /// What counts of incentives until then.
    pub incentive: U256,
    /// ETH at the horizon, what is paid beside included, gas not yet paid.
    pub eth: U256,
    /// Gas of leaving.
    pub gas: u64,
    /// One part for each asset held.
    pub parts: Vec<Part>,
}

/// One asset's part of a worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is held of it.
    pub holdings: Vec<(Address, U256)>,
    /// What that redeems for today.
    pub redeem: U256,
    /// What it earns.
    pub earning: Earning,
    /// By how much it grows until the horizon, in RAY.
    pub growth: U256,
    /// The trades that sell it, in today's amounts.
    pub sale: Vec<Leg>,
    /// What they sell, in wei of ETH at today's redemption rate.
    pub sold: U256,
    /// ETH that they return today.
    pub sale_eth: U256,
    /// The queue that takes the rest.
    pub queue: Option<QueueUse>,
    /// The redemption of principal tokens at their expiry, whose proceeds the sale sells: amounts of
    /// such a sale are those of the expiry, and what it returns is discounted to today.
    pub redeemed: Option<Redeemed>,
    /// What holding it is paid until the horizon beside its own growth.
    pub rewards: Vec<Earned>,
}

/// A redemption of principal tokens at their expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redeemed {
    /// The market that trades them, by position in [`Market::listings`].
    pub listing: usize,
    /// Seconds from now.
    pub after_s: u64,
}

/// A redemption through a queue whose wait is known or assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUse {
    /// The queue.
    pub name: &'static str,
    /// Its venue.
    pub venue: VenueId,
    /// What is queued, in wei of ETH at today's redemption rate.
    pub redeem: U256,
    /// ETH that it pays by the horizon.
    pub eth: U256,
    /// Seconds between request and payment.
    pub wait_s: u64,
    /// How the payout follows the rate meanwhile.
    pub rule: RateRule,
    /// By how much the claim grows until the horizon, in RAY, its fee not taken.
    pub growth: U256,
    /// In how many requests.
    pub requests: u64,
}

/// Values holdings under one intent's limits.
pub(crate) struct Appraiser<'m> {
    pub(crate) market: &'m Market,
    pub(crate) graph: &'m Graph,
    pub(crate) limits: &'m Limits,
    /// What the intent gives: held already, and not entered.
    held: Option<NodeIndex>,
    exits: Vec<OnceCell<Search>>,
    queues: Vec<OnceCell<Vec<Queue>>>,
    pub(crate) risks: OnceCell<RiskGraph>,
}

impl<'m> Appraiser<'m> {
    pub(crate) fn new(market: &'m Market, graph: &'m Graph, limits: &'m Limits) -> Self {
        let exits = (0..graph.len()).map(|_| OnceCell::new()).collect();
        let queues = (0..graph.len()).map(|_| OnceCell::new()).collect();
        Self { market, graph, limits, held: None, exits, queues, risks: OnceCell::new() }
    }

    /// The same for an intent that gives `asset`.
    pub(crate) fn holding(self, asset: Address) -> Self {
        Self { held: self.graph.node_of(asset), ..self }
    }

    /// Whether a trade may go through an edge's venue: not through an avoided protocol's, nor into
    /// a token that is denied by default.
    pub(crate) fn allowed(&self, edge: &Edge) -> bool {
        let listing = &self.market.listings[edge.listing];
        let symbol = self.market.token(listing.venue.tokens()[edge.to]).map(|t| t.symbol.as_str());
        let denied = |d: &Denied| matches!(d, Denied::Token(token) if Some(*token) == symbol);
        !self.limits.avoid.contains(&listing.protocol) && !DENIED_BY_DEFAULT.iter().any(denied)
    }

    /// The ways from a node to ETH.
    pub(crate) fn way_out(&self, node: NodeIndex) -> Option<&Search> {
        let eth = self.graph.eth()?;
        let search = self
            .exits
            .get(node.index())?
            .get_or_init(|| Search::new(self.graph, node, eth, 1e18, &|e| self.allowed(e)));
        (!search.is_empty()).then_some(search)
    }

    /// The queues out of a node that can be valued.
    pub(crate) fn queues(&self, node: NodeIndex) -> &[Queue] {
        self.queues
            .get(node.index())
            .map_or(&[], |cell| cell.get_or_init(|| queues(self.market, self.graph, node)))
    }

    /// The queue out of a node that pays most of those that pay within a time, the sooner of equals.
    pub(crate) fn queue(&self, node: NodeIndex, within_s: u64) -> Option<&Queue> {
        let in_time = self.queues(node).iter().filter(|queue| queue.wait_s <= within_s);
        in_time.min_by_key(|queue| (Reverse(queue.kept), queue.wait_s))
    }

    /// What a ledger is worth after `horizon_s`; `None` where something held has no known exit,
    /// yield or redemption value.
    pub(crate) fn worth(&self, ledger: &Ledger, horizon_s: u64) -> Option<Worth> {
        let mut worth = Worth {
            redeem: U256::ZERO,
            organic: Organic::NONE,
            incentive: U256::ZERO,
            eth: U256::ZERO,
            gas: 0,
            parts: vec![],
        };
        for (node, holdings) in self.by_node(ledger)? {
            let part = self.part(node, holdings, horizon_s)?;
            worth.redeem = worth.redeem.checked_add(part.redeem)?;
            worth.organic = worth.organic.plus(&part.accrued()?)?;
            worth.incentive = worth.incentive.checked_add(part.paid(|c| !c.is_organic())?)?;
            worth.eth = worth.eth.checked_add(part.eth()?)?;
            worth.gas += part.gas();
            worth.parts.push(part);
        }
        if worth.gas > 0 {
            worth.gas += TRANSACTION_GAS;
        }
        Some(worth)
    }

    /// Holdings grouped by node, without what is not worth a transaction: the dust that rounding
    /// leaves behind is worth nothing and exposes to nothing.
    pub(crate) fn by_node(&self, ledger: &Ledger) -> Option<Vec<(NodeIndex, Holdings)>> {
        let mut groups: Vec<(NodeIndex, Holdings)> = Vec::new();
        for token in ledger.tokens() {
            let node = self.graph.node_of(token)?;
            let balance = ledger.balance(token, self.market.rebase(token))?;
            if balance.is_zero() {
                continue;
            }
            match groups.iter_mut().find(|(n, _)| *n == node) {
                Some((_, held)) => held.push((token, balance)),
                None => groups.push((node, vec![(token, balance)])),
            }
        }
        let dust = self.market.gas_price.checked_mul(U256::from(TRANSACTION_GAS))?;
        groups.retain(|(node, held)| {
            Some(*node) == self.graph.eth() || self.redeem(held).is_none_or(|value| value > dust)
        });
        Some(groups)
    }

    /// What holdings redeem for today.
    pub(crate) fn redeem(&self, holdings: &[(Address, U256)]) -> Option<U256> {
        holdings.iter().try_fold(U256::ZERO, |sum, &(token, amount)| {
            sum.checked_add(self.market.redeem_value(token, amount)?)
        })
    }

    fn part(&self, node: NodeIndex, holdings: Holdings, horizon_s: u64) -> Option<Part> {
        let redeem = self.redeem(&holdings)?;
        let &(token, amount) = holdings.first()?;
        let earning = forecast(self.market, self.graph, token, amount, horizon_s)?;
        // What is held already has begun to earn.
        let idle_s = if Some(node) == self.held { 0 } else { earning.idle_s };
        let earning = Earning { idle_s, ..earning };
        let growth = earning.growth(horizon_s)?;
        let hold = Part { growth, ..Part::held(holdings, redeem, earning) };
        if Some(node) == self.graph.eth() {
            return Some(Part { sold: redeem, sale_eth: redeem, ..hold });
        }
        let gas_price = self.market.gas_price;
        self.exits_of(node, &hold, horizon_s)
            .into_iter()
            .filter_map(|part| self.rewarded(node, part, horizon_s))
            .filter_map(|part| {
                let gas = U256::from(part.gas()).checked_mul(gas_price)?;
                Some((part.eth()?.saturating_sub(gas), part))
            })
            .reduce(|a, b| if b.0 > a.0 { b } else { a })
            .map(|(_, part)| part)
    }

    /// The ways of leaving that can be best: sell all, queue all, or sell down to the price that
    /// the queue pays and queue the rest.
    fn exits_of(&self, node: NodeIndex, hold: &Part, horizon_s: u64) -> Vec<Part> {
        let mut exits = Vec::with_capacity(3);
        let held = self.units(node, &hold.holdings);
        let search = self.way_out(node);
        exits.extend(search.and_then(|search| self.sell(hold, search, held)));
        exits.extend(self.redeemed(hold, horizon_s));
        // In a queue, what has not begun to earn waits as long and grows for less.
        let earned_s = horizon_s.saturating_sub(hold.earning.idle_s);
        for queue in self.queues(node).iter().filter(|queue| queue.wait_s <= earned_s) {
            exits.extend(enqueue(hold.clone(), queue, held, earned_s));
            let Some(paid) = queue.paid(hold.earning.rate, earned_s) else { continue };
            let Some(search) = search else { continue };
            // What a unit sold today must bring, to grow to what the queue pays.
            let per_unit = to_f64(paid) / to_f64(hold.growth) * to_f64(hold.redeem) / held;
            let sold = search.input_at(per_unit).max(held - queue.cap);
            if sold > 0.0 && sold < held {
                let part = self.sell(hold, search, sold);
                exits.extend(part.and_then(|part| enqueue(part, queue, held - sold, earned_s)));
            }
        }
        exits
    }

    /// Node units of holdings.
    pub(crate) fn units(&self, node: NodeIndex, holdings: &[(Address, U256)]) -> f64 {
        holdings.iter().map(|&(t, a)| to_f64(a) * self.graph.units_of(node, t)).sum()
    }

    /// Sells `units` of a part's holdings.
    pub(crate) fn sell(&self, hold: &Part, search: &Search, units: f64) -> Option<Part> {
        let spends = search.spends(self.market, self.graph, units);
        let spend = route::share(self.graph, &hold.holdings, units, &spends);
        let mut ledger = Ledger::default();
        for &(token, amount) in &hold.holdings {
            ledger.grant(token, amount, self.market.rebase(token))?;
        }
        let price = self.market.gas_price;
        let push =
            route::best(self.graph, search, &[], &Push::new(self.market, ledger), &spend, |push| {
                let grown = mul_div(self.eth_in(push)?, hold.growth, RAY)?;
                Some(grown.saturating_sub(U256::from(push.gas()).checked_mul(price)?))
            })
            .ok()?;
        let sold = self.redeem(&taken(&hold.holdings, &push.legs)?)?;
        Some(Part { sold, sale_eth: self.eth_in(&push)?, sale: push.legs, ..hold.clone() })
    }

    /// ETH and WETH in a push's ledger.
    fn eth_in(&self, push: &Push<'_>) -> Option<U256> {
        let node = self.graph.node(self.graph.eth()?);
        node.tokens
            .iter()
            .try_fold(U256::ZERO, |sum, (t, _)| sum.checked_add(push.ledger.stored(*t)))
    }
}

impl Part {
    /// Holdings before any way of leaving is chosen.
    pub(crate) fn held(holdings: Holdings, redeem: U256, earning: Earning) -> Self {
        Self {
            holdings,
            redeem,
            earning,
            growth: RAY,
            sale: Vec::new(),
            sold: U256::ZERO,
            sale_eth: U256::ZERO,
            queue: None,
            redeemed: None,
            rewards: Vec::new(),
        }
    }

    /// ETH at the horizon, before gas: the sale grown until then, what the queue pays, and what was
    /// paid beside.
    pub fn eth(&self) -> Option<U256> {
        let sale = mul_div(self.sale_eth, self.growth, RAY)?;
        let left = sale.checked_add(self.queue.as_ref().map_or(U256::ZERO, |q| q.eth))?;
        left.checked_add(self.paid(|_| true)?)
    }

    /// What counts of the payments beside, of some components.
    fn paid(&self, of: impl Fn(Component) -> bool) -> Option<U256> {
        let counted = self.rewards.iter().filter(|r| of(r.component)).map(|r| r.counted);
        counted.into_iter().try_fold(U256::ZERO, |sum, wei| sum.checked_add(wei))
    }

    /// Gas of leaving this way.
    pub fn gas(&self) -> u64 {
        let requests = self.queue.as_ref().map_or(0, |queue| queue.requests);
        let claim = if requests > 0 { CLAIM_GAS } else { 0 };
        let redeemed = if self.redeemed.is_some() { REDEEM_GAS } else { 0 };
        self.sale.iter().map(|leg| leg.gas).sum::<u64>() + requests * REQUEST_GAS + claim + redeemed
    }

    /// ETH that accrues until the horizon, by who pays; on what waits in a queue, as its rule says. With
    /// it what is paid beside in ETH.
    fn accrued(&self) -> Option<Organic> {
        let earned = |redeem: U256, growth: U256| mul_div(redeem, growth.checked_sub(RAY)?, RAY);
        let all = match &self.queue {
            None => earned(self.redeem, self.growth)?,
            Some(q) => earned(self.redeem.checked_sub(q.redeem)?, self.growth)?
                .checked_add(earned(q.redeem, q.growth)?)?,
        };
        let beside = self.rewards.iter().filter(|r| r.component.is_organic());
        beside
            .map(|r| Organic::only(r.component, r.counted))
            .try_fold(self.earning.by.divide(all)?, |sum, paid| sum.plus(&paid))
    }
}

/// What legs take out of holdings, conversions between them netted. `None` on overflow.
fn taken(holdings: &[(Address, U256)], legs: &[Leg]) -> Option<Holdings> {
    let mut taken = Holdings::with_capacity(holdings.len());
    for &(token, _) in holdings {
        let (mut given, mut got) = (U256::ZERO, U256::ZERO);
        for leg in legs {
            if leg.token_in == token {
                given = given.checked_add(leg.swap.amount)?;
            }
            if leg.token_out == token {
                got = got.checked_add(leg.amount_out)?;
            }
        }
        taken.push((token, given.saturating_sub(got)));
    }
    Some(taken)
}

/// Puts what a part does not sell, so many units of its node, into a queue, requested so that it is
/// paid at the horizon; `None` where the queue does not take that.
fn enqueue(part: Part, queue: &Queue, units: f64, horizon_s: u64) -> Option<Part> {
    let redeem = part.redeem.checked_sub(part.sold)?;
    let paid = queue.takes(units).then(|| queue.paid(part.earning.rate, horizon_s))??;
    let using = QueueUse {
        name: queue.exit.name,
        venue: queue.venue.clone(),
        redeem,
        eth: mul_div(redeem, paid, RAY)?,
        wait_s: queue.wait_s,
        rule: queue.exit.rule,
        growth: queue.claim_growth(part.earning.rate, horizon_s)?,
        requests: queue.requests(units, redeem),
    };
    Some(Part { queue: Some(using), ..part })
}

/// Seconds as years of 365.25 days.
pub(crate) fn years(s: u64) -> f64 {
    to_f64(U256::from(s)) / to_f64(U256::from(crate::amount::YEAR_S))
}
