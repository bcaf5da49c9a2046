//! Restaking by oneself: strategies of EigenLayer and vaults of Symbiotic.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{
        ActiveStake, Capacity, Chain, Door, EigenLayer, Place, Strategy, Symbiotic, Unread, Wait,
    },
    Opening,
};

sol! {
    function underlyingToken() external view returns (address);
    function totalShares() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function sharesOf(address account) external view returns (uint256);
    function shares(address account) external view returns (uint256);
    function underlyingToSharesView(uint256 amount) external view returns (uint256);
    function getTVLLimits() external view returns (uint256 maxPerDeposit, uint256 maxTotalDeposits);
    function paused(uint8 index) external view returns (bool);
    function strategyIsWhitelistedForDeposit(address strategy) external view returns (bool);
    function delegation() external view returns (address);
    function minWithdrawalDelayBlocks() external view returns (uint32);

    function collateral() external view returns (address);
    function activeStake() external view returns (uint256);
    function activeShares() external view returns (uint256);
    function depositWhitelist() external view returns (bool);
    function isDepositLimit() external view returns (bool);
    function depositLimit() external view returns (uint256);
    function nextEpochStart() external view returns (uint48);
    function epochDuration() external view returns (uint48);
}

/// What a strategy counts more than it has.
const OFFSET: U256 = U256::from_limbs([1_000, 0, 0, 0]);

/// `PAUSED_DEPOSITS`, of strategies and of their manager.
const DEPOSITS: u8 = 0;

/// A probe whose remainder shows the formula.
const PROBE: U256 = U256::from_limbs([999_999_999_999_999_989, 0, 0, 0]);

/// Opens a strategy of EigenLayer in role `strategy`, of the StrategyManager in role `manager`:
/// `totalShares`, `getTVLLimits` and the token's balance; `paused` of both, and
/// `strategyIsWhitelistedForDeposit`. The delay is the DelegationManager's.
pub(in super::super) fn eigenlayer(place: &Place, chain: &Chain<'_>) -> Opening {
    let (strategy, manager) = (place.contract("strategy")?, place.contract("manager")?);
    let token = chain.fixed(strategy, &underlyingTokenCall {})?;
    let rebases = [
        chain.maybe(token, &sharesOfCall { account: strategy }).map(|told| told.is_some()),
        chain.maybe(token, &sharesCall { account: strategy }).map(|told| told.is_some()),
    ];
    let shares = chain.call(strategy, &totalSharesCall {});
    let balance = chain.call(token, &balanceOfCall { account: strategy });
    let told = chain.call(strategy, &underlyingToSharesViewCall { amount: PROBE });
    let limits = chain.maybe(strategy, &getTVLLimitsCall {});
    let doors = [strategy, manager].map(|at| chain.maybe(at, &pausedCall { index: DEPOSITS }));
    let listed = chain.maybe(manager, &strategyIsWhitelistedForDepositCall { strategy });
    let delay = match chain.maybe(manager, &delegationCall {})? {
        Some(delegation) => chain.maybe(delegation, &minWithdrawalDelayBlocksCall {})?,
        None => None,
    };
    let [one, other] = rebases;
    if one? || other? {
        let what = "its token rebases: a transfer moves a wei or two less than it says";
        return Err(Unread::Refused(what.into()));
    }
    let totals = Strategy { manager, strategy, balance: balance?, shares: shares? };
    let (all, of) = (totals.shares.checked_add(OFFSET), totals.balance.checked_add(OFFSET));
    let follows = all.zip(of).and_then(|(all, of)| crate::amount::mul_div_checked(PROBE, all, of));
    if follows != Some(told?) {
        return Err(Unread::Refused("its own view of shares is not that of its totals".into()));
    }
    let [strategy_paused, manager_paused] = doors;
    let deposits = match (strategy_paused?, manager_paused?, listed?) {
        (Some(true), ..) | (_, Some(true), _) => Door::Paused,
        (Some(false), Some(false), Some(true)) => limited(limits?, totals.balance),
        (_, _, Some(false)) => Door::Paused,
        _ => Door::Unknown("whether EigenLayer takes deposits here is not told".into()),
    };
    let delay = delay.map(u64::from);
    Ok(Arc::new(EigenLayer::eigenlayer(place.id.clone(), token, totals, deposits, delay)))
}

fn limited(limits: Option<getTVLLimitsReturn>, balance: U256) -> Door {
    let Some(limits) = limits else { return Door::up_to(Capacity::Unlimited) };
    let room = limits.maxTotalDeposits.saturating_sub(balance);
    let capacity = match limits.maxTotalDeposits {
        U256::MAX => Capacity::Unlimited,
        _ => Capacity::Limited {
            amount: room,
            what: "the strategy's limit on all deposits",
            refill_per_block: None,
        },
    };
    let most = Some(limits.maxPerDeposit).filter(|most| *most != U256::MAX);
    Door::Open { least: U256::ZERO, most, capacity }
}

/// Opens a vault of Symbiotic in role `vault`: `collateral`, `activeStake`, `activeShares`,
/// `depositWhitelist`, `isDepositLimit`, `depositLimit`, and its epochs.
pub(in super::super) fn symbiotic(place: &Place, chain: &Chain<'_>) -> Opening {
    let vault = place.contract("vault")?;
    let timestamp = chain.at().timestamp;
    let collateral = chain.fixed(vault, &collateralCall {});
    let stake = chain.call(vault, &activeStakeCall {});
    let shares = chain.call(vault, &activeSharesCall {});
    let listed = chain.call(vault, &depositWhitelistCall {});
    let limited = chain.call(vault, &isDepositLimitCall {});
    let limit = chain.call(vault, &depositLimitCall {});
    let next = chain.maybe(vault, &nextEpochStartCall {});
    let long = chain.maybe(vault, &epochDurationCall {});
    let active = ActiveStake { vault, stake: stake?, shares: shares? };
    let capacity = Capacity::Limited {
        amount: limit?.saturating_sub(active.stake),
        what: "deposit limit of the vault",
        refill_per_block: None,
    };
    let deposits = match (listed?, limited?) {
        (true, _) => Door::Unknown("deposits are open to listed accounts only".into()),
        (false, true) => Door::up_to(capacity),
        (false, false) => Door::up_to(Capacity::Unlimited),
    };
    // What is redeemed now leaves at the end of the epoch after this one.
    let ends = next?.zip(long?).map(|(next, long)| next.saturating_add(long).to::<u64>());
    let wait = ends.map(|end| U256::from(end.saturating_sub(timestamp)));
    let wait = Wait::told(wait, "the epochs of the vault");
    let (id, collateral): (_, Address) = (place.id.clone(), collateral?);
    Ok(Arc::new(Symbiotic::symbiotic(id, collateral, active, deposits, &wait)))
}
