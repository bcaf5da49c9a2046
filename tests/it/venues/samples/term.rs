//! A fixed-term market as those of ETH are, half a year before its expiry, and its LP.

use alloy_primitives::{Address, U256, uint};
use tenor_solver::venues::{
    Capacity, PendleFigures, PendleLp, PendleLpFigures, PendleMarket, PendlePrincipal,
    PendlePrincipalFigures, PendleSy, PendleSyFigures, Swap, VenueId,
};

use super::Sample;

const NOW: u64 = 1_716_479_543;
const TEN: U256 = uint!(10_000_000_000_000_000_000_U256);

const fn ten(from: usize, to: usize) -> Swap {
    Swap { from, to, amount: TEN }
}

pub(super) fn all() -> Vec<Sample> {
    let market =
        |swap, kind| Sample { kind, venue: Box::new(PendleMarket::new(market()).unwrap()), swap };
    let lp =
        |swap, kind| Sample { kind, venue: Box::new(PendleLp::new(liquidity()).unwrap()), swap };
    vec![
        lp(ten(0, 1), "pendle_lp, SY for LP"),
        lp(ten(1, 0), "pendle_lp, LP for SY"),
        market(ten(0, 1), "pendle_market, SY for PT"),
        market(ten(1, 0), "pendle_market, PT for SY"),
        market(ten(0, 2), "pendle_market, SY for YT"),
        market(ten(2, 0), "pendle_market, YT for SY"),
        Sample {
            kind: "pendle_py",
            venue: Box::new(PendlePrincipal::new(principal())),
            swap: ten(1, 0),
        },
        Sample {
            kind: "pendle_sy",
            venue: Box::new(PendleSy::new(standardized())),
            swap: ten(0, 1),
        },
    ]
}

pub(crate) fn market() -> PendleFigures {
    PendleFigures {
        id: VenueId::new("pendle_market"),
        market: Address::ZERO,
        router: Address::ZERO,
        sy: Address::repeat_byte(3),
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        total_pt: uint!(4_812_345_678_901_234_567_890_U256),
        total_sy: uint!(6_298_765_432_109_876_543_210_U256),
        scalar_root: uint!(82_000_000_000_000_000_000_U256),
        ln_fee_rate_root: uint!(999_500_333_083_533_U256),
        reserve_fee_percent: uint!(80_U256),
        last_ln_implied_rate: uint!(39_220_713_153_281_295_U256),
        expiry: NOW + 15_552_000,
        index: uint!(1_162_345_678_901_234_567_U256),
        floating_sy: U256::ZERO,
        needs_fee: true,
        paused: false,
        timestamp: NOW,
    }
}

pub(crate) fn liquidity() -> PendleLpFigures {
    PendleLpFigures {
        market: PendleFigures { id: VenueId::new("pendle_lp"), ..market() },
        total_lp: uint!(5_301_234_567_890_123_456_789_U256),
        rounds_up: true,
        floating_pt: U256::ZERO,
        held_sy: uint!(9_298_765_432_109_876_543_210_U256),
    }
}

pub(crate) fn principal() -> PendlePrincipalFigures {
    PendlePrincipalFigures {
        id: VenueId::new("pendle_py"),
        router: Address::ZERO,
        sy: Address::repeat_byte(3),
        pt: Address::repeat_byte(4),
        yt: Address::repeat_byte(5),
        expiry: NOW,
        index: uint!(1_162_345_678_901_234_567_U256),
        floating_pt: U256::ZERO,
        held_sy: uint!(6_298_765_432_109_876_543_210_U256),
        paused: false,
        timestamp: NOW,
    }
}

pub(crate) fn standardized() -> PendleSyFigures {
    PendleSyFigures {
        id: VenueId::new("pendle_sy"),
        token: Address::repeat_byte(1),
        sy: Address::repeat_byte(2),
        paused: false,
        deposits: Capacity::Unlimited,
        redemptions: Capacity::Unlimited,
    }
}
