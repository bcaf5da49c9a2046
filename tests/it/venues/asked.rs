//! The laws on contracts that are only asked: pools of constant product that answer at some amounts.

use alloy_primitives::{Address, U256};
use proptest::prelude::*;
use tenor_solver::{
    amount::{from_f64, to_f64},
    venues::{AskedLane, EvmQuoted, EvmQuotedFigures, Face, Swap, Venue, VenueId},
};

use super::{
    CASES,
    laws::{Direction, check},
};
use crate::law::law;

/// Reserves, and the answers at a geometric ladder of amounts.
#[derive(Debug, Clone)]
struct Asked {
    x: U256,
    y: U256,
    venue: EvmQuoted,
}

impl Asked {
    fn real(&self, amount: U256) -> U256 {
        self.y * amount / (self.x + amount)
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    (12.0..26.0f64, 12.0..26.0f64, 3u32..60, 1e-7..1e-3f64).prop_map(|(x, y, steps, least)| {
        let [x, y] = [x, y].map(|digits| from_f64(10f64.powf(digits)));
        let factor = (1.0 / least).powf(1.0 / f64::from(steps - 1));
        let amount = |k: u32| from_f64(to_f64(x) * least * factor.powi(k.cast_signed()));
        let answer = |amount: U256| (amount, y * amount / (x + amount));
        let answers = (0..steps).map(amount).filter(|a| !a.is_zero()).map(answer).collect();
        let venue = EvmQuoted::new(EvmQuotedFigures {
            id: VenueId::new("asked"),
            contract: Address::ZERO,
            face: Face::Crypto,
            tokens: vec![Address::repeat_byte(1), Address::repeat_byte(2)],
            asked: vec![AskedLane { from: 0, to: 1, answers }],
        });
        Asked { x, y, venue }
    })
}

#[test]
fn asked_contracts_obey_the_laws() {
    let case = (asked(), 0.0..1.0f64, 0.0..1.0f64);
    law(CASES, &case, |(asked, a, b)| {
        let spread = |exponent: f64| from_f64(to_f64(asked.x).powf(exponent)).max(U256::ONE);
        let noise = U256::from(2) + asked.y / U256::from(1_000_000_000_000_u64);
        let direction = Direction {
            venue: &asked.venue,
            from: 0,
            to: 1,
            // At an amount that was asked the quote is exact, beside it it is not.
            rounding: noise * U256::from(5),
            fee_kept_ppm: 0,
            float_floor: 1e-12 * to_f64(asked.y) + 2.0,
        };
        check(direction, spread(a), spread(b))
    });
}

#[test]
fn a_quote_is_never_above_what_is_paid() {
    law(CASES, &(asked(), 0.0..1.0f64), |(asked, part)| {
        let amount = from_f64(to_f64(asked.x).powf(part)).max(U256::ONE);
        let Ok(quote) = asked.venue.quote(Swap { from: 0, to: 1, amount }) else { return Ok(()) };
        let real = asked.real(amount);
        prop_assert!(quote.out <= real, "{amount}: {} > {real}", quote.out);
        Ok(())
    });
}
