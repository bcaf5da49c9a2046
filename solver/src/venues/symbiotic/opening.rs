//! Symbiotic: a vault, its limit and its epochs.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;

use super::super::{
    ActiveStake, Capacity, Chain, Door, Kind, Place, Symbiotic, Wait, opening::Opening,
};
use crate::risk::Class;

sol! {
    function collateral() external view returns (address);
    function activeStake() external view returns (uint256);
    function activeShares() external view returns (uint256);
    function depositWhitelist() external view returns (bool);
    function isDepositLimit() external view returns (bool);
    function depositLimit() external view returns (uint256);
    function nextEpochStart() external view returns (uint48);
    function epochDuration() external view returns (uint48);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("symbiotic", &["vault"], &[Class::Restaking], open)];

/// Opens a vault of Symbiotic in role `vault`: `collateral`, `activeStake`, `activeShares`,
/// `depositWhitelist`, `isDepositLimit`, `depositLimit`, and its epochs.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
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
