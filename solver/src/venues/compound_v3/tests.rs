use super::*;
use crate::amount::{WAD, to_f64};

fn u(value: u128) -> U256 {
    U256::from(value)
}

/// cWETHv3 with the rates of its first configuration, nine tenths lent out.
fn comet() -> CompoundV3 {
    let whole = |tokens: u128| u(tokens * 1_000_000_000_000_000_000);
    let per_second = |a_year: u128| u(a_year / 31_536_000);
    CompoundV3::new(CompoundFigures {
        id: VenueId::new("compound_v3:WETH"),
        comet: Address::repeat_byte(2),
        base: Address::repeat_byte(1),
        totals: CometTotals {
            supply_index: u(1_050_000_000_000_007),
            borrow_index: u(1_100_000_000_000_000),
            supply_principal: whole(100_000),
            borrow_principal: whole(80_000),
            last_accrual: 1_716_479_543,
        },
        supply_rate: Kinked {
            kink: WAD * u(9) / u(10),
            base: U256::ZERO,
            low: per_second(28_382_400_000_000_000),
            high: per_second(606_656_770_600_000_000),
        },
        cash: whole(17_000),
        supply_paused: false,
        withdraw_paused: false,
    })
}

fn supply(amount: U256) -> Swap {
    Swap { from: BASE, to: COMET, amount }
}

fn withdraw(amount: U256) -> Swap {
    Swap { from: COMET, to: BASE, amount }
}

#[test]
fn a_supply_shows_at_most_a_unit_less() {
    let venue = comet();
    for amount in 1..2_000 {
        let quote = venue.quote(supply(u(amount))).unwrap();
        assert!(quote.out <= u(amount) && u(amount) - quote.out <= u(2), "{amount} {quote:?}");
        assert_eq!(venue.index().balance(quote.shares.unwrap()), Some(quote.out));
    }
    assert!(matches!(venue.quote(supply(U256::MAX)), Err(QuoteError::Overflow(_))));
    assert!(matches!(venue.quote(supply(U256::ONE << 104)), Err(QuoteError::Overflow(_))));
    assert_eq!(venue.quote(supply(U256::ZERO)), Err(QuoteError::ZeroAmount));
}

#[test]
fn withdrawals_stop_at_the_cash() {
    let mut venue = comet();
    let cash = venue.figures.cash;
    assert_eq!(venue.quote(withdraw(cash)), Ok(Quote::of(cash)));
    assert!(matches!(venue.quote(withdraw(cash + U256::ONE)), Err(QuoteError::Limit { .. })));
    venue.trade(withdraw(cash)).unwrap();
    assert!(matches!(venue.quote(withdraw(U256::ONE)), Err(QuoteError::Limit { .. })));
    venue.trade(supply(WAD)).unwrap();
    assert!(venue.quote(withdraw(WAD)).is_ok());
}

#[test]
fn a_pause_is_said() {
    let mut venue = comet();
    venue.figures.supply_paused = true;
    assert!(matches!(venue.quote(supply(WAD)), Err(QuoteError::Paused(_))));
    assert!(venue.quote(withdraw(WAD)).is_ok());
    venue.figures.withdraw_paused = true;
    assert!(matches!(venue.quote(withdraw(WAD)), Err(QuoteError::Paused(_))));
    assert_eq!(venue.capacity(BASE, COMET).cap(), 0.0);
}

/// In floats from the published formula: 80,000 * 1.1 of 100,000 * 1.05 are lent out.
#[test]
fn own_supply_lowers_the_rate() {
    let mut venue = comet();
    let rate = |venue: &CompoundV3, added| to_f64(venue.rate_after(COMET, added).unwrap()) / 1e27;
    let wanted = 0.028_382_4 * (88_000.0 / 105_000.0);
    assert!((rate(&venue, U256::ZERO) / wanted - 1.0).abs() < 1e-8);
    let amount = WAD * u(10_000);
    let told = rate(&venue, amount);
    assert!((told / (0.028_382_4 * (88_000.0 / 115_000.0)) - 1.0).abs() < 1e-8);
    venue.trade(supply(amount)).unwrap();
    assert!((rate(&venue, U256::ZERO) / told - 1.0).abs() < 1e-12);
    assert_eq!(venue.rate_after(BASE, U256::ZERO), None);
}

#[test]
fn rates_go_on_above_full_use_and_overflow_is_none() {
    let rate = comet().figures.supply_rate;
    let [kink, full, above] = [90, 100, 150].map(|of| rate.at(WAD * u(of) / u(100)).unwrap());
    assert!(kink < full && full < above);
    assert_eq!(rate.at(U256::MAX), None);
    let steep = Kinked { low: u(u128::from(u64::MAX)), kink: WAD * u(3), ..Kinked::default() };
    assert_eq!(steep.at(WAD * u(2)), None);
    let mut totals = comet().figures.totals;
    totals.supply_principal = U256::ZERO;
    assert_eq!(totals.utilisation(), Some(U256::ZERO));
    assert_eq!(totals.accrued(&rate, &rate, 0), None);
    let grown = totals.accrued(&rate, &steep, totals.last_accrual + 12).unwrap();
    assert_eq!(grown.supply_principal_of(U256::MAX), None);
}

#[test]
fn calls_are_those_of_the_comet() {
    let trade = |swap| {
        let (min_out, recipient) = (U256::ZERO, Address::repeat_byte(7));
        comet().encode(&Trade { swap, min_out, recipient, deadline: 0 })
    };
    let encoded = trade(supply(WAD));
    assert_eq!(encoded.approval.unwrap().spender, Address::repeat_byte(2));
    assert_eq!(encoded.calls[0].data[..4], [0x42, 0x32, 0xcd, 0x63]);
    assert_eq!(trade(withdraw(WAD)).calls[0].data[..4], [0xc3, 0xb3, 0x5a, 0x7e]);
}
