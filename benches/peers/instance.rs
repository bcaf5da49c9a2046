//! Reads instances of the benchmark kit: a market, one order, and the bracketed optimum.

use std::{fs, path::Path, sync::Arc};

use serde::Deserialize;
use tenor_solver::{
    route::{Network, NetworkEdge, Order},
    venues::{Gain, Segment},
};

/// One market and one order.
#[derive(Debug, Deserialize)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) mix: String,
    pub(crate) n_pools: usize,
    pub(crate) n_tokens: usize,
    pub(crate) tokens: Vec<Token>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) order: Asked,
    /// ETH for one unit of gas.
    pub(crate) gas_price_eth: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Token {
    /// Fair value of one token in ETH.
    #[serde(rename = "ref_price_eth")]
    pub(crate) price: f64,
}

/// An exact input.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    pub(crate) token_in: usize,
    pub(crate) token_out: usize,
    #[serde(rename = "amount_in")]
    pub(crate) amount: Wei,
}

/// A decimal string of 1e-18 tokens, kept as written for those who want the integer.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Wei {
    pub(crate) text: String,
    pub(crate) tokens: f64,
}

impl TryFrom<String> for Wei {
    type Error = std::num::ParseFloatError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let tokens = text.parse::<f64>()? / 1e18;
        Ok(Self { text, tokens })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pool {
    pub(crate) tokens: [usize; 2],
    pub(crate) fee_ppm: u32,
    /// Gas units of using the pool at all.
    pub(crate) gas: u32,
    #[serde(flatten)]
    pub(crate) kind: Kind,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Kind {
    Cpmm {
        reserves: [Wei; 2],
    },
    Weighted {
        reserves: [Wei; 2],
        weights: [f64; 2],
    },
    Stable {
        reserves: [Wei; 2],
        rates: [f64; 2],
        #[serde(rename = "A")]
        amp: f64,
    },
    V3 {
        price: f64,
        segs: Vec<Stretch>,
    },
    Linear {
        rate: f64,
        cap: Wei,
    },
}

/// Constant liquidity between two prices.
#[derive(Debug, Deserialize)]
pub(crate) struct Stretch {
    #[serde(rename = "pl")]
    pub(crate) low: f64,
    #[serde(rename = "ph")]
    pub(crate) high: f64,
    #[serde(rename = "L")]
    pub(crate) liquidity: f64,
}

/// What is known of an instance's best, and what simple methods reach.
#[derive(Debug, Deserialize)]
pub(crate) struct Optimum {
    pub(crate) id: String,
    pub(crate) gross_ub: f64,
    pub(crate) net_ub: f64,
    pub(crate) baseline: Known,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Known {
    pub(crate) single_gross: f64,
    pub(crate) single_net: f64,
    pub(crate) greedy20_gross: f64,
    pub(crate) greedy20_net: f64,
    pub(crate) greedy20_gasaware_net: f64,
}

/// The instances of a folder whose name contains `filter`, by size and name, each with its optimum
/// from the file beside the folder.
pub(crate) fn load(folder: &Path, filter: &str) -> Result<Vec<(Instance, Optimum)>, String> {
    #[derive(Deserialize)]
    struct File {
        instances: Vec<Optimum>,
    }
    let beside = folder.parent().unwrap_or(folder).join("optimum.json");
    let mut optima = read::<File>(&beside)?.instances;
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut all = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|e| e == "json") && name.contains(filter) {
            let instance: Instance = read(&path)?;
            let at = optima.iter().position(|known| known.id == instance.id);
            let at = at.ok_or_else(|| format!("{}: no optimum of {name}", beside.display()))?;
            all.push((instance, optima.swap_remove(at)));
        }
    }
    all.sort_by_key(|(one, _)| (one.n_pools, one.n_tokens, one.id.clone()));
    Ok(all)
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

impl Instance {
    /// `S`, `M` or `L`, with a 2 where the second pair is traded.
    pub(crate) fn class(&self) -> &str {
        self.id.rsplit('_').next().unwrap_or_default()
    }

    /// Units wanted that one unit of gas costs.
    pub(crate) fn gas_price(&self) -> f64 {
        self.gas_price_eth / self.tokens[self.order.token_out].price
    }

    /// The optimiser's question; without gas, gas is free.
    pub(crate) fn order(&self, gas: bool) -> Order {
        let Asked { token_in, token_out, amount } = &self.order;
        let value = amount.tokens * self.tokens[*token_in].price;
        Order {
            from: *token_in,
            to: *token_out,
            amount: amount.tokens,
            gas_price: if gas { self.gas_price() } else { 0.0 },
            reach: self.tokens.iter().map(|token| value / token.price).collect(),
        }
    }

    /// The optimiser's view of the market.
    pub(crate) fn network(&self) -> Network {
        let mut edges = Vec::new();
        for (at, pool) in self.pools.iter().enumerate() {
            for side in 0..2 {
                if let Some(gain) = pool.gain(side) {
                    let [from, to] = [pool.tokens[side], pool.tokens[1 - side]];
                    let gas = f64::from(pool.gas);
                    edges.push(NetworkEdge { pool: at, from, to, gain, cap: f64::INFINITY, gas });
                }
            }
        }
        Network::new(self.tokens.len(), edges).expect("the kit's figures are sound")
    }
}

impl Pool {
    /// The share of an amount that the fee leaves.
    pub(crate) fn keep(&self) -> f64 {
        1.0 - f64::from(self.fee_ppm) / 1e6
    }

    /// The gain of giving token `side`; `None` where the pool does not take it.
    fn gain(&self, side: usize) -> Option<Gain> {
        let keep = self.keep();
        let pair = |reserves: &[Wei; 2]| (reserves[side].tokens, reserves[1 - side].tokens);
        Some(match &self.kind {
            Kind::Cpmm { reserves } => {
                let (x, y) = pair(reserves);
                Gain::ConstantProduct { x, y, keep }
            }
            Kind::Weighted { reserves, weights } => {
                let (x, y) = pair(reserves);
                Gain::Weighted { x, y, power: weights[side] / weights[1 - side], keep }
            }
            Kind::Stable { reserves, rates, amp } => {
                let (x, y) = pair(reserves);
                let (rate_in, rate_out) = (rates[side], rates[1 - side]);
                let (x, y, ann) = (x * rate_in, y * rate_out, 4.0 * amp);
                Gain::Stable { x, ann, d: stable_d(x, y, ann), keep, rate_in, rate_out }
            }
            Kind::V3 { price, segs } => {
                let segments = segments(price.sqrt(), segs, side, keep);
                return (!segments.is_empty()).then_some(Gain::Ticks { segments, keep });
            }
            Kind::Linear { rate, cap } => {
                return (side == 0).then_some(Gain::Linear { rate: *rate, cap: cap.tokens });
            }
        })
    }
}

/// The invariant of two scaled balances.
pub(crate) fn stable_d(x: f64, y: f64, ann: f64) -> f64 {
    let mut d = x + y;
    for _ in 0..200 {
        let cubed = d * d * d / (4.0 * x * y);
        let value = ann * (x + y) + d - ann * d - cubed;
        let step = value / (1.0 - ann - 3.0 * cubed / d);
        d -= step;
        if step.abs() <= 1e-16 * d {
            break;
        }
    }
    d
}

/// The pieces that a swap of token `side` uses, best price first.
fn segments(root: f64, stretches: &[Stretch], side: usize, keep: f64) -> Arc<[Segment]> {
    let piece = |s: &Stretch| {
        let (low, high, l) = (s.low.sqrt(), s.high.sqrt(), s.liquidity);
        let at = root.clamp(low, high);
        let (x, y) = (l / at, l * at);
        if side == 0 {
            (l * (at - low) > 1e-18 * l).then(|| Segment { x, y, cap: (l / low - x) / keep })
        } else {
            let left = l * (1.0 / at - 1.0 / high) > 1e-18 * l;
            left.then(|| Segment { x: y, y: x, cap: (l * high - y) / keep })
        }
    };
    let mut pieces: Vec<_> = stretches.iter().filter_map(piece).collect();
    if side == 0 {
        pieces.reverse();
    }
    pieces.into()
}
