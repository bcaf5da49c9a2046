//! A quote on the wire, schema `tenor.quote/1`.

use alloy_primitives::{Address, U256};
use serde::Serialize;
use tenor_solver::{intent::Intent, market::Market};
use utoipa::ToSchema;

use super::{
    ask::Kind,
    sign::{OwnerDto, SignDto},
};
use crate::{
    answer::{AnswerDto, ApprovalDto, LegDto, PlanDto},
    api::health::BlockDto,
};

/// What the market gives for an intent. Amounts are decimal strings in the token's smallest unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub(super) struct QuoteDto {
    pub(super) schema: &'static str,
    /// Of a quote to sign: the digest that is signed, and the id that the intent will have.
    pub(super) id: String,
    pub(super) kind: Kind,
    /// What is done with a signed intent: "simulate" and "shadow" send nothing.
    pub(super) mode: String,
    /// Unix seconds.
    pub(super) quoted_at: u64,
    /// Unix seconds until which it holds.
    pub(super) expires_at: u64,
    /// The market's block and its age, which is that of the data.
    pub(super) block: BlockDto,
    /// The hash of the market's figures.
    pub(super) market_hash: String,
    /// In plain English, everything decided: what is signed.
    pub(super) statement: String,
    pub(super) plan: PlanKindDto,
    pub(super) inputs: Vec<AmountDto>,
    pub(super) outputs: Vec<AmountDto>,
    pub(super) route: RouteDto,
    pub(super) fees: FeesDto,
    /// Allowances that the plan needs where the owner's own account carries it out.
    pub(super) approvals: Vec<ApprovalDto>,
    pub(super) warnings: Vec<String>,
    /// What one signature settles; null where it cannot, or nobody is to sign.
    pub(super) sign: Option<SignDto>,
    /// The plan as calls of the owner's own account, where a signature cannot settle it.
    pub(super) owner_executed: Option<OwnerDto>,
    /// The whole answer with yield, risk, exit ladder, certificate and disclosures; null of an
    /// indicative quote.
    pub(super) answer: Option<AnswerDto>,
}

/// What the plan does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuotePlan)]
pub(super) struct PlanKindDto {
    /// hold, swap, positions, exit or infeasible.
    kind: &'static str,
    /// A short name.
    label: String,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// An amount of a token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Amount)]
pub(super) struct AmountDto {
    token: String,
    symbol: String,
    decimals: u8,
    amount: String,
}

/// The route as a graph.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Route)]
pub(super) struct RouteDto {
    nodes: Vec<NodeDto>,
    edges: Vec<EdgeDto>,
}

/// A token on the route.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RouteNode)]
pub(super) struct NodeDto {
    token: String,
    symbol: String,
    decimals: u8,
}

/// A trade on the route.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RouteEdge)]
pub(super) struct EdgeDto {
    venue: String,
    /// swap, wrap, stake, deposit, redeem, borrow or repay.
    kind: &'static str,
    token_in: String,
    token_out: String,
    amount_in: String,
    amount_out: String,
    /// Its share of all that trades give of its token, in basis points, rounded down.
    share_bps: u32,
    gas: u64,
}

/// What it costs beside what the venues take, which is in the amounts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fees)]
pub(super) struct FeesDto {
    /// Units, estimated.
    gas: u64,
    gas_price_wei: String,
    gas_wei: String,
    /// How far below the quote a trade may settle.
    slippage_bps: u32,
}

impl PlanKindDto {
    pub(super) fn of(plan: &PlanDto, reason: Option<String>) -> Self {
        Self { kind: plan.kind, label: plan.label.clone(), reason }
    }
}

impl AmountDto {
    fn of(market: &Market, token: &str, amount: String) -> Self {
        let NodeDto { token, symbol, decimals } = NodeDto::of(market, token);
        Self { token, symbol, decimals, amount }
    }

    /// What is given.
    pub(super) fn given(market: &Market, intent: &Intent) -> Vec<Self> {
        let given = intent.holdings();
        given
            .map(|(token, units)| Self::of(market, &token.to_string(), units.to_string()))
            .collect()
    }

    /// What is held afterwards.
    pub(super) fn held(market: &Market, plan: &PlanDto) -> Vec<Self> {
        let held = plan.outputs.iter();
        held.map(|output| Self::of(market, &output.token, output.amount.clone())).collect()
    }
}

impl NodeDto {
    fn of(market: &Market, token: &str) -> Self {
        let info = token.parse::<Address>().ok().and_then(|address| market.token(address));
        let (symbol, decimals) =
            info.map_or_else(|| (token.to_owned(), 0), |info| (info.symbol.clone(), info.decimals));
        Self { token: token.to_owned(), symbol, decimals }
    }
}

impl RouteDto {
    pub(super) fn of(market: &Market, legs: &[LegDto]) -> Self {
        let mut tokens: Vec<&str> = Vec::new();
        for token in legs.iter().flat_map(|leg| [&*leg.token_in, &*leg.token_out]) {
            if !tokens.contains(&token) {
                tokens.push(token);
            }
        }
        let nodes = tokens.into_iter().map(|token| NodeDto::of(market, token)).collect();
        Self { nodes, edges: legs.iter().map(|leg| EdgeDto::of(leg, legs)).collect() }
    }
}

impl EdgeDto {
    fn of(leg: &LegDto, legs: &[LegDto]) -> Self {
        let units = |leg: &LegDto| leg.amount_in.parse::<U256>().unwrap_or_default();
        let same = legs.iter().filter(|other| other.token_in == leg.token_in);
        let whole = same.fold(U256::ZERO, |sum, leg| sum.saturating_add(units(leg)));
        let share = units(leg).saturating_mul(U256::from(10_000)).checked_div(whole);
        Self {
            venue: leg.venue.clone(),
            kind: leg.kind,
            token_in: leg.token_in.clone(),
            token_out: leg.token_out.clone(),
            amount_in: leg.amount_in.clone(),
            amount_out: leg.amount_out.clone(),
            share_bps: share.and_then(|share| u32::try_from(share).ok()).unwrap_or(0),
            gas: leg.gas,
        }
    }
}

impl FeesDto {
    pub(super) fn of(market: &Market, intent: &Intent, plan: &PlanDto) -> Self {
        Self {
            gas: plan.gas,
            gas_price_wei: market.gas_price.to_string(),
            gas_wei: market.gas_price.saturating_mul(U256::from(plan.gas)).to_string(),
            slippage_bps: intent.limits.slippage_bps,
        }
    }
}
