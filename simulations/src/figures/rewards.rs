//! Rewards: what holders of a position are paid beside what it grows by.

use alloy_primitives::U256;
use serde::Deserialize;
use serde_json::value::RawValue;
use tenor_solver::{
    market::TokenInfo,
    yields::{Payer, Reward, RewardError},
};

use super::{
    error::{FiguresErrorKind, Refusal, quoted},
    values::Decimal,
    venue::{Checked, label, nonzero},
    wire::read_raw,
};

/// A century: nothing is locked or told for longer.
const LONGEST_S: u64 = 100 * 366 * 86_400;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    name: String,
    position: String,
    payer: String,
    token: Option<String>,
    #[serde(default)]
    points: bool,
    /// Whole tokens or points, to all holders together.
    per_second: Decimal,
    price_eth: Decimal,
    price_of: String,
    /// Whole units of the position.
    staked: Decimal,
    ends: Option<u64>,
    locked_days: Option<Decimal>,
    /// Annual fractions, continuously.
    hazard: Option<Decimal>,
    decay: Option<Decimal>,
    /// Fractions of one.
    sale_loss: Option<Decimal>,
    points_counted: Option<Decimal>,
    #[serde(default)]
    claim_gas: u64,
    #[serde(rename = "source")]
    _source: String,
}

/// Checks every row; positions are of these tokens.
pub(super) fn check(rows: &[&RawValue], tokens: &[TokenInfo]) -> Checked<Vec<Reward>> {
    let row = |(i, raw): (usize, &&RawValue)| {
        check_row(raw, tokens).map_err(|refusal| refusal.within(&format!("rewards[{i}]")))
    };
    rows.iter().enumerate().map(row).collect()
}

fn check_row(raw: &RawValue, tokens: &[TokenInfo]) -> Checked<Reward> {
    let w: Wire = read_raw(raw)?;
    let named = |field: &str, symbol: &str| {
        let token = tokens.iter().find(|t| t.symbol == symbol);
        token.ok_or_else(|| Refusal::new(field, FiguresErrorKind::UnlistedToken(quoted(symbol))))
    };
    let position = named("position", &w.position)?;
    let payer = Payer::ALL.into_iter().find(|payer| payer.name() == w.payer);
    let Some(payer) = payer else {
        let names = Payer::ALL.map(Payer::name).join(", ");
        return Err(Refusal::range("payer", quoted(&w.payer), format!("one of {names}")));
    };
    let token = w.token.as_deref().map(|symbol| named("token", symbol)).transpose()?;
    let places = |field, value: Decimal, places: u8| {
        value.scaled(places.into()).filter(|v| v.bit_len() <= 128).ok_or_else(|| {
            let what = format!("a number with at most {places} decimals");
            Refusal::range(field, "the figure", what)
        })
    };
    if w.ends.is_some_and(|ends| ends > super::LAST_SECOND) {
        return Err(Refusal::range("ends", w.ends.unwrap_or(0), "unix seconds"));
    }
    let locked = w.locked_days.map(|days| days.times(86_400).filter(|s| *s <= LONGEST_S));
    let Some(locked_s) = locked.unwrap_or(Some(0)) else {
        return Err(Refusal::range("locked_days", "the lock", "days, of at most a century"));
    };
    let reward = Reward {
        name: label("name", &w.name)?,
        position: position.address,
        payer,
        token: token.map(|t| t.address),
        points: w.points,
        per_s: places("per_second", w.per_second, 18)?,
        price: places("price_eth", w.price_eth, 18)?,
        price_of: w.price_of,
        staked: nonzero("staked", places("staked", w.staked, position.decimals)?)?,
        ends: w.ends,
        locked_s,
        hazard_bps: bps("hazard", w.hazard, 100)?,
        decay_bps: bps("decay", w.decay, 100)?,
        sale_loss_bps: bps("sale_loss", w.sale_loss, 1)?,
        claim_gas: w.claim_gas,
        points_bps: bps("points_counted", w.points_counted, 1)?,
    };
    reward.checked().map_err(|error| {
        let field = match error {
            RewardError::NothingStaked(_) => "staked",
            RewardError::TooMuch { .. } => "points_counted",
            RewardError::PaidByHolders(_) => "payer",
            RewardError::Contradicts { .. } => "",
        };
        Refusal::inconsistent(field, error.to_string())
    })
}

/// A fraction in basis points; nothing is zero.
fn bps(field: &str, value: Option<Decimal>, most: u32) -> Checked<u32> {
    let scaled = value.map_or(Some(U256::ZERO), |value| value.scaled(4));
    let fits = scaled.filter(|bps| *bps <= U256::from(most) * U256::from(10_000));
    fits.and_then(|bps| u32::try_from(bps).ok()).ok_or_else(|| {
        let what = format!("a fraction such as 0.05, at most {most}, with at most 4 decimals");
        Refusal::range(field, "the figure", what)
    })
}
