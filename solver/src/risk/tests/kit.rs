//! Small markets with priors.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};

use super::super::*;
use crate::{
    amount::{RAY, WAD},
    market::{AsOf, Listing, Market, TokenInfo},
    venues::{
        AaveFigures, AaveV3, Capacity, Deposit, PendleFigures, PendleLp, PendleLpFigures,
        PendleMarket, PendleSy, PendleSyFigures, RateForm, Rounding, ShareRate, ShareRateFigures,
        Venue, VenueId,
    },
};

pub(super) const DAY_S: u64 = 86_400;
const NOW: u64 = 20_000 * DAY_S;

pub(super) const fn token(nth: u8) -> Address {
    Address::repeat_byte(nth)
}

pub(super) const fn hazard(kind: HazardKind, rate: f64, loss: f64) -> PriorHazard {
    PriorHazard { kind, rate: Some(rate), loss: Loss::Part(loss) }
}

/// A protocol of which 1 % a year takes half.
pub(super) fn prior(name: &str, tier: Tier) -> PriorNode {
    PriorNode {
        name: name.into(),
        kind: NodeKind::Protocol,
        class: Class::Lending,
        tier,
        age_years: 1.0,
        audit_factor: 1.0,
        upgraded_days: None,
        hazards: vec![hazard(HazardKind::Contract, 0.01, 0.5)],
        rests_on: Vec::new(),
    }
}

pub(super) fn priors(nodes: Vec<PriorNode>) -> Priors {
    Priors { label: "of a test".into(), as_of: NOW, nodes, ..Priors::default() }
}

fn listing(protocol: &str, venue: impl Venue + 'static) -> Listing {
    Listing {
        venue: Arc::new(venue),
        protocol: protocol.into(),
        as_of: AsOf { block: 1, utc: String::new() },
        disabled: None,
    }
}

/// ETH staked for a share whose issuer is closed.
pub(super) fn staking(protocol: &str, id: &str, share: Address) -> Listing {
    let figures = ShareRateFigures {
        share,
        form: RateForm::Reference { eth_per_share_wad: WAD },
        deposit: Deposit::Closed,
        burn_unknown: None,
        least_deposit: U256::ZERO,
        capacity: Capacity::Unlimited,
    };
    listing(protocol, ShareRate::new(VenueId::new(id), figures))
}

/// Lido, whose share is token 1.
pub(super) fn lido() -> Listing {
    staking("lido", "l", token(1))
}

/// A lender that takes `underlying` for `share`.
pub(super) fn vault(protocol: &str, underlying: Address, share: Address) -> Listing {
    let figures = AaveFigures {
        id: VenueId::new(format!("{protocol}:{underlying}")),
        pool: token(200),
        underlying,
        a_token: share,
        liquidity_index: RAY,
        rounding: Rounding::HalfUp,
        curve: None,
        total_debt: None,
        unbacked: U256::ZERO,
        available: U256::ZERO,
        supply_cap: Capacity::Unlimited,
    };
    listing(protocol, AaveV3::new(figures))
}

/// A standardized token on `kept` and the market of its principal.
pub(super) fn pendle(kept: Address, sy: Address, pt: Address) -> [Listing; 2] {
    let standardized = PendleSy::new(PendleSyFigures {
        id: VenueId::new("sy"),
        token: kept,
        sy,
        paused: false,
        deposits: Capacity::Unlimited,
        redemptions: Capacity::Unlimited,
    });
    let market = PendleMarket::new(term(sy, pt)).unwrap();
    [listing("pendle", standardized), listing("pendle", market)]
}

/// The LP of that market.
pub(super) fn pendle_lp(sy: Address, pt: Address) -> Listing {
    let figures = PendleLpFigures {
        market: term(sy, pt),
        total_lp: U256::from(5_500) * WAD,
        rounds_up: true,
        floating_pt: U256::ZERO,
        held_sy: U256::ZERO,
    };
    listing("pendle", PendleLp::new(figures).unwrap())
}

fn term(sy: Address, pt: Address) -> PendleFigures {
    let whole = |units: u64| U256::from(units) * WAD;
    PendleFigures {
        id: VenueId::new("pt"),
        market: token(201),
        router: token(202),
        sy,
        pt,
        yt: token(203),
        total_pt: whole(5_000),
        total_sy: whole(6_000),
        scalar_root: whole(80),
        ln_fee_rate_root: U256::from(999_500_333_083_533u64),
        reserve_fee_percent: U256::from(80),
        last_ln_implied_rate: U256::from(39_220_713_153_281_295u64),
        expiry: NOW + 180 * DAY_S,
        index: WAD,
        floating_sy: U256::ZERO,
        needs_fee: true,
        paused: false,
        timestamp: NOW,
    }
}

/// A market of these venues whose tokens are called `t1` and so on.
pub(super) fn market(listings: Vec<Listing>, nodes: Vec<PriorNode>) -> Market {
    let tokens = (1..20u8).map(|nth| TokenInfo {
        address: token(nth),
        symbol: format!("t{nth}"),
        decimals: 18,
    });
    Market {
        chain_id: 1,
        block: 1,
        timestamp: NOW,
        utc: String::new(),
        source: String::new(),
        hash: B256::ZERO,
        gas_price: U256::ZERO,
        tokens: tokens.collect(),
        listings,
        yields: Vec::new(),
        redemptions: Vec::new(),
        unknowns: Vec::new(),
        credits: Vec::new(),
        rewards: Vec::new(),
        synthetic: None,
        assumptions: Vec::new(),
        hazards: Arc::new(Hazards::new(priors(nodes)).unwrap()),
    }
}
