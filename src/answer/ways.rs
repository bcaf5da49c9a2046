//! The ways out of what a plan leaves, and of every token that stands for ETH.

use alloy_primitives::U256;
use serde::Serialize;
use tenor_solver::{
    venues::{Bound, Capacity, ExitFee, Ticket},
    ways_out::{WayKind, WayOut, WaysOut},
};

/// Every way out of an amount of a token.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct WaysDto {
    pub token: String,
    /// What the plan leaves of it; where it leaves none, what is worth as much as what was given.
    pub amount: String,
    pub held: bool,
    pub ways: Vec<WayDto>,
    /// What the market does not know of the token.
    pub unknown: Vec<String>,
}

/// One way out. A figure that is null is unknown, and `unknown` says what is missing.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct WayDto {
    /// `sale`, `redemption` or `queue`.
    pub kind: &'static str,
    pub name: String,
    pub venue: Option<String>,
    pub to: String,
    /// Units that it takes of the amount, and what it pays for them by the state of this block.
    pub takes: String,
    pub pays: Option<String>,
    pub rate_rule: &'static str,
    /// What is kept of the payout; null where it is unknown, or a sale, which has it in its price.
    pub fee_bps: Option<String>,
    pub least: BoundDto,
    pub most: BoundDto,
    /// The most that it takes in all now.
    pub limit: BoundDto,
    pub limit_by: Option<&'static str>,
    pub least_wait_s: Option<u64>,
    pub expected_wait_s: Option<u64>,
    /// Whether an assumption supplies the expected wait.
    pub assumed: bool,
    /// Whether the claim can be sold while waiting; null where one does not wait.
    pub transferable: Option<bool>,
    pub unknown: Vec<String>,
}

/// A bound: `"none"`, an amount in units of the token given, or null where it is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct BoundDto(pub Option<String>);

const NO_BOUND: &str = "none";

impl From<&Bound> for BoundDto {
    fn from(bound: &Bound) -> Self {
        Self(match bound {
            Bound::None => Some(NO_BOUND.to_owned()),
            Bound::At(amount) => Some(amount.to_string()),
            Bound::Unknown(_) => None,
        })
    }
}

impl From<&Capacity> for BoundDto {
    fn from(capacity: &Capacity) -> Self {
        Self(match capacity {
            Capacity::Unlimited => Some(NO_BOUND.to_owned()),
            Capacity::Limited { amount, .. } => Some(amount.to_string()),
            Capacity::Unknown(_) => None,
        })
    }
}

impl BoundDto {
    /// The amount, where there is a bound and it is known.
    pub(super) fn amount(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| *text != NO_BOUND)
    }
}

impl WaysDto {
    pub(super) fn new(of: &WaysOut) -> Self {
        let WaysOut { token, amount, held, ways, unknown } = of;
        Self {
            token: token.to_string(),
            amount: amount.to_string(),
            held: *held,
            ways: ways.iter().map(way).collect(),
            unknown: unknown.clone(),
        }
    }
}

fn way(way: &WayOut) -> WayDto {
    let limit_by = match &way.capacity {
        Capacity::Limited { what, .. } => Some(*what),
        Capacity::Unlimited | Capacity::Unknown(_) => None,
    };
    WayDto {
        kind: match way.kind {
            WayKind::Sale => "sale",
            WayKind::Redemption => "redemption",
            WayKind::Queue => "queue",
        },
        name: way.name.clone(),
        venue: way.venue.as_ref().map(ToString::to_string),
        to: way.to.to_string(),
        takes: way.takes.to_string(),
        pays: way.pays.map(|pays| pays.to_string()),
        rate_rule: way.rule.name(),
        fee_bps: way.fee.as_ref().and_then(fee_bps),
        least: (&way.least).into(),
        most: (&way.most).into(),
        limit: (&way.capacity).into(),
        limit_by,
        least_wait_s: way.least_wait.seconds(),
        expected_wait_s: way.expected_wait.seconds(),
        assumed: way.assumed,
        transferable: way.ticket.map(|ticket| ticket == Ticket::Transferable),
        unknown: way.unknown.clone(),
    }
}

/// A fee in basis points with four places.
fn fee_bps(fee: &ExitFee) -> Option<String> {
    let (part, of) = match fee {
        ExitFee::None => (U256::ZERO, U256::ONE),
        ExitFee::Part { part, of, .. } => (*part, *of),
        ExitFee::Unknown(_) => return None,
    };
    let bps = tenor_solver::amount::to_f64(part) * 1e4 / tenor_solver::amount::to_f64(of);
    (!of.is_zero()).then(|| format!("{bps:.4}"))
}
