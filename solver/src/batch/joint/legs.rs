//! What goes through the pools of an exchange, once its prices are found.

use super::exchange::{Exchange, State, Trade};
use crate::{batch::settle::Taken, route::Flow};

/// What a node may lack, as a share of what is traded there.
const SHORT: f64 = 1e-10;

/// Shares of what is traded below this are not sent, and shares of orders not filled.
const DUST: f64 = 1e-13;

/// A leg, and its nodes.
#[derive(Debug)]
struct Leg {
    from: usize,
    to: usize,
    leg: Flow,
}

impl Exchange<'_> {
    /// The orders that are filled, and how much of each.
    pub(super) fn taken(&self, state: &State) -> Vec<Taken> {
        let share = |at: usize| Taken { order: self.orders[at], share: self.share(state, at).0 };
        (0..self.orders.len()).map(share).filter(|one| one.share > DUST).collect()
    }

    /// The clearing price of a node of the network.
    pub(super) fn price(&self, state: &State, node: usize) -> f64 {
        let at = self.nodes.iter().position(|other| *other == node);
        at.map_or(f64::NAN, |at| (state.logs[at] + state.spread * self.tilts[at]).exp())
    }

    /// What goes through pools, in an order in which it can; `None` where something goes round, or a
    /// node would give more than it gets.
    pub(super) fn legs(&self, state: &State) -> Option<Vec<Flow>> {
        let mut open = Vec::new();
        for (at, &(from, to)) in self.edge_ends.iter().enumerate() {
            let (given, _, _) = self.flow(state, at);
            if given * state.logs[from].exp() > DUST * self.scale {
                let out = self.edge(at).gain.out(given);
                let leg = Flow { edge: self.edges[at], amount_in: given, amount_out: out };
                open.push(Leg { from, to, leg });
            }
        }
        self.even(state, &mut open)?;
        let mut entering = vec![0u32; self.nodes.len()];
        open.iter().for_each(|leg| entering[leg.to] += 1);
        let mut legs = Vec::with_capacity(open.len());
        while !open.is_empty() {
            let (ready, rest): (Vec<Leg>, Vec<Leg>) =
                open.into_iter().partition(|leg| entering[leg.from] == 0);
            if ready.is_empty() {
                return None;
            }
            for Leg { to, leg, .. } in ready {
                entering[to] -= 1;
                legs.push(leg);
            }
            open = rest;
        }
        Some(legs)
    }

    /// Makes every node balance to the last digit: what floats leave of a deep pool may be much of what
    /// a node trades. What is left over is sent towards nodes that trade with more, or asked for there;
    /// `None` where a node lacks something in the end.
    fn even(&self, state: &State, legs: &mut [Leg]) -> Option<()> {
        let n = self.nodes.len();
        let (mut left, mut moved) = (vec![0.0; n], vec![0.0; n]);
        for (at, &(sell, buy)) in self.order_ends.iter().enumerate() {
            let Trade { sold, bought, .. } = self.trade(state, at);
            left[sell] += sold;
            left[buy] -= bought;
            moved[sell] += sold;
            moved[buy] += bought;
        }
        let mut up = vec![None; n];
        for (at, Leg { from, to, leg }) in legs.iter().enumerate() {
            left[*from] -= leg.amount_in;
            left[*to] += leg.amount_out;
            moved[*from] += leg.amount_in;
            moved[*to] += leg.amount_out;
            let low = *from.min(to);
            let worth = |leg: &Leg| leg.leg.amount_in * state.logs[leg.from].exp();
            if up[low].is_none_or(|other: usize| worth(&legs[other]) < worth(&legs[at])) {
                up[low] = Some(at);
            }
        }
        for (node, at) in up.into_iter().enumerate() {
            if let Some(at) = at {
                let Leg { from, to, leg } = &mut legs[at];
                let edge = &self.batch.network.edges()[leg.edge];
                let more = match node == *from {
                    true => left[node],
                    false => -left[node] / edge.gain.marginal(leg.amount_in),
                };
                if !more.is_finite() {
                    return None;
                }
                let given = (leg.amount_in + more).clamp(0.0, edge.limit());
                let out = edge.gain.out(given);
                left[*from] -= given - leg.amount_in;
                left[*to] += out - leg.amount_out;
                (leg.amount_in, leg.amount_out) = (given, out);
            }
        }
        let lacks = left.iter().zip(moved).any(|(left, moved)| *left < -SHORT * moved);
        (!lacks).then_some(())
    }
}
