//! Lido: ETH staked for stETH, which rebases, and wstETH, which wraps its shares.
//!
//! All maths is on the two totals, never on a rounded rate: `Lido.getSharesByPooledEth` and
//! `getPooledEthByShares` multiply, then divide, and drop the remainder (`VENUES`, section 2).

mod opening;

use alloy_primitives::{Address, Bytes, U256, uint};
use alloy_sol_types::sol;

pub(super) use self::opening::KINDS;
use super::{
    Backing, Bound, Call, Capacity, Encoded, Exit, ExitFee, ExitRate, Gain, Hazard, LegKind,
    NATIVE, Quote, QuoteError, RateRule, Rebase, SharesBy, Step, Swap, Ticket, Trade, Venue,
    VenueId, Wait,
};
use crate::amount::{mul_div_checked, mul_div_up, to_f64};

sol! {
    function submit(address referral) external payable returns (uint256);
    function wrap(uint256 stETHAmount) external returns (uint256);
    function unwrap(uint256 wstETHAmount) external returns (uint256);
}

const ETH: usize = 0;
const STETH: usize = 1;
const WSTETH: usize = 2;

/// `WithdrawalQueue.MIN_STETH_WITHDRAWAL_AMOUNT`, in wei of stETH.
const LEAST_REQUEST: U256 = uint!(100_U256);

/// `WithdrawalQueue.MAX_STETH_WITHDRAWAL_AMOUNT`, in wei of stETH.
const MOST_PER_REQUEST: U256 = uint!(1_000_000_000_000_000_000_000_U256);

const NO_BOUND: &str = "the bounds of a request, of which no wstETH is worth so much";
const NO_LEAST_WAIT: &str = "the least wait of Lido's withdrawal queue";
const NO_WAIT: &str = "length and wait of Lido's withdrawal queue";

/// What a market says about Lido.
#[derive(Debug, Clone)]
pub struct LidoFigures {
    /// The stETH contract, which also takes deposits.
    pub steth: Address,
    /// The wstETH contract.
    pub wsteth: Address,
    /// Wei of ETH behind all shares.
    pub total_pooled_ether: U256,
    /// All shares, in 1e-18 of a share.
    pub total_shares: U256,
    /// How much ETH may still be staked.
    pub stake_limit: StakeLimit,
}

/// How much ETH Lido still takes: it spends a limit that refills with each block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StakeLimit {
    /// No deposits.
    Paused,
    /// No limit is set.
    Unlimited,
    /// The figures do not say; the reason in words.
    Unknown(String),
    /// As `getStakeLimitFullInfo` returns it.
    Limited {
        /// Wei that the limit refills to.
        max: U256,
        /// Wei that were left after the last stake.
        previous: U256,
        /// The block of that stake.
        previous_block: u64,
        /// Blocks in which an empty limit refills; zero when it never does.
        growth_blocks: u64,
        /// The block for which the limit is asked.
        at_block: u64,
    },
}

impl StakeLimit {
    /// As a capacity at the market's block.
    ///
    /// The integer steps of `StakeLimitUtils.calculateCurrentStakeLimit`: `max / growth_blocks`
    /// rounded down for each block passed, up to `max`; down to `max` when more than that is left,
    /// as happens after governance lowers it.
    pub fn capacity(&self) -> Capacity {
        match self {
            Self::Paused => Capacity::none("Lido staking is paused"),
            Self::Unlimited => Capacity::Unlimited,
            Self::Unknown(why) => Capacity::Unknown(why.clone()),
            Self::Limited { max, previous, previous_block, growth_blocks, at_block } => {
                let step = max.checked_div(U256::from(*growth_blocks)).unwrap_or_default();
                let passed = U256::from(at_block.saturating_sub(*previous_block));
                let change = passed.saturating_mul(step);
                let amount = if previous < max {
                    previous.saturating_add(change).min(*max)
                } else {
                    previous.saturating_sub(change).max(*max)
                };
                let grows = previous <= max && !step.is_zero();
                let refill_per_block = grows.then_some(step);
                Capacity::Limited { amount, what: "Lido stake limit", refill_per_block }
            }
        }
    }

    /// What a stake of `amount` within the limit leaves.
    fn spend(&mut self, amount: U256) {
        let Capacity::Limited { amount: current, .. } = self.capacity() else { return };
        if let Self::Limited { previous, previous_block, at_block, .. } = self {
            *previous = current.saturating_sub(amount);
            *previous_block = *at_block;
        }
    }
}

/// Lido: tokens are ETH, stETH and wstETH, in this order.
///
/// ETH is staked to either; stETH and wstETH convert both ways. Back to ETH there is only the
/// queue, which is an [`Exit`].
#[derive(Debug, Clone)]
pub struct Lido {
    id: VenueId,
    tokens: [Address; 3],
    totals: Rebase,
    stake_limit: StakeLimit,
}

impl Lido {
    /// Lido with these figures.
    pub fn new(id: VenueId, figures: LidoFigures) -> Self {
        let LidoFigures { steth, wsteth, total_pooled_ether, total_shares, stake_limit } = figures;
        Self {
            id,
            tokens: [NATIVE, steth, wsteth],
            totals: Rebase::down(total_pooled_ether, total_shares),
            stake_limit,
        }
    }

    fn shares_of(&self, steth: U256) -> Option<U256> {
        mul_div_checked(steth, self.totals.shares, self.totals.assets)
    }

    fn balance_of(&self, shares: U256) -> Option<U256> {
        mul_div_checked(shares, self.totals.assets, self.totals.shares)
    }

    /// Shares minted for `eth`, rounded down, and the totals afterwards.
    fn stake(&self, eth: U256) -> Result<(U256, Rebase), QuoteError> {
        if self.stake_limit == StakeLimit::Paused {
            return Err(QuoteError::Paused(self.id.clone()));
        }
        self.check_stake_limit(eth)?;
        let minted = || {
            let shares = self.shares_of(eth)?;
            let assets = self.totals.assets.checked_add(eth)?;
            Some((shares, Rebase::down(assets, self.totals.shares.checked_add(shares)?)))
        };
        minted().ok_or_else(|| QuoteError::Overflow(self.id.clone()))
    }

    fn check_stake_limit(&self, eth: U256) -> Result<(), QuoteError> {
        match self.stake_limit.capacity() {
            Capacity::Limited { amount: limit, .. } if eth > limit => {
                Err(QuoteError::Limit { venue: self.id.clone(), what: "stake limit", limit })
            }
            Capacity::Limited { .. } | Capacity::Unlimited | Capacity::Unknown(_) => Ok(()),
        }
    }

    /// The most wstETH whose stETH is within one request of the queue.
    fn most_wsteth_per_request(&self) -> Option<U256> {
        let beyond = MOST_PER_REQUEST + U256::ONE;
        Some(mul_div_up(beyond, self.totals.shares, self.totals.assets)? - U256::ONE)
    }
}

impl Venue for Lido {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    /// Staking to stETH returns the balance that the minted shares show right after, which may be
    /// a wei or two below the ETH sent; unwrapping returns the nominal stETH of the transfer.
    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        if !matches!(
            (swap.from, swap.to),
            (ETH, STETH | WSTETH) | (STETH, WSTETH) | (WSTETH, STETH)
        ) {
            return Err(QuoteError::not_traded(&self.id, swap));
        }
        if swap.amount.is_zero() {
            return Err(QuoteError::ZeroAmount);
        }
        if self.totals.assets.is_zero() || self.totals.shares.is_zero() {
            return Err(QuoteError::NoRate(self.id.clone()));
        }
        let quote = match (swap.from, swap.to) {
            (ETH, STETH) => {
                let (shares, after) = self.stake(swap.amount)?;
                mul_div_checked(shares, after.assets, after.shares)
                    .map(|out| Quote { out, shares: Some(shares) })
            }
            (ETH, _) => Some(Quote::of(self.stake(swap.amount)?.0)),
            (STETH, _) => self.shares_of(swap.amount).map(Quote::of),
            _ => self.balance_of(swap.amount).map(Quote::of),
        };
        quote.ok_or_else(|| QuoteError::Overflow(self.id.clone()))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        let quote = self.quote(swap)?;
        if swap.from == ETH {
            (_, self.totals) = self.stake(swap.amount)?;
            self.stake_limit.spend(swap.amount);
        }
        Ok(quote)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let Rebase { assets, shares, .. } = self.totals;
        let rate = match (from, to) {
            (ETH, STETH) => 1.0,
            (ETH | STETH, WSTETH) => to_f64(shares) / to_f64(assets),
            (WSTETH, STETH) => to_f64(assets) / to_f64(shares),
            _ => return None,
        };
        if from == ETH && self.stake_limit == StakeLimit::Paused {
            return None;
        }
        Gain::linear(rate, self.capacity(from, to).cap())
    }

    fn capacity(&self, from: usize, to: usize) -> Capacity {
        match (from, to) {
            (ETH, STETH | WSTETH) => self.stake_limit.capacity(),
            (STETH, WSTETH) | (WSTETH, STETH) => Capacity::Unlimited,
            _ => Capacity::none("not traded"),
        }
    }

    fn step(&self, from: usize, to: usize) -> Step {
        match (from, to) {
            (ETH, WSTETH) => Step { kind: LegKind::Stake, gas: 95_000, approves: false },
            (ETH, _) => Step { kind: LegKind::Stake, gas: 75_000, approves: false },
            (STETH, _) => Step { kind: LegKind::Wrap, gas: 55_000, approves: true },
            _ => Step { kind: LegKind::Wrap, gas: 80_000, approves: false },
        }
    }

    /// Staking straight to wstETH is a plain transfer to it: its `receive` stakes and mints.
    fn encode(&self, trade: &Trade) -> Encoded {
        let [_, steth, wsteth] = self.tokens;
        let Swap { from, to, amount } = trade.swap;
        match (from, to) {
            (ETH, STETH) => {
                Encoded::one(Call::new(steth, amount, &submitCall { referral: Address::ZERO }))
            }
            (ETH, WSTETH) => Encoded::one(Call { to: wsteth, value: amount, data: Bytes::new() }),
            (STETH, WSTETH) => {
                Encoded::one(Call::new(wsteth, U256::ZERO, &wrapCall { stETHAmount: amount }))
                    .allowing(steth, wsteth, amount)
            }
            (WSTETH, STETH) => {
                Encoded::one(Call::new(wsteth, U256::ZERO, &unwrapCall { wstETHAmount: amount }))
            }
            _ => Encoded::nothing(),
        }
    }

    /// The queue counts stETH: for wstETH the bounds are those whose stETH is within its own.
    ///
    /// A request is paid once a report finalises it, however many there are.
    fn exits(&self, token: usize) -> Vec<Exit> {
        let Rebase { assets, shares, .. } = self.totals;
        let (rate, least, most) = match token {
            STETH => (ExitRate::ONE, Some(LEAST_REQUEST), Some(MOST_PER_REQUEST)),
            WSTETH => (
                ExitRate { out: assets, units: shares },
                self.totals.fewest_shares(LEAST_REQUEST),
                self.most_wsteth_per_request(),
            ),
            _ => return Vec::new(),
        };
        vec![Exit {
            name: "Lido withdrawal queue",
            to: ETH,
            rule: RateRule::MinRequestSettle,
            rate,
            fee: ExitFee::None,
            least: Bound::told(least, NO_BOUND),
            most: Bound::told(most, NO_BOUND),
            capacity: Capacity::Unlimited,
            least_wait: Wait::Unknown(NO_LEAST_WAIT.into()),
            expected_wait: Wait::Unknown(NO_WAIT.into()),
            ticket: Ticket::Transferable,
        }]
    }

    fn hazards(&self, from: usize, to: usize) -> &'static [Hazard] {
        if from == STETH || to == STETH { &[Hazard::Rebases] } else { &[] }
    }

    fn exact_pairs(&self) -> &[(usize, usize)] {
        &[(STETH, WSTETH)]
    }

    fn rebase(&self, token: usize) -> Option<Rebase> {
        (token == STETH).then_some(self.totals)
    }

    fn shares_by(&self, token: usize) -> Option<SharesBy> {
        (token == STETH).then_some(SharesBy::SharesOf)
    }

    fn redemption(&self, token: usize) -> Option<Backing> {
        let Rebase { assets, shares, .. } = self.totals;
        match token {
            STETH => Some(Backing::one(ETH)),
            WSTETH => Some(Backing { asset: ETH, amount: assets, units: shares }),
            _ => None,
        }
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
