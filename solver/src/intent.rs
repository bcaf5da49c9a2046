//! What a user wants, with every preference decided.

use std::fmt;

use alloy_primitives::{Address, U256};

use crate::market::Market;

/// What no answer may rest on or pass through, whatever the profile: each broke, or showed that it
/// can, in a way that its price does not tell.
pub const DENIED_BY_DEFAULT: [Denied; 3] = [
    Denied::Token("rsETH"),
    Denied::Pools("Balancer v2 composable stable pools"),
    Denied::Token("yETH"),
];

/// Something denied by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The token with this symbol.
    Token(&'static str),
    /// A kind of pool, in words.
    Pools(&'static str),
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(name) | Self::Pools(name) => f.write_str(name),
        }
    }
}

/// A complete intent: nothing is left to guess. [`Intent::filled`] says which values a profile
/// supplied rather than the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What is asked for.
    pub goal: Goal,
    /// The token given.
    pub asset: Address,
    /// Units of it.
    pub amount: U256,
    /// What a rebalance may move besides, each token once and in the order named; none otherwise.
    pub others: Vec<(Address, U256)>,
    /// What any answer must respect.
    pub limits: Limits,
    /// Values that came from the profile, as `name` and `value` in words, in a fixed order.
    pub filled: Vec<(&'static str, String)>,
    /// The sentence as it was typed.
    pub sentence: String,
    /// The one English rendering of this intent: what a user would sign.
    pub canonical: String,
}

impl Intent {
    /// Everything that is given, in the order named.
    pub fn holdings(&self) -> impl Iterator<Item = (Address, U256)> + '_ {
        [(self.asset, self.amount)].into_iter().chain(self.others.iter().copied())
    }

    /// Whether there are several holdings to move.
    pub const fn is_rebalance(&self) -> bool {
        !self.others.is_empty()
    }

    /// What everything given redeems for today, in wei of ETH; `None` where the market does not say.
    pub fn principal(&self, market: &Market) -> Option<U256> {
        self.holdings().try_fold(U256::ZERO, |sum, (token, amount)| {
            sum.checked_add(market.redeem_value(token, amount)?)
        })
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The most ETH at the end of the horizon.
    Yield {
        /// What "most" counts.
        objective: Objective,
        /// Seconds until the position is valued.
        horizon_s: u64,
    },
    /// The most of another token, now.
    Swap {
        /// The token wanted.
        to: Address,
    },
    /// As much ETH as possible within a time.
    Exit {
        /// The token wanted: ETH or WETH.
        to: Address,
        /// Seconds until all of it must be there.
        within_s: u64,
    },
}

/// What makes one plan of a yield intent better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Net yield, incentives counted as far as the profile does.
    Net,
    /// Net yield without incentives.
    NetOrganic,
    /// Net yield less expected loss.
    RiskAdjusted,
    /// The least expected loss with which the net organic yield reaches a target.
    LeastRisk {
        /// The target in basis points a year, continuously compounded as answers state yields.
        target_bps: u32,
    },
    /// The most net organic yield of what nothing can change until the horizon.
    FixedRate,
}

/// How much risk a user takes; selects the profile that fills what a sentence leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// Conservative.
    Low,
    /// Balanced.
    Medium,
    /// Aggressive.
    High,
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// Risk tiers: native staking is the government bond, liquid staking the corporate bond,
/// restaking structured credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// ETH itself and native staking.
    T0,
    /// Established liquid staking tokens.
    T1,
    /// One layer of lending or liquidity provision on those.
    T2,
    /// Restaking and fixed term on restaking.
    T3,
    /// Looped, layered or dependent on incentives.
    T4,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::T0 => "T0",
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
            Self::T4 => "T4",
        })
    }
}

/// How deep markets are taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// As at the market's block.
    Whole,
    /// Half of that: sales are dearer, and markets and capacities end at half.
    Half,
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "full",
            Self::Half => "half",
        })
    }
}

/// What any answer must respect. Shares and rates are in basis points, rates annual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The profile that filled what was left out.
    pub risk: Risk,
    /// Highest tier of any resulting position.
    pub max_tier: Tier,
    /// Most of the whole that may rest on one protocol.
    pub protocol_cap_bps: u32,
    /// The share that must be ETH again ...
    pub liquid_share_bps: u32,
    /// ... within this many seconds.
    pub liquid_within_s: u64,
    /// ... at this depth of the markets that sell it.
    pub liquid_depth: Depth,
    /// What a position that a plan enters must redeem for at least, in wei of ETH; zero for none.
    pub least_position: U256,
    /// Most that entering may cost, of the amount.
    pub max_entry_cost_bps: u32,
    /// Most that leaving may cost, of the position.
    pub max_exit_cost_bps: u32,
    /// What a plan must add over holding, per year.
    pub min_improvement_bps: u32,
    /// The share of incentives that counts.
    pub incentives_bps: u32,
    /// Highest leverage, in hundredths: 100 is none.
    pub max_leverage_pct: u32,
    /// Most that may be expected to be lost, per year.
    pub max_expected_loss_bps: u32,
    /// How far below its quote a trade may settle.
    pub slippage_bps: u32,
    /// No resulting exposure to these protocols, and no trade through them.
    pub avoid: Vec<String>,
    /// Resulting exposure to these protocols alone; empty when all are allowed.
    pub only: Vec<String>,
    /// Seconds that a quote holds.
    pub quote_valid_s: u64,
    /// Seconds until the intent expires.
    pub deadline_s: u64,
}

impl Limits {
    /// The time within which the liquid share must be ETH, in words of the grammar.
    pub(crate) fn liquid_time(&self) -> String {
        const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
        let seconds = self.liquid_within_s;
        let whole =
            UNITS.iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
        let (unit, name) = whole.copied().unwrap_or((1, "second"));
        let plural = if seconds == unit { "" } else { "s" };
        format!("{} {name}{plural}", seconds / unit)
    }
}
