//! What Curve's own contracts did, compiled from their sources and run in an EVM: the same numbers.
//!
//! `tests/vectors/curve.jsonl` is what `tests/vectors/curve.py` printed; its head says from which
//! sources. No package carries these contracts, so that they cannot be deployed here. A second
//! derivation, from the invariant itself, is the law of `stables.rs` that compares quotes with the
//! real curve.

use alloy_primitives::{Address, U256};
use serde_json::Value;
use tenor_solver::venues::{
    CurveFigures, CurveNg, CurveNgFigures, CurveStableSwap, DenominatorForm, Liquidity, QuoteError,
    StableSwap, Swap, Venue, VenueId,
};

pub(super) const POOL: Address = Address::repeat_byte(9);

const VECTORS: &str = include_str!("../../vectors/curve.jsonl");

pub(super) fn rows() -> Vec<Value> {
    VECTORS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) fn uint(value: &Value) -> U256 {
    match value.as_str() {
        Some(text) => text.parse().unwrap(),
        None => U256::from(value.as_u64().unwrap()),
    }
}

pub(super) fn uints(values: &Value) -> Vec<U256> {
    values.as_array().unwrap().iter().map(uint).collect()
}

pub(super) fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn coins(count: usize) -> Vec<Address> {
    (1..=count).map(|k| Address::with_last_byte(u8::try_from(k).unwrap())).collect()
}

/// A venue that tells its balances.
pub(super) enum Pool {
    Plain(CurveStableSwap),
    Ng(CurveNg),
}

impl Pool {
    pub(super) fn new(row: &Value) -> Self {
        let (id, pool) = (VenueId::new("curve"), POOL);
        let (balances, rates) = (uints(&row["balances"]), uints(&row["rates"]));
        let (coins, amp_scaled) = (coins(balances.len()), uint(&row["amp_scaled"]));
        let (fee_1e10, admin_fee_1e10) = (uint(&row["fee"]), uint(&row["admin_fee"]));
        if row["kind"] == "ng" {
            let multiplier_1e10 = uint(&row["multiplier"]);
            let figures = CurveNgFigures {
                id,
                pool,
                coins,
                balances,
                amp_scaled,
                rates,
                fee_1e10,
                multiplier_1e10,
                admin_fee_1e10,
            };
            return Self::Ng(CurveNg::new(figures).unwrap());
        }
        let form = DenominatorForm::Plain;
        let figures = CurveFigures {
            id,
            pool,
            coins,
            balances,
            amp_scaled,
            rates,
            fee_1e10,
            admin_fee_1e10,
            form,
        };
        Self::Plain(CurveStableSwap::new(figures).unwrap())
    }

    pub(super) fn venue(&mut self) -> &mut dyn Venue {
        match self {
            Self::Plain(pool) => pool,
            Self::Ng(pool) => pool,
        }
    }

    fn balances(&self) -> &[U256] {
        match self {
            Self::Plain(pool) => pool.balances(),
            Self::Ng(pool) => pool.balances(),
        }
    }
}

#[test]
fn trades_of_the_contracts_are_reproduced() {
    let (mut trades, mut refused, mut unconverged) = (0, 0, 0);
    for row in rows() {
        let mut pool = Pool::new(&row);
        for trade in row["trades"].as_array().unwrap() {
            let (from, to, amount) = (index(&trade[0]), index(&trade[1]), uint(&trade[2]));
            let done = pool.venue().trade(Swap { from, to, amount });
            match (&done, trade[3].is_null()) {
                (Ok(quote), false) => {
                    trades += 1;
                    assert_eq!(quote.out, uint(&trade[3]), "{trade} of {}", row["kind"]);
                }
                (Err(error), true) => {
                    refused += 1;
                    assert!(!matches!(error, QuoteError::NotTraded { .. }), "{error}");
                }
                // The 3pool trades at what it has after 255 rounds; the model does not.
                (Err(QuoteError::NoConvergence(_)), false) if row["kind"] == "3pool" => {
                    unconverged += 1;
                    break;
                }
                _ => panic!("{done:?}, and the contract says {trade}"),
            }
            let both = [pool.balances()[from], pool.balances()[to]];
            assert_eq!(both.to_vec(), uints(&trade[4]), "{trade} of {}", row["kind"]);
        }
    }
    println!(
        "curve: {trades} trades of the contracts reproduced, {refused} refused by both, {unconverged} \
         pools left at an invariant that does not converge"
    );
    assert!(trades > 900 && unconverged < 10);
}

/// Deposits and withdrawals after the trades, each from the balances that the one before left.
#[test]
fn deposits_and_withdrawals_of_the_contracts_are_reproduced() {
    let mut counts = [0; 5];
    for row in rows().iter().filter(|row| !row["supply"].is_null()) {
        let mut pool = Pool::new(row);
        let mut followed = true;
        for trade in row["trades"].as_array().unwrap() {
            let (from, to, amount) = (index(&trade[0]), index(&trade[1]), uint(&trade[2]));
            let done = pool.venue().trade(Swap { from, to, amount });
            followed &= !matches!(done, Err(QuoteError::NoConvergence(_)));
        }
        if !followed {
            continue;
        }
        let mut balances = pool.balances().to_vec();
        let rates = uints(&row["rates"]);
        let formula = StableSwap {
            amp_scaled: uint(&row["amp_scaled"]),
            fee_1e10: uint(&row["fee"]),
            admin_fee_1e10: uint(&row["admin_fee"]),
            form: DenominatorForm::Plain,
        };
        let mut supply = uint(&row["supply"]);
        let state = Liquidity { formula, balances: &balances, rates: &rates, supply };
        assert_eq!(state.virtual_price().unwrap(), uint(&row["virtual_price"]));
        counts[0] += 1;
        for view in row["token_amounts"].as_array().unwrap() {
            let told = state.token_amount(&uints(&view[0]), view[1] == true).ok();
            assert_eq!(told, (!view[2].is_null()).then(|| uint(&view[2])), "{view}");
            counts[1] += 1;
        }
        for view in row["withdrawals"].as_array().unwrap() {
            let told = state.withdraw_one(uint(&view[0]), index(&view[1])).ok();
            let told = told.map(|withdrawal| withdrawal.out);
            assert_eq!(told, (!view[2].is_null()).then(|| uint(&view[2])), "{view}");
            counts[2] += 1;
        }
        for deposit in row["deposits"].as_array().unwrap() {
            let state = Liquidity { formula, balances: &balances, rates: &rates, supply };
            let done = state.deposit(&uints(&deposit[0])).ok();
            assert_eq!(
                done.map(|done| done.minted),
                (!deposit[1].is_null()).then(|| uint(&deposit[1])),
                "{deposit}"
            );
            if let Some(done) = done {
                balances = done.balances[..rates.len()].to_vec();
                supply += done.minted;
            }
            assert_eq!(balances, uints(&deposit[2]), "{deposit}");
            counts[3] += 1;
        }
        for burn in row["burnt"].as_array().unwrap() {
            let (amount, j) = (uint(&burn[0]), index(&burn[1]));
            let state = Liquidity { formula, balances: &balances, rates: &rates, supply };
            let done = state.withdraw_one(amount, j).ok();
            assert_eq!(
                done.map(|done| done.out),
                (!burn[2].is_null()).then(|| uint(&burn[2])),
                "{burn}"
            );
            if let Some(done) = done {
                balances[j] -= done.out + done.admin_fee;
                supply -= amount;
            }
            assert_eq!(balances, uints(&burn[3]), "{burn}");
            counts[4] += 1;
        }
    }
    println!(
        "curve: virtual prices, token amounts, withdrawals seen, deposits, withdrawals: {counts:?}"
    );
    assert!(counts.iter().all(|count| *count > 20));
}
