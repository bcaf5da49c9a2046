//! Venues opened from the embedded world's contracts against those built from the same figures.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, U256, address};
use tenor_simulations::{
    World,
    figures::{EMBEDDED_NAME, Figures, VenueKind, embedded},
};
use tenor_solver::{
    market::Market,
    venues::{At, Opened, Place, Swap, Venue, VenueId, open},
};

const UNISWAP_V2_ROUTER: Address = address!("7a250d5630b4cf539739df2c5dacb4c659f2488d");

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

    /// Where the file's venues are, as far as their kinds can be opened.
    fn places(&self) -> Vec<Place> {
        self.figures.venues.iter().filter_map(|row| place(&row.id, &row.kind)).collect()
    }

    fn open(&self, places: &[Place]) -> Vec<Opened> {
        let block = self.world.block();
        let at = At { block: block.number, timestamp: block.timestamp };
        let answered = |reads: &_| self.world.answer(reads);
        let opened = open(places, at, &mut HashMap::new(), answered).unwrap();
        opened.into_iter().map(Result::unwrap).collect()
    }
}

fn place(id: &VenueId, kind: &VenueKind) -> Option<Place> {
    let (kind, contracts) = match kind {
        VenueKind::UniswapV2 { pool, .. } => {
            ("uniswap_v2", vec![("pool", *pool), ("router", UNISWAP_V2_ROUTER)])
        }
        _ => return None,
    };
    let contracts = contracts.into_iter().map(|(role, at)| (role.to_owned(), at)).collect();
    Some(Place { id: id.clone(), kind: kind.to_owned(), contracts, constants: BTreeMap::new() })
}

/// The same answers to the same questions, refusals included.
fn assert_alike(opened: &dyn Venue, built: &dyn Venue) {
    assert_eq!(opened.tokens(), built.tokens(), "{}", built.id());
    let tokens = 0..built.tokens().len();
    for (from, to) in tokens.clone().flat_map(|from| tokens.clone().map(move |to| (from, to))) {
        assert_eq!(opened.capacity(from, to), built.capacity(from, to), "{}", built.id());
        for digits in 0..30 {
            let amount = U256::from(7) * U256::from(10).pow(U256::from(digits));
            let swap = Swap { from, to, amount };
            assert_eq!(opened.quote(swap), built.quote(swap), "{} {swap:?}", built.id());
        }
    }
}

#[test]
fn venues_opened_from_contracts_are_those_built_from_figures() {
    let embedded = Embedded::new();
    let places = embedded.places();
    assert!(!places.is_empty());
    for (place, opened) in places.iter().zip(embedded.open(&places)) {
        let built = &embedded.market.listing(&place.id).unwrap().venue;
        assert_alike(&*opened.venue, &**built);
        assert!(!opened.reads.is_empty());
    }
}
