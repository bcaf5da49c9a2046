//! Ways out of ether.fi: the manager of instant redemptions, the buckets of eETH, and the bounds of the
//! queue, all found from the pool and the token themselves.

use alloy_primitives::{Address, B256, U256, b256, uint};
use alloy_sol_types::sol;

use super::super::{Capacity, Chain, NATIVE, RedemptionFigures, Redemptions, Unread};

sol! {
    struct Limit {
        uint64 capacity;
        uint64 remaining;
        uint64 lastRefill;
        uint64 refillRate;
    }

    function etherFiRedemptionManager() external view returns (address);
    function tokenToRedemptionInfo(address token) external view returns (
        Limit limit, uint16 exitFeeSplitToTreasuryInBps, uint16 exitFeeInBps,
        uint16 lowWatermarkInBpsOfTvl
    );
    function totalValueInLp() external view returns (uint128);
    function paused() external view returns (bool);
    function pausedUntil() external view returns (uint256);
    function rateLimiter() external view returns (address);
    function consumable(bytes32 id) external view returns (uint64);
    function minWithdrawAmount() external view returns (uint256);
    function maxWithdrawAmount() external view returns (uint256);
}

/// `keccak256("EETH_MINT_LIMIT_ID")`.
pub(super) const MINTS: B256 =
    b256!("cc0f998d0366c7f31f40808a6c491ccd6963d72e35b41552ee1dc291920ad683");

/// `keccak256("EETH_BURN_LIMIT_ID")`.
const BURNS: B256 = b256!("31f08af9e3989e3dfc1bd83bcdc0b63dc1946a46e598156f6fe782a61dab3ebd");

/// What the buckets of eETH count in, in wei.
const GWEI: U256 = uint!(1_000_000_000_U256);

/// What is in a bucket of eETH, in gwei.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    /// The token keeps no buckets.
    None,
    /// So many gwei.
    Gwei(U256),
    /// It keeps them, and does not tell.
    Unknown,
}

/// The bucket of eETH with this name.
pub(super) fn bucket(chain: &Chain<'_>, eeth: Address, id: B256) -> Result<Bucket, Unread> {
    let Some(limiter) = chain.maybe(eeth, &rateLimiterCall {})? else { return Ok(Bucket::None) };
    // It refills with time.
    chain.each_block();
    let gwei = chain.maybe(limiter, &consumableCall { id })?;
    Ok(gwei.map_or(Bucket::Unknown, |gwei| Bucket::Gwei(U256::from(gwei))))
}

/// A capacity that a bucket may limit further.
pub(super) fn within(capacity: Capacity, bucket: Bucket) -> Capacity {
    match (capacity, bucket) {
        (Capacity::Unlimited, Bucket::Gwei(gwei)) => Capacity::Limited {
            amount: gwei.saturating_mul(GWEI),
            what: "the bucket of eETH that may be minted",
            refill_per_block: None,
        },
        (Capacity::Unlimited, Bucket::Unknown) => {
            Capacity::Unknown("how much eETH may be minted is not told".into())
        }
        (capacity, _) => capacity,
    }
}

/// The least and the most eETH of one request to the queue.
pub(super) fn requests(chain: &Chain<'_>, pool: Address) -> Result<[Option<U256>; 2], Unread> {
    let least = chain.maybe(pool, &minWithdrawAmountCall {});
    let most = chain.maybe(pool, &maxWithdrawAmountCall {});
    // A most of zero is one that was never set.
    Ok([least?, most?.filter(|most| !most.is_zero())])
}

/// What is known of instant redemptions for ETH.
pub(super) fn redemptions(
    chain: &Chain<'_>,
    pool: Address,
    eeth: Address,
) -> Result<Redemptions, Unread> {
    let unknown = |what: &str| Ok(Redemptions::Unknown(what.into()));
    let Some(manager) = chain.maybe(pool, &etherFiRedemptionManagerCall {})? else {
        return unknown("fee, buffer and limit of ether.fi's instant redemptions");
    };
    let timestamp = chain.at().timestamp;
    let info = chain.maybe(manager, &tokenToRedemptionInfoCall { token: NATIVE });
    let liquid = chain.maybe(pool, &totalValueInLpCall {});
    let burns = bucket(chain, eeth, BURNS);
    let paused = is_paused(chain, [manager, pool, eeth], timestamp);
    let (Some(info), Some(liquid)) = (info?, liquid?) else {
        return unknown("fee and buffer of ether.fi's redemption manager are not told");
    };
    let burnable_gwei = match burns? {
        Bucket::None => None,
        Bucket::Gwei(gwei) => Some(gwei),
        Bucket::Unknown => return unknown("how much eETH may be burnt is not told"),
    };
    match paused? {
        Some(true) => return Ok(Redemptions::Paused),
        None => return unknown("whether instant redemptions are paused is not told"),
        Some(false) => {}
    }
    if info.exitFeeInBps > 10_000 || info.exitFeeSplitToTreasuryInBps > 10_000 {
        return Err(Unread::Refused("an exit fee above its whole".into()));
    }
    Ok(Redemptions::Open(RedemptionFigures {
        manager,
        fee_bps: U256::from(info.exitFeeInBps),
        treasury_bps: U256::from(info.exitFeeSplitToTreasuryInBps),
        watermark_bps: U256::from(info.lowWatermarkInBpsOfTvl),
        liquid: U256::from(liquid),
        bucket: filled(&info.limit, timestamp),
        burnable_gwei,
    }))
}

/// What is in a bucket at `timestamp`: `BucketLimiter._refill`.
fn filled(limit: &Limit, timestamp: u64) -> U256 {
    let passed = U256::from(timestamp.saturating_sub(limit.lastRefill));
    let refilled = passed * U256::from(limit.refillRate) + U256::from(limit.remaining);
    refilled.min(U256::from(limit.capacity))
}

/// Whether one of the contracts is paused, for good or for a time; `None` where manager or pool do not
/// tell. Earlier versions of eETH know no pause.
fn is_paused(
    chain: &Chain<'_>,
    contracts: [Address; 3],
    timestamp: u64,
) -> Result<Option<bool>, Unread> {
    let told = contracts.map(|contract| chain.maybe(contract, &pausedCall {}));
    let until = contracts.map(|contract| chain.maybe(contract, &pausedUntilCall {}));
    let [manager, pool, eeth] = told;
    let told = [manager?, pool?, Some(eeth?.unwrap_or(false))];
    for until in until {
        if until?.is_some_and(|until| until > U256::from(timestamp)) {
            return Ok(Some(true));
        }
    }
    let known = told.iter().all(Option::is_some);
    Ok(if told.contains(&Some(true)) { Some(true) } else { known.then_some(false) })
}
