//! Contracts that issue a token for an asset, with figures of mainnet's size.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{
        ActiveStake, Capacity, Credits, Dinero, Door, EigenLayer, Erc4626, Erc4626Figures,
        FraxMinter, FraxQueue, InstantBuffer, Kelp, OriginVault, Pirex, Redeeming, Renzo, Reported,
        Stader, StoredPrice, Strategy, Swap, Symbiotic, Tvl, Venue, VenueId, Wait, WrappedOeth,
    },
};

use super::Sample;

const ASSETS: U256 = uint!(337_512_981_004_519_223_877_421_U256);
const SHARES: U256 = uint!(318_203_774_889_120_573_112_009_U256);
const A: Address = Address::repeat_byte(1);
const B: Address = Address::repeat_byte(2);

/// A hundred whole tokens, there and back.
const THERE: Swap = Swap { from: 0, to: 1, amount: uint!(100_000_000_000_000_000_000_U256) };
const BACK: Swap = Swap { from: 1, to: 0, ..THERE };

pub(super) fn all() -> Vec<Sample> {
    let there = |kind, venue: Box<dyn Venue>| Sample { kind, venue, swap: THERE };
    let back = |kind, venue: Box<dyn Venue>| Sample { kind, venue, swap: BACK };
    let id = |name: &str| VenueId::new(name);
    let open = || Door::up_to(Capacity::Unlimited);
    let queue = FraxQueue::Unknown("its length".into());
    let reported = Reported { manager: A, assets: ASSETS, shares: SHARES };
    let strategy = Strategy { manager: A, strategy: B, balance: ASSETS, shares: SHARES };
    let active = ActiveStake { vault: B, stake: ASSETS, shares: SHARES };
    let stored = StoredPrice { pool: A, price: WAD, least: U256::ZERO };
    let wait = Wait::Seconds(1);
    vec![
        there("frax_minter", Box::new(FraxMinter::frax(id("frax"), A, B, open(), &queue))),
        there("stader", Box::new(Stader::stader(id("stader"), B, reported, open(), None))),
        there("renzo", Box::new(renzo())),
        back("renzo, at once", Box::new(renzo())),
        there("origin", Box::new(OriginVault::origin(id("origin"), A, [A, B], open(), None))),
        there("woeth", Box::new(woeth())),
        there("dinero", Box::new(dinero())),
        back("dinero, at once", Box::new(dinero())),
        there("eigenlayer", Box::new(EigenLayer::eigenlayer(id("el"), A, strategy, open(), None))),
        there("symbiotic", Box::new(Symbiotic::symbiotic(id("sy"), A, active, open(), &wait))),
        there("kelp", Box::new(Kelp::kelp(id("kelp"), B, stored, Some(Capacity::Unlimited)))),
        back("puffer, at once", Box::new(puffer())),
    ]
}

fn renzo() -> Renzo {
    let buffer = InstantBuffer {
        withdrawer: A,
        target: ASSETS / U256::from(50),
        available: ASSETS / U256::from(60),
        floor: ASSETS / U256::from(500),
        least_fee_bps: U256::from(5),
        most_fee_bps: U256::from(100),
    };
    let tvl = Tvl { manager: A, value: ASSETS, supply: SHARES, instant: Some(buffer) };
    Renzo::renzo(VenueId::new("renzo"), B, tvl, Door::up_to(Capacity::Unlimited), None, "")
}

fn woeth() -> WrappedOeth {
    let credits = Credits { vault: B, per_token: SHARES, adjuster: ASSETS };
    let doors = [Door::up_to(Capacity::Unlimited), Door::up_to(Capacity::Unlimited)];
    WrappedOeth::wrapped(VenueId::new("woeth"), A, credits, doors)
}

fn dinero() -> Dinero {
    let pirex = Pirex {
        pirex: A,
        deposit_fee: U256::from(600),
        instant_fee: U256::from(5_000),
        redemption_fee: U256::from(300),
        buffer: WAD * U256::from(1_000),
        buffer_part: U256::from(100_000),
        supply: SHARES,
    };
    Dinero::dinero(VenueId::new("dinero"), B, pirex, Some(false))
}

fn puffer() -> Erc4626 {
    puffer_with(Some(ASSETS / U256::from(20)))
}

/// Puffer's vault with so much to redeem at once.
pub(crate) fn puffer_with(liquid: Option<U256>) -> Erc4626 {
    let amount = SHARES;
    let shares = Capacity::Limited { amount, what: "shares", refill_per_block: None };
    let figures = Erc4626Figures {
        asset: A,
        vault: B,
        takes_eth: true,
        stored_assets: ASSETS,
        total_supply: SHARES,
        virtual_shares: U256::ONE,
        cycle: None,
        timestamp: 0,
        deposit_limit: Capacity::Unlimited,
        redeem_limit: Some(shares),
    };
    let redeeming = Redeeming {
        of: U256::from(10_000),
        kept: U256::from(95),
        leaving: U256::from(5),
        liquid,
        apart: true,
    };
    Erc4626::new(VenueId::new("puffer"), figures).leaving(redeeming, Vec::new())
}
