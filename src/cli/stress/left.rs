//! What the plan of an answer leaves: tokens, and where it owes something a loan, whose collateral is no
//! longer among the tokens.

use alloy_primitives::{Address, U256, uint};
use serde_json::Value;
use tenor_solver::{
    stress::{Loan, Position, PriceSource},
    venues::VenueId,
};

/// What liquidators are paid, in basis points of the debt, where the answer does not tell: an assumption,
/// and [`BONUS_ASSUMED`] says so beside every report that rests on it.
const BONUS_BPS: u32 = 100;

/// The words of that assumption.
pub(super) const BONUS_ASSUMED: &str = "Assumed: liquidators are paid 1 % of the debt that they repay; the answer does not say what the \
     venue pays them (a position file does, as bonus)";

/// A hundred-millionth of a RAY: a ten-thousandth of a basis point.
const TEN_THOUSANDTH_BP: U256 = uint!(10_000_000_000_000_000_000_U256);

/// What the plan of an answer leaves, and whether what liquidators are paid is assumed.
pub(super) fn left(answer: &Value) -> Result<(Position, bool), String> {
    let rows = answer.pointer("/plan/outputs").and_then(Value::as_array);
    let rows = rows.filter(|rows| !rows.is_empty()).ok_or("its plan leaves nothing")?;
    let mut holdings = rows.iter().map(held).collect::<Result<Vec<_>, String>>()?;
    let owes = answer.get("leverage").filter(|leverage| !leverage.is_null());
    let (mut loans, mut assumed) = (Vec::new(), false);
    if let Some(owes) = owes {
        let stands = |what: String| {
            format!(
                "its plan owes something, but {what}: solve its sentence again, or write what is held \
                 and owed to a file, --position"
            )
        };
        let bonus = bonus(owes).map_err(stands)?;
        assumed = bonus.is_none();
        let (loan, standing) = loan(owes, bonus.unwrap_or(BONUS_BPS)).map_err(stands)?;
        holdings.retain(|(token, _)| !standing.contains(token));
        loans.push(loan);
    }
    Ok((Position { holdings, loans }, assumed))
}

/// What liquidators are paid by the answer, in whole basis points, up: more is lost to them than said
/// rather than less.
fn bonus(told: &Value) -> Result<Option<u32>, String> {
    let name = "liquidation_bonus_bps";
    let Some(text) = told.get(name).and_then(Value::as_str) else { return Ok(None) };
    let whole = ten_thousandths(name, text)?.to::<u64>().div_ceil(10_000);
    Ok(Some(u32::try_from(whole).unwrap_or(u32::MAX)))
}

fn held(row: &Value) -> Result<(Address, U256), String> {
    let field = |name| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let (token, amount) = (field("token"), field("amount"));
    let address = token.parse().map_err(|_| format!("{token:?} is no token's address"))?;
    let units = amount.parse().map_err(|_| format!("{amount:?} is no amount in wei"))?;
    Ok((address, units))
}

/// The loan that an answer tells, and the tokens that stand for it.
fn loan(told: &Value, bonus_bps: u32) -> Result<(Loan, Vec<Address>), String> {
    let text = |name: &str| {
        let text = told.get(name).and_then(Value::as_str);
        text.ok_or_else(|| format!("it does not tell leverage.{name}"))
    };
    let units = |name| {
        let text = text(name)?;
        text.parse::<U256>().map_err(|_| format!("leverage.{name} is no amount: {text:?}"))
    };
    let token = |name| address(text(name)?);
    let standing = told.get("position_tokens").and_then(Value::as_array);
    let standing = standing.ok_or("it does not tell leverage.position_tokens")?;
    let standing = standing.iter().map(|token| address(token.as_str().unwrap_or_default()));
    let threshold = ten_thousandths("threshold_bps", text("threshold_bps")?)?;
    let whole_bps = threshold.to::<u64>().div_euclid(10_000);
    let price = match text("oracle")? {
        "redemption" => PriceSource::Redemption,
        "market" => PriceSource::Market,
        "book" => PriceSource::Book,
        other => return Err(format!("leverage.oracle is {other:?}")),
    };
    let loan = Loan {
        venue: VenueId::new(text("venue")?),
        collateral: (token("collateral_token")?, units("collateral_amount")?),
        debt: (token("loan_token")?, units("debt_amount")?),
        threshold_bps: u32::try_from(whole_bps).unwrap_or(u32::MAX),
        bonus_bps,
        rate: ten_thousandths("borrow_bps", text("borrow_bps")?)? * TEN_THOUSANDTH_BP,
        price,
    };
    Ok((loan, standing.collect::<Result<_, _>>()?))
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| format!("{text:?} is no token's address"))
}

/// Basis points of four places, in ten-thousandths of one.
fn ten_thousandths(name: &str, text: &str) -> Result<U256, String> {
    let bad = || format!("leverage.{name} is no rate or share in basis points: {text:?}");
    let (whole, places) = text.split_once('.').ok_or_else(bad)?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if places.len() != 4 || whole.len() > 8 || !digits(whole) || !digits(places) {
        return Err(bad());
    }
    let all: u64 = format!("{whole}{places}").parse().map_err(|_| bad())?;
    Ok(U256::from(all))
}
