//! What is offered for gas: laws, and the chain's own arithmetic.

use alloy_eips::eip1559::BaseFeeParams;
use proptest::prelude::*;
use tenor::bundle::fees::{FeeError, Limits, fees, highest_base_fee};

proptest! {
    /// No sequence of blocks, however full, has a higher base fee than the bound: the chain's own
    /// formula, as alloy has it, reaches it exactly when every block is full.
    #[test]
    fn no_block_has_a_higher_base_fee_than_the_bound(
        base in 1u64..1_000_000_000_000,
        used in prop::collection::vec(0u64..=30_000_000, 1..12),
    ) {
        let next = |fee: u64, used: u64| {
            BaseFeeParams::ethereum().next_block_base_fee(used, 30_000_000, fee)
        };
        let most = used.iter().fold(base, |fee, used| next(fee, *used));
        let full = used.iter().fold(base, |fee, _| next(fee, 30_000_000));
        let bound = highest_base_fee(base, used.len() as u64);
        prop_assert!(u128::from(most) <= bound);
        prop_assert_eq!(u128::from(full), bound);
    }

    /// Whatever is asked: never above what is allowed, the tip within the fee, the gas at least what was
    /// needed and at most what a transaction may have.
    #[test]
    fn offers_keep_their_limits(
        base in 1u64..10_000_000_000_000,
        tip in any::<u64>(),
        most_fee in 1u128..20_000_000_000_000,
        most_tip in 0u128..5_000_000_000,
        gas_margin_pct in 0u32..400,
        peak in 21_000u64..20_000_000,
        (first, more) in (0u64..5, 0u64..30),
    ) {
        let limits = Limits { most_fee, most_tip, gas_margin_pct };
        let lowest = highest_base_fee(base, first);
        let found = fees(&limits, (peak, 30_000_000), tip.into(), base, (first, first + more));
        match found {
            Ok(found) => {
                prop_assert!(found.max_fee <= most_fee);
                prop_assert!(found.tip <= most_tip && found.tip <= u128::from(tip));
                prop_assert!(found.max_fee >= lowest + found.tip);
                prop_assert!(found.gas_limit >= peak && found.gas_limit <= 1 << 24);
                let wanted = highest_base_fee(base, first + more) + found.tip;
                prop_assert!(found.max_fee == wanted || found.max_fee == most_fee);
            }
            Err(FeeError::Dear { base_fee, most }) => {
                prop_assert!(base_fee == lowest && lowest > most && most == most_fee);
            }
            Err(FeeError::Heavy { most, .. }) => prop_assert!(peak > most),
        }
    }
}

/// By hand: 40 gwei rises to 45 and to 50.625; a quarter more gas, rounded up.
#[test]
fn an_offer_by_hand() {
    const GWEI: u128 = 1_000_000_000;
    let limits = Limits::of(60 * GWEI);
    let found = fees(&limits, (200_001, 30_000_000), 2 * GWEI, 40_000_000_000, (1, 2)).unwrap();
    assert_eq!((found.gas_limit, found.tip), (250_002, 2 * GWEI));
    assert_eq!(found.max_fee, 52_625_000_000);
    let capped = Limits::of(46 * GWEI);
    let found = fees(&capped, (200_000, 30_000_000), 2 * GWEI, 40_000_000_000, (1, 2)).unwrap();
    assert_eq!((found.max_fee, found.tip), (46 * GWEI, GWEI));
}
