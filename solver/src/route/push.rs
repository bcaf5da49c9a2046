//! Running a proposal through the venues' integer code: real-valued amounts in, exact legs out.

use alloy_primitives::{Address, U256};
use petgraph::graph::EdgeIndex;

use super::{
    Route,
    purse::{Purse, WHOLE, add, amount_of, node_units, take, take_share},
};
use crate::{
    amount::{from_f64, to_f64},
    graph::{Edge, Graph},
    ledger::Ledger,
    market::Market,
    venues::{Capacity, QuoteError, Rebase, Swap, Venue},
};

pub use crate::venues::LegKind;

/// Gas of giving a contract an allowance that it did not have.
pub(crate) const APPROVAL_GAS: u64 = 46_000;

/// A limit is met by what comes this close to it: proposals are floats, limits are not.
const FULL: f64 = 1.0 - 1e-9;

/// One trade of a plan, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Position in [`Market::listings`].
    pub listing: usize,
    /// What kind of step it is.
    pub kind: LegKind,
    /// The swap, as its venue counts tokens.
    pub swap: Swap,
    /// The token given.
    pub token_in: Address,
    /// The token wanted.
    pub token_out: Address,
    /// Units handed over by the venue.
    pub amount_out: U256,
    /// Whether these are the least, not to the wei: see [`Venue::at_least`].
    pub at_least: bool,
    /// Typical gas, allowance included.
    pub gas: u64,
}

/// Why a proposal cannot be pushed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// A venue refused.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// No venue goes where the plan needs to go.
    #[error("no venue leads from {from} to {to}")]
    NoWay {
        /// The token held.
        from: Address,
        /// The token needed.
        to: Address,
    },
    /// Arithmetic that cannot happen with amounts that fit a chain.
    #[error("amounts overflow")]
    Overflow,
}

/// A plan while it is being pushed: what is held, what was traded, and the venues it changed.
#[derive(Debug, Clone)]
pub struct Push<'m> {
    market: &'m Market,
    /// What the account holds now.
    pub ledger: Ledger,
    /// Trades so far.
    pub legs: Vec<Leg>,
    /// The token that is wanted in the end: a venue that reaches it directly does.
    pub aim: Option<Address>,
    touched: Vec<(usize, Box<dyn Venue>)>,
}

impl<'m> Push<'m> {
    /// Begins with what `ledger` holds.
    pub fn new(market: &'m Market, ledger: Ledger) -> Self {
        Self { market, ledger, legs: Vec::new(), aim: None, touched: Vec::new() }
    }

    /// Typical gas of all legs.
    pub fn gas(&self) -> u64 {
        self.legs.iter().map(|leg| leg.gas).sum()
    }

    /// The balance of a token now. `None` on overflow.
    pub fn balance(&self, token: Address) -> Option<U256> {
        self.ledger.balance(token, self.rebase(token))
    }

    /// The totals behind a rebasing token now.
    pub fn rebase(&self, token: Address) -> Option<Rebase> {
        let listing = self.market.rebasing(token)?;
        let venue = self.venue(listing);
        venue.rebase(venue.tokens().iter().position(|&t| t == token)?)
    }

    fn venue(&self, listing: usize) -> &dyn Venue {
        self.touched
            .iter()
            .find(|(i, _)| *i == listing)
            .map_or(&*self.market.listings[listing].venue, |(_, venue)| &**venue)
    }

    fn venue_mut(&mut self, listing: usize) -> &mut dyn Venue {
        let at = self.touched.iter().position(|(i, _)| *i == listing).unwrap_or_else(|| {
            self.touched.push((listing, self.market.listings[listing].venue.boxed()));
            self.touched.len() - 1
        });
        &mut *self.touched[at].1
    }

    /// Runs a route that begins with `spend`, amounts of tokens of its first node. What the route
    /// does not take stays in the ledger.
    pub(crate) fn run(
        &mut self,
        graph: &Graph,
        route: &Route,
        spend: &[(Address, U256)],
    ) -> Result<(), PushError> {
        let mut purse: Purse = spend.to_vec();
        for (nth, way) in route.ways.iter().enumerate() {
            let last = nth + 1 == route.ways.len();
            let mut own = if last && route.whole {
                std::mem::take(&mut purse)
            } else {
                take_share(graph, &mut purse, way.amount)
            };
            for hop in &way.hops {
                own = self.hop(graph, own, hop)?;
            }
        }
        Ok(())
    }

    /// Runs trades in the order of a route's legs, amounts in units of each trade's first node,
    /// beginning with `spend`. What no trade takes stays in the ledger.
    pub(crate) fn follow(
        &mut self,
        graph: &Graph,
        trades: &[(EdgeIndex, f64)],
        spend: &[(Address, U256)],
    ) -> Result<(), PushError> {
        let mut purse: Purse = spend.to_vec();
        for leaving in trades.chunk_by(|a, b| graph.source(a.0) == graph.source(b.0)) {
            let node = leaving.first().and_then(|(edge, _)| graph.source(*edge));
            let own = purse.extract_if(.., |(token, _)| graph.node_of(*token) == node).collect();
            for (token, amount) in self.hop(graph, own, leaving)? {
                add(&mut purse, token, amount)?;
            }
        }
        Ok(())
    }

    /// Spends a purse over the venues of one hop; returns what they handed over.
    fn hop(
        &mut self,
        graph: &Graph,
        mut purse: Purse,
        hop: &[(EdgeIndex, f64)],
    ) -> Result<Purse, PushError> {
        let mut orders: Vec<(&Edge, f64)> = hop
            .iter()
            .filter(|(_, amount)| *amount > 0.0)
            .map(|&(e, amount)| (graph.edge(e), amount))
            .collect();
        // A stake moves the totals behind its token: everything that reads them goes first.
        orders.sort_by_key(|(edge, _)| self.step_kind(edge) == LegKind::Stake);
        let asked: f64 = orders.iter().map(|(_, amount)| amount).sum();
        let held: f64 = purse.iter().map(|&(t, a)| node_units(graph, t, a)).sum();
        let whole = asked >= held * WHOLE;

        self.convert_for(&mut purse, &orders, whole)?;
        let mut received = Purse::new();
        for (nth, (edge, amount)) in orders.iter().enumerate() {
            let token = self.token(edge.listing, edge.from);
            let Some(entry) = purse.iter_mut().find(|(t, _)| *t == token) else { continue };
            let later =
                orders[nth + 1..].iter().any(|(e, _)| self.token(e.listing, e.from) == token);
            let asked = if whole && !later { entry.1 } else { from_f64(amount * edge.given) };
            let spend = self.within_capacity(edge, asked).min(entry.1);
            entry.1 -= spend;
            if !spend.is_zero() {
                let to = self.aimed(graph, edge);
                let out = self.trade(edge.listing, edge.from, to, spend)?;
                add(&mut received, self.token(edge.listing, to), out)?;
            }
        }
        Ok(received)
    }

    /// The token of its target node that an edge's venue hands over: the one wanted in the end,
    /// where it can.
    fn aimed(&self, graph: &Graph, edge: &Edge) -> usize {
        let venue = self.venue(edge.listing);
        let tokens = venue.tokens();
        let node = graph.node_of(tokens[edge.to]);
        let direct = self.aim.filter(|aim| graph.node_of(*aim) == node).and_then(|aim| {
            let at = tokens.iter().position(|&t| t == aim)?;
            venue.gain(edge.from, at).map(|_| at)
        });
        direct.unwrap_or(edge.to)
    }

    /// An amount that a float proposed, at the venue's exact limit where it is as good as there.
    fn within_capacity(&self, edge: &Edge, amount: U256) -> U256 {
        match self.limit(edge) {
            Some(limit) if to_f64(amount) >= to_f64(limit) * FULL => limit,
            Some(_) | None => amount,
        }
    }

    /// The venue's exact limit, where it has one.
    fn limit(&self, edge: &Edge) -> Option<U256> {
        match self.venue(edge.listing).capacity(edge.from, edge.to) {
            Capacity::Limited { amount, .. } => Some(amount),
            Capacity::Unlimited | Capacity::Unknown(_) => None,
        }
    }

    /// Converts what is held into the tokens that the orders spend.
    fn convert_for(
        &mut self,
        purse: &mut Purse,
        orders: &[(&Edge, f64)],
        whole: bool,
    ) -> Result<(), PushError> {
        let mut needs: Purse = Vec::new();
        for (edge, amount) in orders {
            let token = self.token(edge.listing, edge.from);
            let need = self.within_capacity(edge, from_f64(amount * edge.given));
            add(&mut needs, token, need)?;
        }
        let held: Vec<Address> = purse.iter().map(|(t, _)| *t).collect();
        for token in held {
            let have = amount_of(purse, token);
            let surplus = have.saturating_sub(amount_of(&needs, token));
            let Some(&(short, need)) =
                needs.iter().find(|&&(t, need)| t != token && amount_of(purse, t) < need)
            else {
                continue;
            };
            // What is held and has room takes the remainder itself; otherwise the rest converts.
            let roomy = orders.iter().any(|(e, amount)| {
                let asked = self.within_capacity(e, from_f64(amount * e.given));
                self.token(e.listing, e.from) == token && Some(asked) != self.limit(e)
            });
            let spend = if whole && !roomy {
                surplus
            } else {
                surplus.min(self.cost_of(token, short, need - amount_of(purse, short))?)
            };
            if !spend.is_zero() {
                let out = self.convert(token, short, spend)?;
                take(purse, token, spend);
                add(purse, short, out)?;
            }
        }
        Ok(())
    }

    /// The units of `from` that convert into at least `amount` of `to`, to a unit.
    fn cost_of(&self, from: Address, to: Address, amount: U256) -> Result<U256, PushError> {
        let mut need = amount;
        for (listing, a, b) in self.steps(from, to)?.into_iter().rev() {
            let venue = self.venue(listing);
            let back = venue.quote(Swap { from: b, to: a, amount: need })?.out;
            let enough = venue.quote(Swap { from: a, to: b, amount: back })?.out >= need;
            need = if enough { back } else { back.saturating_add(U256::ONE) };
        }
        Ok(need)
    }

    /// Turns everything held of `tokens` into `into`, by exact conversions.
    pub fn gather(&mut self, tokens: &[Address], into: Address) -> Result<(), PushError> {
        for &token in tokens.iter().filter(|t| **t != into) {
            let amount = self.balance(token).ok_or(PushError::Overflow)?;
            if !amount.is_zero() {
                self.convert(token, into, amount)?;
            }
        }
        Ok(())
    }

    /// The exact conversion between two tokens of a node, through others of it where that is the way.
    pub fn convert(&mut self, from: Address, to: Address, amount: U256) -> Result<U256, PushError> {
        let steps = self.steps(from, to)?;
        steps.into_iter().try_fold(amount, |amount, (at, a, b)| self.trade(at, a, b, amount))
    }

    fn steps(&self, from: Address, to: Address) -> Result<Vec<(usize, usize, usize)>, PushError> {
        self.market.exact_steps(from, to).ok_or(PushError::NoWay { from, to })
    }

    /// One trade with a venue: the units that it hands over.
    pub(crate) fn trade(
        &mut self,
        listing: usize,
        from: usize,
        to: usize,
        amount: U256,
    ) -> Result<U256, PushError> {
        let (token_in, token_out) = (self.token(listing, from), self.token(listing, to));
        let before = self.rebase(token_in);
        let swap = Swap { from, to, amount };
        let venue = self.venue_mut(listing);
        let (step, at_least) = (venue.step(from, to), venue.at_least());
        let quote = venue.trade(swap)?;
        self.ledger.debit(token_in, amount, before).ok_or(PushError::Overflow)?;
        let after = self.rebase(token_out);
        self.ledger.credit(token_out, &quote, after).ok_or(PushError::Overflow)?;
        let gas = step.gas + if step.approves { APPROVAL_GAS } else { 0 };
        let amount_out = quote.out;
        self.legs.push(Leg {
            listing,
            kind: step.kind,
            swap,
            token_in,
            token_out,
            amount_out,
            at_least,
            gas,
        });
        Ok(amount_out)
    }

    fn token(&self, listing: usize, at: usize) -> Address {
        self.market.listings[listing].venue.tokens()[at]
    }

    fn step_kind(&self, edge: &Edge) -> LegKind {
        self.market.listings[edge.listing].venue.step(edge.from, edge.to).kind
    }
}
