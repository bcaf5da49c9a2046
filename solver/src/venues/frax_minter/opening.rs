//! Frax's minter, and its redemption queues.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Door, FraxMinter, FraxQueue, Kind, Place, Unread,
    opening::{Opening, same},
};
use crate::risk::Class;

sol! {
    function frxETHToken() external view returns (address);
    function submitPaused() external view returns (bool);
    function minters(address account) external view returns (bool);
    function redemptionQueueState() external view returns (
        uint64 nextNftId, uint64 queueLengthSecs, uint64 redemptionFee, uint64 earlyExitFee
    );
    function redemptionQueueAccounting() external view
        returns (uint128 etherLiabilities, uint128 unclaimedFees);

    interface Second {
        function redemptionQueueState() external view returns (
            uint64 nextNftId,
            uint64 queueLengthSecs,
            uint64 redemptionFee,
            uint120 ttlEthRequested,
            uint120 ttlEthServed
        );
        function MAX_FRXETH_PER_NFT() external view returns (uint120);
        function etherRouter() external view returns (address);
    }

    interface Router {
        struct Balances {
            bool isStale;
            address amoAddress;
            uint96 ethFree;
            uint96 ethInLpBalanced;
            uint96 ethTotalBalanced;
            uint96 frxEthFree;
            uint96 frxEthInLpBalanced;
        }

        function getConsolidatedEthFrxEthBalanceView(bool live) external view returns (Balances);
    }
}

const NO_QUEUE: &str = "fee and length of Frax's redemption queue";

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("frax_minter", &["minter"], &[Class::LiquidStaking], open)
        .beside(&["frxeth", "queue", "queue_v2"])];

/// Opens Frax's minter in role `minter`, which issues frxETH in role `frxeth`, with the redemption queue
/// in role `queue` and that of 2024 in role `queue_v2`, where one is given: `submitPaused` of the minter and `minters` of frxETH, which tells whether the minter
/// may still mint; `redemptionQueueState`, `redemptionQueueAccounting` and the ether of the queue; of the
/// second also what a ticket is at most, and the ether that its `etherRouter` can draw on.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let [minter, frxeth, queue] = ["minter", "frxeth", "queue"].map(|role| place.contract(role));
    let (minter, frxeth, queue) = (minter?, frxeth?, queue?);
    // Ether comes to the queue without a word.
    chain.each_block();
    let issued = chain.fixed(minter, &frxETHTokenCall {});
    let paused = chain.call(minter, &submitPausedCall {});
    let allowed = chain.maybe(frxeth, &mintersCall { account: minter });
    let exits = self::queue(chain, queue);
    let second = place.contracts.get("queue_v2").map(|queue| second_queue(chain, *queue));
    same("the token that the minter issues", issued?, frxeth)?;
    let submits = match (paused?, allowed?) {
        (true, _) | (_, Some(false)) => Door::Paused,
        (false, Some(true)) => Door::up_to(Capacity::Unlimited),
        (false, None) => Door::Unknown("whether the minter may mint frxETH is not told".into()),
    };
    let venue = FraxMinter::frax(place.id.clone(), minter, frxeth, submits, &exits?);
    Ok(match second.transpose()? {
        Some((queue, most)) => Arc::new(venue.and_second_queue(&queue, most)),
        None => Arc::new(venue),
    })
}

/// The queue of 2024, and the most of one ticket. A ticket is paid once all that were asked for before
/// it have been, or could be, from what the queue holds and the router can draw on (`_canRedeem`).
fn second_queue(chain: &Chain<'_>, queue: Address) -> Result<(FraxQueue, U256), Unread> {
    let state = chain.maybe(queue, &Second::redemptionQueueStateCall {});
    let most = chain.maybe(queue, &Second::MAX_FRXETH_PER_NFTCall {});
    let held = chain.balance(queue);
    let there = match chain.maybe(queue, &Second::etherRouterCall {})? {
        Some(router) => {
            let live = Router::getConsolidatedEthFrxEthBalanceViewCall { live: true };
            chain.maybe(router, &live)?
        }
        None => None,
    };
    let (state, most, held) = (state?, most?, held?);
    let most = most.map_or(U256::ZERO, U256::from);
    let Some((state, there)) = state.zip(there) else {
        return Ok((FraxQueue::Unknown(NO_QUEUE.into()), most));
    };
    let served = U256::from(state.ttlEthServed);
    let payable = [held, U256::from(there.ethTotalBalanced)];
    let payable = payable.into_iter().try_fold(served, |sum, wei| sum.checked_add(wei));
    let payable = payable.ok_or_else(|| Unread::Refused("ether beyond all there is".into()))?;
    let known = FraxQueue::Known {
        matures_s: state.queueLengthSecs,
        fee_ppm: U256::from(state.redemptionFee),
        free: payable.saturating_sub(U256::from(state.ttlEthRequested)),
    };
    Ok((known, most))
}

fn queue(chain: &Chain<'_>, queue: Address) -> Result<FraxQueue, Unread> {
    let state = chain.maybe(queue, &redemptionQueueStateCall {});
    let owed = chain.maybe(queue, &redemptionQueueAccountingCall {});
    let held = chain.balance(queue);
    let (state, owed, held) = (state?, owed?, held?);
    let Some((state, owed)) = state.zip(owed) else {
        return Ok(FraxQueue::Unknown(NO_QUEUE.into()));
    };
    Ok(FraxQueue::Known {
        matures_s: state.queueLengthSecs,
        fee_ppm: U256::from(state.redemptionFee),
        free: held.saturating_sub(U256::from(owed.etherLiabilities)),
    })
}
