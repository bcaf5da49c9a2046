//! What a settlement offers for its place in a block, what becomes of the trade that it leaves to others,
//! and who is told of it.
//!
//! [`decide`] answers all of it for one target, with every figure that it rests on: the answer is kept as
//! it is, so that `why` can be asked of any bundle later. `MEV_MODEL`, sections 4 to 6.
//!
//! - The bid is `b*` with patience ([`tenor_solver::mev::bid`]), for what the settlement leaves its solver:
//!   the fee and what comes back of the backrun, less the highest base fee that the first block can have.
//!   How likely a bid is included is fitted to one's own bids, from an assumption where there are few.
//! - A backrun is run by oneself or sold, never both: two would fight over one chance.
//! - A relay is told where what it lands is worth more than what it leaks ([`crate::relays::choice`]).

mod backrun;
mod habits;
mod relays;

use alloy_primitives::U256;
use serde::{Deserialize, Serialize};
use tenor_simulations::world::Block;
use tenor_solver::{
    amount::{from_f64, to_f64},
    market::Market,
    mev::{
        bid::{Inclusion, Stake, Tried},
        plan,
    },
    solution::Solution,
};

pub use self::{
    backrun::{BackrunChoice, Capture, Own},
    habits::{Builds, Habits},
    relays::{Known, RelayChoice, SentTo, known},
};
use super::{
    exposed::Exposed,
    fees::{FeeError, Fees, Limits, fees, highest_base_fee},
    prove::Proven,
};
use crate::{answer::bps, intents::signed::wire::Decimal};

/// What is decided on.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The market that the plan was made on.
    pub market: &'a Market,
    /// The plan.
    pub plan: &'a Solution,
    /// Its settlement.
    pub proven: &'a Proven,
    /// What others could take from it.
    pub exposed: &'a Exposed,
    /// A block whose base fee is known: the newest, or the next one as its parent makes it.
    pub head: Block,
    /// The target: how many blocks after that the first and the last are.
    pub ahead: (u64, u64),
    /// In how many more blocks it can be tried.
    pub blocks_left: u32,
    /// The most that may be offered.
    pub limits: Limits,
    /// What is set.
    pub habits: &'a Habits,
    /// One's own bids in wei for a unit of gas, and what became of them.
    pub tried: &'a [Tried],
    /// Who may be told.
    pub relays: &'a [Known],
    /// A backrun of one's own that was found and run, where there is one.
    pub own: Option<Own>,
}

/// What is decided for a settlement and its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The first block that it is for.
    pub first_block: u64,
    /// The last.
    pub last_block: u64,
    /// What is offered.
    pub bid: BidChoice,
    /// What becomes of the trade that is left to others.
    pub backrun: BackrunChoice,
    /// How it is sent.
    pub way: SentTo,
    /// Each relay that may be told, and whether it is.
    pub relays: Vec<RelayChoice>,
    /// What others could take of it.
    pub exposed: Exposed,
}

/// What is offered, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidChoice {
    /// Wei that the solver's fee is worth.
    pub fee_wei: Decimal,
    /// Wei of the highest base fee that the first block can take of it.
    pub base_fee_wei: Decimal,
    /// Wei that landing leaves the solver, the bid not paid; zero where gas takes it all.
    pub value_wei: Decimal,
    /// Wei of `b*`, patience counted.
    pub bid_wei: Decimal,
    /// Wei of tip for a unit of gas that is offered: the bid within its limits.
    pub tip_wei_per_gas: Decimal,
    /// The most wei for a unit of gas, base fee and tip together.
    pub most_fee_wei_per_gas: Decimal,
    /// The most gas.
    pub gas_limit: u64,
    /// Gas that it used when it was run, without what making the solver's Executor took.
    pub gas: u64,
    /// How likely that tip is to be included in a block, in basis points with four places.
    pub included_bps: String,
    /// Wei to expect of one block.
    pub gain_wei: Decimal,
    /// The tip that is included every other time.
    pub usual_tip_wei_per_gas: Decimal,
    /// How far tips spread around that.
    pub tip_spread_wei_per_gas: Decimal,
    /// On how many of one's own bids that rests; zero is an assumption alone.
    pub observed: usize,
    /// In how many more blocks it can be tried.
    pub blocks_left: u32,
    /// Why, for people.
    pub why: String,
}

impl Decision {
    /// What the settlement's transaction offers.
    pub fn fees(&self) -> Fees {
        let BidChoice { gas_limit, most_fee_wei_per_gas, tip_wei_per_gas, .. } = &self.bid;
        let (max_fee, tip) =
            (most_fee_wei_per_gas.0.saturating_to(), tip_wei_per_gas.0.saturating_to());
        Fees { gas_limit: *gas_limit, max_fee, tip }
    }

    /// Whether a relay is told, by its name.
    pub fn tells(&self, relay: &str) -> bool {
        self.relays.iter().any(|choice| choice.told && choice.relay == relay)
    }

    /// Whether landing leaves the solver anything.
    pub fn pays(&self) -> bool {
        !self.bid.value_wei.0.is_zero()
    }
}

/// Decides the bid, what becomes of the backrun, and who is told.
pub fn decide(asked: &Asked<'_>) -> Result<Decision, FeeError> {
    let Asked { market, plan, proven, exposed, head, ahead, habits, .. } = *asked;
    let left = plan::exposure_at(market, plan, proven.settlement().least());
    let left = left.map_or(U256::ZERO, |left| left.backrun);
    let backrun = backrun::choose(left, asked.own, asked.relays, habits);
    let bid = bid(asked, backrun.expected_wei.0)?;
    let value =
        to_f64(bid.value_wei.0) - to_f64(bid.tip_wei_per_gas.0) * to_f64(U256::from(bid.gas));
    let included = bid.included();
    let survives = habits::share(habits.survives_bps);
    let sent = relays::Sent { value, included, survives, blocks: asked.blocks_left.max(1) };
    let (way, relays) = relays::choose(asked.relays, habits, &sent, exposed.taken_wei.0);
    Ok(Decision {
        first_block: head.number.saturating_add(ahead.0),
        last_block: head.number.saturating_add(ahead.1),
        bid,
        backrun,
        way,
        relays,
        exposed: exposed.clone(),
    })
}

/// `b*` for what is left once the base fee is paid.
fn bid(asked: &Asked<'_>, comes_back: U256) -> Result<BidChoice, FeeError> {
    let Asked { market, proven, head, ahead, habits, limits, .. } = *asked;
    let gas = proven.own_gas().max(1);
    let units = to_f64(U256::from(gas));
    let fee = fee_wei(market, proven);
    let base_fee =
        U256::from(highest_base_fee(head.base_fee, ahead.0)).saturating_mul(U256::from(gas));
    let value = fee.saturating_add(comes_back).saturating_sub(base_fee);
    let assumed = Inclusion {
        mean: habits.usual_tip_wei_per_gas as f64,
        spread: (habits.tip_spread_wei_per_gas.max(1)) as f64,
    };
    let per_gas = assumed.fitted(asked.tried);
    let whole = Inclusion { mean: per_gas.mean * units, spread: per_gas.spread * units };
    let stake = Stake { value: to_f64(value), miss: habits.miss_wei as f64 };
    let survives = habits::share(habits.survives_bps);
    let best = whole.patient(stake, survives, asked.blocks_left);
    // Never more is paid than is left.
    let wanted = from_f64(best.amount).min(value);
    let tip = wanted.checked_div(U256::from(gas)).unwrap_or_default().saturating_to();
    let offered = fees(&limits, (proven.peak(), head.gas_limit), tip, head.base_fee, ahead)?;
    let paid = to_f64(U256::from(offered.tip)) * units;
    let included = whole.of(paid);
    let gain = included * (stake.value - paid) - (1.0 - included) * stake.miss;
    let number = |value: u128| Decimal(U256::from(value));
    Ok(BidChoice {
        fee_wei: Decimal(fee),
        base_fee_wei: Decimal(base_fee),
        value_wei: Decimal(value),
        bid_wei: Decimal(wanted),
        tip_wei_per_gas: number(offered.tip),
        most_fee_wei_per_gas: number(offered.max_fee),
        gas_limit: offered.gas_limit,
        gas,
        included_bps: bps(1e4 * included),
        gain_wei: Decimal(from_f64(gain)),
        usual_tip_wei_per_gas: Decimal(from_f64(per_gas.mean)),
        tip_spread_wei_per_gas: Decimal(from_f64(per_gas.spread)),
        observed: asked.tried.len(),
        blocks_left: asked.blocks_left,
        why: why(value, tip, offered, asked),
    })
}

impl BidChoice {
    /// How likely it is to be included.
    fn included(&self) -> f64 {
        self.included_bps.parse::<f64>().unwrap_or(0.0) / 1e4
    }
}

fn why(value: U256, tip: u128, offered: Fees, asked: &Asked<'_>) -> String {
    let rests = match asked.tried.len() {
        0 => "an assumption of what is included".to_owned(),
        1 => "one own bid and an assumption".to_owned(),
        bids => format!("{bids} own bids and an assumption"),
    };
    if value.is_zero() {
        return "the fee does not pay the highest base fee of the first block: nothing is bid"
            .into();
    }
    let limited = if offered.tip < tip { ", lowered to what may be offered" } else { "" };
    let blocks = asked.blocks_left;
    format!("b* by {rests}; it can be tried in {blocks} more blocks{limited}")
}

/// Wei that the solver's fee is worth: what it redeems for, else the market's first price.
fn fee_wei(market: &Market, proven: &Proven) -> U256 {
    let call = proven.settlement().call();
    let (token, fee) = (call.permit.permitted.token, call.plan.fee);
    let priced = || {
        let prices = plan::prices(market);
        let price = prices.iter().find(|(priced, _)| *priced == token)?;
        Some(from_f64(to_f64(fee) * price.1))
    };
    market.redeem_value(token, fee).or_else(priced).unwrap_or_default()
}
