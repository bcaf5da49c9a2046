//! What becomes of the trade that a settlement leaves to others.

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use tenor_solver::amount::{from_f64, to_f64};

use super::{
    habits::{Habits, share},
    relays::Known,
};
use crate::intents::signed::wire::Decimal;

/// A backrun of one's own: found, and run behind the settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// Wei that it gained, gas paid.
    pub gains: U256,
}

/// Who gets what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// Nobody of ours.
    Nobody,
    /// A transaction of our own, last in the bundle.
    Own,
    /// A searcher, who gives a part of it back.
    Sold,
}

/// Who gets what is left to a backrun, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackrunChoice {
    /// Who.
    pub capture: Capture,
    /// Wei that trading around the market afterwards gains, gas paid, by the venues' own curves.
    pub left_wei: Decimal,
    /// Wei that a transaction of our own gains; null where there is none.
    pub own_wei: Option<Decimal>,
    /// Wei to expect where it is sold; null where no relay that sells may be told.
    pub sold_wei: Option<Decimal>,
    /// Wei to expect of what was chosen.
    pub expected_wei: Decimal,
    /// Why, for people.
    pub why: String,
}

/// Chooses the better of both, and never both: a searcher's backrun and our own would each take the
/// other's chance, and the bundle that has the second of them reverts.
pub(super) fn choose(
    left: U256,
    own: Option<Own>,
    relays: &[Known],
    habits: &Habits,
) -> BackrunChoice {
    let sells = relays.iter().any(|relay| relay.well && relay.dialect.capabilities().shares);
    let expected = share(habits.matched_bps) * share(habits.refunded_bps);
    let sold = sells.then(|| from_f64(to_f64(left) * expected));
    let own = own.map(|own| own.gains);
    let (capture, worth, why) = match (own.unwrap_or_default(), sold.unwrap_or_default()) {
        (U256::ZERO, U256::ZERO) => (Capture::Nobody, U256::ZERO, nothing(left, own, sold)),
        (mine, theirs) if mine >= theirs => {
            (Capture::Own, mine, "our own gains at least what a sale is expected to".to_owned())
        }
        (_, theirs) => {
            let why = format!(
                "a sale is expected to bring {} bp of what is left, which is assumed",
                (expected * 1e4).round()
            );
            (Capture::Sold, theirs, why)
        }
    };
    BackrunChoice {
        capture,
        left_wei: Decimal(left),
        own_wei: own.map(Decimal),
        sold_wei: sold.map(Decimal),
        expected_wei: Decimal(worth),
        why,
    }
}

fn nothing(left: U256, own: Option<U256>, sold: Option<U256>) -> String {
    match (left.is_zero(), own, sold) {
        (true, ..) => "nothing is left that pays its gas".into(),
        (false, None, None) => {
            "no backrun of our own was run, and no relay that sells may be told".into()
        }
        _ => "neither our own nor a sale is expected to bring anything".into(),
    }
}
