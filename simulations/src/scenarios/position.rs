//! A position as a file: tokens held, and loans.

use tenor_solver::{
    market::Market,
    stress::{Loan, Position, PriceSource},
};

use super::{
    error::{ScenarioError, ScenarioErrorKind as Kind},
    fields::{Fields, Source},
    resolve::{token, venue},
};
use alloy_primitives::{Address, U256};

const SCHEMA: &str = "tenor.position/1";

/// Reads a position on this market: `[[hold]]` with `asset` and `amount`, `[[loan]]` with `venue`,
/// `collateral`, `collateral_amount`, `debt`, `debt_amount`, `threshold`, `bonus`, `rate` and `oracle`.
pub fn parse_position(
    file: &str,
    bytes: &[u8],
    market: &Market,
) -> Result<Position, ScenarioError> {
    let source = Source::of(file, bytes)?;
    let table = source.table()?;
    let fields = Fields::of(source, String::new(), &table);
    fields.schema(SCHEMA)?;
    let holds = fields.tables("hold")?;
    let loans = fields.tables("loan")?;
    let position = Position {
        holdings: holds.iter().map(|f| hold(f, market)).collect::<Result<_, _>>()?,
        loans: loans.iter().map(|f| loan(f, market)).collect::<Result<_, _>>()?,
    };
    fields.end()?;
    if position.holdings.is_empty() && position.loans.is_empty() {
        let what = "nothing is held: add a [[hold]] or a [[loan]]";
        return Err(fields.wrong("hold", Kind::Missing(what)));
    }
    position.check(market).map_err(|error| ScenarioError {
        file: file.to_owned(),
        line: None,
        key: String::new(),
        kind: Box::new(error.into()),
    })?;
    Ok(position)
}

fn hold(fields: &Fields<'_>, market: &Market) -> Result<(Address, U256), ScenarioError> {
    let held = amount(fields, market, "asset", "amount")?;
    fields.end()?;
    Ok(held)
}

/// A token and so many whole units of it, above zero.
fn amount(
    fields: &Fields<'_>,
    market: &Market,
    asset: &'static str,
    field: &'static str,
) -> Result<(Address, U256), ScenarioError> {
    let symbol = fields.text(asset, "a token's symbol")?;
    let address = token(market, symbol).map_err(|kind| fields.wrong(asset, kind))?;
    let decimals = market.token(address).map_or(18, |t| t.decimals);
    let units = fields.number(field, decimals.into(), "whole tokens, such as 100")?;
    if units.is_zero() {
        let expected = "more than nothing";
        return Err(fields.wrong(field, Kind::Range { found: "0".into(), expected }));
    }
    Ok((address, units))
}

fn loan(fields: &Fields<'_>, market: &Market) -> Result<Loan, ScenarioError> {
    let name = fields.text("venue", "the lending pool's venue, such as \"aave_v3:WETH\"")?;
    let loan = Loan {
        venue: venue(market, name).map_err(|kind| fields.wrong("venue", kind))?,
        collateral: amount(fields, market, "collateral", "collateral_amount")?,
        debt: amount(fields, market, "debt", "debt_amount")?,
        threshold_bps: bps(fields, "threshold", "the part of the collateral that may be owed")?,
        bonus_bps: bps(fields, "bonus", "what liquidators get of the debt, such as 0.01")?,
        rate: super::rate(fields)?,
        price: price(fields)?,
    };
    fields.end()?;
    Ok(loan)
}

/// A part of a whole in whole basis points.
fn bps(fields: &Fields<'_>, name: &'static str, what: &'static str) -> Result<u32, ScenarioError> {
    let bps = fields.number(name, 4, what)?;
    let expected = "a part of a whole, from 0 to 1, in whole basis points";
    let found = || Kind::Range { found: tenor_solver::amount::decimal(bps, 4), expected };
    let small = u32::try_from(bps).ok().filter(|bps| *bps <= 10_000);
    small.ok_or_else(|| fields.wrong(name, found()))
}

fn price(fields: &Fields<'_>) -> Result<PriceSource, ScenarioError> {
    let name = fields.text("oracle", "whose price counts: redemption, market or book")?;
    match name {
        "redemption" => Ok(PriceSource::Redemption),
        "market" => Ok(PriceSource::Market),
        "book" => Ok(PriceSource::Book),
        other => {
            let known = ["redemption", "market", "book"].into_iter();
            Err(fields.wrong("oracle", Kind::unknown("oracle", other, known)))
        }
    }
}
