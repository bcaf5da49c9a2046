//! Dinero: fees and buffer of PirexEth.

use std::sync::Arc;

use alloy_primitives::U256;
use alloy_sol_types::sol;

use super::super::{
    Chain, Dinero, Kind, Pirex, Place, Unread,
    opening::{Opening, same},
};
use crate::risk::Class;

sol! {
    function pxEth() external view returns (address);
    function paused() external view returns (bool);
    function fees(uint8 of) external view returns (uint32);
    function buffer() external view returns (uint256);
    function maxBufferSizePct() external view returns (uint256);
    function totalSupply() external view returns (uint256);
}

/// What fees are parts of.
const DENOMINATOR: U256 = U256::from_limbs([1_000_000, 0, 0, 0]);

pub(in super::super) const KINDS: &[Kind] =
    &[Kind::new("dinero", &["pirex"], &[Class::LiquidStaking], open).beside(&["pxeth"])];

/// Opens Dinero: PirexEth in role `pirex`, pxETH in role `pxeth`: `fees` of deposits, redemptions and
/// redemptions at once, `buffer`, `maxBufferSizePct` and `paused` of the one, `totalSupply` of the other.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pirex, pxeth) = (place.contract("pirex")?, place.contract("pxeth")?);
    let issued = chain.fixed(pirex, &pxEthCall {});
    let fees = [0, 1, 2].map(|of| chain.call(pirex, &feesCall { of }));
    let buffer = chain.call(pirex, &bufferCall {});
    let part = chain.call(pirex, &maxBufferSizePctCall {});
    let paused = chain.maybe(pirex, &pausedCall {});
    let supply = chain.call(pxeth, &totalSupplyCall {});
    same("the token that PirexEth issues", issued?, pxeth)?;
    let [deposit_fee, redemption_fee, instant_fee] = fees;
    let fees = [deposit_fee?, redemption_fee?, instant_fee?].map(U256::from);
    if fees.iter().any(|fee| *fee > DENOMINATOR) {
        return Err(Unread::Refused("a fee above its whole".into()));
    }
    let [deposit_fee, redemption_fee, instant_fee] = fees;
    let (buffer, buffer_part, supply) = (buffer?, part?, supply?);
    let figures =
        Pirex { pirex, deposit_fee, instant_fee, redemption_fee, buffer, buffer_part, supply };
    Ok(Arc::new(Dinero::dinero(place.id.clone(), pxeth, figures, paused?)))
}
