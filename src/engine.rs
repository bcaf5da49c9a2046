//! Takes an intent through the stages on one market.

use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
    thread::ScopedJoinHandle,
    time::Instant,
};

use alloy_primitives::{Address, address};
use tenor_simulations::{
    Disagreement, Script, SimulationError, SourceError, Verified, World, WorldError,
    figures::{Figures, FiguresError},
};
use tenor_solver::{
    SolveError,
    intent::Intent,
    limits_check::{Broken, Checks},
    market::{Assumption, Market},
    risk::{HazardError, Hazards},
    solution::{Answer, Solution},
    venues::Approval,
};

use crate::{
    answer::{self, AnswerDto, SimulationDto, Timings},
    intents::sentence::{self, Names, SentenceError},
    market::MarketError,
};

/// The account that plans are simulated from when none is given: nobody's.
pub const NOBODY: Address = address!("000000000000000000000000000000000000a11c");

/// What an answer says that no EVM has confirmed.
const NOT_RUN: &str =
    "Not run in an EVM: this market file holds answers of contracts, not their state and code.";

/// The same of a made-up market.
const MADE_UP: &str = "Not run in an EVM: this market is made up and has no contracts.";

/// One market: the solver's view and the EVM's.
#[derive(Debug)]
pub struct Engine {
    market: Arc<Market>,
    protocols: Vec<String>,
    /// What checking plans again takes of the market, once a plan is checked.
    checks: OnceLock<Checks>,
    /// `None` where no state is known to run plans on.
    world: Option<World>,
    judge: Option<Judge>,
}

/// Where plans are run instead of in the world of the figures.
#[derive(Debug)]
pub struct Judge {
    /// The world.
    pub world: World,
    /// What it is, for people: a node and its block.
    pub place: String,
}

/// An answer, and the plan in it that an EVM confirmed; `None` where nothing was run.
pub type Answered = (AnswerDto, Option<Box<Verified>>);

/// Why an intent has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The market file is not one.
    #[error(transparent)]
    Market(Box<MarketError>),
    /// The sentence is not one.
    #[error(transparent)]
    Sentence(#[from] SentenceError),
    /// The market cannot be asked this.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The figures do not make a market.
    #[error(transparent)]
    Figures(#[from] FiguresError),
    /// The figures do not make a world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Plans cannot be sent from this account.
    #[error("{0} is a contract of this market: plans are sent from an account")]
    NotAnAccount(Address),
    /// No plan survived its run in the EVM.
    #[error("no plan was confirmed by the EVM; the last disagreement: {0}")]
    Unconfirmed(String),
    /// No plan survived its run on a state that is not the figures' own.
    #[error(
        "no plan was confirmed on {place}; the figures are of block {figures}: use a market file \
         of that block; the last disagreement: {last}"
    )]
    Elsewhere {
        /// Where it ran.
        place: String,
        /// The block of the figures.
        figures: u64,
        /// The last disagreement.
        last: String,
    },
    /// Every plan found breaks a limit where the limits are computed again, so none was run.
    #[error(
        "no plan was run: {plan:?} breaks a limit when the limits are computed again: {rule}: {detail}{by}; {remedy}",
        rule = broken.rule,
        detail = broken.detail,
        by = by(broken),
        remedy = broken.rule.remedy()
    )]
    Limit {
        /// The best of them.
        plan: String,
        /// The limit that it breaks.
        broken: Box<Broken>,
    },
    /// The state that plans run on is not to be had.
    #[error("{0}")]
    Source(#[from] SourceError),
}

/// By how much a limit is broken, for people.
fn by(broken: &Broken) -> String {
    broken.by_bps.map_or_else(String::new, |bps| format!(", {bps:.4} bp beyond it"))
}

impl EngineError {
    pub(crate) fn market(error: MarketError) -> Self {
        Self::Market(Box::new(error))
    }

    /// Whether what was asked is at fault, rather than the engine.
    pub const fn is_input(&self) -> bool {
        match self {
            Self::Market(_)
            | Self::Sentence(_)
            | Self::Solve(_)
            | Self::Figures(_)
            | Self::NotAnAccount(_) => true,
            Self::World(_)
            | Self::Unconfirmed(_)
            | Self::Elsewhere { .. }
            | Self::Limit { .. }
            | Self::Source(_) => false,
        }
    }
}

impl Engine {
    /// Builds both views of the figures.
    pub fn new(figures: &Figures, assumptions: &[Assumption]) -> Result<Self, EngineError> {
        let market = figures.market(assumptions)?;
        // What is made up has no contracts to run on.
        let real = figures.synthetic.is_none();
        let world = real.then(|| World::lending(figures, &market.credits)).transpose()?;
        Ok(Self::of(Arc::new(market), world))
    }

    /// A market, and the state to run plans on; without one, answers disclose that nothing ran.
    pub fn of(market: Arc<Market>, world: Option<World>) -> Self {
        let mut protocols: Vec<String> =
            market.listings.iter().map(|l| l.protocol.clone()).collect();
        protocols.sort_unstable();
        protocols.dedup();
        Self { market, protocols, checks: OnceLock::new(), world, judge: None }
    }

    /// The same with other priors of hazards; an error where they and the market rest on each other.
    pub fn with_hazards(self, hazards: Hazards) -> Result<Self, HazardError> {
        let market = Market::clone(&self.market).with_hazards(Arc::new(hazards))?;
        Ok(Self { market: Arc::new(market), checks: OnceLock::new(), ..self })
    }

    /// Has plans run elsewhere than in the world of the figures, which still make them.
    pub fn judged_by(self, judge: Judge) -> Self {
        Self { judge: Some(judge), ..self }
    }

    /// The world of the figures; `None` where no state is known.
    pub const fn world(&self) -> Option<&World> {
        self.world.as_ref()
    }

    /// The world that plans run in.
    pub(crate) fn court(&self) -> Option<&World> {
        self.judge.as_ref().map(|judge| &judge.world).or(self.world())
    }

    /// The solver's view.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// What sentences about this market may name.
    pub fn names(&self) -> Names<'_> {
        Names {
            tokens: &self.market.tokens,
            protocols: &self.protocols,
            now: self.market.timestamp,
        }
    }

    /// Reads a sentence on this market.
    pub fn read(&self, sentence: &str) -> Result<Intent, SentenceError> {
        sentence::parse(sentence, &self.names())
    }

    /// From a sentence to a verified answer for `account`.
    pub fn ask(&self, sentence: &str, account: Address) -> Result<AnswerDto, EngineError> {
        let started = Instant::now();
        let intent = self.read(sentence)?;
        let parse = micros(started);
        let (mut answer, _) = self.answer(&intent, account, started)?;
        answer.timings_us.parse = parse;
        answer.timings_us.solve = answer.timings_us.solve.saturating_sub(parse);
        Ok(answer)
    }

    /// The plan that an EVM confirms for an intent; `None` where there is nothing to do, or no state to
    /// confirm it on.
    pub fn plan(&self, intent: &Intent, account: Address) -> Result<Option<Verified>, EngineError> {
        self.verified(tenor_solver::solve(&self.market, intent)?, intent, account)
    }

    /// The same of an answer that is there already: its limits are those of `intent`.
    pub fn verified(
        &self,
        mut answer: Answer,
        intent: &Intent,
        account: Address,
    ) -> Result<Option<Verified>, EngineError> {
        let confirmed = self.confirm(&mut answer, intent, account)?;
        Ok(confirmed.and_then(|confirmed| confirmed.verified).map(|verified| *verified))
    }

    /// The best plan among those that fit, which an EVM confirms; `None` where none fits, or there is no
    /// state to confirm it on.
    pub fn plan_that(
        &self,
        intent: &Intent,
        account: Address,
        fits: impl Fn(&Solution) -> bool,
    ) -> Result<Option<Verified>, EngineError> {
        let mut answer = tenor_solver::solve(&self.market, intent)?;
        answer.best = answer.best.filter(&fits);
        answer.alternatives.retain(|plan| plan.is_feasible() && fits(plan));
        if answer.best.is_none() && !answer.alternatives.is_empty() {
            answer.best = Some(answer.alternatives.remove(0));
        }
        let confirmed = self.confirm(&mut answer, intent, account)?;
        Ok(confirmed.and_then(|confirmed| confirmed.verified).map(|verified| *verified))
    }

    /// From an intent to a verified answer, with the plan that was verified.
    pub fn quote(&self, intent: &Intent, account: Address) -> Result<Answered, EngineError> {
        self.answer(intent, account, Instant::now())
    }

    /// From an intent to a verified answer, with the plan that was verified.
    fn answer(
        &self,
        intent: &Intent,
        account: Address,
        started: Instant,
    ) -> Result<Answered, EngineError> {
        let mut answer = tenor_solver::solve(&self.market, intent)?;
        let solve = micros(started);
        let confirmed = self.confirm(&mut answer, intent, account)?;
        let simulate = micros(started).saturating_sub(solve);
        let moves = confirmed.is_some();
        let (approvals, run, verified) =
            confirmed.map_or((Vec::new(), None, None), |v| (v.approvals, v.run, v.verified));
        let unconfirmed = moves && run.is_none();
        let timings = Timings { parse: 0, solve, simulate };
        let verified_at = self.judge.as_ref().filter(|_| run.is_some());
        let mut told = answer::build(&self.market, intent, &answer, &approvals, run, timings);
        told.disclosures.extend(verified_at.map(Judge::disclosure));
        if unconfirmed {
            let why = if self.market.synthetic.is_some() { MADE_UP } else { NOT_RUN };
            told.disclosures.push(why.to_owned());
        }
        Ok((told, verified))
    }

    /// Checks the winner's limits again and runs it; where it breaks one or the EVM disagrees, the best
    /// feasible alternative that both confirm takes its place.
    fn confirm(
        &self,
        answer: &mut Answer,
        intent: &Intent,
        account: Address,
    ) -> Result<Option<Confirmed>, EngineError> {
        let Some(best) = answer.best.as_ref() else { return Ok(None) };
        let mut runs = VecDeque::from([self.try_out(best, intent, account)]);
        let mut tried_all = false;
        let (mut last, mut refused) = (None, None);
        while let Some(run) = runs.pop_front() {
            match run {
                Ok(confirmed) => return Ok(confirmed),
                Err(RunError::Simulation(SimulationError::NotAnAccount(account))) => {
                    return Err(EngineError::NotAnAccount(account));
                }
                Err(RunError::Simulation(SimulationError::Source(error))) => {
                    return Err(error.into());
                }
                Err(RunError::Limits(broken)) => {
                    let plan = answer.best.as_ref().map_or_else(String::new, |b| b.label.clone());
                    let first = EngineError::Limit { plan, broken: Box::new(broken) };
                    refused.get_or_insert(first);
                }
                Err(error) => last = Some(error.to_string()),
            }
            if !tried_all {
                runs = self.try_out_all(&answer.alternatives, intent, account);
                tried_all = true;
            }
            let next = answer.alternatives.iter().position(Solution::is_feasible);
            answer.best = next.map(|at| answer.alternatives.remove(at));
        }
        // A disagreement is worth more to know than a limit.
        Err(match (last, refused) {
            (None, Some(refused)) => refused,
            (last, _) => self.unconfirmed(last.unwrap_or_default()),
        })
    }

    /// Runs all feasible plans at once, a thread each: there are few, and over a node each waits.
    fn try_out_all(
        &self,
        plans: &[Solution],
        intent: &Intent,
        account: Address,
    ) -> VecDeque<Tried> {
        let feasible = plans.iter().filter(|plan| plan.is_feasible());
        std::thread::scope(|scope| {
            let threads: Vec<_> = feasible
                .map(|plan| scope.spawn(move || self.try_out(plan, intent, account)))
                .collect();
            let told = |thread: ScopedJoinHandle<'_, Tried>| {
                thread.join().unwrap_or(Err(RunError::Stopped))
            };
            threads.into_iter().map(told).collect()
        })
    }

    fn checks(&self) -> &Checks {
        self.checks.get_or_init(|| Checks::new(Arc::clone(&self.market)))
    }

    /// Refuses a plan that breaks a limit of an intent: for those that are not run.
    pub fn keeps_limits(&self, intent: &Intent, plan: &Solution) -> Result<(), EngineError> {
        let broken = self.checks().check(intent, plan);
        let plan = plan.label.clone();
        broken.map_err(|broken| EngineError::Limit { plan, broken: Box::new(broken) })
    }

    /// Checks a plan's limits again and runs it; holding has nothing to run.
    fn try_out(&self, plan: &Solution, intent: &Intent, account: Address) -> Tried {
        self.checks().check(intent, plan)?;
        if plan.legs.is_empty() {
            return Ok(None);
        }
        self.run(plan.clone(), intent, account).map(Some)
    }

    fn unconfirmed(&self, last: String) -> EngineError {
        match &self.judge {
            None => EngineError::Unconfirmed(last),
            Some(Judge { place, .. }) => {
                EngineError::Elsewhere { place: place.clone(), figures: self.market.block, last }
            }
        }
    }

    fn run(
        &self,
        plan: Solution,
        intent: &Intent,
        account: Address,
    ) -> Result<Confirmed, RunError> {
        let world = self.court();
        let now = world.map_or(self.market.timestamp, |world| world.block().timestamp);
        let deadline = now + intent.limits.deadline_s;
        let encoded = plan.encode(&self.market, account, intent.limits.slippage_bps, deadline);
        let approvals = tenor_solver::solution::approvals(&encoded);
        let script = Script {
            account,
            holdings: plan.start.tokens().map(|t| (t, plan.start.stored(t))).collect(),
            approvals: approvals.clone(),
            calls: tenor_solver::solution::calls(&encoded).cloned().collect(),
            watch: plan.watched(),
        };
        let Some(world) = world else {
            return Ok(Confirmed { approvals, run: None, verified: None });
        };
        let report = tenor_simulations::simulate(world, &script)?;
        let verified: Verified = tenor_simulations::verify(plan, report)?;
        let run = SimulationDto {
            gas: verified.report().gas,
            difference_wei: verified.difference().to_string(),
        };
        Ok(Confirmed { approvals, run: Some(run), verified: Some(Box::new(verified)) })
    }
}

impl Judge {
    fn disclosure(&self) -> String {
        format!("Verified on the state of {}, not on the figures'.", self.place)
    }
}

/// What a confirmed run adds to an answer.
#[derive(Debug)]
struct Confirmed {
    approvals: Vec<Approval>,
    /// `None` where there is no state to run it on.
    run: Option<SimulationDto>,
    verified: Option<Box<Verified>>,
}

/// What a plan's run came to; nothing where there was nothing to run.
type Tried = Result<Option<Confirmed>, RunError>;

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    #[error(transparent)]
    Disagreement(#[from] Disagreement),
    #[error(transparent)]
    Limits(#[from] Broken),
    #[error("the run stopped before its end")]
    Stopped,
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
