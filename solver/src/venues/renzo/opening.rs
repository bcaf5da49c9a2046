//! Renzo: the value of all that it holds, its queue and its buffer.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Door, InstantBuffer, Kind, NATIVE, Place, Renzo, RenzoQueue, Tvl, Unread,
    opening::{Opening, same},
};
use crate::amount::mul_div_checked;
use crate::risk::Class;

sol! {
    function ezETH() external view returns (address);
    function paused() external view returns (bool);
    function renzoOracle() external view returns (address);
    function depositQueue() external view returns (address);
    function withdrawQueue() external view returns (address);
    function calculateTVLs() external view returns (uint256[][] tokens, uint256[] operators, uint256 all);
    function calculateMintAmount(uint256 value, uint256 added, uint256 supply) external view
        returns (uint256);
    function totalSupply() external view returns (uint256);
    function coolDownPeriod() external view returns (uint256);
    function riskOracleMiddleware() external view returns (address);
    function withdrawCooldownPeriod() external view returns (uint256);
    function instantWithdrawPaused() external view returns (bool);
    function whitelisted(address account) external view returns (bool);
    function getAvailableToWithdraw(address asset) external view returns (uint256);
    function withdrawalBufferTarget(address asset) external view returns (uint256);
    function allowedBufferDrawdownBps() external view returns (uint256);
    function minFeeBps() external view returns (uint256);
    function maxFeeBps() external view returns (uint256);
}

const BPS: U256 = U256::from_limbs([10_000, 0, 0, 0]);
const NO_INSTANT: &str = "buffer and fees of Renzo's instant withdrawals";

/// What is asked of the oracle, to see which formula it has: amounts whose remainders differ.
const PROBES: [u64; 3] = [7, 1_000_000_007, 999_999_999_999_999_989];

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("renzo", &["manager"], &[Class::Restaking], open).beside(&["ezeth", "instant"])];

/// Opens Renzo: the RestakeManager in role `manager`, ezETH in role `ezeth`, and in role `instant` the
/// InstantWithdrawer.
///
/// `calculateTVLs` and `paused` of the manager, `totalSupply` of ezETH; the oracle's own
/// `calculateMintAmount` must be the product divided once, or the venue does not open: earlier versions
/// divided by the inflation. Cooldown, buffer and fees as their contracts tell them.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let [manager, ezeth, instant] =
        ["manager", "ezeth", "instant"].map(|role| place.contract(role));
    let (manager, ezeth, instant) = (manager?, ezeth?, instant?);
    let issued = chain.fixed(manager, &ezETHCall {});
    // The value is a sum over operators, feeds and strategies.
    chain.each_block();
    let value = chain.call(manager, &calculateTVLsCall {});
    let supply = chain.call(ezeth, &totalSupplyCall {});
    let paused = chain.maybe(manager, &pausedCall {});
    let oracle = chain.call(manager, &renzoOracleCall {});
    let deposits = chain.maybe(manager, &depositQueueCall {})?;
    let queue = match deposits {
        Some(deposits) => chain.maybe(deposits, &withdrawQueueCall {})?,
        None => None,
    };
    let (waits, buffer) = match queue {
        Some(queue) => (self::waits(chain, queue), self::buffer(chain, queue, instant)),
        None => (Ok(None), Ok(Err(NO_INSTANT))),
    };
    same("the token that the manager mints", issued?, ezeth)?;
    let (value, supply) = (value?.all, supply?);
    check_formula(chain, oracle?, value, supply)?;
    let buffer = buffer?;
    let tvl = Tvl { manager, value, supply, instant: buffer.ok() };
    let door = match paused? {
        Some(false) => Door::up_to(Capacity::Unlimited),
        Some(true) => Door::Paused,
        None => Door::Unknown("whether Renzo's deposits are paused is not told".into()),
    };
    let no_instant = buffer.err().unwrap_or_default();
    Ok(Arc::new(Renzo::renzo(place.id.clone(), ezeth, tvl, door, waits?, no_instant)))
}

fn check_formula(
    chain: &Chain<'_>,
    oracle: Address,
    value: U256,
    supply: U256,
) -> Result<(), Unread> {
    if value.is_zero() || supply.is_zero() {
        return Err(Unread::Refused("no ezETH exists yet, or nothing is behind it".into()));
    }
    let told = PROBES.map(|probe| {
        let added = U256::from(probe).saturating_mul(U256::from(PROBES[1]));
        (added, chain.call(oracle, &calculateMintAmountCall { value, added, supply }))
    });
    for (added, told) in told {
        if Some(told?) != mul_div_checked(supply, added, value) {
            let what = "Renzo's oracle mints by another formula than this one";
            return Err(Unread::Refused(what.into()));
        }
    }
    Ok(())
}

fn waits(chain: &Chain<'_>, queue: Address) -> Result<Option<RenzoQueue>, Unread> {
    let cooldown = chain.maybe(queue, &coolDownPeriodCall {});
    let available = chain.maybe(queue, &getAvailableToWithdrawCall { asset: NATIVE });
    let longer = match chain.maybe(queue, &riskOracleMiddlewareCall {})? {
        Some(oracle) => chain.call(oracle, &withdrawCooldownPeriodCall {})?,
        None => U256::ZERO,
    };
    let (Some(cooldown), Some(available)) = (cooldown?, available?) else { return Ok(None) };
    let cooldown_s = u64::try_from(cooldown.max(longer)).map_err(Unread::refused)?;
    Ok(Some(RenzoQueue { cooldown_s, available }))
}

/// The buffer, or why it cannot be used.
fn buffer(
    chain: &Chain<'_>,
    queue: Address,
    withdrawer: Address,
) -> Result<Result<InstantBuffer, &'static str>, Unread> {
    let target = chain.maybe(queue, &withdrawalBufferTargetCall { asset: NATIVE });
    let available = chain.maybe(queue, &getAvailableToWithdrawCall { asset: NATIVE });
    let listed = chain.maybe(queue, &whitelistedCall { account: withdrawer });
    let floor = chain.maybe(withdrawer, &allowedBufferDrawdownBpsCall {});
    let least = chain.maybe(withdrawer, &minFeeBpsCall {});
    let most = chain.maybe(withdrawer, &maxFeeBpsCall {});
    let stopped = match chain.maybe(queue, &riskOracleMiddlewareCall {})? {
        Some(oracle) => chain.maybe(oracle, &instantWithdrawPausedCall {})?.unwrap_or(true),
        None => false,
    };
    let told = (target?, available?, floor?, least?, most?);
    let (Some(target), Some(available), Some(floor), Some(least_fee_bps), Some(most_fee_bps)) =
        told
    else {
        return Ok(Err(NO_INSTANT));
    };
    if listed? != Some(true) || stopped {
        return Ok(Err("Renzo's instant withdrawals are stopped"));
    }
    let floor = mul_div_checked(target, floor, BPS).filter(|floor| *floor < target);
    let fees = least_fee_bps <= most_fee_bps && most_fee_bps <= BPS;
    let Some(floor) = floor.filter(|_| fees) else { return Ok(Err(NO_INSTANT)) };
    Ok(Ok(InstantBuffer { withdrawer, target, available, floor, least_fee_bps, most_fee_bps }))
}
