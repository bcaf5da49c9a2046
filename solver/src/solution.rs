//! What the solver answers: plans with what they yield, risk and cost, ranked.

use alloy_primitives::{Address, U256};

use crate::{
    coupling::Multiplier,
    ledger::Ledger,
    leverage::{Leverage, Steps},
    market::Market,
    risk::{Risk, Rung},
    route::{Leg, Push},
    value::Worth,
    venues::{Approval, Call, Encoded, Trade},
    yields::YieldSplit,
};

/// What a plan does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanKind {
    /// Nothing: what is held stays.
    Hold,
    /// Trades one token for another.
    Swap,
    /// Moves into positions that earn.
    Positions,
    /// Leaves for ETH.
    Exit,
}

/// One plan, pushed through the venues' integer code.
#[derive(Debug, Clone)]
pub struct Solution {
    /// What it does.
    pub kind: PlanKind,
    /// A short name, such as `stETH via curve:ETH/stETH`.
    pub label: String,
    /// What the account must hold at the start.
    pub start: Ledger,
    /// Its trades, in order.
    pub legs: Vec<Leg>,
    /// What the account holds afterwards.
    pub end: Vec<Held>,
    /// Typical gas of the trades and their transaction; zero when there is none.
    pub gas: u64,
    /// What the end is worth at the horizon.
    pub worth: Worth,
    /// The yield over the horizon.
    pub split: YieldSplit,
    /// The risk of what is held at the end.
    pub risk: Risk,
    /// How fast it is ETH again.
    pub ladder: Vec<Rung>,
    /// The share that can be ETH again within the intent's time, in basis points.
    pub liquid_bps: f64,
    /// Entering's cost against redemption, of what is given, gas aside.
    pub entry_cost_bps: f64,
    /// Leaving's cost against redemption, of what is held, gas aside.
    pub exit_cost_bps: f64,
    /// Limits of the intent that it breaks.
    pub violations: Vec<Violation>,
    /// The objective's figure of merit, in basis points a year.
    pub score: f64,
    /// What it owes, and against what; `None` where it owes nothing.
    pub leverage: Option<Box<Leverage>>,
}

/// A token held after a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The token.
    pub token: Address,
    /// What the chain stores: shares of a rebasing token, units of any other.
    pub stored: U256,
    /// The balance it shows.
    pub balance: U256,
}

/// Limits that an intent sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// A protocol to avoid.
    Avoid,
    /// The protocols to keep to.
    Only,
    /// The highest tier.
    Tier,
    /// The expected loss limit.
    ExpectedLoss,
    /// The cap per protocol.
    ProtocolCap,
    /// The highest entry cost.
    EntryCost,
    /// The highest exit cost.
    ExitCost,
    /// The liquid share within a time.
    Liquidity,
    /// The net organic yield to reach.
    Target,
    /// Nothing that can change until the horizon.
    Locked,
    /// What a loop must stand.
    Leverage,
    /// The least that a position is entered with.
    Ticket,
}

impl LimitKind {
    /// The limit's name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avoid => "avoid",
            Self::Only => "only",
            Self::Tier => "highest tier",
            Self::ExpectedLoss => "expected loss limit",
            Self::ProtocolCap => "cap per protocol",
            Self::EntryCost => "highest entry cost",
            Self::ExitCost => "highest exit cost",
            Self::Liquidity => "liquidity",
            Self::Target => "target yield",
            Self::Locked => "fixed until the horizon",
            Self::Leverage => "leverage",
            Self::Ticket => "minimum ticket",
        }
    }

    /// Whether the limit asks for an exit that the market must be able to show.
    pub const fn is_exit(self) -> bool {
        match self {
            Self::ExitCost | Self::Liquidity => true,
            Self::Avoid
            | Self::Only
            | Self::Tier
            | Self::ExpectedLoss
            | Self::ProtocolCap
            | Self::EntryCost
            | Self::Target
            | Self::Locked
            | Self::Leverage
            | Self::Ticket => false,
        }
    }
}

/// A limit that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub limit: LimitKind,
    /// By how much, in words.
    pub detail: String,
}

/// A limit that shapes the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Which limit.
    pub limit: String,
    /// Where it stands, in words.
    pub detail: String,
    /// Annual yield on the whole that it costs, in basis points, where that was computed.
    pub cost_bps: Option<f64>,
    /// What one more unit of it would add, in units of what is wanted, where prices tell.
    pub shadow_price: Option<f64>,
}

/// An asset that could not be ranked, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unranked {
    /// The token.
    pub token: Address,
    /// What is known of its yield, in words.
    pub yields: Option<String>,
    /// What is missing.
    pub missing: Vec<String>,
}

/// Why nothing within the intent's limits can be shown to be best.
#[derive(Debug, Clone, PartialEq)]
pub struct Infeasible {
    /// The reason, in words.
    pub reason: String,
    /// Changes of the intent that make it feasible, nearest first; each was solved.
    pub relaxations: Vec<Relaxation>,
}

/// One change that makes an intent feasible.
#[derive(Debug, Clone, PartialEq)]
pub struct Relaxation {
    /// What changes.
    pub limit: String,
    /// To what, in the words of the grammar.
    pub to: String,
    /// The net annual yield of the plan it allows, in basis points; zero for trades.
    pub net_bps: f64,
}

/// The solver's answer to one intent.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The winner; `None` when nothing can be recommended.
    pub best: Option<Solution>,
    /// The others, best first; for a yield, hold is always among them or the winner.
    pub alternatives: Vec<Solution>,
    /// Assets that could not be ranked.
    pub unranked: Vec<Unranked>,
    /// Limits that shape the answer.
    pub binding: Vec<Binding>,
    /// For a yield: the shortest horizon, in seconds, at which something beats holding; `None` when
    /// nothing does within ten years.
    pub break_even_s: Option<u64>,
    /// Why there is no winner.
    pub infeasible: Option<Infeasible>,
    /// One price for each node of the intent's [`Problem`](crate::problem::Problem), from which the
    /// winner's certificate follows; none where the search found no prices.
    pub prices: Vec<f64>,
    /// The limits that the prices count, with their own.
    pub multipliers: Vec<Multiplier>,
}

impl Solution {
    /// The calls that carry the plan out from `account`, leg by leg, each refusing to return less
    /// than the quote less `slippage_bps`.
    pub fn encode(
        &self,
        market: &Market,
        account: Address,
        slippage_bps: u32,
        deadline: u64,
    ) -> Vec<Encoded> {
        let steps = self.leverage.as_deref().map(|of| of.entering(account));
        encode(market, &self.legs, steps, (account, slippage_bps, deadline))
    }

    /// The same, each leg refusing to return less than its own `least`.
    pub fn encode_at(
        &self,
        market: &Market,
        account: Address,
        least: &[U256],
        deadline: u64,
    ) -> Vec<Encoded> {
        let steps = self.leverage.as_deref().map(|of| of.entering(account));
        encode_at(market, &self.legs, steps, (account, least, deadline))
    }

    /// Every token whose balance the plan can change: what it starts with, trades and ends with.
    pub fn watched(&self) -> Vec<Address> {
        let traded = self.legs.iter().flat_map(|leg| [leg.token_in, leg.token_out]);
        let held = self.end.iter().map(|held| held.token);
        let mut tokens: Vec<Address> = Vec::new();
        for token in self.start.tokens().chain(traded).chain(held) {
            if !tokens.contains(&token) {
                tokens.push(token);
            }
        }
        tokens
    }

    /// Whether it keeps every limit.
    pub fn is_feasible(&self) -> bool {
        self.violations.is_empty()
    }
}

/// The calls of legs: from an account, each refusing to return less than the quote less a slippage in
/// basis points, up to a deadline. `steps` encodes those of a loan.
pub(crate) fn encode(
    market: &Market,
    legs: &[Leg],
    steps: Option<Steps<'_>>,
    (account, slippage_bps, deadline): (Address, u32, u64),
) -> Vec<Encoded> {
    let keep = U256::from(10_000u32.saturating_sub(slippage_bps));
    let least = |leg: &Leg| crate::amount::mul_div(leg.amount_out, keep, U256::from(10_000));
    let least: Vec<U256> = legs.iter().map(|leg| least(leg).unwrap_or_default()).collect();
    encode_at(market, legs, steps, (account, &least, deadline))
}

/// The same, each leg refusing to return less than its own least.
fn encode_at(
    market: &Market,
    legs: &[Leg],
    mut steps: Option<Steps<'_>>,
    (account, least, deadline): (Address, &[U256], u64),
) -> Vec<Encoded> {
    let call = |(at, leg): (usize, &Leg)| {
        steps.as_mut().and_then(|steps| steps.encode(leg)).unwrap_or_else(|| {
            let min_out = least.get(at).copied().unwrap_or_default();
            let trade = Trade { swap: leg.swap, min_out, recipient: account, deadline };
            market.listings[leg.listing].venue.encode(&trade)
        })
    };
    legs.iter().enumerate().map(call).collect()
}

/// What a push leaves in the account, in the order received. `None` on overflow.
pub(crate) fn held(push: &Push<'_>) -> Option<Vec<Held>> {
    push.ledger
        .tokens()
        .map(|token| {
            let stored = push.ledger.stored(token);
            Some(Held { token, stored, balance: push.balance(token)? })
        })
        .collect()
}

/// The calls of encoded trades in one list.
pub fn calls(encoded: &[Encoded]) -> impl Iterator<Item = &Call> {
    encoded.iter().flat_map(|e| &e.calls)
}

/// The allowances that encoded trades need, added up: of two for one token and spender, the later
/// would take the earlier's place.
pub fn approvals(encoded: &[Encoded]) -> Vec<Approval> {
    let mut all: Vec<Approval> = Vec::new();
    for new in encoded.iter().filter_map(|e| e.approval) {
        match all.iter_mut().find(|a| (a.token, a.spender) == (new.token, new.spender)) {
            Some(old) => old.amount = old.amount.saturating_add(new.amount),
            None => all.push(new),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowances_for_one_spender_add_up() {
        let [token, one, two] = [1, 2, 3].map(Address::repeat_byte);
        let encoded = [(one, 5u64), (two, 7), (one, 6)].map(|(spender, amount)| Encoded {
            approval: Some(Approval { token, spender, amount: U256::from(amount) }),
            calls: Vec::new(),
        });
        let all: Vec<_> = approvals(&encoded).iter().map(|a| (a.spender, a.amount)).collect();
        assert_eq!(all, [(one, U256::from(11)), (two, U256::from(7))]);
    }
}
