//! EigenLayer: a strategy, its manager, and whether they take deposits.

use std::sync::Arc;

use alloy_primitives::U256;
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Door, EigenLayer, Kind, Place, Strategy, Unread, opening::Opening,
};
use crate::risk::Class;

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
}

/// What a strategy counts more than it has.
const OFFSET: U256 = U256::from_limbs([1_000, 0, 0, 0]);

/// `PAUSED_DEPOSITS`, of strategies and of their manager.
const DEPOSITS: u8 = 0;

/// A probe whose remainder shows the formula.
const PROBE: U256 = U256::from_limbs([999_999_999_999_999_989, 0, 0, 0]);

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("eigenlayer", &["strategy"], &[Class::Restaking], open).beside(&["manager"])];

/// Opens a strategy of EigenLayer in role `strategy`, of the StrategyManager in role `manager`:
/// `totalShares`, `getTVLLimits` and the token's balance; `paused` of both, and
/// `strategyIsWhitelistedForDeposit`. The delay is the DelegationManager's.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
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
