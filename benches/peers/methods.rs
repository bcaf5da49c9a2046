//! Every method on one instance: its answer, evaluated by the kit's rules, and its time.

use std::time::{Duration, Instant};

use tenor_solver::route::{Network, Optimiser, Order, Routed};

use crate::{
    balancer::{self, Asking},
    baseline, conic,
    evaluate::{Leg, Outcome, evaluate},
    flows,
    instance::{Instance, Optimum},
    nudge::nudged,
    table::{Cell, median},
};

/// The columns, in the order of [`run`].
pub(crate) const NAMES: [&str; 6] =
    ["Tenor, cold", "Tenor, warm", "Clarabel", "Balancer SOR", "greedy, 20 parts", "single path"];

/// A conic answer has a little on every edge: flows below the best of these shares of the order go.
const DUST: [f64; 7] = [1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/// How often, and for how long at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) repeat: usize,
    pub(crate) max_pools: usize,
    pub(crate) limit: Duration,
}

/// One instance as the methods get it.
pub(crate) struct Task<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) optimum: &'a Optimum,
    network: Network,
    order: Order,
    gas: bool,
    effort: Effort,
}

type Found = Result<(Outcome, Duration), String>;

impl<'a> Task<'a> {
    pub(crate) fn new(
        (instance, optimum): (&'a Instance, &'a Optimum),
        gas: bool,
        effort: Effort,
    ) -> Self {
        let (network, order) = (instance.network(), instance.order(gas));
        Self { instance, optimum, network, order, gas, effort }
    }

    /// What each of [`NAMES`] does.
    pub(crate) fn run(&self) -> Vec<Cell> {
        let found = [
            Some(self.cold()),
            Some(self.warm()),
            Some(self.conic()),
            self.balancer(),
            Some(self.greedy(20)),
            Some(self.greedy(1)),
        ];
        found.into_iter().map(|found| self.cell(found)).collect()
    }

    fn cell(&self, found: Option<Found>) -> Cell {
        let best = if self.gas { self.optimum.net_ub } else { self.optimum.gross_ub };
        match found {
            None => Cell::NotModelled,
            Some(Err(why)) => Cell::Failed(why),
            Some(Ok((outcome, took))) => {
                Cell::Answered { short_bp: (1.0 - self.score(outcome) / best) * 1e4, took }
            }
        }
    }

    fn score(&self, outcome: Outcome) -> f64 {
        if self.gas { outcome.net } else { outcome.gross }
    }

    /// An optimiser that has seen nothing.
    fn cold(&self) -> Found {
        let (routed, took) =
            self.timed(|| Optimiser::default().solve(&self.network, &self.order, None));
        Ok((self.tenor(&routed.map_err(|error| error.to_string())?)?, took))
    }

    /// An optimiser that has solved the same order on the market as it stood a little earlier.
    fn warm(&self) -> Found {
        let mut times = Vec::new();
        let mut last = None;
        for seed in 0..self.effort.repeat {
            let mut optimiser = Optimiser::default();
            let _ = optimiser.solve(&nudged(&self.network, seed as u64), &self.order, None);
            let begun = Instant::now();
            let routed = optimiser.solve(&self.network, &self.order, None);
            times.push(begun.elapsed().as_secs_f64());
            last = Some(routed.map_err(|error| error.to_string())?);
        }
        let outcome = self.tenor(&last.ok_or("not run")?)?;
        Ok((outcome, Duration::from_secs_f64(median(times))))
    }

    fn tenor(&self, routed: &Routed) -> Result<Outcome, String> {
        let legs: Vec<Leg> = routed
            .legs
            .iter()
            .map(|flow| {
                let edge = &self.network.edges()[flow.edge];
                Leg { pool: edge.pool, from: edge.from, amount: flow.amount_in }
            })
            .collect();
        evaluate(self.instance, &legs)
    }

    /// The gas-free optimum; with gas, the same route charged for its gas, small legs left out where
    /// that is better. Making the route of the flows is not counted.
    fn conic(&self) -> Found {
        let prices: Vec<f64> = self.instance.tokens.iter().map(|token| token.price).collect();
        let (found, took) =
            self.timed(|| conic::solve(&self.network, &self.order, &prices, self.effort.limit));
        let flows = found?;
        let asked = (self.order.from, self.order.to, self.order.amount);
        let routes =
            DUST.iter().map(|&dust| flows::pushed(&self.network, asked, &prices, &flows, dust));
        let best = routes
            .filter_map(|legs| evaluate(self.instance, &legs).ok())
            .max_by(|one, other| self.score(*one).total_cmp(&self.score(*other)));
        Ok((best.ok_or("no route of the flows is valid")?, took))
    }

    fn balancer(&self) -> Option<Found> {
        let Effort { repeat, max_pools, limit } = self.effort;
        // One more than counted: Node compiles in the first.
        let asking = Asking { gas: self.gas, max_pools, repeat: repeat + 1, limit };
        let found = balancer::solve(self.instance, asking)?;
        Some(found.and_then(|(legs, took)| Ok((evaluate(self.instance, &legs)?, took))))
    }

    /// Gas-blind, and with gas also gas-aware: the better counts, and the time of both.
    fn greedy(&self, parts: u32) -> Found {
        let (blind, mut took) = self.timed(|| self.parts(parts, false));
        let mut best = evaluate(self.instance, &blind)?;
        if self.gas {
            let (aware, more) = self.timed(|| self.parts(parts, true));
            let aware = evaluate(self.instance, &aware)?;
            took += more;
            best = if aware.net > best.net { aware } else { best };
        }
        Ok((best, took))
    }

    fn parts(&self, parts: u32, aware: bool) -> Vec<Leg> {
        let out = self.instance.tokens[self.order.to].price;
        let values: Vec<f64> = self.instance.tokens.iter().map(|token| token.price / out).collect();
        baseline::greedy(&self.network, &self.order, aware.then_some(&*values), parts)
    }

    /// The largest relative difference between our baselines and the kit's.
    pub(crate) fn baselines_off(&self) -> Result<f64, String> {
        let known = &self.optimum.baseline;
        let of = |parts, aware| evaluate(self.instance, &self.parts(parts, aware));
        let (single, single_aware) = (of(1, false)?, of(1, true)?);
        let (blind, aware) = (of(20, false)?, of(20, true)?);
        let pairs = [
            (single.gross, known.single_gross),
            (single.net.max(single_aware.net), known.single_net),
            (blind.gross, known.greedy20_gross),
            (blind.net, known.greedy20_net),
            (aware.net, known.greedy20_gasaware_net),
        ];
        Ok(pairs.iter().map(|(ours, kit)| (ours / kit - 1.0).abs()).fold(0.0, f64::max))
    }

    /// The last result, and the median time of as many runs as asked for, or as fit in the limit.
    fn timed<T>(&self, mut run: impl FnMut() -> T) -> (T, Duration) {
        let mut times = Vec::new();
        loop {
            let begun = Instant::now();
            let result = run();
            times.push(begun.elapsed().as_secs_f64());
            let spent: f64 = times.iter().sum();
            if times.len() >= self.effort.repeat || spent > self.effort.limit.as_secs_f64() / 4.0 {
                return (result, Duration::from_secs_f64(median(times)));
            }
        }
    }
}
