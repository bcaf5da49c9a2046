//! Whether a fill pays: what the market gives for what the maker gives, less what the maker gets, less gas.

use alloy_primitives::{Address, U256};
use tenor_solver::{intent::Intent, solution::Solution};

use super::{check::Checked, fill::Fill, refusal::Refusal};
use crate::{
    engine::Engine,
    intents::{cow::chain::Native, form::Form},
};

/// Units of gas of a fill besides the sale: its transaction, the router and two transfers, and with an
/// extension the settlement's getter and payments. Measured on the router's own code
/// (`tests/it/bytecode/oneinch.rs` prints it), rounded up; tokens differ.
pub const FILL_GAS: u64 = 140_000;
/// The same of a Fusion order.
pub const FUSION_GAS: u64 = 240_000;

/// What a fill earns, in units of what the maker gets.
#[derive(Debug, Clone)]
pub struct Profit {
    /// The sale of what the maker gives: the solver's own question, as an intent.
    pub intent: Intent,
    /// Its plan.
    pub sale: Solution,
    /// What it brings.
    pub proceeds: U256,
    /// What the maker gets, fees included.
    pub paid: U256,
    /// What gas costs: the fill's and the sale's.
    pub gas: U256,
    /// Units of gas of both.
    pub gas_units: u64,
    /// What is left.
    pub net: U256,
}

/// What a fill earns in a market; refused where it earns nothing.
pub fn profit(engine: &Engine, checked: &Checked, fill: &Fill) -> Result<Profit, Refusal> {
    let (order, market) = (checked.order(), engine.market());
    let wanted = order.takerAsset;
    let (intent, sale) = sell(engine, order.makerAsset, fill.making, wanted)?;
    let proceeds = left_with(&sale, wanted);
    let own = if checked.extension().is_empty() { FILL_GAS } else { FUSION_GAS };
    let gas_units = own.saturating_add(sale.gas);
    let wei = U256::from(gas_units).checked_mul(market.gas_price).ok_or(Refusal::Overflow)?;
    let gas = in_units(engine, wei, wanted)?;
    let paid = fill.taking;
    let spent = paid.checked_add(gas).ok_or(Refusal::Overflow)?;
    match proceeds.checked_sub(spent) {
        Some(net) if !net.is_zero() => {
            Ok(Profit { intent, sale, proceeds, paid, gas, gas_units, net })
        }
        _ => Err(Refusal::Unprofitable { proceeds, paid, gas, asset: wanted }),
    }
}

/// The market's best sale.
fn sell(
    engine: &Engine,
    given: Address,
    amount: U256,
    wanted: Address,
) -> Result<(Intent, Solution), Refusal> {
    let intent = Form::swap(given, amount, wanted).intent(&engine.names())?;
    let answer = tenor_solver::solve(engine.market(), &intent)?;
    let sale = answer.best.ok_or(Refusal::NoSale { given, wanted })?;
    Ok((intent, sale))
}

fn left_with(plan: &Solution, token: Address) -> U256 {
    plan.end.iter().find(|held| held.token == token).map_or(U256::ZERO, |held| held.balance)
}

/// What buys so much ether.
fn in_units(engine: &Engine, wei: U256, token: Address) -> Result<U256, Refusal> {
    let native = Native::of_chain(engine.market().chain_id);
    let wrapped = native.ok_or(Refusal::GasUnpriced(token))?.wrapped;
    if wei.is_zero() || token == wrapped {
        return Ok(wei);
    }
    let (_, sale) = sell(engine, wrapped, wei, token)?;
    Ok(left_with(&sale, token))
}
