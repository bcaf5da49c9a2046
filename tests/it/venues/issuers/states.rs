//! Bad states, named: paused, at a limit, empty, denied.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, Dinero, Door, Kelp, Pirex, QuoteError, Reported, Stader, StoredPrice, Swap, Venue,
    },
};

use super::{A, B, id, numbers::TOTALS, puffer, stader};

#[test]
fn bad_states_are_named() {
    let swap = Swap { from: 0, to: 1, amount: WAD };
    let back = Swap { from: 1, to: 0, amount: WAD };
    // Paused.
    let pirex = Pirex {
        pirex: A,
        deposit_fee: U256::ZERO,
        instant_fee: U256::ZERO,
        redemption_fee: U256::ZERO,
        buffer: WAD,
        buffer_part: U256::ZERO,
        supply: WAD,
    };
    let paused = Dinero::dinero(id("dinero"), B, pirex, Some(true));
    for swap in [swap, back] {
        assert_eq!(paused.quote(swap), Err(QuoteError::Paused(id("dinero"))));
    }
    let untold = Dinero::dinero(id("dinero"), B, pirex, None);
    assert!(matches!(untold.quote(swap), Err(QuoteError::Unknown { .. })));
    // A buffer that is short, to the wei.
    let open = Dinero::dinero(id("dinero"), B, pirex, Some(false));
    let beyond = Swap { amount: WAD + U256::ONE, ..back };
    assert!(open.quote(back).is_ok());
    assert!(matches!(open.quote(beyond), Err(QuoteError::Limit { limit: WAD, .. })));
    // Bounds of one deposit.
    let venue = stader(TOTALS);
    let little = venue.quote(Swap { amount: U256::from(99), ..swap });
    assert!(matches!(little, Err(QuoteError::BelowMinimum { .. })), "{little:?}");
    let much = venue.quote(Swap { amount: WAD * U256::from(10_000) + U256::ONE, ..swap });
    assert!(matches!(much, Err(QuoteError::Limit { .. })), "{much:?}");
    // Nothing behind what exists, and a rate of zero.
    let empty = Reported { manager: A, assets: U256::ZERO, shares: WAD };
    let empty = Stader::stader(id("stader"), B, empty, Door::up_to(Capacity::Unlimited), None);
    assert_eq!(empty.quote(swap), Err(QuoteError::NoRate(id("stader"))));
    let stored = StoredPrice { pool: A, price: U256::ZERO, least: U256::ZERO };
    let zero = Kelp::kelp(id("kelp"), B, stored, Some(Capacity::Unlimited));
    assert_eq!(zero.quote(swap), Err(QuoteError::NoRate(id("kelp"))));
}

#[test]
fn rseth_is_denied_and_says_why_and_how_to_allow_it() {
    let stored = StoredPrice { pool: A, price: WAD, least: U256::ZERO };
    let denied = Kelp::kelp(id("kelp"), B, stored, None);
    let refused = denied.quote(Swap { from: 0, to: 1, amount: WAD }).unwrap_err().to_string();
    for words in ["18 April 2026", "unbacked", "`allowed`"] {
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(denied.gain(0, 1), None);
    assert!(matches!(denied.capacity(0, 1), Capacity::Unknown(_)));
}

/// Puffer lets nobody deposit and redeem in one transaction: the venue after a deposit refuses.
#[test]
fn nobody_deposits_and_redeems_pufeth_in_one_transaction() {
    let mut venue = puffer(TOTALS);
    let back = Swap { from: 1, to: 0, amount: WAD };
    assert!(venue.quote(back).is_ok());
    let shares = venue.trade(Swap { from: 0, to: 1, amount: WAD }).unwrap().out;
    let refused = venue.quote(Swap { amount: shares, ..back });
    assert_eq!(refused, Err(QuoteError::OneTransaction(id("vault"))));
    assert!(venue.quote(Swap { from: 0, to: 1, amount: WAD }).is_ok());
}
