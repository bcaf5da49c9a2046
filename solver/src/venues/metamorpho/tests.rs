use super::*;
use crate::venues::{AdaptiveCurve, MorphoTotals, Side};

fn u(value: u128) -> U256 {
    U256::from(value)
}

/// A market with a thousand tokens, of which `lent` are lent out and 400 are the vault's.
fn market(lent: u128, cap: u128) -> VaultMarket {
    let side = |tokens: u128| Side { assets: u(tokens) * WAD, shares: u(tokens * 1_000_000) * WAD };
    VaultMarket {
        totals: MorphoTotals {
            supply: side(1_000),
            borrow: side(lent),
            last_update: 1_716_479_543,
            fee: U256::ZERO,
        },
        curve: Some(AdaptiveCurve { rate_at_target: u(1_268_391_679) }),
        shares: u(400_000_000) * WAD,
        cap: u(cap) * WAD,
    }
}

fn figures() -> MetaMorphoFigures {
    MetaMorphoFigures {
        id: VenueId::new("metamorpho"),
        vault: Address::repeat_byte(2),
        asset: Address::repeat_byte(1),
        markets: vec![market(900, 500), market(950, 1_000)],
        supply_queue: vec![1, 0],
        in_morpho: u(150) * WAD,
        supply: u(790) * WAD,
        last_assets: u(800) * WAD,
        lost: Some(U256::ZERO),
        fee: WAD / u(10),
        virtual_shares: U256::ONE,
    }
}

fn vault(change: impl FnOnce(&mut MetaMorphoFigures)) -> MetaMorpho {
    let mut figures = figures();
    change(&mut figures);
    MetaMorpho::new(figures).unwrap()
}

fn deposit(amount: U256) -> Swap {
    Swap { from: ASSET, to: SHARE, amount }
}

fn redeem(amount: U256) -> Swap {
    Swap { from: SHARE, to: ASSET, amount }
}

fn limit(venue: &MetaMorpho, from: usize) -> U256 {
    match venue.capacity(from, 1 - from) {
        Capacity::Limited { amount, .. } => amount,
        other => panic!("{other:?}"),
    }
}

#[test]
fn caps_and_liquidity_are_the_limits() {
    let mut venue = vault(|_| ());
    let cap = limit(&venue, ASSET);
    // 400 of 500 and 400 of 1,000 are there, within a unit for each market.
    assert!(u(700) * WAD - cap <= u(2), "{cap}");
    assert!(venue.quote(deposit(cap)).is_ok());
    assert!(matches!(venue.quote(deposit(cap + U256::ONE)), Err(QuoteError::Limit { .. })));
    let most = limit(&venue, SHARE);
    let out = venue.quote(redeem(most)).unwrap().out;
    assert!(out <= u(150) * WAD && u(150) * WAD - out <= u(2), "{out}");
    assert!(matches!(venue.quote(redeem(most + U256::ONE)), Err(QuoteError::Limit { .. })));
    venue.trade(redeem(most)).unwrap();
    assert!(venue.quote(redeem(WAD)).is_err());
    venue.trade(deposit(WAD * u(9))).unwrap();
    assert!(venue.quote(redeem(WAD)).is_ok());
}

/// A tenth of ten tokens of interest goes to the fee's recipient, as new shares.
#[test]
fn the_fee_is_taken_before_a_trade() {
    let share = |venue: MetaMorpho| to_f64(venue.quote(redeem(WAD)).unwrap().out) / 1e18;
    let free = share(vault(|figures| figures.last_assets = u(790) * WAD));
    let untaken = share(vault(|figures| {
        figures.last_assets = u(790) * WAD;
        figures.fee = U256::ZERO;
    }));
    assert!((untaken / (800.0 / 790.0) - 1.0).abs() < 1e-9);
    assert!((free / (799.0 / 790.0) - 1.0).abs() < 1e-9);
}

/// Version 1.1 counts what was lost as there; version 1.0 shows it.
#[test]
fn a_loss_shows_in_the_first_version_alone() {
    let lose = |figures: &mut MetaMorphoFigures| figures.last_assets = u(810) * WAD;
    let out = |venue: MetaMorpho| to_f64(venue.quote(redeem(WAD)).unwrap().out) / 1e18;
    assert!((out(vault(lose)) / (810.0 / 790.0) - 1.0).abs() < 1e-9);
    let first = vault(|figures| {
        lose(figures);
        figures.lost = None;
    });
    assert!((out(first) / (800.0 / 790.0) - 1.0).abs() < 1e-9);
}

#[test]
fn own_supply_lowers_the_rate_and_unknown_models_have_none() {
    let venue = vault(|figures| figures.fee = U256::ZERO);
    let rate = |venue: &MetaMorpho, added| to_f64(venue.rate_after(SHARE, added).unwrap()) / 1e27;
    // 4 % at 90 % and 10 % at 95 % (halfway to four times as much), each on what is lent out.
    let now = rate(&venue, U256::ZERO);
    assert!((now / ((0.04 * 0.9 + 0.1 * 0.95) / 2.0) - 1.0).abs() < 1e-6, "{now}");
    assert!(rate(&venue, WAD * u(100)) < now);
    assert_eq!(venue.rate_after(SHARE, WAD * u(5_000)), None);
    assert_eq!(venue.rate_after(ASSET, U256::ZERO), None);
    assert_eq!(vault(|figures| figures.markets[0].curve = None).rate_after(SHARE, WAD), None);
}

#[test]
fn queues_that_no_vault_has_are_refused() {
    let mut wrong = figures();
    wrong.supply_queue = vec![2];
    assert!(MetaMorpho::new(wrong).is_none());
    let mut long = figures();
    long.markets = vec![market(900, 500); 31];
    assert!(MetaMorpho::new(long).is_none());
    let none = vault(|figures| figures.supply_queue.clear());
    assert_eq!(limit(&none, ASSET), U256::ZERO);
    assert!(matches!(none.quote(deposit(U256::ONE)), Err(QuoteError::Limit { .. })));
}
