//! The one valuation rule: whatever is held is worth, at the horizon, the larger of what it can be
//! sold for and what a queue of known wait pays, less costs.
//!
//! A sale is executed against the depth of the market's block and grows with the position: pools
//! that quote a share token against ETH are assumed to follow its rate. Redemption value without a
//! known exit is worth nothing here.

use std::cell::OnceCell;

use alloy_primitives::{Address, U256};
use petgraph::graph::NodeIndex;

use crate::{
    amount::{RAY, growth, mul_div, to_f64},
    graph::{Edge, Graph},
    intent::{DENIED_BY_DEFAULT, Denied, Limits},
    ledger::Ledger,
    market::{Assumption, Market},
    route::{self, Concave, Leg, Push, Search},
    venues::{Exit, RateRule, VenueId},
    yields::{Earning, earning, fraction},
};

/// Gas of one transaction before any call.
pub(crate) const TRANSACTION_GAS: u64 = 21_000;

/// Typical gas of one withdrawal request and of its claim.
pub(crate) const REQUEST_GAS: u64 = 200_000;
pub(crate) const CLAIM_GAS: u64 = 100_000;

/// Balances by token.
pub(crate) type Holdings = Vec<(Address, U256)>;

/// What holdings are worth at a horizon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// What they redeem for today, in wei of ETH.
    pub redeem: U256,
    /// ETH that accrues on that until the horizon.
    pub organic: U256,
    /// ETH at the horizon, gas not yet paid.
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
}

/// Values holdings under one intent's limits.
pub(crate) struct Appraiser<'m> {
    pub(crate) market: &'m Market,
    pub(crate) graph: &'m Graph,
    pub(crate) limits: &'m Limits,
    exits: Vec<OnceCell<Search>>,
}

impl<'m> Appraiser<'m> {
    pub(crate) fn new(market: &'m Market, graph: &'m Graph, limits: &'m Limits) -> Self {
        let exits = (0..graph.len()).map(|_| OnceCell::new()).collect();
        Self { market, graph, limits, exits }
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

    /// A queue out of a node whose wait an assumption supplies.
    pub(crate) fn queue(&self, node: NodeIndex) -> Option<(Exit, VenueId, u64)> {
        let held = |token: &Address| self.graph.node(node).tokens.iter().any(|(t, _)| t == token);
        self.market.assumptions.iter().find_map(|assumption| {
            let Assumption::QueueWait { venue, wait_s, .. } = assumption else { return None };
            let tokens = &self.market.listing(venue)?.venue;
            let at = tokens.tokens().iter().position(held)?;
            let exit = tokens.exits(at).into_iter().next()?;
            Some((exit, venue.clone(), *wait_s))
        })
    }

    /// What a ledger is worth after `horizon_s`; `None` where something held has no known exit,
    /// yield or redemption value.
    pub(crate) fn worth(&self, ledger: &Ledger, horizon_s: u64) -> Option<Worth> {
        let mut worth = Worth {
            redeem: U256::ZERO,
            organic: U256::ZERO,
            eth: U256::ZERO,
            gas: 0,
            parts: vec![],
        };
        for (node, holdings) in self.by_node(ledger)? {
            let part = self.part(node, holdings, horizon_s)?;
            worth.redeem = worth.redeem.checked_add(part.redeem)?;
            worth.organic = worth.organic.checked_add(part.accrued(horizon_s)?)?;
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
        let earning = earning(self.market, self.graph, token, amount)?;
        let growth = growth(earning.rate, horizon_s)?;
        let hold = Part { growth, ..Part::held(holdings, redeem, earning) };
        if Some(node) == self.graph.eth() {
            return Some(Part { sold: redeem, sale_eth: redeem, ..hold });
        }
        let gas_price = self.market.gas_price;
        self.exits_of(node, &hold, horizon_s)
            .into_iter()
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
        let queue = self.queue(node).filter(|(_, _, wait_s)| *wait_s <= horizon_s);
        let held = self.units(node, &hold.holdings);
        if let Some(search) = self.way_out(node) {
            exits.extend(self.sell(hold, search, held));
            if let Some(queue) = &queue {
                let paid = (-fraction(hold.earning.rate) * years(queue.2)).exp();
                let per_unit = paid * to_f64(hold.redeem) / held;
                let sold = search.input_at(per_unit);
                if sold > 0.0 && sold < held {
                    let part = self.sell(hold, search, sold);
                    exits.extend(part.and_then(|part| enqueue(part, queue, horizon_s)));
                }
            }
        }
        exits.extend(queue.and_then(|queue| enqueue(hold.clone(), &queue, horizon_s)));
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
        }
    }

    /// ETH at the horizon, before gas: the sale grown until then, and what the queue pays.
    pub fn eth(&self) -> Option<U256> {
        let sale = mul_div(self.sale_eth, self.growth, RAY)?;
        sale.checked_add(self.queue.as_ref().map_or(U256::ZERO, |q| q.eth))
    }

    /// Gas of leaving this way.
    pub fn gas(&self) -> u64 {
        let requests = self.queue.as_ref().map_or(0, |q| {
            let thousands = q.redeem.div_ceil(crate::amount::WAD * U256::from(1000));
            u64::try_from(thousands).unwrap_or(u64::MAX / REQUEST_GAS / 4)
        });
        let claim = if requests > 0 { CLAIM_GAS } else { 0 };
        self.sale.iter().map(|leg| leg.gas).sum::<u64>() + requests * REQUEST_GAS + claim
    }

    /// ETH that accrues until the horizon; nothing on what waits in a queue that pays the smaller
    /// rate.
    fn accrued(&self, horizon_s: u64) -> Option<U256> {
        let earned = |redeem: U256, growth: U256| mul_div(redeem, growth.checked_sub(RAY)?, RAY);
        match &self.queue {
            None => earned(self.redeem, self.growth),
            Some(q) => {
                let until = growth(self.earning.rate, horizon_s.checked_sub(q.wait_s)?)?;
                earned(self.redeem.checked_sub(q.redeem)?, self.growth)?
                    .checked_add(earned(q.redeem, until)?)
            }
        }
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

/// Puts what a part does not sell into a queue, requested so that it is paid at the horizon.
fn enqueue(part: Part, queue: &(Exit, VenueId, u64), horizon_s: u64) -> Option<Part> {
    let (exit, venue, wait_s) = queue;
    let redeem = part.redeem.checked_sub(part.sold)?;
    let paid = queue_growth(exit.rule, part.earning.rate, *wait_s, horizon_s)?;
    let eth = mul_div(redeem, paid, RAY)?;
    let queue = QueueUse { name: exit.name, venue: venue.clone(), redeem, eth, wait_s: *wait_s };
    Some(Part { queue: Some(queue), ..part })
}

/// By how much what is queued grows, in RAY, requested so that it is paid at the horizon; `None`
/// where the wait is longer than that.
pub(crate) fn queue_growth(
    rule: RateRule,
    rate: U256,
    wait_s: u64,
    horizon_s: u64,
) -> Option<U256> {
    let earns_s = match rule {
        RateRule::AccruesInQueue => horizon_s,
        RateRule::MinRequestSettle
        | RateRule::FixedAtRequest
        | RateRule::SlashableInQueue
        | RateRule::Spot => horizon_s.checked_sub(wait_s)?,
    };
    growth(rate, earns_s)
}

/// Seconds as years of 365.25 days.
pub(crate) fn years(s: u64) -> f64 {
    to_f64(U256::from(s)) / to_f64(U256::from(crate::amount::YEAR_S))
}
