//! ether.fi: the totals behind its shares, and whether it takes deposits.

use std::sync::Arc;

use alloy_sol_types::sol;

use super::{
    super::{
        Chain, EtherFi, EtherFiFigures, Kind, Place, Unread,
        opening::{Opening, open_to_all, same},
    },
    exits,
};
use crate::risk::Class;

sol! {
    function getTotalPooledEther() external view returns (uint256);
    function eETH() external view returns (address);
    function totalShares() external view returns (uint256);
    function paused() external view returns (bool);
    function whitelistEnabled() external view returns (bool);
}

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("etherfi", &["pool"], &[Class::Restaking], open).beside(&["eeth", "weeth"])];

/// Opens ether.fi: the LiquidityPool in role `pool`, eETH in `eeth`, weETH in `weeth`.
///
/// `getTotalPooledEther`, `paused` and, in its earlier versions, `whitelistEnabled` of the pool;
/// `totalShares` of eETH. The pool's code limits no deposit, apart from 128 bits; where eETH keeps a
/// bucket for what may be minted, that does. The ways out are those of [`exits`].
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let [pool, eeth, weeth] = ["pool", "eeth", "weeth"].map(|role| place.contract(role));
    let (pool, eeth, weeth) = (pool?, eeth?, weeth?);
    let (issued, wrapped) = (chain.fixed(pool, &eETHCall {}), chain.fixed(weeth, &eETHCall {}));
    let pooled = chain.call(pool, &getTotalPooledEtherCall {});
    let shares = chain.call(eeth, &totalSharesCall {});
    let paused = chain.maybe(pool, &pausedCall {});
    let listed = chain.maybe(pool, &whitelistEnabledCall {});
    let mintable = exits::bucket(chain, eeth, exits::MINTS);
    let redemptions = exits::redemptions(chain, pool, eeth);
    let requests = exits::requests(chain, pool);
    same("the token that the pool issues", issued?, eeth)?;
    same("the token that weETH wraps", wrapped?, eeth)?;
    let (total_pooled_ether, total_shares) = (pooled?, shares?);
    if total_pooled_ether.is_zero() || total_shares.is_zero() {
        return Err(Unread::Refused("no shares exist yet".into()));
    }
    let figures = EtherFiFigures {
        liquidity_pool: pool,
        eeth,
        weeth,
        total_pooled_ether,
        total_shares,
        deposit_capacity: exits::within(open_to_all(paused?, listed?), mintable?),
    };
    let venue = EtherFi::new(place.id.clone(), figures);
    Ok(Arc::new(venue.leaving(redemptions?, requests?)))
}
