//! Mantle: mETH at the totals of its staking contract, and its unstake requests.
//!
//! Source: `Staking.unstakeRequest` and `UnstakeRequestsManager` (mantle-lsp/contracts afa686b).

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    Bound, Chain, Deposit, DepositCall, Exit, ExitFee, ExitRate, Kind, Place, RateForm, RateRule,
    ShareRate, ShareRateFigures, Ticket, Unread, Wait,
    exit::SLOT_S,
    opening::{Opening, open_to_all, requests, same},
};
use crate::risk::Class;

sol! {
    function mETH() external view returns (address);
    function totalControlled() external view returns (uint256);
    function exchangeAdjustmentRate() external view returns (uint256);
    function minimumStakeBound() external view returns (uint256);
    function maximumMETHSupply() external view returns (uint256);
    function isStakingAllowlist() external view returns (bool);
    function pauser() external view returns (address);
    function isStakingPaused() external view returns (bool);
    function totalSupply() external view returns (uint256);
    function minimumUnstakeBound() external view returns (uint256);
    function unstakeRequestsManager() external view returns (address);
    function numberOfBlocksToFinalize() external view returns (uint256);
    function isUnstakeRequestsAndClaimsPaused() external view returns (bool);
}

const NO_MANTLE: &str = "bounds, delay and state of Mantle's unstake requests";
const NO_MANTLE_WAIT: &str =
    "when Mantle's oracle will have reported and filled an unstake request";

pub(super) const KINDS: &[Kind] =
    &[Kind::new("mantle", &["staking"], &[Class::LiquidStaking], open).beside(&["meth"])];

/// Opens Mantle's staking contract in role `staking`, which mints the token in role `meth`:
/// `totalControlled`, `exchangeAdjustmentRate`, `minimumStakeBound`, `maximumMETHSupply` and
/// `isStakingAllowlist` of it, `isStakingPaused` of its pauser, `totalSupply` of mETH.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (staking, meth) = (place.contract("staking")?, place.contract("meth")?);
    let minted = chain.fixed(staking, &mETHCall {});
    // What it controls is a sum over the oracle, the returns aggregator and others.
    chain.each_block();
    let form = mantle_form(chain, staking, meth);
    let least = chain.call(staking, &minimumStakeBoundCall {});
    let listed = chain.maybe(staking, &isStakingAllowlistCall {});
    let least_exit = chain.maybe(staking, &minimumUnstakeBoundCall {});
    let blocks = match chain.maybe(staking, &unstakeRequestsManagerCall {})? {
        Some(manager) => chain.maybe(manager, &numberOfBlocksToFinalizeCall {})?,
        None => None,
    };
    let [paused, stopped] = match chain.maybe(staking, &pauserCall {})? {
        Some(pauser) => [
            chain.maybe(pauser, &isStakingPausedCall {})?,
            chain.maybe(pauser, &isUnstakeRequestsAndClaimsPausedCall {})?,
        ],
        None => [None; 2],
    };
    same("the token that the staking contract mints", minted?, meth)?;
    let form = form?;
    let exit = mantle_exit(&form, least_exit?, blocks, stopped);
    let figures = ShareRateFigures {
        share: meth,
        form,
        deposit: Deposit::Open(DepositCall::Stake(staking)),
        burn_unknown: None,
        least_deposit: least?,
        capacity: open_to_all(paused, listed?),
    };
    Ok(Arc::new(ShareRate::new(place.id.clone(), figures).leaving(vec![exit])))
}

fn mantle_form(chain: &Chain<'_>, staking: Address, meth: Address) -> Result<RateForm, Unread> {
    let assets = chain.call(staking, &totalControlledCall {});
    let haircut = chain.call(staking, &exchangeAdjustmentRateCall {});
    let cap = chain.call(staking, &maximumMETHSupplyCall {});
    let (shares, assets) = (chain.call(meth, &totalSupplyCall {})?, assets?);
    if shares.is_zero() || assets.is_zero() {
        return Err(Unread::Refused("no shares exist yet".into()));
    }
    let haircut_bps = u16::try_from(haircut?).ok().filter(|bps| *bps <= 10_000);
    let haircut_bps =
        haircut_bps.ok_or_else(|| Unread::Refused("a haircut above its whole".into()))?;
    Ok(RateForm::Totals { assets, shares, haircut_bps, supply_cap: Some(cap?) })
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
        capacity: requests(stopped),
        least_wait: Wait::told(seconds, NO_MANTLE),
        expected_wait: Wait::Unknown(NO_MANTLE_WAIT.into()),
        ticket: Ticket::Bound,
    }
}
