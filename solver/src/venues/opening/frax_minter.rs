//! Frax's minter, and its redemption queue.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::{
    super::{Capacity, Chain, Door, FraxMinter, FraxQueue, Place, Unread},
    Opening,
    rebasing::same,
};

sol! {
    function frxETHToken() external view returns (address);
    function submitPaused() external view returns (bool);
    function minters(address account) external view returns (bool);
    function redemptionQueueState() external view returns (
        uint64 nextNftId, uint64 queueLengthSecs, uint64 redemptionFee, uint64 earlyExitFee
    );
    function redemptionQueueAccounting() external view
        returns (uint128 etherLiabilities, uint128 unclaimedFees);
}

const NO_QUEUE: &str = "fee and length of Frax's redemption queue";

/// Opens Frax's minter in role `minter`, which issues frxETH in role `frxeth`, with the redemption queue
/// in role `queue`: `submitPaused` of the minter and `minters` of frxETH, which tells whether the minter
/// may still mint; `redemptionQueueState`, `redemptionQueueAccounting` and the ether of the queue.
pub(in super::super) fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let [minter, frxeth, queue] = ["minter", "frxeth", "queue"].map(|role| place.contract(role));
    let (minter, frxeth, queue) = (minter?, frxeth?, queue?);
    // Ether comes to the queue without a word.
    chain.each_block();
    let issued = chain.fixed(minter, &frxETHTokenCall {});
    let paused = chain.call(minter, &submitPausedCall {});
    let allowed = chain.maybe(frxeth, &mintersCall { account: minter });
    let exits = self::queue(chain, queue);
    same("the token that the minter issues", issued?, frxeth)?;
    let submits = match (paused?, allowed?) {
        (true, _) | (_, Some(false)) => Door::Paused,
        (false, Some(true)) => Door::up_to(Capacity::Unlimited),
        (false, None) => Door::Unknown("whether the minter may mint frxETH is not told".into()),
    };
    Ok(Arc::new(FraxMinter::frax(place.id.clone(), minter, frxeth, submits, &exits?)))
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
