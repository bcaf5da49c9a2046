use super::*;

fn u(value: u128) -> U256 {
    U256::from(value)
}

fn side(assets: u128, shares: u128) -> Side {
    Side { assets: u(assets), shares: u(shares) }
}

/// A market in which nine tenths are lent out.
fn market() -> MorphoMarket {
    let at = Address::repeat_byte;
    let params = MarketParams {
        loanToken: at(1),
        collateralToken: at(2),
        oracle: at(3),
        irm: at(4),
        lltv: uint!(945_000_000_000_000_000_U256),
    };
    MorphoMarket::new(MorphoFigures {
        id: VenueId::new("morpho"),
        morpho: at(9),
        params,
        totals: MorphoTotals {
            supply: side(1_000_000_000_000_000_000_000, 950_000_000_000_000_000_000_000_000),
            borrow: side(900_000_000_000_000_000_000, 850_000_000_000_000_000_000_000_000),
            last_update: 1_716_479_543,
            fee: U256::ZERO,
        },
        curve: Some(AdaptiveCurve { rate_at_target: u(1_268_391_679) }),
    })
}

fn deposit(amount: U256) -> Swap {
    Swap { from: LOAN, to: POSITION, amount }
}

fn redeem(amount: U256) -> Swap {
    Swap { from: POSITION, to: LOAN, amount }
}

/// The parameters of the wstETH/WETH market on mainnet with its id, as the Morpho app and its SDK
/// name it.
#[test]
fn an_id_is_the_hash_of_the_parameters() {
    use alloy_primitives::{address, b256};
    let params = MarketParams {
        loanToken: address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"),
        collateralToken: address!("7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"),
        oracle: address!("2a01EB9496094dA03c4E364Def50f5aD1280AD72"),
        irm: address!("870aC11D48B15DB9a138Cf899d20F13F79Ba00BC"),
        lltv: uint!(945_000_000_000_000_000_U256),
    };
    let id = b256!("c54d7acf14de29e0e5527cabd7a576506870346a78a11a6762e2cca66322ec41");
    assert_eq!(params.id(), id);
    assert_eq!(params.position(), Address::from_word(id));
}

#[test]
fn what_is_lent_out_cannot_be_withdrawn() {
    let mut venue = market();
    let Capacity::Limited { amount: most, .. } = venue.capacity(POSITION, LOAN) else { panic!() };
    assert!(venue.quote(redeem(most)).unwrap().out <= u(100_000_000_000_000_000_000));
    let error = venue.quote(redeem(most + U256::ONE)).unwrap_err();
    assert!(matches!(error, QuoteError::Limit { .. }), "{error}");
    venue.figures.totals.borrow.assets = venue.figures.totals.supply.assets;
    // All is lent out: only what is worth nothing can go.
    assert_eq!(venue.capacity(POSITION, LOAN).cap(), 950_000.0);
    assert_eq!(venue.quote(redeem(u(950_000))).unwrap().out, U256::ZERO);
    assert!(venue.quote(redeem(WAD)).is_err());
    // More is owed than there is, as after bad debt that nobody has booked.
    venue.figures.totals.borrow.assets += U256::ONE;
    assert!(venue.quote(redeem(WAD)).is_err());
}

#[test]
fn an_empty_market_gives_a_million_shares_a_unit() {
    let mut venue = market();
    venue.figures.totals = MorphoTotals::default();
    assert_eq!(venue.quote(deposit(WAD)).unwrap().out, WAD * u(1_000_000));
    assert!(matches!(venue.quote(redeem(U256::ONE)), Err(QuoteError::Limit { .. })));
    assert_eq!(venue.rate_after(POSITION, WAD), Some(U256::ZERO));
    assert_eq!(venue.quote(deposit(U256::ZERO)), Err(QuoteError::ZeroAmount));
    assert!(matches!(venue.quote(deposit(U256::MAX)), Err(QuoteError::Overflow(_))));
    assert!(matches!(venue.quote(deposit(U256::ONE << 127)), Err(QuoteError::Overflow(_))));
}

/// At the target the borrow rate is 4 % and suppliers get nine tenths of it, less the fee.
#[test]
fn own_supply_lowers_the_rate() {
    let mut venue = market();
    let rate =
        |venue: &MorphoMarket, added| to_f64(venue.rate_after(POSITION, added).unwrap()) / 1e27;
    assert!((rate(&venue, U256::ZERO) / 0.036 - 1.0).abs() < 1e-6);
    let amount = u(500_000_000_000_000_000_000);
    let shares = venue.quote(deposit(amount)).unwrap().out;
    let told = rate(&venue, shares);
    assert!(told < rate(&venue, U256::ZERO));
    venue.trade(deposit(amount)).unwrap();
    assert!((rate(&venue, U256::ZERO) / told - 1.0).abs() < 1e-12);
    venue.figures.totals.fee = WAD / u(4);
    assert!((rate(&venue, U256::ZERO) / told - 0.75).abs() < 1e-6);
    venue.figures.curve = None;
    assert_eq!(venue.rate_after(POSITION, U256::ZERO), None);
    assert_eq!(venue.rate_after(LOAN, U256::ZERO), None);
}

#[test]
fn a_position_is_measured_in_morphos_books() {
    let venue = market();
    let market = venue.figures.params.id();
    let by = SharesBy::Position { of: Address::repeat_byte(9), market };
    assert_eq!((venue.shares_by(POSITION), venue.shares_by(LOAN)), (Some(by), None));
    let trade = |swap| {
        let (min_out, recipient) = (U256::ZERO, Address::repeat_byte(7));
        venue.encode(&Trade { swap, min_out, recipient, deadline: 0 })
    };
    let encoded = trade(deposit(WAD));
    assert_eq!(encoded.approval.unwrap().spender, Address::repeat_byte(9));
    assert_eq!(encoded.calls[0].data[..4], [0xa9, 0x9a, 0xad, 0x89]);
    assert_eq!(trade(redeem(WAD)).calls[0].data[..4], [0x5c, 0x2b, 0xea, 0x49]);
    assert!(trade(Swap { from: 0, to: 0, amount: WAD }).calls.is_empty());
}
