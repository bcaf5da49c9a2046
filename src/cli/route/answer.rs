//! The benchmark's answer: a route that its checker can walk, and the prices that bound it.

use serde::Serialize;
use tenor_solver::route::{Flow, Network, NetworkEdge, Order, Routed};

use super::times::{Spread, Times};
use crate::market::instance::Instance;

/// One line of answers. Amounts are whole tokens.
#[derive(Debug, Serialize)]
pub(super) struct AnswerDto<'a> {
    id: &'a str,
    objective: &'static str,
    amount_out: f64,
    net_out: f64,
    #[serde(flatten)]
    certificate: Option<CertificateDto>,
    legs: Vec<LegDto>,
    ms: f64,
    cold_ms: Spread,
    #[serde(skip_serializing_if = "Option::is_none")]
    warm_ms: Option<Spread>,
    threads: u32,
}

#[derive(Debug, Serialize)]
struct LegDto {
    pool: usize,
    token_in: usize,
    token_out: usize,
    amount_in: f64,
    amount_out: f64,
}

#[derive(Debug, Serialize)]
struct CertificateDto {
    bound: f64,
    nu: Vec<f64>,
    proven: f64,
    gap_bp: f64,
}

impl<'a> AnswerDto<'a> {
    /// The answer to an instance, with gas in the objective or without; no route is an answer too.
    pub(super) fn new(
        instance: &'a Instance,
        gas: bool,
        routed: Option<&Routed>,
        Times { cold, warm }: Times,
    ) -> Self {
        let order = instance.order(gas);
        let flows = routed.map_or(&[][..], |routed| &routed.legs);
        let Walk { legs, amount_out, gas: burnt } = walk(instance, &order, flows);
        let net_out = amount_out - burnt * instance.gas_price();
        let out = if gas { net_out } else { amount_out };
        Self {
            id: instance.id(),
            objective: if gas { "net" } else { "gross" },
            amount_out,
            net_out,
            certificate: routed.and_then(|routed| certificate(instance, gas, &order, routed, out)),
            legs,
            ms: cold.p50,
            cold_ms: cold,
            warm_ms: warm,
            threads: 1,
        }
    }
}

struct Walk {
    legs: Vec<LegDto>,
    amount_out: f64,
    gas: f64,
}

/// Takes the legs in turn as the checker does. A leg gives what is held where float noise has left a
/// little less than the search counted on, and falls away where that noise is all it would pay.
fn walk(instance: &Instance, order: &Order, flows: &[Flow]) -> Walk {
    let mut held = vec![0.0; instance.network().nodes()];
    held[order.from] = order.amount;
    let (mut legs, mut gas) = (Vec::with_capacity(flows.len()), 0.0);
    for flow in flows {
        let edge = &instance.network().edges()[flow.edge];
        let amount_in = flow.amount_in.min(held[edge.from]).min(edge.limit());
        let amount_out = instance.paid(flow.edge, amount_in);
        if amount_in > 0.0 && amount_out > 0.0 {
            held[edge.from] -= amount_in;
            held[edge.to] += amount_out;
            gas += edge.gas;
            let (pool, token_in, token_out) = (edge.pool, edge.from, edge.to);
            legs.push(LegDto { pool, token_in, token_out, amount_in, amount_out });
        }
    }
    Walk { legs, amount_out: held[order.to], gas }
}

/// What the prices prove; `None` where they are none, which leaves the route uncertified.
fn certificate(
    instance: &Instance,
    gas: bool,
    order: &Order,
    routed: &Routed,
    out: f64,
) -> Option<CertificateDto> {
    let unit = *routed.prices.get(order.to)?;
    let nu: Vec<f64> = routed.prices.iter().map(|price| price / unit).collect();
    let sound = nu.iter().all(|price| price.is_finite() && *price > 0.0);
    if nu.len() != instance.network().nodes() || !sound {
        return None;
    }
    let bound = if gas && !instance.is_fair() {
        // Without fair prices the benchmark knows no bound under gas but the one before gas.
        bound_before_gas(instance.network(), order, &nu)
    } else {
        routed.bound
    };
    let gap_bp = (bound - out) / bound * 1e4;
    (bound.is_finite() && bound > 0.0).then_some(CertificateDto {
        bound,
        nu,
        proven: routed.proven,
        gap_bp,
    })
}

/// The value of the input, and of every trade that gains at these prices.
fn bound_before_gas(network: &Network, order: &Order, nu: &[f64]) -> f64 {
    let most = |edge: &NetworkEdge| {
        let (given, wanted) = (nu[edge.from], nu[edge.to]);
        let amount = edge.gain.input_at(given / wanted).min(edge.limit());
        (wanted * edge.gain.out(amount) - given * amount).max(0.0)
    };
    nu[order.from] * order.amount + network.edges().iter().map(most).sum::<f64>()
}
