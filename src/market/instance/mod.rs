//! A routing benchmark's instance: one order on a static market of pools, schema `routing-ref/1`.
//!
//! Figures are floats in whole tokens and prices in ETH, as the benchmark defines them: nothing here
//! is money. Every figure is checked where it is read; the same gains, limits and gas that the
//! benchmark's checker computes come out as a [`Network`] and an [`Order`].

mod build;
mod error;
mod form;
mod gains;
mod stable;
mod wire;

use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::Gain,
};

pub use self::error::{InstanceError, InstanceErrorKind};
use self::{
    build::{listed, network, reference_prices},
    error::{Refusal, not_negative, positive},
    form::Amount,
};

/// How far a first price may be above the reference prices before it is an arbitrage.
const PREMISE: f64 = 1e-12;

/// One order on a market of pools, checked.
#[derive(Debug, Clone)]
pub struct Instance {
    id: String,
    prices: Vec<f64>,
    network: Network,
    from: usize,
    to: usize,
    amount: f64,
    gas_price_eth: f64,
    fair: bool,
}

impl Instance {
    /// Reads the file called `name`.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, InstanceError> {
        wire::read(text).and_then(Self::check).map_err(|refusal| refusal.in_file(name))
    }

    fn check(file: wire::File) -> Result<Self, Refusal> {
        let wire::File { schema: _, id, tokens, pools, order, gas_price_eth } = file;
        not_negative("gas_price_eth", gas_price_eth)?;
        let prices = reference_prices(&tokens)?;
        let network = network(tokens.len(), &pools)?;
        let fair = network.edges().iter().all(|edge| is_fair(edge, &prices));
        let wire::Order { token_in: from, token_out: to, amount_in: Amount(amount) } = order;
        positive("order.amount_in", amount)?;
        listed("order.token_in", from, tokens.len())?;
        listed("order.token_out", to, tokens.len())?;
        if from == to {
            let what = "the same token as `token_in`: an order is from one token to another";
            return Err(Refusal::inconsistent("order.token_out", what));
        }
        let instance = Self { id, prices, network, from, to, amount, gas_price_eth, fair };
        let fits = instance.network.check(&instance.order(true));
        fits.map_err(|error| Refusal::inconsistent("order", error))?;
        Ok(instance)
    }

    /// The instance's name, which its answer repeats.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The fair value of one whole token in ETH, for each token.
    pub fn prices(&self) -> &[f64] {
        &self.prices
    }

    /// Tokens as nodes, and the directions of pools as edges; gas is that of the pool.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether no pool starts above the reference prices, so that no cycle can gain.
    pub fn is_fair(&self) -> bool {
        self.fair
    }

    /// Units wanted that one unit of gas costs.
    pub fn gas_price(&self) -> f64 {
        self.gas_price_eth / self.prices[self.to]
    }

    /// The order, with gas charged or left out. Under gas and on a fair market, no more of a token can
    /// pass through a route than the order's input is worth.
    pub fn order(&self, gas: bool) -> Order {
        let worth = self.amount * self.prices[self.from];
        let reach = if gas && self.fair {
            self.prices.iter().map(|price| worth / price).collect()
        } else {
            Vec::new()
        };
        Order {
            from: self.from,
            to: self.to,
            amount: self.amount,
            gas_price: if gas { self.gas_price() } else { 0.0 },
            reach,
        }
    }

    /// Units that an edge pays for `amount`, in the benchmark's own arithmetic: it agrees with the
    /// edge's gain to float accuracy of the pool's balances, not of the trade.
    pub fn paid(&self, edge: usize, amount: f64) -> f64 {
        let NetworkEdge { pool, from, gain, .. } = &self.network.edges()[edge];
        let Gain::Stable { x, ann, d, keep, rate_in, rate_out } = gain else {
            return gain.out(amount);
        };
        // The balance wanted is the one given of the way back, the edge beside this one.
        let near = [edge.wrapping_sub(1), edge + 1];
        let back = near
            .into_iter()
            .filter_map(|at| self.network.edges().get(at))
            .find(|other| other.pool == *pool && other.from != *from);
        match back.map(|other| &other.gain) {
            Some(Gain::Stable { x: y, .. }) => {
                keep * stable::paid(x + amount * rate_in, *y, *ann, *d) / rate_out
            }
            _ => gain.out(amount),
        }
    }
}

/// Whether an edge's first price is at most that of the reference prices.
fn is_fair(edge: &NetworkEdge, prices: &[f64]) -> bool {
    let first = match &edge.gain {
        Gain::Linear { rate, .. } => *rate,
        gain @ (Gain::ConstantProduct { .. }
        | Gain::Weighted { .. }
        | Gain::Stable { .. }
        | Gain::Ticks { .. }) => gain.marginal(0.0),
    };
    first <= prices[edge.from] / prices[edge.to] * (1.0 + PREMISE)
}
