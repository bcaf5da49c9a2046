//! What the openings of several kinds share: each stands with its venue.
//!
//! A venue is opened from what the chain says. Every question is a view function that the deployed
//! contract answers. What a contract does not tell stays unknown and says why; what contradicts the
//! kind's arithmetic refuses to open.

use std::sync::Arc;

use alloy_primitives::{Address, U256, uint};

use super::{Capacity, Unread, Venue};

pub(super) type Opening = Result<Arc<dyn Venue>, Unread>;

/// No share token is worth a thousand of what it stands for: such a rate is in another unit.
const MOST_RATE: U256 = uint!(1_000_000_000_000_000_000_000_U256);

/// What two switches say of deposits that nothing else limits.
pub(super) fn open_to_all(paused: Option<bool>, listed: Option<bool>) -> Capacity {
    match (paused, listed) {
        (None, _) => {
            Capacity::Unknown("the contract does not tell whether deposits are paused".into())
        }
        (Some(true), _) => Capacity::none("deposits are paused"),
        (_, Some(true)) => Capacity::Unknown("deposits are open to listed accounts only".into()),
        (Some(false), None | Some(false)) => Capacity::Unlimited,
    }
}

/// Refuses a place whose contracts do not belong together.
pub(super) fn same(what: &str, told: Address, given: Address) -> Result<(), Unread> {
    if told == given {
        return Ok(());
    }
    Err(Unread::Refused(format!("{what} is {told}, not {given}: correct the place")))
}

/// Refuses a rate of a share token that is not in wei of ETH for a whole one.
pub(super) fn sensible(rate: U256) -> Result<U256, Unread> {
    if rate.is_zero() || rate > MOST_RATE {
        return Err(Unread::Refused(format!("a rate of {rate} is not in 1e-18 of ETH")));
    }
    Ok(rate)
}

/// What a queue takes whose code limits nothing (Swell's, Mantle's): whether requests are paused is a part
/// of when they are paid, which is unknown as it is.
pub(super) const fn requests(stopped: Option<bool>) -> Capacity {
    match stopped {
        Some(true) => Capacity::none("requests are paused"),
        Some(false) | None => Capacity::Unlimited,
    }
}
