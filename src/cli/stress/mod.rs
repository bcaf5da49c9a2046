//! `tenor stress`: what a plan is worth after something happened.

mod dto;
mod left;
mod page;
mod report;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use tenor_simulations::{
    nearest::nearest,
    scenarios::{self, Scenario, ScenarioError, parse_position},
};
use tenor_solver::{
    intent::{Goal, Intent},
    market::Market,
    stress::Position,
};

use self::{dto::StressDto, left::left, report::Given};
use super::{Outcome, options::MarketArgs, print};
use crate::{
    engine::{Engine, EngineError, NOBODY},
    market,
};

/// Whose limits and horizon count where no sentence says so: the default profile's.
const DEFAULTS: &str = "maximize ETH yield on 1 ETH";

/// The largest file read.
const MOST_MIB: u64 = 8;

/// What a plan is worth, how soon it is ETH, and how its loans stand, after something happened.
///
/// The plan is a sentence's, an earlier answer's, or a file of what is held; what happens are the ten
/// events that come with the program, or scenarios of your own, schema tenor.scenario/1.
///
/// Examples:
///   tenor stress "maximize ETH yield on 100 WETH for 90 days"
///   tenor stress "maximize ETH yield on 100 stETH" --scenario 2022-06-celsius
///   tenor stress --position loop.toml --scenario mine.toml --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Stress {
    /// What you want, in one sentence: its plan is stressed.
    #[arg(required_unless_present_any = ["position", "answer"])]
    sentence: Option<String>,
    /// Stress what an earlier answer leaves, schema tenor.answer/1.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sentence", "position"])]
    answer: Option<PathBuf>,
    /// Stress what a file says is held and owed, schema tenor.position/1; a sentence beside it sets
    /// limits and horizon.
    #[arg(long, value_name = "FILE")]
    position: Option<PathBuf>,
    /// What happens: a file, or the name of an event that comes with the program; may be repeated.
    /// Left out, all ten of those.
    #[arg(long, value_name = "FILE")]
    scenario: Vec<PathBuf>,
    #[command(flatten)]
    market: MarketArgs,
    /// Print JSON, schema tenor.stress/1.
    #[arg(long)]
    json: bool,
}

/// What is stressed, and under whose limits.
struct Plan {
    label: String,
    position: Position,
    intent: Intent,
    /// Whether what liquidators are paid is assumed.
    assumed: bool,
}

impl Stress {
    pub(super) fn run(&self) -> Outcome {
        Outcome::of(self.report().and_then(|report| self.write(&report)))
    }

    fn report(&self) -> Result<StressDto, Outcome> {
        let scenarios = self.scenarios()?;
        let engine = self.market.engine()?;
        let plan = self.plan(&engine)?;
        let started = Instant::now();
        let horizon_s = match plan.intent.goal {
            Goal::Yield { horizon_s, .. } => horizon_s,
            Goal::Swap { .. } | Goal::Exit { .. } => match engine.read(DEFAULTS).map(|i| i.goal) {
                Ok(Goal::Yield { horizon_s, .. }) => horizon_s,
                _ => 0,
            },
        };
        let given = Given {
            market: engine.market(),
            label: plan.label,
            position: &plan.position,
            intent: &plan.intent,
            horizon_s,
            assumed: plan.assumed,
        };
        given.report(&scenarios, started)
    }

    /// The scenarios named, or all that come with the program.
    fn scenarios(&self) -> Result<Vec<Scenario>, Outcome> {
        let embedded = scenarios::embedded().map_err(|error| refused(&error))?;
        if self.scenario.is_empty() {
            return Ok(embedded);
        }
        self.scenario.iter().map(|path| scenario(path, &embedded)).collect()
    }

    fn plan(&self, engine: &Engine) -> Result<Plan, Outcome> {
        let market = engine.market();
        if let Some(path) = &self.answer {
            let told = outputs(path, market)?;
            return Ok(Plan { label: path.display().to_string(), ..told.plan(engine)? });
        }
        let sentence = self.sentence.as_deref().unwrap_or(DEFAULTS);
        let intent = read(engine, sentence)?;
        if let Some(path) = &self.position {
            let position = parse_position(&path.display().to_string(), &bytes(path)?, market);
            let position = position.map_err(|error| refused(&error))?;
            let label = path.display().to_string();
            return Ok(Plan { label, position, intent, assumed: false });
        }
        let answer = engine.ask(sentence, NOBODY).map_err(|error| failed(&error))?;
        if let Some(infeasible) = &answer.infeasible {
            return Err(Outcome::Lacking(infeasible.reason.clone()));
        }
        // As a file of it would be: what is stressed is what the answer says.
        let told = serde_json::to_value(&answer);
        let told = told.map_err(|error| Outcome::Failed(error.to_string()))?;
        let (position, assumed) = left(&told).map_err(Outcome::BadInput)?;
        Ok(Plan { label: answer.plan.label, position, intent, assumed })
    }

    fn write(&self, report: &StressDto) -> Result<(), Outcome> {
        if self.json {
            print::json("the report", report)
        } else {
            print::page("the report", &page::Page(report))
        }
    }
}

/// What an answer's plan leaves, as its file says it.
struct Told {
    sentence: String,
    position: Position,
    assumed: bool,
}

impl Told {
    fn plan(self, engine: &Engine) -> Result<Plan, Outcome> {
        let intent = read(engine, &self.sentence)?;
        let Self { position, assumed, .. } = self;
        Ok(Plan { label: String::new(), position, intent, assumed })
    }
}

/// Reads what the plan leaves, and the sentence, of an answer.
fn outputs(path: &Path, market: &Market) -> Result<Told, Outcome> {
    let bad = |what: &str| {
        let path = path.display();
        Outcome::BadInput(format!("{path}: {what}; give a file that `tenor solve --json` printed"))
    };
    let answer: serde_json::Value =
        serde_json::from_slice(&bytes(path)?).map_err(|error| bad(&error.to_string()))?;
    let text = |at: &str| answer.pointer(at).and_then(|v| v.as_str()).map(str::to_owned);
    if text("/schema").as_deref() != Some("tenor.answer/1") {
        return Err(bad("its schema is not tenor.answer/1"));
    }
    let sentence = text("/intent/sentence").ok_or_else(|| bad("it has no intent.sentence"))?;
    let (position, assumed) = left(&answer).map_err(|what| bad(&what))?;
    position.check(market).map_err(|error| bad(&error.to_string()))?;
    Ok(Told { sentence, position, assumed })
}

fn scenario(path: &Path, embedded: &[Scenario]) -> Result<Scenario, Outcome> {
    let name = path.display().to_string();
    if let Some(known) = embedded.iter().find(|s| s.file == name) {
        return Ok(known.clone());
    }
    if !path.exists() {
        let near = nearest(&name, embedded.iter().map(|s| s.file.as_str())).unwrap_or_default();
        let what = format!(
            "--scenario: no file, and no event, is called {name:?}; the nearest event is {near:?}"
        );
        return Err(Outcome::BadInput(what));
    }
    Scenario::parse(&name, &bytes(path)?).map_err(|error| refused(&error))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Outcome> {
    market::read(path, "a file of at most a few MiB", MOST_MIB)
        .map_err(|error| Outcome::BadInput(error.to_string()))
}

fn read(engine: &Engine, sentence: &str) -> Result<Intent, Outcome> {
    engine.read(sentence).map_err(|error| Outcome::BadInput(error.to_string()))
}

fn refused(error: &ScenarioError) -> Outcome {
    Outcome::BadInput(error.to_string())
}

fn failed(error: &EngineError) -> Outcome {
    if error.is_input() {
        Outcome::BadInput(error.to_string())
    } else {
        Outcome::Failed(error.to_string())
    }
}
