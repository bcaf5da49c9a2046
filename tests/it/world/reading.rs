//! Venues opened from the embedded world's contracts against those built from the same figures.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, U256, address};
use tenor_simulations::{
    World,
    figures::{EMBEDDED_NAME, Figures, VenueFigures, VenueKind, embedded},
};
use tenor_solver::{
    market::Market,
    venues::{
        Answer, At, Backing, Capacity, KINDS, OpenError, Opened, Place, Quote, QuoteError, Read,
        Swap, Unread, Venue, VenueId, open,
    },
};

use super::WETH;

const UNISWAP_V2_ROUTER: Address = address!("7a250d5630b4cf539739df2c5dacb4c659f2488d");
const SUSHISWAP_ROUTER: Address = address!("d9e1ce17f2641f24ae83637ab66a2cca9c378b9f");
const SWAP_ROUTER_02: Address = address!("68b3465833fb72a70ecdf485e0e4c7bd8665fc45");
const ROCKET_STORAGE: Address = address!("1d8f8f00cfa6758d7be78336684788fb0ee0fa46");
const LIDO_WSTETH: Address = address!("7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0");
const WEETH: Address = address!("cd5fe23c85820f7b72d0926fc9b05b43e359b7ee");
const NOWHERE: Address = Address::repeat_byte(0x77);
const SFRXETH: Address = address!("ac3e018457b222d93114458476f3e3416abbe38f");

/// Limits that the contracts tell and the market file does not: listing, from, to, and whether a
/// contract without a limit is what it says. Everything else must be equal.
const TOLD_ONLY_BY_CONTRACTS: &[(&str, usize, usize)] = &[
    // The staking contracts' code limits no deposit, and their switches say that they are open.
    ("etherfi:eETH/weETH", 0, 1),
    ("swell:swETH", 0, 1),
    ("swell:rswETH", 0, 1),
    // The supply cap is in both; the file does not say whether another limit exists.
    ("mantle:mETH", 0, 1),
    // `maxDeposit`.
    ("frax:sfrxETH", 0, 1),
    ("puffer:pufETH", 0, 1),
    ("puffer:pufETH", 2, 1),
    // The supply cap is in the configuration.
    ("aave_v3:WETH", 0, 1),
    ("aave_v3:wstETH", 0, 1),
    ("aave_v3:weETH", 0, 1),
    ("aave_v3:cbETH", 0, 1),
    ("aave_v3:rETH", 0, 1),
    ("aave_v3:osETH", 0, 1),
    ("aave_v3:ETHx", 0, 1),
    ("aave_v3:USDC", 0, 1),
    ("aave_v3:USDT", 0, 1),
    ("aave_v3:DAI", 0, 1),
    ("aave_v3:WBTC", 0, 1),
];

/// Listings that no contract of the world can tell: a rate that somebody cached.
const NOT_IN_THE_WORLD: &[&str] = &["renzo:ezETH"];

struct Embedded {
    figures: Figures,
    market: Market,
    world: World,
}

impl Embedded {
    fn new() -> Self {
        let figures = Figures::parse(EMBEDDED_NAME, embedded()).unwrap();
        let (market, world) = (figures.market(&[]).unwrap(), World::new(&figures).unwrap());
        Self { figures, market, world }
    }

    /// Where the market's venues are.
    fn places(&self) -> Vec<Place> {
        let weth = place_of("weth", "weth", &[("weth", WETH)]);
        let rows = self.figures.venues.iter().filter_map(place);
        std::iter::once(weth).chain(rows).collect()
    }

    fn open(&self, places: &[Place]) -> Vec<Result<Opened, OpenError>> {
        let block = self.world.block();
        let at = At { block: block.number, timestamp: block.timestamp };
        open(places, at, &mut HashMap::new(), |reads: &_| self.world.answer(reads)).unwrap()
    }

    fn one(&self, place: Place) -> Opened {
        self.open(&[place]).remove(0).unwrap()
    }
}

fn place_of(id: &str, kind: &str, contracts: &[(&str, Address)]) -> Place {
    let contracts = contracts.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect();
    let kind = kind.to_owned();
    Place { id: VenueId::new(id), kind, contracts, constants: BTreeMap::new() }
}

fn with(mut place: Place, constant: &str) -> Place {
    place.constants.insert(constant.to_owned(), 1);
    place
}

fn place(row: &VenueFigures) -> Option<Place> {
    let id = row.id.as_str();
    Some(match row.kind {
        VenueKind::UniswapV2 { pool, .. } => {
            let sushi = row.protocol == "sushiswap_v2";
            let router = if sushi { SUSHISWAP_ROUTER } else { UNISWAP_V2_ROUTER };
            place_of(id, "uniswap_v2", &[("pool", pool), ("router", router)])
        }
        VenueKind::UniswapV3 { pool, .. } => {
            place_of(id, "uniswap_v3", &[("pool", pool), ("router", SWAP_ROUTER_02)])
        }
        VenueKind::CurveStableSwap { pool, .. } => {
            with(place_of(id, "curve_stableswap", &[("pool", pool)]), "plus_one")
        }
        VenueKind::LidoStake { steth, .. } => {
            place_of(id, "lido", &[("steth", steth), ("wsteth", LIDO_WSTETH)])
        }
        VenueKind::EtherFi { pool, eeth, weeth, .. } => {
            place_of(id, "etherfi", &[("pool", pool), ("eeth", eeth), ("weeth", weeth)])
        }
        VenueKind::RateDeposit { token, .. } => {
            place_of(id, "swell", &[("token", token), ("exit", NOWHERE)])
        }
        VenueKind::Mantle { meth, staking, .. } => {
            place_of(id, "mantle", &[("staking", staking), ("meth", meth)])
        }
        VenueKind::RocketPool { reth, .. } => {
            place_of(id, "rocket_pool", &[("reth", reth), ("storage", ROCKET_STORAGE)])
        }
        VenueKind::ReferenceRate { token, .. } => {
            place_of(id, "reference_rate", &[("token", token), ("provider", token)])
        }
        VenueKind::Vault { share, takes_eth, .. } => {
            let place = place_of(id, "erc4626", &[("vault", share)]);
            if takes_eth { with(place, "takes_eth") } else { place }
        }
        VenueKind::Lending { pool, asset, .. } => {
            place_of(id, "aave_v3", &[("pool", pool), ("asset", asset)])
        }
        VenueKind::LidoWrap { .. } | VenueKind::MadeUp(_) | VenueKind::NotBuilt { .. } => {
            return None;
        }
    })
}

/// The words of what is unknown differ: one says what a file lacks, the other what a contract does.
fn without_words(quote: Result<Quote, QuoteError>) -> Result<Quote, QuoteError> {
    quote.map_err(|error| match error {
        QuoteError::Unknown { venue, .. } => QuoteError::Unknown { venue, what: String::new() },
        other => other,
    })
}

/// The same answers to the same questions, refusals included.
fn assert_alike(opened: &dyn Venue, built: &dyn Venue) {
    let id = built.id();
    assert_eq!(opened.id(), id);
    assert_eq!(opened.tokens(), built.tokens(), "{id}");
    assert_eq!(opened.exact_pairs(), built.exact_pairs(), "{id}");
    let tokens = 0..built.tokens().len();
    for token in tokens.clone() {
        assert_eq!(opened.exits(token), built.exits(token), "{id}");
        assert_eq!(opened.rebase(token), built.rebase(token), "{id}");
        assert_eq!(opened.redemption(token), built.redemption(token), "{id}");
    }
    for (from, to) in tokens.clone().flat_map(|from| tokens.clone().map(move |to| (from, to))) {
        assert_capacities_alike(opened, built, from, to);
        for digits in 0..30 {
            let amount = U256::from(7) * U256::from(10).pow(U256::from(digits));
            let swap = Swap { from, to, amount };
            let [opened, built] = [opened, built].map(|venue| without_words(venue.quote(swap)));
            assert_eq!(opened, built, "{id} {swap:?}");
        }
    }
    for (token, digits) in tokens.flat_map(|token| (0..30).map(move |digits| (token, digits))) {
        let added = U256::from(7) * U256::from(10).pow(U256::from(digits));
        assert_eq!(opened.rate_after(token, added), built.rate_after(token, added), "{id}");
    }
}

fn assert_capacities_alike(opened: &dyn Venue, built: &dyn Venue, from: usize, to: usize) {
    let id = built.id().as_str();
    let [told, filed] = [opened, built].map(|venue| venue.capacity(from, to));
    if TOLD_ONLY_BY_CONTRACTS.contains(&(id, from, to)) {
        assert!(matches!(filed, Capacity::Unknown(_)), "{id}: the file knows it now: {filed:?}");
        assert!(!matches!(told, Capacity::Unknown(_)), "{id}: {told:?}");
        return;
    }
    match (&told, &filed) {
        (Capacity::Unknown(_), Capacity::Unknown(_)) => {}
        _ => assert_eq!(told, filed, "{id} {from} {to}"),
    }
}

#[test]
fn venues_opened_from_contracts_are_those_built_from_figures() {
    let embedded = Embedded::new();
    let places = embedded.places();
    assert_eq!(places.len(), embedded.market.listings.len());
    assert!(places.iter().all(|place| KINDS.iter().any(|kind| kind.name == place.kind)));
    for (place, opened) in places.iter().zip(embedded.open(&places)) {
        let id = &place.id;
        if NOT_IN_THE_WORLD.contains(&id.as_str()) {
            assert!(matches!(opened, Err(OpenError::Unread { .. })), "{id}: {opened:?}");
            continue;
        }
        let opened = opened.unwrap_or_else(|error| panic!("{error}"));
        assert_alike(&*opened.venue, &*embedded.market.listing(id).unwrap().venue);
        assert!(!opened.reads.is_empty() && !opened.accounts.is_empty(), "{id}");
    }
}

/// What the market file's rates say of a token, its venues' own say too.
#[test]
fn redemptions_are_those_of_the_venues() {
    let embedded = Embedded::new();
    for listing in &embedded.market.listings {
        let tokens = listing.venue.tokens();
        for (at, token) in tokens.iter().enumerate() {
            let Some(Backing { asset, amount, units }) = listing.venue.redemption(at) else {
                continue;
            };
            let whole = tenor_solver::amount::WAD;
            let behind = whole * amount / units;
            let (worth, value) = (
                embedded.market.redeem_value(*token, whole),
                embedded.market.redeem_value(tokens[asset], behind),
            );
            let near = worth.zip(value).is_none_or(|(a, b)| a.abs_diff(b) <= U256::ONE);
            assert!(
                near && worth.is_some() == value.is_some(),
                "{} {worth:?} {value:?}",
                listing.venue.id()
            );
        }
    }
}

#[test]
fn a_reference_rate_is_what_its_provider_tells() {
    let embedded = Embedded::new();
    let place = place_of("rate", "reference_rate", &[("token", WEETH), ("provider", WEETH)]);
    let backing = embedded.one(place).venue.redemption(1).unwrap();
    let listed = embedded.market.redeem_value(WEETH, backing.units).unwrap();
    assert_eq!((backing.asset, backing.amount), (0, listed));
}

/// sfrxETH pays out at once what it holds: the place says so, the file lists deposits alone.
#[test]
fn a_vault_that_redeems_pays_what_its_own_view_says() {
    let embedded = Embedded::new();
    let opened = embedded.one(with(place_of("v", "erc4626", &[("vault", SFRXETH)]), "redeems"));
    let shares = U256::from(10).pow(U256::from(21));
    let out = opened.venue.quote(Swap { from: 1, to: 0, amount: shares }).unwrap().out;
    let data = [&[0x4c, 0xda, 0xd5, 0x06][..], &shares.to_be_bytes::<32>()].concat();
    let told = embedded.world.answer(&[Read::Call { to: SFRXETH, data: data.into() }]).unwrap();
    assert_eq!(told, [Answer::Returned(out.to_be_bytes::<32>().into())], "previewRedeem");
    assert!(opened.each_block);
}

#[test]
fn a_pool_of_another_form_does_not_open() {
    let embedded = Embedded::new();
    let places = embedded.places();
    let curve = places.iter().find(|place| place.kind == "curve_stableswap").unwrap();
    let mut wrong = curve.clone();
    wrong.contracts.insert("pool".into(), WEETH);
    let refused = embedded.open(&[wrong]).remove(0).unwrap_err();
    assert!(matches!(refused, OpenError::Unread { why: Unread::Reverted(_), .. }), "{refused}");
    let other = place_of("l", "lido", &[("steth", WEETH), ("wsteth", LIDO_WSTETH)]);
    assert!(embedded.open(&[other]).remove(0).is_err());
}
