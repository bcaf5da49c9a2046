//! Queues out of share tokens: Swell's and Mantle's.
//!
//! Sources: `swEXIT.createWithdrawRequest` and `finalizeWithdrawal`, and their like of rswETH
//! (SwellNetwork/v3-core-public ba1eeff); `Staking.unstakeRequest` and `UnstakeRequestsManager`
//! (mantle-lsp/contracts afa686b).

use alloy_primitives::U256;

use super::{
    Bound, Capacity, Exit, ExitFee, ExitRate, RateForm, RateRule, Ticket, Wait, exit::SLOT_S,
};
use crate::amount::WAD;

const NO_SWELL: &str = "bounds and state of Swell's exits";
const NO_SWELL_WAIT: &str = "when Swell will have processed a request for exit";
const NO_MANTLE: &str = "bounds, delay and state of Mantle's unstake requests";
const NO_MANTLE_WAIT: &str =
    "when Mantle's oracle will have reported and filled an unstake request";

/// Neither protocol's code limits how much may wait; whether requests are paused is a part of when they
/// are paid, which is unknown as it is.
const fn takes(stopped: Option<bool>) -> Capacity {
    match stopped {
        Some(true) => Capacity::none("requests are paused"),
        Some(false) | None => Capacity::Unlimited,
    }
}

/// Swell's exit at a stored rate, with the least and the most of one request: the share is burnt at once,
/// and the request is a token that is paid at the smaller of the rates.
pub fn swell_exit(rate: U256, bounds: [Option<U256>; 2], stopped: Option<bool>) -> Exit {
    let [least, most] = bounds.map(|told| Bound::told(told, NO_SWELL));
    Exit {
        name: "Swell exit",
        to: 0,
        rule: RateRule::MinRequestSettle,
        rate: ExitRate { out: rate, units: WAD },
        fee: ExitFee::None,
        least,
        most,
        capacity: takes(stopped),
        least_wait: Wait::Unknown(NO_SWELL_WAIT.into()),
        expected_wait: Wait::Unknown(NO_SWELL_WAIT.into()),
        ticket: Ticket::Transferable,
    }
}

/// Mantle's unstake request, with the least mETH of one and the blocks before which none is final: the
/// ETH that it pays is fixed when it is made, without the haircut of a stake.
pub fn mantle_exit(
    form: &RateForm,
    least: Option<U256>,
    blocks: Option<U256>,
    stopped: Option<bool>,
) -> Exit {
    let (out, units) = form.redemption();
    let seconds = blocks.and_then(|blocks| blocks.checked_mul(U256::from(SLOT_S)));
    Exit {
        name: "Mantle unstake request",
        to: 0,
        rule: RateRule::FixedAtRequest,
        rate: ExitRate { out, units },
        fee: ExitFee::None,
        least: Bound::told(least, NO_MANTLE),
        most: Bound::None,
        capacity: takes(stopped),
        least_wait: Wait::told(seconds, NO_MANTLE),
        expected_wait: Wait::Unknown(NO_MANTLE_WAIT.into()),
        ticket: Ticket::Bound,
    }
}
