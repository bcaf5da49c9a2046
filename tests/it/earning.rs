//! What a plan earns, from whom, and what of it counts: on the embedded market, and on a made-up one
//! that has every kind of yield side by side.

mod components;
mod incentives;
mod liquidity;
mod restaking;
mod shut;
mod size;
mod stories;
mod term;

use std::{path::PathBuf, sync::LazyLock};

use alloy_primitives::{Address, I256, U256};
use serde_json::Value;
use tenor::{
    answer::AnswerDto,
    engine::{Engine, EngineError, NOBODY},
    market::{Assume, engine},
};
use tenor_simulations::figures::{Figures, FiguresError};

/// The made-up market.
const FILE: &str = "simulations/markets/synthetic-yields.json";

/// As `--market FILE` opens it.
static SYNTHETIC: LazyLock<Engine> = LazyLock::new(|| {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FILE);
    engine(Some(&path), &Assume::Default).unwrap()
});

/// What the program answers with when nothing is said about the market.
static EMBEDDED: LazyLock<Engine> = LazyLock::new(|| engine(None, &Assume::Default).unwrap());

fn ask(engine: &Engine, sentence: &str) -> AnswerDto {
    engine.ask(sentence, NOBODY).unwrap_or_else(|error| panic!("{sentence}: {error}"))
}

/// The made-up market's file, to be changed.
fn file() -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FILE);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn figures(file: &Value) -> Result<Figures, FiguresError> {
    Figures::parse("synthetic-changed.json", file.to_string().as_bytes())
}

/// The market of a changed file.
fn changed(file: &Value) -> Result<Engine, EngineError> {
    Engine::new(&figures(file)?, &[])
}

/// The row of a list with this value under a name.
fn row<'f>(file: &'f mut Value, list: &str, name: &str, value: &str) -> &'f mut Value {
    let rows = file[list].as_array_mut().unwrap();
    rows.iter_mut().find(|row| row[name] == value).unwrap_or_else(|| panic!("no {value}"))
}

fn token(engine: &Engine, symbol: &str) -> Address {
    engine.market().tokens.iter().find(|t| t.symbol == symbol).unwrap().address
}

fn signed(text: &str) -> I256 {
    I256::from_dec_str(text).unwrap()
}

fn ether(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

/// Symbols of what an answer's plan holds more than dust of.
fn held(answer: &AnswerDto) -> Vec<&str> {
    let some = |amount: &str| amount.len() > 15;
    let outputs = answer.plan.outputs.iter().filter(|o| some(&o.amount));
    outputs.map(|o| answer.tokens[&o.token].symbol.as_str()).collect()
}
