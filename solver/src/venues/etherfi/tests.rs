use alloy_primitives::uint;

use super::*;

/// Totals executed at mainnet block 19,932,703.
fn etherfi(deposit_capacity: Capacity) -> EtherFi {
    EtherFi::new(
        VenueId::new("etherfi"),
        EtherFiFigures {
            liquidity_pool: Address::repeat_byte(3),
            eeth: Address::repeat_byte(1),
            weeth: Address::repeat_byte(2),
            total_pooled_ether: uint!(1_440_560_331_560_143_951_036_649_U256),
            total_shares: uint!(1_386_399_165_048_634_493_100_854_U256),
            deposit_capacity,
        },
    )
}

fn unknown() -> EtherFi {
    etherfi(Capacity::Unknown("deposit limits at this block".into()))
}

/// `amountForShare(1e18)`, and a wrap that block 19,932,703 executed.
#[test]
fn rates_are_those_the_contracts_returned() {
    let venue = unknown();
    let quote = |from, to, amount| venue.quote(Swap { from, to, amount }).unwrap().out;
    assert_eq!(quote(WEETH, EETH, crate::amount::WAD), uint!(1_039_066_069_770_468_665_U256));
    assert_eq!(
        quote(EETH, WEETH, uint!(319_999_999_999_999_999_U256)),
        uint!(307_968_866_763_870_466_U256)
    );
}

#[test]
fn a_deposit_shows_what_its_shares_are_worth_after_it() {
    let mut venue = unknown();
    let amount = uint!(100_000_000_000_000_000_000_U256);
    let quote = venue.trade(Swap { from: ETH, to: EETH, amount }).unwrap();
    assert_eq!(quote.shares, Some(uint!(96_240_270_863_709_521_194_U256)));
    assert_eq!(quote.out, amount - U256::ONE);
    assert_eq!(venue.totals.balance(quote.shares.unwrap()), Some(quote.out));
    assert_eq!(venue.totals.assets, uint!(1_440_660_331_560_143_951_036_649_U256));
    assert_eq!(venue.totals.shares, uint!(1_386_495_405_319_498_202_622_048_U256));
}

#[test]
fn what_would_mint_nothing_or_too_much_is_refused() {
    let venue = unknown();
    let deposit = |amount| venue.quote(Swap { from: ETH, to: EETH, amount });
    let id = VenueId::new("etherfi");
    assert_eq!(deposit(U256::ONE), Err(QuoteError::NothingOut(id.clone())));
    assert_eq!(deposit(uint!(2_U256)).unwrap().shares, Some(U256::ONE));
    let most = U256::from(u128::MAX);
    assert!(deposit(most).is_ok());
    assert_eq!(deposit(most + U256::ONE), Err(QuoteError::Overflow(id)));
}

#[test]
fn a_known_deposit_limit_binds_and_is_spent() {
    let limit = uint!(1000_U256);
    let mut venue =
        etherfi(Capacity::Limited { amount: limit, what: "deposit cap", refill_per_block: None });
    let deposit = |amount| Swap { from: ETH, to: EETH, amount };
    assert!(matches!(
        venue.quote(deposit(limit + U256::ONE)),
        Err(QuoteError::Limit { what: "deposit cap", .. })
    ));
    venue.trade(deposit(uint!(990_U256))).unwrap();
    assert!(venue.quote(deposit(uint!(11_U256))).is_err());
    assert!(venue.quote(deposit(uint!(10_U256))).is_ok());
}

#[test]
fn an_unknown_limit_stays_unknown() {
    assert!(matches!(unknown().capacity(ETH, EETH), Capacity::Unknown(_)));
}
