//! Pools of any shape, and contracts that are asked.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{
        BalancerStable, BalancerStableError, BalancerStableFigures, BalancerStableV3,
        BalancerV3Error, BalancerV3Figures, BalancerWeighted, BalancerWeightedError,
        BalancerWeightedFigures, BalancerWeightedV3, BalancerWeightedV3Figures, CurveFigures,
        CurveNg, CurveNgFigures, CurveStableSwap, EvmQuoted, KnownRange, Swap, UniswapV2,
        UniswapV2Error, UniswapV3, UniswapV3Figures, UniswapV4, UniswapV4Figures, Venue, Weth,
    },
};

use super::{
    super::samples::{exchanges, pools, stables},
    A, B, NO_LIMIT, NO_PAUSE, NO_RATE, NO_SHARES, NO_TERM, NOT_LENT, Never, Refuses, Row, Trades,
    Unmade, back, error, id, there, whole,
};

const BY_PRICE: &str = "its rate is its price, which is of its balances";
const KILLED: &str = "no getter tells that a pool is killed: only the run before sending does";
const MANAGED: &str = "what asset managers hold is priced and not paid out: see its limit";

pub(super) fn rows() -> Vec<Row> {
    let rows = [balancer().to_vec(), curve().to_vec(), uniswap().to_vec(), vec![asked(), weth()]];
    rows.concat()
}

fn weth() -> Row {
    let row = [
        Trades(NO_SHARES, || there(Weth::new(B))),
        Never(NO_RATE),
        Never(NO_PAUSE),
        Never(NO_LIMIT),
        Never(NO_TERM),
        Never(NOT_LENT),
        Never(NOT_LENT),
    ];
    ("weth", row)
}

fn stable(change: fn(&mut BalancerStableFigures)) -> Result<BalancerStable, BalancerStableError> {
    let mut figures = stables::balancer();
    change(&mut figures);
    BalancerStable::new(figures)
}

fn weighted(
    change: fn(&mut BalancerWeightedFigures),
) -> Result<BalancerWeighted, BalancerWeightedError> {
    let mut figures = pools::weighted([5, 5]);
    change(&mut figures);
    BalancerWeighted::new(figures)
}

fn weighted_v3(
    change: fn(&mut BalancerWeightedV3Figures),
) -> Result<BalancerWeightedV3, BalancerV3Error> {
    let mut figures = pools::weighted_v3();
    change(&mut figures);
    BalancerWeightedV3::new(figures)
}

fn stable_v3(change: fn(&mut BalancerV3Figures)) -> Result<BalancerStableV3, BalancerV3Error> {
    let mut figures = pools::stable_v3_figures();
    change(&mut figures);
    BalancerStableV3::stable(figures, U256::from(200_000))
}

fn balancer() -> [Row; 4] {
    let v2_stable = [
        Unmade("balance is zero", || error(stable(|f| f.tokens[0].cash = U256::ZERO))),
        Unmade("rate is zero", || error(stable(|f| f.tokens[0].scaling = U256::ZERO))),
        Refuses("Paused", || there(stable(|f| f.paused = true).unwrap())),
        Refuses("Limit", || {
            let managed = stable(|f| {
                f.tokens[1].managed = f.tokens[1].cash - WAD;
                f.tokens[1].cash = WAD;
            });
            there(managed.unwrap())
        }),
        Never(NO_TERM),
        Never(MANAGED),
        Never(MANAGED),
    ];
    let v2_weighted = [
        Refuses("Limit", || back(weighted(|f| f.tokens[1].cash = U256::ZERO).unwrap())),
        Never("its price is of balances and weights, and a weight of zero makes no pool"),
        Refuses("Paused", || back(weighted(|f| f.paused = true).unwrap())),
        Refuses("Limit", || back(weighted(|f| f.tokens[1].cash = whole(300)).unwrap())),
        Never(NO_TERM),
        Never(MANAGED),
        Never(MANAGED),
    ];
    let v3_weighted = [
        Refuses("Limit", || back(weighted_v3(|f| f.pool.tokens[1].balance = U256::ZERO).unwrap())),
        Unmade("rate", || error(weighted_v3(|f| f.pool.tokens[1].rate = U256::ZERO))),
        Refuses("Paused", || back(weighted_v3(|f| f.pool.paused = true).unwrap())),
        Refuses("Limit", || back(weighted_v3(|f| f.pool.tokens[1].balance = whole(300)).unwrap())),
        Never(NO_TERM),
        Never(NOT_LENT),
        Never(NOT_LENT),
    ];
    let v3_stable = [
        Refuses("Limit", || back(stable_v3(|f| f.tokens[1].balance = U256::ZERO).unwrap())),
        Unmade("rate", || error(stable_v3(|f| f.tokens[1].rate = U256::ZERO))),
        Refuses("Paused", || back(stable_v3(|f| f.paused = true).unwrap())),
        // One of the balances is 10,000 times the other.
        Refuses("Limit", || back(stable_v3(|f| f.tokens[0].balance = whole(2)).unwrap())),
        Never(NO_TERM),
        Never(NOT_LENT),
        Never(NOT_LENT),
    ];
    [
        ("balancer_v2_stable", v2_stable),
        ("balancer_v2_weighted", v2_weighted),
        ("balancer_v3_stable", v3_stable),
        ("balancer_v3_weighted", v3_weighted),
    ]
}

fn plain(figures: CurveFigures) -> Option<String> {
    error(CurveStableSwap::new(figures))
}

fn ng(figures: CurveNgFigures) -> Option<String> {
    error(CurveNg::new(figures))
}

fn curve() -> [Row; 3] {
    let row = |empty: fn() -> Option<String>, rateless: fn() -> Option<String>| {
        [
            Unmade("balance is zero", empty),
            Unmade("rate is zero", rateless),
            Never(KILLED),
            Never(NO_LIMIT),
            Never(NO_TERM),
            Never(NOT_LENT),
            Never(NOT_LENT),
        ]
    };
    [
        (
            "curve_metapool",
            row(
                || plain(CurveFigures { balances: vec![U256::ZERO, WAD], ..stables::metapool() }),
                || plain(CurveFigures { rates: vec![WAD, U256::ZERO], ..stables::metapool() }),
            ),
        ),
        (
            "curve_stableswap",
            row(
                || plain(CurveFigures { balances: vec![U256::ZERO, WAD], ..exchanges::curve() }),
                || plain(CurveFigures { rates: vec![WAD, U256::ZERO], ..exchanges::curve() }),
            ),
        ),
        (
            "curve_stableswap_ng",
            row(
                || ng(CurveNgFigures { balances: vec![U256::ZERO, WAD], ..stables::ng() }),
                || ng(CurveNgFigures { rates: vec![WAD, U256::ZERO], ..stables::ng() }),
            ),
        ),
    ]
}

fn v2(reserves: [U256; 2]) -> Result<UniswapV2, UniswapV2Error> {
    UniswapV2::new(id("uniswap_v2"), A, A, [A, B], reserves, 3000)
}

fn uniswap() -> [Row; 3] {
    let row = |empty, priceless, limit| {
        [empty, priceless, Never(NO_PAUSE), limit, Never(NO_TERM), Never(NOT_LENT), Never(NOT_LENT)]
    };
    let of_v2 = row(
        Unmade("reserve is zero", || error(v2([U256::ZERO, WAD]))),
        Never(BY_PRICE),
        Refuses("Overflow", || {
            // A unit below the 112 bits that the pair keeps a reserve in.
            there(v2([(U256::ONE << 112) - U256::from(2), WAD]).unwrap())
        }),
    );
    let of_v3 = row(
        Refuses("Limit", || there(UniswapV3::new(dry_v3()).unwrap())),
        Unmade("there is no price 0", || {
            error(UniswapV3::new(UniswapV3Figures {
                sqrt_price_x96: U256::ZERO,
                ..exchanges::uniswap_v3()
            }))
        }),
        Refuses("Limit", || {
            let (venue, swap) = there(UniswapV3::new(exchanges::uniswap_v3()).unwrap());
            (venue, Swap { amount: U256::ONE << 128, ..swap })
        }),
    );
    let of_v4 = row(
        Refuses("Limit", || there(UniswapV4::new(dry_v4()).unwrap())),
        Unmade("there is no price 0", || {
            error(UniswapV4::new(UniswapV4Figures {
                sqrt_price_x96: U256::ZERO,
                ..pools::uniswap_v4()
            }))
        }),
        // It knows no liquidity beyond its ticks.
        Refuses("BeyondKnownRange", || {
            let mut figures = pools::uniswap_v4();
            let (lower_tick, upper_tick) = (figures.tick - 300, figures.tick + 300);
            figures.known = Some(KnownRange { lower_tick, upper_tick });
            let (venue, swap) = there(UniswapV4::new(figures).unwrap());
            (venue, Swap { amount: whole(1_000_000_000), ..swap })
        }),
    );
    [("uniswap_v2", of_v2), ("uniswap_v3", of_v3), ("uniswap_v4", of_v4)]
}

fn dry_v3() -> UniswapV3Figures {
    UniswapV3Figures { liquidity: 0, ticks: Vec::new(), ..exchanges::uniswap_v3() }
}

fn dry_v4() -> UniswapV4Figures {
    UniswapV4Figures { liquidity: 0, ticks: Vec::new(), ..pools::uniswap_v4() }
}

/// A contract whose answers to any amount are nothing: empty, without a rate, or one that reverts.
fn silent() -> (Box<dyn Venue>, Swap) {
    let mut figures = pools::asked();
    for lane in &mut figures.asked {
        lane.answers.iter_mut().for_each(|(_, out)| *out = U256::ZERO);
    }
    back(EvmQuoted::new(figures))
}

fn asked() -> Row {
    let row = [
        Refuses("NotTraded", silent),
        Refuses("NotTraded", silent),
        Refuses("NotTraded", silent),
        Refuses("Limit", || {
            let (venue, swap) = back(EvmQuoted::new(pools::asked()));
            (venue, Swap { amount: whole(1_000_000_000), ..swap })
        }),
        Refuses("NotTraded", silent),
        Never("whatever it lends out, it is asked what it pays"),
        Never("whatever it lends out, it is asked what it pays"),
    ];
    ("evm_quoted", row)
}
