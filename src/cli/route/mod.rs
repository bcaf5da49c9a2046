//! `tenor route`: benchmark instances in, certified routes out.

mod answer;
mod times;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, value_parser};
use tenor_solver::route::RouteError;

use self::{answer::AnswerDto, times::Solver};
use super::{Outcome, print};
use crate::market::{self, instance::Instance};

/// Route the order of each benchmark instance, schema routing-ref/1.
///
/// Prints one line of JSON for each: the route, its output before and after gas, and the prices that
/// prove how near the best it is.
///
/// Examples:
///   tenor route instance.json
///   tenor route instances/*.json --no-gas
///   tenor route instance.json --repeat 100 --deadline-ms 10
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Route {
    /// The instances, in the order of the answers.
    #[arg(required = true, value_name = "INSTANCE")]
    instances: Vec<PathBuf>,
    /// Solve each this often from nothing, then as often from the last answer, for the times.
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = value_parser!(u32).range(1..=1_000_000))]
    repeat: u32,
    /// The time that each solve may take; without it a search ends by itself.
    #[arg(long, value_name = "D", value_parser = value_parser!(u64).range(1..))]
    deadline_ms: Option<u64>,
    /// Leave gas out of the search and of the bound; the net output still pays for it.
    #[arg(long)]
    no_gas: bool,
}

impl Route {
    pub(super) fn run(&self) -> Outcome {
        for path in &self.instances {
            let instance = match market::load_instance(path) {
                Ok(instance) => instance,
                Err(error) => return Outcome::BadInput(error.to_string()),
            };
            if let Some(end) = self.answer(path, &instance) {
                return end;
            }
        }
        Outcome::Done
    }

    /// Answers one instance; an outcome where that is the end.
    fn answer(&self, path: &Path, instance: &Instance) -> Option<Outcome> {
        let order = instance.order(!self.no_gas);
        let (result, times) = Solver {
            network: instance.network(),
            order: &order,
            deadline: self.deadline_ms.map(Duration::from_millis),
        }
        .repeat(self.repeat);
        let routed = match result {
            Ok(routed) => Some(routed),
            // Nothing for the order is a valid answer.
            Err(RouteError::NoWay { .. }) => None,
            Err(RouteError::Network(error)) => {
                return Some(Outcome::Failed(format!("{}: {error}", path.display())));
            }
        };
        let answer = AnswerDto::new(instance, !self.no_gas, routed.as_ref(), times);
        print::json_line("the answer", &answer).err()
    }
}
