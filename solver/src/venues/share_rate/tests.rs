use super::*;

const STAKE: Swap = Swap { from: ETH, to: SHARE, amount: WAD };

fn figures(form: RateForm, deposit: Deposit) -> ShareRateFigures {
    ShareRateFigures {
        share: Address::repeat_byte(1),
        form,
        deposit,
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unknown("limits at this block".into()),
    }
}

fn venue(figures: ShareRateFigures) -> ShareRate {
    ShareRate::new(VenueId::new("test"), figures)
}

/// `swETHToETHRate()` executed at mainnet block 19,932,810.
fn sweth() -> ShareRate {
    let form = RateForm::Rate { eth_per_share_wad: uint!(1_060_073_543_526_866_745_U256) };
    let target = Address::repeat_byte(1);
    venue(figures(form, Deposit::Open(DepositCall::Deposit(target))))
}

/// Mantle's storage at mainnet block 19,860,366.
fn meth(supply_cap: U256) -> ShareRate {
    let form = RateForm::Totals {
        assets: uint!(475_164_652_186_884_466_073_830_U256),
        shares: uint!(460_196_337_247_436_761_932_774_U256),
        haircut_bps: 4,
        supply_cap: Some(supply_cap),
    };
    let deposit = Deposit::Open(DepositCall::Stake(Address::repeat_byte(2)));
    venue(ShareRateFigures {
        least_deposit: uint!(20_000_000_000_000_000_U256),
        capacity: Capacity::Unlimited,
        ..figures(form, deposit)
    })
}

fn meth_cap() -> U256 {
    uint!(600_000_000_000_000_000_000_000_U256)
}

#[test]
fn a_stored_rate_divides_and_rounds_down() {
    assert_eq!(sweth().quote(STAKE).unwrap().out, uint!(943_330_777_478_888_918_U256));
    let amount = uint!(1_060_073_543_526_866_745_U256);
    assert_eq!(sweth().quote(Swap { amount, ..STAKE }).unwrap().out, WAD);
    let amount = amount - U256::ONE;
    assert_eq!(sweth().quote(Swap { amount, ..STAKE }).unwrap().out, WAD - U256::ONE);
}

#[test]
fn totals_leave_the_haircut_to_the_others() {
    let mut venue = meth(meth_cap());
    let before = venue.redemption();
    let quote = venue.trade(STAKE).unwrap();
    assert_eq!(quote.out, uint!(968_111_278_049_388_294_U256));
    let after = venue.redemption();
    assert_eq!(after, (before.0 + WAD, before.1 + quote.out));
    assert!(after.0 * before.1 > before.0 * after.1);
}

#[test]
fn bounds_hold_to_the_wei() {
    let venue = meth(meth_cap());
    let least = uint!(20_000_000_000_000_000_U256);
    assert!(venue.quote(Swap { amount: least, ..STAKE }).is_ok());
    assert_eq!(
        venue.quote(Swap { amount: least - U256::ONE, ..STAKE }),
        Err(QuoteError::BelowMinimum { venue: VenueId::new("test"), least })
    );
    let Capacity::Limited { amount: most, .. } = venue.capacity(ETH, SHARE) else { panic!() };
    let left = meth_cap() - uint!(460_196_337_247_436_761_932_774_U256);
    assert_eq!(venue.quote(Swap { amount: most, ..STAKE }).unwrap().out, left);
    assert_eq!(
        venue.quote(Swap { amount: most + U256::from(2), ..STAKE }),
        Err(QuoteError::Limit { venue: VenueId::new("test"), what: "supply cap", limit: left })
    );
}

#[test]
fn a_reference_rate_trades_nothing() {
    let rate = uint!(1_010_127_518_632_505_253_U256);
    let form = RateForm::Reference { eth_per_share_wad: rate };
    let venue = venue(figures(form, Deposit::Closed));
    assert!(matches!(venue.quote(STAKE), Err(QuoteError::NotTraded { .. })));
    assert_eq!(venue.gain(ETH, SHARE), None);
    assert_eq!(venue.redemption(), (rate, WAD));
}

/// Rocket Pool's rate is known and its fee and collateral are not.
#[test]
fn unknowns_are_named_not_guessed() {
    let form = RateForm::Totals {
        assets: uint!(562_387_228_086_019_256_911_590_U256),
        shares: uint!(508_141_900_090_916_222_974_365_U256),
        haircut_bps: 0,
        supply_cap: None,
    };
    let venue = venue(ShareRateFigures {
        burn_unknown: Some("collateral that burning is limited to".into()),
        ..figures(form, Deposit::Unknown("deposit fee and pool space".into()))
    });
    let deposit = venue.quote(STAKE).unwrap_err();
    assert_eq!(deposit.to_string(), "test: deposit fee and pool space");
    let burn = venue.quote(Swap { from: SHARE, to: ETH, amount: WAD }).unwrap_err();
    assert_eq!(burn.to_string(), "test: collateral that burning is limited to");
    assert!(matches!(venue.capacity(ETH, SHARE), Capacity::Unknown(_)));
    assert!(matches!(venue.capacity(SHARE, ETH), Capacity::Unknown(_)));
    assert_eq!(venue.gain(ETH, SHARE), None);
}

#[test]
fn calls_are_those_of_the_contracts() {
    let trade =
        |min_out| Trade { swap: STAKE, min_out, recipient: Address::repeat_byte(9), deadline: 0 };
    let stake = meth(meth_cap()).encode(&trade(U256::from(5))).calls.remove(0);
    assert_eq!((stake.to, stake.value), (Address::repeat_byte(2), WAD));
    assert_eq!((stake.data.len(), stake.data[35]), (36, 5));
    let deposit = sweth().encode(&trade(U256::ZERO)).calls.remove(0);
    assert_eq!(deposit.data[..], [0xd0, 0xe3, 0x0d, 0xb0]);
}
