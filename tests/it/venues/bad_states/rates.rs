//! Share tokens by their rate.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{Capacity, Deposit, RateForm, ShareRate, ShareRateFigures, Swap, Venue},
};

use super::{
    super::samples::staking,
    Never, Refuses, Row, id,
    issuers::{capped, row},
    there, whole,
};

const BY_TOTALS: &str = "its rate is of its totals: see those of zero";
const NOT_TRADED: &str = "it trades nothing, in any state";

fn shares(form: RateForm, change: fn(&mut ShareRateFigures)) -> ShareRate {
    let mut figures = staking::share_rate(form);
    change(&mut figures);
    ShareRate::new(id("share_rate"), figures)
}

const fn rate(eth_per_share_wad: U256) -> RateForm {
    RateForm::Rate { eth_per_share_wad }
}

const fn totals(assets: U256, shares: U256, supply_cap: Option<U256>) -> RateForm {
    RateForm::Totals { assets, shares, haircut_bps: 4, supply_cap }
}

fn paused(figures: &mut ShareRateFigures) {
    let (amount, what) = (U256::ZERO, "deposits are paused");
    figures.capacity = Capacity::Limited { amount, what, refill_per_block: None };
}

/// A rate that is read, in any state.
fn reference() -> (Box<dyn Venue>, Swap) {
    let form = RateForm::Reference { eth_per_share_wad: U256::ZERO };
    there(shares(form, |f| f.deposit = Deposit::Closed))
}

/// osETH, whose mint is a loan.
fn loan(assets: U256) -> (Box<dyn Venue>, Swap) {
    there(shares(totals(assets, WAD, None), |f| f.deposit = Deposit::Unknown("a loan".into())))
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "swell",
            [
                Never("its rate is stored, whatever the supply"),
                Refuses("NoRate", || there(shares(rate(U256::ZERO), |_| ()))),
                Refuses("Limit", || there(shares(rate(WAD), paused))),
                Refuses("Limit", || there(shares(rate(WAD), |f| f.capacity = capped(whole(99))))),
            ],
        ),
        row(
            "mantle",
            [
                // The contract's first shares are one for one; a place whose shares are zero does not open.
                Refuses("NoRate", || there(shares(totals(WAD, U256::ZERO, None), |_| ()))),
                Refuses("NoRate", || there(shares(totals(U256::ZERO, WAD, None), |_| ()))),
                Refuses("Limit", || there(shares(totals(WAD, WAD, None), paused))),
                Refuses("Limit", || there(shares(totals(WAD, WAD, Some(whole(2))), |_| ()))),
            ],
        ),
        row(
            "reference_rate",
            [
                Never(NOT_TRADED),
                Refuses("NotTraded", reference),
                Never(NOT_TRADED),
                Never(NOT_TRADED),
            ],
        ),
        row(
            "stakewise",
            [
                Never(BY_TOTALS),
                Refuses("Unknown", || loan(U256::ZERO)),
                Never(NOT_TRADED),
                Refuses("Unknown", || loan(WAD)),
            ],
        ),
    ]
}
