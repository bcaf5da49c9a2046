//! Markets read from contracts: opened whole, carried from block to block, written to a file.

mod errors;
mod registry;
mod snapshots;
mod updates;

use std::convert::Infallible;

use alloy_primitives::U256;
use tenor::market::{
    live::{Head, Live},
    places::Places,
};
use tenor_simulations::{
    SourceError, World,
    figures::{EMBEDDED_NAME, Figures, PLACES_NAME, embedded, embedded_places},
};
use tenor_solver::{
    amount::WAD,
    venues::{Answer, Capacity, Read},
};

use crate::bytecode::OPENED_HERE;

fn figures() -> Figures {
    Figures::parse(EMBEDDED_NAME, embedded()).unwrap()
}

fn world() -> World {
    World::new(&figures()).unwrap()
}

fn places() -> Places {
    Places::parse(PLACES_NAME, embedded_places()).unwrap().with_any_code()
}

fn head(world: &World) -> Head {
    let block = world.block();
    Head {
        chain_id: block.chain_id,
        block: block.number,
        timestamp: block.timestamp,
        base_fee: U256::from(block.base_fee),
    }
}

fn open(world: &World) -> Live {
    let answer = |reads: &[Read]| -> Result<Vec<Answer>, SourceError> { world.answer(reads) };
    Live::open(places(), head(world), "the embedded world", answer).unwrap()
}

/// Places whose contracts are not in the embedded world.
const ABSENT: [&str; 34] = [
    "curve:3pool",
    "coinbase:cbETH",
    "stakewise:osETH",
    "stader:ETHx",
    "origin:wOETH",
    "origin:OETH",
    "frax:frxETH",
    "renzo:ezETH",
    "dinero:pxETH",
    "dinero:apxETH",
    "kelp:rsETH",
    "symbiotic:wstETH",
    "eigenlayer:rETH",
    "eigenlayer:cbETH",
    "eigenlayer:osETH",
    "eigenlayer:swETH",
    "eigenlayer:sfrxETH",
    "eigenlayer:mETH",
    "eigenlayer:ETHx",
    "aave_v3_prime:WETH",
    "aave_v3_prime:wstETH",
    "spark:WETH",
    "spark:wstETH",
    "morpho:WETH/wstETH",
    "morpho:WETH/wstETH:2",
    "morpho:WETH/rETH",
    "morpho:WETH/weETH",
    "morpho:WETH/osETH",
    "morpho:WETH/ezETH",
    "metamorpho:steakETH",
    "metamorpho:bbETH",
    "metamorpho:re7WETH",
    "compound_v3:WETH",
    "compound_v3:wstETH",
];

/// All of them: those, and those of kinds that the world does not have.
fn absent() -> Vec<String> {
    let there = |kind: &str| !OPENED_HERE.contains(&kind);
    let rows = places().rows.into_iter().map(|row| row.place);
    let gone = rows.filter(|place| !there(&place.kind) || ABSENT.contains(&place.id.as_str()));
    gone.map(|place| place.id.to_string()).collect()
}

#[test]
fn the_registry_is_the_embedded_market_as_far_as_its_contracts_are_there() {
    let (figures, live) = (figures().market(&[]).unwrap(), open(&world()));
    let market = live.market();
    let refused: Vec<_> = live.refused().map(|refused| refused.to_string()).collect();
    assert_eq!(refused.len(), absent().len(), "{refused:?}");
    for id in absent() {
        assert!(refused.iter().any(|refused| refused.starts_with(&id)), "{id}: {refused:?}");
    }
    // All but the rate that somebody cached.
    assert_eq!(market.listings.len(), figures.listings.len() - 1);
    for listing in &market.listings {
        let filed = figures.listing(listing.venue.id()).unwrap();
        assert_eq!(listing.protocol, filed.protocol);
        assert_eq!(listing.venue.tokens(), filed.venue.tokens());
    }
    for token in &market.tokens {
        assert_eq!(figures.token(token.address), Some(token));
        let (told, filed) =
            (market.redeem_value(token.address, WAD), figures.redeem_value(token.address, WAD));
        if token.symbol == "ezETH" {
            assert!(told.is_none() && filed.is_some(), "a rate that no contract here tells");
            continue;
        }
        assert_eq!(told, filed, "{}", token.symbol);
    }
    assert_eq!((market.gas_price, market.block), (figures.gas_price, figures.block));
    assert_eq!(market.utc, figures.utc);
}

/// Where a contract does not tell a limit, the market says so; where it does, it knows.
#[test]
fn unknowns_are_said() {
    let live = open(&world());
    let market = live.market();
    let said = |symbol: &str, words: &str| {
        let token = market.tokens.iter().find(|token| token.symbol == symbol).unwrap().address;
        market.unknowns.iter().any(|u| u.token == token && u.what.contains(words))
    };
    assert!(said("rETH", "deposit fee and room"));
    assert!(said("stETH", "withdrawal queue"));
    assert!(said("cbETH", "coinbase:cbETH is not used"));
    assert!(said("weETH", "no realised yield"));
    assert!(!said("aEthWETH", "no realised yield"));
    for listing in &market.listings {
        let tokens = listing.venue.tokens().len();
        for (from, to) in (0..tokens).flat_map(|from| (0..tokens).map(move |to| (from, to))) {
            if let Capacity::Unknown(what) = listing.venue.capacity(from, to) {
                assert!(!what.is_empty());
            }
        }
    }
}

#[test]
fn one_market_has_one_hash_and_another_another() {
    let world = world();
    let live = open(&world);
    assert_eq!(open(&world).market().hash, live.market().hash);
    let other = Head { base_fee: U256::ONE, ..head(&world) };
    let answer = |reads: &[Read]| world.answer(reads);
    let other = Live::open(places(), other, "the embedded world", answer).unwrap();
    assert_ne!(other.market().hash, live.market().hash);
    let mut renamed = places();
    renamed.rows[1].protocol = "another".into();
    let renamed = Live::open(renamed, head(&world), "the embedded world", answer).unwrap();
    assert_ne!(renamed.market().hash, live.market().hash);
}

type Never = Result<Vec<Answer>, Infallible>;
