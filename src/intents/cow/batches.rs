//! Orders that trade with each other at uniform prices: what the solver's batches propose, in integers,
//! and only where nobody is worse off than alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use alloy_primitives::U256;
use tenor_solver::{
    amount::{from_f64, to_f64},
    batch::{self, Batch, BatchOrder, Fill, Settlement},
    route::Flow,
};

use super::{
    fees::{self, ORDER_GAS, SETTLEMENT_GAS, charges},
    market::Market,
    orders::{Found, Seek},
    plan::Leg,
    scope::{self, Scope},
    single::{Settling, Terms, surplus, trade},
    wire::{Amount, Kind, Order, Solution},
};

/// The most orders of a batch: those worth most are taken.
const MOST_ORDERS: usize = 40;

/// By how much more, relative, a token of which too little is there costs at each try.
const DEARER: [f64; 5] = [0.0, 1e-13, 1e-11, 1e-9, 1e-7];

/// Binary digits of the cheapest unit's price.
const PRICE_BITS: i32 = 64;

/// An order that may be settled in company, with what it gets alone.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Its search.
    pub seek: Seek<'a>,
    /// What was found for it alone.
    pub alone: Option<&'a Found>,
}

/// Members with the fee of each, in what it sells.
struct Company<'a> {
    settling: Settling<'a>,
    members: Vec<(Member<'a>, U256)>,
    /// What they trade with, if not with each other.
    scope: Scope,
}

/// Settlements of several orders that trade in more than one direction.
pub fn batches<'a>(
    settling: Settling<'a>,
    members: &[Member<'a>],
    until: Option<Instant>,
) -> Vec<Solution> {
    let members = meeting(members);
    let Some(company) = Company::new(settling, members) else { return Vec::new() };
    company.settle(until).unwrap_or_default()
}

/// Orders that may meet others: somebody sells what they buy and somebody buys what they sell, among
/// those that may.
fn meeting<'a>(members: &[Member<'a>]) -> Vec<Member<'a>> {
    let plain = |member: &&Member<'a>| {
        let order = member.seek.order;
        let nothing_else = order.wrappers.is_empty() && order.flashloan_hint.is_none();
        nothing_else && member.seek.ends.0 != member.seek.ends.1
    };
    let mut left: Vec<Member<'a>> = members.iter().filter(plain).copied().collect();
    loop {
        let meets = |member: &Member<'a>| {
            let (sells, buys) = member.seek.ends;
            let sold = left.iter().any(|other| other.seek.ends.0 == buys);
            sold && left.iter().any(|other| other.seek.ends.1 == sells)
        };
        let kept: Vec<Member<'a>> = left.iter().filter(|member| meets(member)).copied().collect();
        if kept.len() == left.len() {
            left.truncate(MOST_ORDERS);
            return left;
        }
        left = kept;
    }
}

impl<'a> Company<'a> {
    fn new(settling: Settling<'a>, members: Vec<Member<'a>>) -> Option<Self> {
        let priced = |member: &Member<'a>| {
            let order = member.seek.order;
            let known = |token| fees::reference(settling.auction, settling.market, token).is_some();
            known(order.sell_token) && known(order.buy_token)
        };
        let with_fee = |member: Member<'a>| Some((member, fee(settling.market, &member)?));
        let members: Vec<_> = members.into_iter().filter(priced).filter_map(with_fee).collect();
        let (mut edges, mut ends) = (Vec::new(), Vec::new());
        for (member, _) in &members {
            let Seek { ends: (from, to), order, .. } = member.seek;
            let found = scope::edges(settling.market, (from, to), order.sell_amount.0, 0.0);
            edges.extend(found.unwrap_or_default());
            ends.extend([from, to]);
        }
        edges.sort_unstable();
        edges.dedup();
        let scope = Scope::of(settling.market, edges, &ends)?;
        (members.len() > 1).then_some(Self { settling, members, scope })
    }

    fn settle(&self, until: Option<Instant>) -> Option<Vec<Solution>> {
        let market = self.settling.market;
        let orders: Option<Vec<BatchOrder>> =
            self.members.iter().map(|(member, fee)| real(&self.scope, member, *fee)).collect();
        let (orders, values) = (orders?, self.values());
        let gas_price = to_f64(market.gas_price);
        let batch =
            Batch { network: &self.scope.network, orders: &orders, values: &values, gas_price };
        let cleared = batch::clear(&batch, until).ok()?;
        let several = |settlement: &&Settlement| {
            let ends = |at: &usize| self.members[*at].0.seek.ends;
            let mut ends = settlement.orders.iter().map(ends);
            let first = ends.next();
            ends.any(|other| Some(other) != first)
        };
        let settlements = cleared.settlements.iter().filter(several);
        Some(
            settlements
                .filter_map(|settlement| self.solution(settlement, &cleared.fills))
                .collect(),
        )
    }

    /// Wei of the native token for a unit of each node; of what has no price, a number that nothing
    /// depends on.
    fn values(&self) -> Vec<f64> {
        let Settling { auction, market, .. } = self.settling;
        let value =
            |token| fees::reference(auction, market, token).map(|price| to_f64(price) / 1e18);
        let token = |node| market.tokens.get(self.scope.market_node(node)?).copied();
        let nodes = 0..self.scope.network.nodes();
        nodes.map(|node| token(node).and_then(value).unwrap_or(1.0)).collect()
    }

    /// A settlement in integers: prices are moved until there is enough of every token.
    fn solution(&self, settlement: &Settlement, fills: &[Fill]) -> Option<Solution> {
        let named = |(node, price): &(usize, f64)| Some((self.scope.market_node(*node)?, *price));
        let prices: Option<BTreeMap<usize, f64>> = settlement.prices.iter().map(named).collect();
        let (mut prices, flows) = (prices?, self.scope.flows(&settlement.legs));
        for dearer in DEARER.iter().flat_map(|dearer| [*dearer; 3]) {
            let (terms, books) = self.terms(settlement, fills, &prices)?;
            let (legs, short) = books.traded(self.settling.market, &flows)?;
            if short.is_empty() {
                return self.encoded(settlement, &terms, &legs, &prices);
            }
            for node in short {
                *prices.get_mut(&node)? *= 1.0 + dearer;
            }
        }
        None
    }

    /// What each order gives and gets at these prices, and what that leaves of each node for pools.
    fn terms(
        &self,
        settlement: &Settlement,
        fills: &[Fill],
        prices: &BTreeMap<usize, f64>,
    ) -> Option<(Vec<Terms>, Books)> {
        let integers = integers(prices)?;
        let mut books = Books::default();
        let mut all = Vec::with_capacity(settlement.orders.len());
        for at in &settlement.orders {
            let (member, fee) = self.members.get(*at)?;
            let (sells, buys) = member.seek.ends;
            let rate = (*integers.get(&sells)?, *integers.get(&buys)?);
            let terms = terms(member.seek.order, *fee, fills.get(*at)?, rate)?;
            *books.sold.entry(sells).or_default() += terms.sold;
            *books.owed.entry(buys).or_default() += terms.bought;
            all.push(terms);
        }
        Some((all, books))
    }

    fn encoded(
        &self,
        settlement: &Settlement,
        terms: &[Terms],
        legs: &[Leg],
        prices: &BTreeMap<usize, f64>,
    ) -> Option<Solution> {
        let market = self.settling.market;
        let mut trades = Vec::with_capacity(terms.len());
        for (at, terms) in settlement.orders.iter().zip(terms) {
            let (member, _) = self.members.get(*at)?;
            let gets = surplus(member.seek.order, terms)?;
            if member.alone.is_some_and(|alone| alone.single.surplus > gets) {
                return None;
            }
            trades.push(trade(member.seek.order, terms));
        }
        // The driver executes one leg with each liquidity, and its names may stand twice.
        let ids: BTreeSet<&str> = legs.iter().map(|leg| market.id(leg.edge)).collect();
        if ids.len() < legs.len() {
            return None;
        }
        let gas: u64 = legs.iter().map(|leg| market.directions[leg.edge].gas).sum();
        let others = u64::try_from(terms.len()).ok()?.checked_sub(1)?;
        let named = |(node, price): (usize, U256)| Some((*market.tokens.get(node)?, Amount(price)));
        Some(Solution {
            id: 0,
            prices: integers(prices)?.into_iter().map(named).collect::<Option<_>>()?,
            trades,
            pre_interactions: Vec::new(),
            interactions: self.settling.encoder.interactions(legs)?,
            post_interactions: Vec::new(),
            gas: gas.checked_add(SETTLEMENT_GAS)?.checked_add(others.checked_mul(ORDER_GAS)?),
            flashloans: None,
            wrappers: Vec::new(),
        })
    }
}

/// What an order pays for gas in company: what it pays alone, which is more than its part of it; where
/// nothing was found for it alone, what a direct trade would cost.
fn fee(market: &Market, member: &Member<'_>) -> Option<U256> {
    if !charges(member.seek.order) {
        return Some(U256::ZERO);
    }
    let gas = member.alone.map_or(SETTLEMENT_GAS, |alone| alone.single.gas);
    fees::fee(market, gas, member.seek.price)
}

/// The order in real numbers, its fee apart.
fn real(scope: &Scope, member: &Member<'_>, fee: U256) -> Option<BatchOrder> {
    let order = member.seek.order;
    let sell = to_f64(order.sell_amount.0.checked_sub(fee)?);
    let (kind, amount) = match order.kind {
        Kind::Sell => (batch::Kind::Sell, sell),
        Kind::Buy => (batch::Kind::Buy, to_f64(order.buy_amount.0)),
    };
    Some(BatchOrder {
        sell: scope.node(member.seek.ends.0)?,
        buy: scope.node(member.seek.ends.1)?,
        kind,
        amount,
        limit: to_f64(order.buy_amount.0) / sell,
        partial: order.partially_fillable,
        gas: 0.0,
    })
    .filter(|order| order.amount >= 1.0 && order.limit.is_finite())
}

/// Prices as integers, all by one factor.
fn integers(prices: &BTreeMap<usize, f64>) -> Option<BTreeMap<usize, U256>> {
    let least = prices.values().copied().fold(f64::INFINITY, f64::min);
    let scale = 2f64.powi(PRICE_BITS) / least;
    let integer = |(node, price): (&usize, &f64)| {
        let price = from_f64(price * scale);
        (!price.is_zero() && price.bit_len() <= 144).then_some((*node, price))
    };
    prices.iter().map(integer).collect()
}

/// What an order gives and gets at a rate, as the settlement contract rounds.
fn terms(order: &Order, fee: U256, fill: &Fill, (sell, buy): (U256, U256)) -> Option<Terms> {
    match order.kind {
        Kind::Sell => {
            let most = order.sell_amount.0.checked_sub(fee)?;
            let sold = if order.partially_fillable { from_f64(fill.sold).min(most) } else { most };
            Some(Terms { sold, bought: fees::wide(sold, sell, buy, true)?, fee })
        }
        Kind::Buy => {
            let full = order.buy_amount.0;
            let bought =
                if order.partially_fillable { from_f64(fill.bought).min(full) } else { full };
            Some(Terms { sold: fees::wide(bought, buy, sell, false)?, bought, fee })
        }
    }
    .filter(|terms| !terms.sold.is_zero() && !terms.bought.is_zero())
}

/// Units of each node that orders give and get.
#[derive(Debug, Default)]
struct Books {
    sold: BTreeMap<usize, U256>,
    owed: BTreeMap<usize, U256>,
}

impl Books {
    /// The legs in integers, and the nodes of which too little is there in the end. The last leg that
    /// leaves a node takes all of it that nobody is owed.
    fn traded(&self, market: &Market, flows: &[Flow]) -> Option<(Vec<Leg>, Vec<usize>)> {
        let mut held = self.sold.clone();
        let mut legs = Vec::with_capacity(flows.len());
        for (at, flow) in flows.iter().enumerate() {
            let direction = market.directions.get(flow.edge)?;
            let from = direction.from;
            let leaves = |later: &Flow| market.directions[later.edge].from == from;
            let enters = |later: &Flow| market.directions[later.edge].to == from;
            let later = &flows[at + 1..];
            let here = held.get(&from).copied().unwrap_or_default();
            let owed = self.owed.get(&from).copied().unwrap_or_default();
            let last = !later.iter().any(leaves) && !later.iter().any(enters);
            let given = if last {
                here.checked_sub(owed)
            } else {
                Some(from_f64(flow.amount_in).min(here))
            };
            let Some(given) = given.filter(|given| !given.is_zero()) else { continue };
            let output = market.out(direction, given)?;
            held.insert(from, here.checked_sub(given)?);
            *held.entry(direction.to).or_default() += output;
            legs.push(Leg { edge: flow.edge, input: given, output });
        }
        let short = |(node, owed): (&usize, &U256)| {
            (held.get(node).copied().unwrap_or_default() < *owed).then_some(*node)
        };
        Some((legs, self.owed.iter().filter_map(short).collect()))
    }
}
