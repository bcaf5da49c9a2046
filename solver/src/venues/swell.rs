//! Swell: swETH and rswETH at their stored rates, and the queue out of them.
//!
//! Source: `swEXIT.createWithdrawRequest` and `finalizeWithdrawal`, and their like of rswETH
//! (SwellNetwork/v3-core-public ba1eeff).

use std::sync::Arc;

use alloy_primitives::U256;
use alloy_sol_types::sol;

use super::{
    Bound, Chain, Deposit, DepositCall, Exit, ExitFee, ExitRate, Kind, Place, RateForm, RateRule,
    ShareRate, ShareRateFigures, Ticket, Wait,
    opening::{Opening, open_to_all, requests, sensible},
};
use crate::{amount::WAD, risk::Class};

sol! {
    function getRate() external view returns (uint256);
    function AccessControlManager() external view returns (address);
    function coreMethodsPaused() external view returns (bool);
    function whitelistEnabled() external view returns (bool);
    function withdrawRequestMinimum() external view returns (uint256);
    function withdrawRequestMaximum() external view returns (uint256);
    function withdrawalsPaused() external view returns (bool);
}

const NO_SWELL: &str = "bounds and state of Swell's exits";
const NO_SWELL_WAIT: &str = "when Swell will have processed a request for exit";

pub(super) const KINDS: &[Kind] =
    &[Kind::new("swell", &["token"], &[Class::LiquidStaking, Class::Restaking], open)
        .beside(&["exit"])];

/// Opens swETH or rswETH in role `token`, with the contract of its exits in role `exit`: `getRate` and
/// `whitelistEnabled` of the token, `coreMethodsPaused` and `withdrawalsPaused` of its access control, the
/// bounds of a request. Its code limits no deposit.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (token, exit) = (place.contract("token")?, place.contract("exit")?);
    let least = chain.maybe(exit, &withdrawRequestMinimumCall {});
    let most = chain.maybe(exit, &withdrawRequestMaximumCall {});
    let rate = chain.call(token, &getRateCall {});
    let listed = chain.maybe(token, &whitelistEnabledCall {});
    let control = chain.maybe(token, &AccessControlManagerCall {})?;
    let [paused, stopped] = match control {
        Some(control) => [
            chain.maybe(control, &coreMethodsPausedCall {})?,
            chain.maybe(control, &withdrawalsPausedCall {})?,
        ],
        None => [None; 2],
    };
    let rate = sensible(rate?)?;
    let exit = swell_exit(rate, [least?, most?], stopped);
    let figures = ShareRateFigures {
        share: token,
        form: RateForm::Rate { eth_per_share_wad: rate },
        deposit: Deposit::Open(DepositCall::Deposit(token)),
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: open_to_all(paused, listed?),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures).leaving(vec![exit])))
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
        capacity: requests(stopped),
        least_wait: Wait::Unknown(NO_SWELL_WAIT.into()),
        expected_wait: Wait::Unknown(NO_SWELL_WAIT.into()),
        ticket: Ticket::Transferable,
    }
}
