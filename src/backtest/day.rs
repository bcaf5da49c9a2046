//! The market of another day: the base market's pools, with what tokens were worth then.

use alloy_primitives::{Address, U256};
use tenor_simulations::scenarios::AssumedPool;
use tenor_solver::{
    amount::{RAY, mul_div},
    market::{Market, RealisedYield, Redemption, Weighing},
    stress::{recounted, same},
    venues::NATIVE,
    yields::rates::RatePoint,
};

use super::{BacktestError, calendar::date, history::History};

const DAY_S: u64 = 86_400;
/// What a yield is over.
const WINDOW_S: u64 = 30 * DAY_S;
/// The longest time that a token which is read often may go without a point.
pub(super) const MOST_GAP_S: u64 = 7 * DAY_S;

/// One day.
#[derive(Debug)]
pub(super) struct Day {
    pub(super) timestamp: u64,
    pub(super) market: Market,
    pub(super) known: Vec<Known>,
}

/// What was known of one token on a day.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) token: Address,
    pub(super) symbol: String,
    /// The newest point then.
    pub(super) point: RatePoint,
    /// What a unit counts for in the base market's pools, in WAD.
    pub(super) counted: U256,
    /// The yield that the solver is given: both ends, and the rate.
    pub(super) yields: Option<(RatePoint, RatePoint, f64)>,
    /// Why there is no yield.
    pub(super) missing: Option<String>,
}

/// The market at `timestamp`, from points no later than that.
pub(super) fn day(
    base: &Market,
    histories: &[History],
    timestamp: u64,
) -> Result<Day, BacktestError> {
    let mut market = base.clone();
    market.timestamp = timestamp;
    market.utc = date(timestamp);
    market.yields.clear();
    let mut known = Vec::new();
    let mut kept: Vec<Address> = same(base, NATIVE);
    for history in histories {
        let Some(point) = history.known(timestamp) else { continue };
        let family = same(base, history.token);
        let overflow = || BacktestError::Overflow(history.symbol.clone());
        let now = History::rate(point).ok_or_else(overflow)?;
        let then = base_rate(base, history.token)
            .ok_or_else(|| BacktestError::NoRate(history.symbol.clone()))?;
        market = recounted(&market, &family, now, then).ok_or_else(overflow)?;
        // Of a token that holders own directly the point itself is exact.
        if base.rebase(history.token).is_none() {
            for r in market.redemptions.iter_mut().filter(|r| r.token == history.token) {
                *r = Redemption { token: r.token, eth: point.eth, units: point.shares };
            }
        }
        let (yields, missing) = realised(history, timestamp);
        market.yields.extend(yields.as_ref().and_then(|y| row(history, y)));
        let counted = mul_div(tenor_solver::amount::WAD, now, then).ok_or_else(overflow)?;
        let (token, symbol, point) = (history.token, history.symbol.clone(), *point);
        known.push(Known { token, symbol, point, counted, yields, missing });
        kept.extend(family);
    }
    // Of what has no history then, the base market's figures would be of the future.
    market.redemptions.retain(|r| kept.contains(&r.token));
    Ok(Day { timestamp, market, known })
}

/// ETH behind a share of a token in the base market, in RAY: of a rebasing token by its totals.
fn base_rate(base: &Market, token: Address) -> Option<U256> {
    if let Some(rebase) = base.rebase(token) {
        return mul_div(RAY, rebase.assets, rebase.shares).filter(|rate| !rate.is_zero());
    }
    let redemption = base.redemptions.iter().find(|r| r.token == token)?;
    mul_div(RAY, redemption.eth, redemption.units).filter(|rate| !rate.is_zero())
}

type Ends = (RatePoint, RatePoint, f64);

/// What was earned between updates within the thirty days before; where few points were recorded,
/// between the last two of them that are about so far apart.
fn realised(history: &History, at: u64) -> (Option<Ends>, Option<String>) {
    let gap = history.dense.then_some(MOST_GAP_S);
    let from = at.saturating_sub(if history.dense { WINDOW_S } else { WINDOW_S + 10 * DAY_S });
    let found = history.series.over(from, at, gap).map_err(|error| error.to_string());
    let ends = found.and_then(|found| {
        let ends = history.at(found.from).zip(history.at(found.to));
        let (a, b) = ends.ok_or_else(|| "its updates were not recorded".to_owned())?;
        let days = (found.to - found.from) / DAY_S;
        if days < 25 {
            return Err(format!("its updates of the last weeks span {days} days, fewer than 25"));
        }
        if found.rate < 0.0 {
            return Err("it lost, which is no yield to go on".to_owned());
        }
        Ok((*a, *b, found.rate))
    });
    match ends {
        Ok(ends) => (Some(ends), None),
        Err(why) => (None, Some(format!("{}: {why}", history.symbol))),
    }
}

fn row(history: &History, (from, to, rate): &Ends) -> Option<RealisedYield> {
    let rate = U256::from_limbs([0; 4]).max(tenor_solver::amount::from_f64(rate * 1e27));
    (!rate.is_zero()).then(|| RealisedYield {
        token: history.token,
        rate,
        window_s: to.timestamp - from.timestamp,
        window: format!("{} to {}", date(from.timestamp), date(to.timestamp)),
        source: history.file.clone(),
        paid: Vec::new(),
        idle_s: 0,
        weighing: Weighing::Even,
    })
}

/// The base market with the made-up pools it needs.
pub(super) fn with_pools(base: &Market, pools: &[AssumedPool]) -> Market {
    let weth = same(base, NATIVE).into_iter().find(|token| *token != NATIVE).unwrap_or(NATIVE);
    let mut market = base.clone();
    market.listings.extend(pools.iter().filter_map(|pool| pool.listing(base, weth)));
    market
}
