//! Deposits that secure services: they earn what is deposited earns, and more only where services are
//! known to pay in ether; what they cost is time.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    graph::Graph,
    market::{Listing, Market, Redemption, TokenInfo},
    venues::{Capacity, Door, EigenLayer, Strategy, Ticket, VenueId, Wait},
    ways_out::{WayKind, ways_out},
    yields::{Component, Payer, Reward, earning, fraction},
};

use super::{SYNTHETIC, ether, token};

const SHARE: Address = Address::repeat_byte(0x51);

/// Fourteen days of blocks.
const DELAY_BLOCKS: u64 = 100_800;

/// The made-up market with a strategy of wstETH, whose shares are worth one each.
fn market() -> Market {
    let mut market = SYNTHETIC.market().clone();
    let wsteth = token(&SYNTHETIC, "wstETH");
    let totals = Strategy {
        manager: Address::repeat_byte(0x50),
        strategy: SHARE,
        balance: ether(1_000),
        shares: ether(1_000),
    };
    let door = Door::Open { least: U256::ZERO, most: None, capacity: Capacity::Unlimited };
    let id = VenueId::new("eigenlayer:wstETH");
    let venue = EigenLayer::eigenlayer(id, wsteth, totals, door, Some(DELAY_BLOCKS));
    let as_of = market.listings[0].as_of.clone();
    market.listings.push(Listing {
        venue: Arc::new(venue),
        protocol: "eigenlayer".into(),
        as_of,
        disabled: None,
    });
    market.tokens.push(TokenInfo { address: SHARE, symbol: "eigen-wstETH".into(), decimals: 18 });
    let like = *market.redemptions.iter().find(|r| r.token == wsteth).unwrap();
    market.redemptions.push(Redemption { token: SHARE, ..like });
    market
}

/// Services that pay all holders 10 a year of the thousand staked.
fn paid(name: &str, in_token: Option<Address>) -> Reward {
    Reward {
        name: name.into(),
        position: SHARE,
        payer: Payer::Services,
        token: in_token,
        points: false,
        per_s: ether(10) / U256::from(31_557_600u64),
        price: ether(1),
        price_of: "a test's".into(),
        staked: ether(1_000),
        ends: None,
        locked_s: 0,
        hazard_bps: 0,
        decay_bps: 0,
        sale_loss_bps: 0,
        claim_gas: 0,
        points_bps: 0,
    }
}

#[test]
fn a_deposit_adds_nothing_to_what_is_deposited() {
    let market = market();
    let graph = Graph::new(&market);
    let earned = earning(&market, &graph, SHARE, ether(1)).unwrap();
    assert_eq!(earned.by.get(Component::Base), earned.rate);
    assert!((fraction(earned.rate) - 0.030).abs() < 1e-15, "{earned:?}");
}

/// Paid in an LST it is organic, in anything else it is not: who pays is the same.
#[test]
fn what_services_pay_is_organic_in_ether_alone() {
    let market = market();
    let wsteth = token(&SYNTHETIC, "wstETH");
    assert_eq!(paid("wstETH", Some(wsteth)).component(&market), Component::Restaking);
    assert_eq!(paid("EIGEN", None).component(&market), Component::Incentive);
    let points = Reward { points: true, ..paid("points", None) };
    assert_eq!(points.component(&market), Component::Incentive);
    let mut unlisted = market.clone();
    unlisted.redemptions.retain(|r| r.token != wsteth);
    assert_eq!(paid("wstETH", Some(wsteth)).component(&unlisted), Component::Incentive);
}

/// The way out is a queue of fourteen days whose claim stays with the account: shown, and not sold.
#[test]
fn the_delay_and_that_it_cannot_be_sold_are_shown() {
    let market = market();
    let intent = SYNTHETIC.read("maximize ETH yield on 100 stETH for 90 days risk high").unwrap();
    let all = ways_out(&market, &intent, None);
    let ways = all.iter().find(|ways| ways.token == SHARE).unwrap();
    assert!(ways.ways.iter().all(|way| way.kind == WayKind::Queue), "{ways:?}");
    let way = &ways.ways[0];
    assert_eq!(way.expected_wait, Wait::Seconds(DELAY_BLOCKS * 12));
    assert_eq!(way.ticket, Some(Ticket::Bound));
    let answer = tenor_solver::solve(&market, &intent).unwrap();
    let unranked = answer.unranked.iter().find(|u| u.token == SHARE).unwrap();
    assert_eq!(unranked.yields.as_deref(), Some("3.00 % a year"), "{unranked:?}");
    assert!(!unranked.missing.is_empty());
}
