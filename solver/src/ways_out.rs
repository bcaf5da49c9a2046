//! Every way out of a token: sales, redemptions at once and queues, each with what it pays, when, by
//! which rule, for which fee and within which limits; and what is not known of it.
//!
//! This shows ways, it does not choose: [`crate::value`] does.

use alloy_primitives::{Address, U256};
use petgraph::graph::NodeIndex;

use crate::{
    amount::{WAD, from_f64, mul_div},
    graph::Graph,
    intent::Intent,
    market::Market,
    queues::assumed_wait,
    route::Concave as _,
    solution::Solution,
    value::{Appraiser, Part},
    venues::{
        Bound, Capacity, Exit, ExitFee, LegKind, QuoteError, RateRule, Swap, Ticket, Venue,
        VenueId, Wait,
    },
    yields::Earning,
};

/// All ways out of an amount of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct WaysOut {
    /// The token.
    pub token: Address,
    /// So much of it: what the plan leaves, or what is worth as much as what was given.
    pub amount: U256,
    /// Whether the plan leaves it.
    pub held: bool,
    /// The ways, those at once first.
    pub ways: Vec<WayOut>,
    /// What the market does not know of it, in words.
    pub unknown: Vec<String>,
}

/// One way out.
#[derive(Debug, Clone, PartialEq)]
pub struct WayOut {
    /// What it is.
    pub kind: WayKind,
    /// What it is called, or its venue.
    pub name: String,
    /// Its venue; `None` for a sale over several.
    pub venue: Option<VenueId>,
    /// The token paid.
    pub to: Address,
    /// Units that this way takes of the amount.
    pub takes: U256,
    /// Units paid for those by the state of now; `None` where that is unknown.
    pub pays: Option<U256>,
    /// How the payout follows the rate while one waits.
    pub rule: RateRule,
    /// What is kept of what is paid; `None` where the figures above have it in them.
    pub fee: Option<ExitFee>,
    /// The least of one request.
    pub least: Bound,
    /// The most of one request.
    pub most: Bound,
    /// How much it takes in all.
    pub capacity: Capacity,
    /// Seconds before which nothing is paid.
    pub least_wait: Wait,
    /// Seconds after which payment is to be expected.
    pub expected_wait: Wait,
    /// Whether that is assumed, not known.
    pub assumed: bool,
    /// What one holds while waiting; `None` where one does not wait.
    pub ticket: Option<Ticket>,
    /// Everything that is not known of it, in words.
    pub unknown: Vec<String>,
}

/// Kinds of ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayKind {
    /// To others, at market prices, over all venues together.
    Sale,
    /// To the protocol, at once.
    Redemption,
    /// To the protocol, after a wait.
    Queue,
}

/// The ways out of whatever a plan leaves, and of every other token that stands for ETH; ETH itself
/// needs none.
pub fn ways_out(market: &Market, intent: &Intent, plan: Option<&Solution>) -> Vec<WaysOut> {
    let graph = Graph::new(market);
    let appraiser = Appraiser::new(market, &graph, &intent.limits);
    let left = plan.map_or_else(Vec::new, |plan| plan.end.clone());
    let principal = market.redeem_value(intent.asset, intent.amount);
    let ether = |token: Address| graph.node_of(token).is_none_or(|n| Some(n) == graph.eth());
    let mut all = Vec::new();
    for held in left.iter().filter(|held| !ether(held.token) && !held.balance.is_zero()) {
        all.push(appraiser.ways(held.token, held.balance, true));
    }
    for token in market.tokens.iter().map(|token| token.address) {
        if ether(token) || all.iter().any(|ways: &WaysOut| ways.token == token) {
            continue;
        }
        let Some(worth) = market.redeem_value(token, WAD).filter(|worth| !worth.is_zero()) else {
            continue;
        };
        let amount = principal.and_then(|principal| mul_div(principal, WAD, worth)).unwrap_or(WAD);
        all.push(appraiser.ways(token, amount, false));
    }
    all
}

impl Appraiser<'_> {
    fn ways(&self, token: Address, amount: U256, held: bool) -> WaysOut {
        let mut ways: Vec<WayOut> = self.sale(token, amount).into_iter().collect();
        let mut queues = Vec::new();
        for listing in self.market.listings.iter().filter(|listing| listing.disabled.is_none()) {
            let venue = &*listing.venue;
            let Some(at) = venue.tokens().iter().position(|t| *t == token) else { continue };
            ways.extend(
                (0..venue.tokens().len()).filter_map(|to| redemption(venue, at, to, amount)),
            );
            let assumed = assumed_wait(self.market, venue.id());
            queues.extend(venue.exits(at).into_iter().map(|e| queue(venue, e, amount, assumed)));
        }
        ways.append(&mut queues);
        let notes = self.market.unknowns.iter().filter(|note| note.token == token);
        WaysOut { token, amount, held, ways, unknown: notes.map(|n| n.what.clone()).collect() }
    }

    /// What the amount sells for at once, over all venues together.
    fn sale(&self, token: Address, amount: U256) -> Option<WayOut> {
        let node: NodeIndex = self.graph.node_of(token)?;
        let search = self.way_out(node)?;
        let holdings = vec![(token, amount)];
        let redeem = self.redeem(&holdings).unwrap_or_default();
        let earning = Earning::NONE;
        let units = self.units(node, &holdings).min(search.cap() * (1.0 - 1e-9));
        let sold = self.sell(&Part::held(holdings, redeem, earning), search, units);
        let cap = search.cap() / self.graph.units_of(node, token);
        let takes = if cap.is_finite() { amount.min(from_f64(cap)) } else { amount };
        let unknown = match sold {
            Some(_) => Vec::new(),
            None => vec!["what so much sells for".to_owned()],
        };
        Some(WayOut {
            kind: WayKind::Sale,
            name: "sale at market prices".to_owned(),
            venue: None,
            to: crate::venues::NATIVE,
            takes,
            pays: sold.map(|part| part.sale_eth),
            fee: None,
            capacity: if takes < amount {
                let what = "depth that the market knows";
                Capacity::Limited { amount: takes, what, refill_per_block: None }
            } else {
                Capacity::Unlimited
            },
            unknown,
            ..at_once()
        })
    }
}

/// The parts that ways at once have in common.
fn at_once() -> WayOut {
    WayOut {
        kind: WayKind::Redemption,
        name: String::new(),
        venue: None,
        to: Address::ZERO,
        takes: U256::ZERO,
        pays: None,
        rule: RateRule::Spot,
        fee: None,
        least: Bound::None,
        most: Bound::None,
        capacity: Capacity::Unlimited,
        least_wait: Wait::Seconds(0),
        expected_wait: Wait::Seconds(0),
        assumed: false,
        ticket: None,
        unknown: Vec::new(),
    }
}

/// What a venue pays at once, where it redeems the token.
fn redemption(venue: &dyn Venue, from: usize, to: usize, amount: U256) -> Option<WayOut> {
    if from == to || venue.step(from, to).kind != LegKind::Redeem {
        return None;
    }
    let capacity = venue.capacity(from, to);
    let takes = match &capacity {
        Capacity::Limited { amount: most, .. } => amount.min(*most),
        Capacity::Unlimited | Capacity::Unknown(_) => amount,
    };
    let mut unknown = Vec::new();
    let pays = match venue.quote(Swap { from, to, amount: takes }) {
        Ok(quote) => Some(quote.out),
        Err(QuoteError::NotTraded { .. }) => return None,
        Err(QuoteError::ZeroAmount) => Some(U256::ZERO),
        Err(error) => {
            unknown.push(error.to_string());
            None
        }
    };
    if let Capacity::Unknown(what) = &capacity
        && unknown.iter().all(|known| !known.ends_with(what.as_str()))
    {
        unknown.push(what.clone());
    }
    let fee = venue.redemption(from).filter(|backing| backing.asset == to).and_then(|backing| {
        let whole = mul_div(takes, backing.amount, backing.units)?;
        let part = whole.checked_sub(pays?)?;
        Some(ExitFee::Part { part, of: whole, up: false })
    });
    Some(WayOut {
        name: venue.id().to_string(),
        venue: Some(venue.id().clone()),
        to: venue.tokens()[to],
        takes,
        pays,
        fee,
        capacity,
        unknown,
        ..at_once()
    })
}

/// A queue, as it is known or assumed.
fn queue(venue: &dyn Venue, exit: Exit, amount: U256, assumed: Option<u64>) -> WayOut {
    let takes = match &exit.capacity {
        Capacity::Limited { amount: most, .. } => amount.min(*most),
        Capacity::Unlimited | Capacity::Unknown(_) => amount,
    };
    let expected_wait = assumed.map_or(exit.expected_wait.clone(), Wait::Seconds);
    let known = Exit { expected_wait: expected_wait.clone(), ..exit };
    let unknown = known.unknowns();
    let pays = known.pays(takes);
    let Exit { name, to, rule, fee, least, most, capacity, least_wait, ticket, .. } = known;
    WayOut {
        kind: WayKind::Queue,
        name: name.to_owned(),
        venue: Some(venue.id().clone()),
        to: venue.tokens().get(to).copied().unwrap_or_default(),
        takes,
        pays,
        rule,
        fee: Some(fee),
        least,
        most,
        capacity,
        least_wait,
        expected_wait,
        assumed: assumed.is_some(),
        ticket: Some(ticket),
        unknown,
    }
}
