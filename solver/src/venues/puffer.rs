//! Puffer: its vault with exit fees, its access manager, and its withdrawal manager.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall as _, sol};

use super::{
    Bound, Capacity, Chain, Erc4626, Exit, ExitFee, ExitRate, Kind, Place, RateRule, Redeeming,
    Ticket, Unread, Wait,
    erc4626::{ANYBODY, figures},
    opening::Opening,
};
use crate::{amount::WAD, risk::Class};

sol! {
    function authority() external view returns (address);
    function canCall(address caller, address target, bytes4 selector) external view
        returns (bool immediate, uint32 delay);
    function getExitFeeBasisPoints() external view returns (uint256);
    function getTreasuryExitFeeBasisPoints() external view returns (uint96);
    function convertToAssets(uint256 shares) external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function depositETH(address receiver) external payable returns (uint256);
    function redeem(uint256 shares, address receiver, address owner) external returns (uint256);
    function requestWithdrawal(uint128 pufETHAmount, address recipient) external;
    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256);
    function getMaxWithdrawalAmount() external view returns (uint256);
}

pub(super) const KINDS: &[Kind] =
    &[Kind::new("puffer", &["vault"], &[Class::Restaking], open).beside(&["withdrawals"])];

/// Opens Puffer's vault in role `vault`, as any ERC-4626 vault, with its exit fees, and the withdrawal
/// manager in role `withdrawals`: `getExitFeeBasisPoints` and `getTreasuryExitFeeBasisPoints` of the
/// vault, its WETH and ether; whether its access manager lets anybody deposit, redeem and request.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (vault, withdrawals) = (place.contract("vault")?, place.contract("withdrawals")?);
    // WETH and ether come to it without a word.
    chain.each_block();
    let fee = chain.maybe(vault, &getExitFeeBasisPointsCall {});
    let treasury = chain.maybe(vault, &getTreasuryExitFeeBasisPointsCall {});
    let rate = chain.maybe(vault, &convertToAssetsCall { shares: WAD });
    let ether = chain.balance(vault);
    let exit = queue(chain, withdrawals, rate?);
    let deposits = may_call(chain, vault, depositETHCall::SELECTOR);
    let redeems = may_call(chain, vault, redeemCall::SELECTOR);
    let mut figures = figures(place, chain)?;
    let held = chain.maybe(figures.asset, &balanceOfCall { account: vault });
    figures.takes_eth = true;
    if deposits? == Some(false) {
        figures.deposit_limit = Capacity::none("deposits are paused");
    }
    let mut redeeming = Redeeming { of: U256::from(10_000), apart: true, ..Redeeming::PLAIN };
    let told = (fee?, redeems?, held?, ether?);
    if let (Some(fee), Some(may), Some(held), ether) = told {
        let treasury = treasury?.map_or(U256::ZERO, U256::from);
        if fee.saturating_add(treasury) > redeeming.of {
            return Err(Unread::Refused("exit fees above their whole".into()));
        }
        let liquid = Some(held.saturating_add(ether));
        redeeming = Redeeming { kept: fee, leaving: treasury, liquid, ..redeeming };
        let shares = Capacity::Limited {
            amount: figures.total_supply,
            what: "shares in existence",
            refill_per_block: None,
        };
        figures.redeem_limit =
            Some(if may { shares } else { Capacity::none("redemptions are paused") });
    }
    let venue = Erc4626::new(place.id.clone(), figures);
    Ok(Arc::new(venue.leaving(redeeming, vec![exit?])))
}

/// Whether a vault's access manager lets anybody call a function of it at once; `None` where it does not
/// tell, or the vault has none.
fn may_call(chain: &Chain<'_>, target: Address, selector: [u8; 4]) -> Result<Option<bool>, Unread> {
    let Some(authority) = chain.maybe(target, &authorityCall {})? else { return Ok(None) };
    let call = canCallCall { caller: ANYBODY, target, selector: selector.into() };
    Ok(chain.maybe(authority, &call)?.map(|may| may.immediate))
}

/// Puffer's withdrawal manager: requests fill batches, and are paid in WETH, to whom they name, when a
/// batch is full and settled; an account makes one in a transaction.
fn queue(chain: &Chain<'_>, manager: Address, rate: Option<U256>) -> Result<Exit, Unread> {
    let unknown = "bounds and state of Puffer's withdrawal manager";
    let wait = "when the batch of a request to Puffer's withdrawal manager is full and settled";
    let least = chain.maybe(manager, &MIN_WITHDRAWAL_AMOUNTCall {});
    let most = chain.maybe(manager, &getMaxWithdrawalAmountCall {});
    let may = may_call(chain, manager, requestWithdrawalCall::SELECTOR)?;
    let capacity = match may {
        Some(true) => Capacity::Unlimited,
        Some(false) => Capacity::none("requests are paused"),
        None => Capacity::Unknown(unknown.into()),
    };
    Ok(Exit {
        name: "Puffer withdrawal queue",
        to: 0,
        rule: RateRule::MinRequestSettle,
        rate: ExitRate { out: rate.unwrap_or_default(), units: WAD },
        fee: match rate {
            Some(_) => ExitFee::None,
            None => ExitFee::Unknown(unknown.into()),
        },
        least: Bound::told(least?, unknown),
        most: Bound::told(most?, unknown),
        capacity,
        least_wait: Wait::Unknown(wait.into()),
        expected_wait: Wait::Unknown(wait.into()),
        ticket: Ticket::Bound,
    })
}
