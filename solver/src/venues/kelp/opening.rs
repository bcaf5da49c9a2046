//! Kelp: the stored price of rsETH, and room for deposits where the place allows it.

use std::sync::Arc;

use alloy_sol_types::sol;

use super::super::{
    Capacity, Chain, Kelp, Kind, NATIVE, Place, StoredPrice, Unread, opening::Opening,
};
use crate::risk::Class;

sol! {
    function rsETHPrice() external view returns (uint256);
    function minAmountToDeposit() external view returns (uint256);
    function getAssetCurrentLimit(address asset) external view returns (uint256);
    function paused() external view returns (bool);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("kelp", &["pool"], &[Class::Restaking], open)
        .beside(&["rseth", "oracle"])
        .with(&["allowed"])];

/// Opens Kelp: rsETH in role `rseth`, LRTDepositPool in `pool`, LRTOracle in `oracle`. Unless the
/// constant `allowed` is given, deposits are denied, whatever the contracts say.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let [rseth, pool, oracle] = ["rseth", "pool", "oracle"].map(|role| place.contract(role));
    let (rseth, pool, oracle) = (rseth?, pool?, oracle?);
    chain.each_block();
    let price = chain.call(oracle, &rsETHPriceCall {});
    let least = chain.maybe(pool, &minAmountToDepositCall {});
    let room = chain.maybe(pool, &getAssetCurrentLimitCall { asset: NATIVE });
    let paused = chain.maybe(pool, &pausedCall {});
    let price = price?;
    if price.is_zero() {
        return Err(Unread::Refused("the stored price is zero".into()));
    }
    let (least, room, paused) = (least?, room?, paused?);
    let allowed = place.says("allowed").then(|| match (room, paused) {
        (_, Some(true)) => Capacity::none("deposits are paused"),
        (Some(amount), Some(false)) => Capacity::Limited {
            amount,
            what: "Kelp's limit on deposits of ETH",
            refill_per_block: None,
        },
        _ => Capacity::Unknown("how much Kelp takes is not told".into()),
    });
    let stored = StoredPrice { pool, price, least: least.unwrap_or_default() };
    Ok(Arc::new(Kelp::kelp(place.id.clone(), rseth, stored, allowed)))
}
