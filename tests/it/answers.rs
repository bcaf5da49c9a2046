//! The answers: from a sentence to a plan that the EVM has confirmed, on the embedded market.

mod apart;
mod break_even;
mod laws;
mod portfolio;
mod queues;
mod risk;
mod schema;
mod stories;
mod ways_out;

use std::sync::LazyLock;

use alloy_primitives::{I256, U256};
use tenor::{
    answer::{AlternativeDto, AnswerDto, LegDto, OutputDto},
    engine::{Engine, EngineError, NOBODY},
};
use tenor_simulations::figures::{
    ASSUMPTIONS_NAME, EMBEDDED_NAME, Figures, embedded, embedded_assumptions,
};

/// What the program answers with when nothing is said about the market.
static WORLD: LazyLock<World> = LazyLock::new(|| World::assuming(embedded_assumptions()));

/// The embedded market, ready to be asked.
struct World {
    engine: Engine,
}

impl World {
    /// The embedded market with the assumptions of a file.
    fn assuming(assumptions: &[u8]) -> Self {
        let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
        let assumptions = figures.assumptions(ASSUMPTIONS_NAME, assumptions).unwrap();
        Self { engine: Engine::new(&figures, &assumptions).unwrap() }
    }

    fn try_ask(&self, sentence: &str) -> Result<Told, EngineError> {
        self.engine.ask(sentence, NOBODY).map(Told)
    }

    fn ask(&self, sentence: &str) -> Told {
        self.try_ask(sentence).unwrap_or_else(|error| panic!("{sentence}: {error}"))
    }
}

/// Asks the embedded market.
fn ask(sentence: &str) -> Told {
    WORLD.ask(sentence)
}

/// An answer, in the words of a test.
#[derive(Debug)]
struct Told(AnswerDto);

impl Told {
    fn kind(&self) -> &'static str {
        self.0.plan.kind
    }

    fn legs(&self) -> &[LegDto] {
        &self.0.plan.legs
    }

    fn symbol(&self, token: &str) -> &str {
        &self.0.tokens[token].symbol
    }

    /// Units of a token that the account holds afterwards, its unallocated part included.
    fn leaves(&self, symbol: &str) -> U256 {
        let of = |o: &&OutputDto| self.symbol(&o.token) == symbol;
        self.0.plan.outputs.iter().filter(of).map(|o| units(&o.amount)).sum()
    }

    /// How far the plan may be from the best, in basis points.
    fn gap(&self) -> f64 {
        self.0.certificate.as_ref().unwrap().gap_bps.parse().unwrap()
    }

    /// Units of what was given that the plan leaves where it is.
    fn unallocated(&self) -> U256 {
        self.0.plan.outputs.iter().filter(|o| o.unallocated).map(|o| units(&o.amount)).sum()
    }

    /// What goes into the venue, zero when the plan does not use it.
    fn through(&self, venue: &str) -> U256 {
        self.legs().iter().filter(|leg| leg.venue == venue).map(|leg| units(&leg.amount_in)).sum()
    }

    fn net(&self) -> I256 {
        signed(&self.0.yields.as_ref().unwrap().net_wei)
    }

    fn break_even(&self) -> Option<u64> {
        self.0.yields.as_ref().unwrap().break_even_s
    }

    /// The alternative that holds.
    fn hold(&self) -> &AlternativeDto {
        self.0.alternatives.iter().find(|a| a.kind == "hold").expect("hold is an alternative")
    }

    /// The detail of a limit that binds.
    fn binds(&self, limit: &str) -> &str {
        let found = self.0.binding.iter().find(|b| b.limit == limit);
        &found.unwrap_or_else(|| panic!("{limit} binds: {:?}", self.0.binding)).detail
    }

    /// What is missing to rank a token.
    fn missing(&self, symbol: &str) -> String {
        let found = self.0.unranked.iter().find(|u| self.symbol(&u.token) == symbol);
        found.unwrap_or_else(|| panic!("{symbol} is not ranked")).missing.join("; ")
    }

    /// That the EVM ran the plan and measured what was promised.
    #[track_caller]
    fn confirmed(&self) {
        let run = self.0.simulation.as_ref().expect("the plan ran in the EVM");
        assert_eq!(run.difference_wei, "0");
        assert!(run.gas > 21_000, "{}", run.gas);
    }
}

/// Whole tokens of 18 decimals.
fn ether(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

fn units(text: &str) -> U256 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no amount"))
}

fn signed(text: &str) -> I256 {
    I256::from_dec_str(text).unwrap_or_else(|_| panic!("{text:?} is no amount"))
}
