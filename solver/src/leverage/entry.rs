//! Entering a loop: the collateral is supplied, a part of its worth borrowed, more of it bought and
//! supplied, again until the leverage or what the venue allows is reached.

use alloy_primitives::{Address, U256};
use petgraph::graph::NodeIndex;

use super::{Account, Credit, LeverageError, Terms};
use crate::{
    amount::{from_f64, to_f64},
    candidates::Candidates,
    market::Market,
    route::{self, APPROVAL_GAS, Concave as _, Leg, LegKind, Push, Search},
    value::TRANSACTION_GAS,
    venues::{Quote, Swap},
};

/// Rounds of a plan: each is three transactions or more.
const MOST_ROUNDS: usize = 12;
/// A round that borrows less than this share of the equity is not worth its gas.
const LEAST_ROUND: f64 = 1e-3;
/// Typical gas of borrowing and repaying (Aave's own snapshots: 209,000 to 245,000 and 146,000 to
/// 151,000), the e-mode included where it is set.
const BORROW_GAS: u64 = 230_000;
const REPAY_GAS: u64 = 150_000;
/// The same of pledging collateral in a market's books and of taking it out.
const PLEDGE_GAS: u64 = 90_000;
const RELEASE_GAS: u64 = 90_000;

/// Where a loop's tokens and positions are in the market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Books {
    pub(super) collateral: Address,
    pub(super) collateral_node: NodeIndex,
    pub(super) loan: Address,
    /// What stands for what is pledged and for what is owed.
    pub(super) positions: [Address; 2],
    /// How the collateral is pledged, and taken out again.
    ways: [Way; 2],
    /// The listing that lends.
    lends: usize,
}

/// A step that moves collateral: the listing it is of, its positions there, and its typical gas.
#[derive(Debug, Clone, Copy)]
struct Way {
    listing: usize,
    from: usize,
    to: usize,
    gas: u64,
}

/// A loop that has been entered.
#[derive(Debug, Clone)]
pub(super) struct Entered<'m> {
    pub(super) push: Push<'m>,
    pub(super) account: Account,
    pub(super) books: Books,
}

impl Books {
    fn new(all: &Candidates<'_, '_>, credit: &Credit) -> Result<Self, LeverageError> {
        let (market, graph) = (all.market(), all.appraiser.graph);
        let node = graph.node_of(credit.collateral);
        let collateral_node = node.ok_or(LeverageError::Unlisted("the collateral"))?;
        if graph.eth().is_none() || graph.node_of(credit.loan) != graph.eth() {
            return Err(LeverageError::Unlisted("a loan in ETH"));
        }
        let lends = market.listings.iter().position(|l| *l.venue.id() == credit.venue);
        let lends = lends.ok_or(LeverageError::Unlisted("the loan's venue"))?;
        Ok(Self {
            collateral: credit.collateral,
            collateral_node,
            loan: credit.loan,
            positions: credit.position_tokens(),
            ways: ways(market, credit, lends)?,
            lends,
        })
    }

    fn pledge(
        &self,
        push: &mut Push<'_>,
        account: &mut Account,
        amount: U256,
    ) -> Result<(), LeverageError> {
        let ([pledged, _], [before, _]) = (self.positions, account.stored());
        account.pledge(amount)?;
        let more = account.stored()[0].saturating_sub(before);
        let gives = push.rebase(self.collateral);
        let ledger = &mut push.ledger;
        ledger.debit(self.collateral, amount, gives).ok_or(LeverageError::Overflow)?;
        let quote = Quote { out: amount, shares: Some(more) };
        ledger.credit(pledged, &quote, None).ok_or(LeverageError::Overflow)?;
        push.legs.push(self.ways[0].leg(LegKind::Deposit, [self.collateral, pledged], amount));
        Ok(())
    }

    pub(super) fn release(
        &self,
        push: &mut Push<'_>,
        account: &mut Account,
        amount: U256,
    ) -> Result<(), LeverageError> {
        let ([pledged, _], [before, _]) = (self.positions, account.stored());
        account.release(amount)?;
        let less = before.saturating_sub(account.stored()[0]);
        let takes = push.rebase(self.collateral);
        let ledger = &mut push.ledger;
        ledger.debit(pledged, less, None).ok_or(LeverageError::Overflow)?;
        let got = Quote::of(amount);
        ledger.credit(self.collateral, &got, takes).ok_or(LeverageError::Overflow)?;
        push.legs.push(self.ways[1].leg(LegKind::Redeem, [pledged, self.collateral], amount));
        Ok(())
    }

    fn borrow(
        &self,
        push: &mut Push<'_>,
        account: &mut Account,
        amount: U256,
    ) -> Result<(), LeverageError> {
        let ([_, owed], [_, before]) = (self.positions, account.stored());
        account.borrow(amount)?;
        let more = account.stored()[1].saturating_sub(before);
        let ledger = &mut push.ledger;
        ledger.credit(self.loan, &Quote::of(amount), None).ok_or(LeverageError::Overflow)?;
        let quote = Quote { out: amount, shares: Some(more) };
        ledger.credit(owed, &quote, None).ok_or(LeverageError::Overflow)?;
        let way = Way { listing: self.lends, from: 0, to: 0, gas: BORROW_GAS };
        push.legs.push(way.leg(LegKind::Borrow, [owed, self.loan], amount));
        Ok(())
    }

    pub(super) fn repay(
        &self,
        push: &mut Push<'_>,
        account: &mut Account,
        amount: U256,
    ) -> Result<U256, LeverageError> {
        let ([_, owed], [_, before]) = (self.positions, account.stored());
        let paid = account.repay(amount)?;
        let less = before.saturating_sub(account.stored()[1]);
        let ledger = &mut push.ledger;
        ledger.debit(self.loan, paid, None).ok_or(LeverageError::Overflow)?;
        ledger.debit(owed, less, None).ok_or(LeverageError::Overflow)?;
        let way = Way { listing: self.lends, from: 0, to: 0, gas: REPAY_GAS + APPROVAL_GAS };
        push.legs.push(way.leg(LegKind::Repay, [self.loan, owed], paid));
        Ok(paid)
    }
}

/// How collateral is pledged, and taken out: a reserve of its own takes it, or the venue that lends keeps
/// it in its books.
fn ways(market: &Market, credit: &Credit, lends: usize) -> Result<[Way; 2], LeverageError> {
    if let Terms::Morpho(_) = credit.terms {
        let way = |gas| Way { listing: lends, from: 0, to: 0, gas };
        return Ok([PLEDGE_GAS + APPROVAL_GAS, RELEASE_GAS].map(way));
    }
    let [pledged, _] = credit.position_tokens();
    let takes =
        market.listings.iter().position(|l| *l.venue.tokens() == [credit.collateral, pledged]);
    let listing = takes.ok_or(LeverageError::Unlisted("the collateral's reserve"))?;
    let venue = &market.listings[listing].venue;
    Ok([(0, 1), (1, 0)].map(|(from, to)| {
        let step = venue.step(from, to);
        let gas = step.gas + if step.approves { APPROVAL_GAS } else { 0 };
        Way { listing, from, to, gas }
    }))
}

impl Way {
    /// A step of an account of its own: its venue counts none, and the swap says only how much.
    const fn leg(self, kind: LegKind, [token_in, token_out]: [Address; 2], amount: U256) -> Leg {
        let Self { listing, from, to, gas } = self;
        let swap = Swap { from, to, amount };
        Leg { listing, kind, swap, token_in, token_out, amount_out: amount, at_least: false, gas }
    }
}

/// Enters a loop with all that the intent gives, up to a leverage, keeping a health factor of at least
/// `least` (in WAD) at every step.
pub(super) fn enter<'m>(
    all: &Candidates<'_, 'm>,
    credit: &Credit,
    leverage: f64,
    least: U256,
) -> Result<Entered<'m>, LeverageError> {
    let books = Books::new(all, credit)?;
    let mut account = Account::new(&credit.terms);
    let mut push = Push::new(all.market(), all.start.clone());
    push.aim = Some(books.collateral);
    let given = push.balance(all.intent.asset).ok_or(LeverageError::Overflow)?;
    let asset = all.appraiser.graph.node_of(all.intent.asset);
    let asset = asset.ok_or(LeverageError::Unlisted("what is given"))?;
    buy(all, &books, &mut push, asset, all.intent.asset, given)?;
    supply_all(&books, &mut push, &mut account)?;
    for _ in 0..MOST_ROUNDS {
        let amount = next(&account, leverage, least).ok_or(LeverageError::Overflow)?;
        if amount.is_zero() {
            break;
        }
        books.borrow(&mut push, &mut account, amount)?;
        let eth = all.appraiser.graph.eth().ok_or(LeverageError::Unlisted("ETH"))?;
        buy(all, &books, &mut push, eth, books.loan, amount)?;
        supply_all(&books, &mut push, &mut account)?;
    }
    push.aim = None;
    Ok(Entered { push, account, books })
}

/// What the next round borrows: what is missing to the leverage, as far as the venue lets it.
fn next(account: &Account, leverage: f64, least: U256) -> Option<U256> {
    let equity = account.worth(account.collateral()?)?.checked_sub(account.owed()?)?;
    let wanted = from_f64((leverage - 1.0) * to_f64(equity)).saturating_sub(account.owed()?);
    let amount = account.most_borrow(wanted, least);
    Some(if to_f64(amount) < to_f64(equity) * LEAST_ROUND { U256::ZERO } else { amount })
}

/// Buys the collateral's node with `amount` of a token.
fn buy(
    all: &Candidates<'_, '_>,
    books: &Books,
    push: &mut Push<'_>,
    from: NodeIndex,
    token: Address,
    amount: U256,
) -> Result<(), LeverageError> {
    let (appraiser, graph) = (all.appraiser, all.appraiser.graph);
    let to = books.collateral_node;
    if from != to {
        let search = Search::new(graph, from, to, to_f64(amount), &|edge| appraiser.allowed(edge));
        if search.is_empty() || to_f64(amount) > search.cap() {
            return Err(LeverageError::Unlisted("a way to buy so much of the collateral"));
        }
        let worth = |push: &mut Push<'_>| {
            let held = graph.node(to).tokens.iter();
            let held: Option<Vec<_>> =
                held.map(|(token, _)| Some((*token, push.balance(*token)?))).collect();
            let value = appraiser.redeem(&held?)?;
            value.checked_sub(all.market().gas_price.checked_mul(U256::from(push.gas()))?)
        };
        *push = route::best(graph, &search, &[], push, &[(token, amount)], worth)?;
    }
    for (token, _) in graph.node(to).tokens.iter().filter(|(t, _)| *t != books.collateral) {
        let held = push.balance(*token).ok_or(LeverageError::Overflow)?;
        // What earlier conversions left for rounding is not worth another.
        let value = appraiser.redeem(&[(*token, held)]).unwrap_or_default();
        if value > all.market().gas_price.saturating_mul(U256::from(TRANSACTION_GAS)) {
            push.convert(*token, books.collateral, held)?;
        }
    }
    Ok(())
}

fn supply_all(
    books: &Books,
    push: &mut Push<'_>,
    account: &mut Account,
) -> Result<(), LeverageError> {
    let held = push.balance(books.collateral).ok_or(LeverageError::Overflow)?;
    books.pledge(push, account, held)
}
