//! The proof that comes with an answer: prices, the bound that they imply, and how near it is.
//!
//! Anyone can recompute the bound from the market and the intent: [`Problem`] draws the network,
//! [`certify`](crate::certify) adds it up, and nothing of the search is believed.

use alloy_primitives::{Address, U256};

use crate::{
    amount::{from_f64, to_f64},
    certify::CertifyError,
    coupling::Multiplier,
    graph::Graph,
    market::Market,
    problem::{Place, Problem, Wanted},
};

/// The bound is stated this much above its figure: gains and amounts are floats, the chain's
/// integers are not.
const OUTWARD: f64 = 1e-12;

/// Units of the token wanted by which integers may round the other way on a route.
const ROUNDING: f64 = 16.0;

/// A price that a certificate rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// The token; the first of those that convert into each other.
    pub token: Address,
    /// The position that is being sold at the horizon where this price holds; `None` for now.
    pub selling: Option<Address>,
    /// Whole tokens of what is wanted for one whole token.
    pub price: f64,
}

/// Proof of how near the best an answer is.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// Whether gas is counted.
    pub counts_gas: bool,
    /// One price for each asset, now and wherever a position is sold.
    pub prices: Vec<Price>,
    /// The limits over several positions that the bound counts, with theirs.
    pub multipliers: Vec<Multiplier>,
    /// What no plan exceeds, in the smallest units of what is wanted.
    pub bound: U256,
    /// What the plan returns, net of gas where it is counted.
    pub answer: U256,
}

/// Why a certificate does not prove what it claims.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CertificateError {
    /// The prices are not one for each asset of the problem.
    #[error("a price is missing, unknown or repeated: {0}")]
    Prices(String),
    /// The prices prove nothing.
    #[error("the prices bound nothing: {0}")]
    Unbounded(#[from] CertifyError),
    /// The claimed bound is below what the prices prove.
    #[error("the bound claimed, {claimed}, is below what the prices prove, {proven}")]
    TooLow {
        /// The bound claimed.
        claimed: U256,
        /// The bound recomputed.
        proven: U256,
    },
    /// The answer exceeds the bound: one of the two is wrong.
    #[error("the answer claimed, {answer}, exceeds the bound, {bound}")]
    Exceeded {
        /// The answer claimed.
        answer: U256,
        /// The bound.
        bound: U256,
    },
}

impl Certificate {
    /// The certificate of a plan that returns `answer`; `None` where the prices prove nothing.
    pub(crate) fn issue(
        market: &Market,
        graph: &Graph,
        problem: &Problem,
        (prices, multipliers): (&[f64], &[Multiplier]),
        answer: U256,
    ) -> Option<Self> {
        let listed = problem.places.iter().zip(prices);
        let prices = listed
            .filter_map(|(place, price)| {
                let named = named(graph, *place)?;
                Some(Price { price: price * whole(market, problem, named.token), ..named })
            })
            .collect();
        let counts_gas = problem.order.gas_price > 0.0;
        let multipliers = multipliers.to_vec();
        let mut issued = Self { counts_gas, prices, multipliers, bound: U256::ZERO, answer };
        issued.bound = issued.proven(market, graph, problem).ok()?;
        Some(issued)
    }

    /// Recomputes the bound and compares; the gap in basis points of the bound. The problem is the
    /// one with this certificate's multipliers.
    pub fn check(
        &self,
        market: &Market,
        graph: &Graph,
        problem: &Problem,
    ) -> Result<f64, CertificateError> {
        let proven = self.proven(market, graph, problem)?;
        if self.bound < proven {
            return Err(CertificateError::TooLow { claimed: self.bound, proven });
        }
        if self.answer > self.bound {
            return Err(CertificateError::Exceeded { answer: self.answer, bound: self.bound });
        }
        Ok(self.gap_bps())
    }

    /// How far the answer is from the bound, in basis points of the bound.
    pub fn gap_bps(&self) -> f64 {
        let (bound, answer) = (to_f64(self.bound), to_f64(self.answer));
        if bound > 0.0 { 1e4 * (bound - answer) / bound } else { 0.0 }
    }

    /// The bound that the prices prove, rounded up.
    fn proven(
        &self,
        market: &Market,
        graph: &Graph,
        problem: &Problem,
    ) -> Result<U256, CertificateError> {
        let prices = self.by_place(market, graph, problem)?;
        let bound = problem.bound(&prices)?;
        let units = bound / problem.wanted.unit * (1.0 + OUTWARD) + ROUNDING;
        if !units.is_finite() {
            return Err(CertificateError::Prices("they add up to no figure".to_owned()));
        }
        Ok(from_f64(units.ceil()))
    }

    /// The prices in the order of the problem's places; one for places without a token.
    fn by_place(
        &self,
        market: &Market,
        graph: &Graph,
        problem: &Problem,
    ) -> Result<Vec<f64>, CertificateError> {
        let mut left: Vec<&Price> = self.prices.iter().collect();
        let mut prices = Vec::with_capacity(problem.places.len());
        for place in &problem.places {
            let Some(Price { token, selling, .. }) = named(graph, *place) else {
                prices.push(1.0);
                continue;
            };
            let at = left.iter().position(|p| p.token == token && p.selling == selling);
            let at = at.ok_or_else(|| CertificateError::Prices(format!("none of {token}")))?;
            prices.push(left.swap_remove(at).price / whole(market, problem, token));
        }
        match left.first() {
            Some(extra) => Err(CertificateError::Prices(format!("one more of {}", extra.token))),
            None => Ok(prices),
        }
    }
}

/// Whole tokens wanted for a whole token, where a price of one is one unit wanted for one unit.
fn whole(market: &Market, problem: &Problem, token: Address) -> f64 {
    let decimals = |token: Address| f64::from(market.token(token).map_or(18, |t| t.decimals));
    let Wanted { token: wanted, unit } = problem.wanted;
    10f64.powf(decimals(token) - decimals(wanted)) / unit
}

/// A place as a certificate names it, without its price; `None` for the horizon and for places that
/// hold no token.
fn named(graph: &Graph, place: Place) -> Option<Price> {
    let first = |node| graph.node(node).tokens.first().map(|(token, _)| *token);
    let (token, selling) = match place {
        Place::Now(node) => (first(node)?, None),
        Place::Selling(node, position) => (first(node)?, Some(first(position)?)),
        Place::Horizon | Place::Given => return None,
    };
    Some(Price { token, selling, price: 1.0 })
}
