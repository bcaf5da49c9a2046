//! A fill, run on a state that has the router.

use alloy_primitives::{Address, U256};
use tenor_simulations::{Report, Script, World, simulate};
use tenor_solver::venues::{Answer, Read};

use super::{check::Checked, fill::Fill, order::ROUTER, refusal::Refusal};

/// What a transfer of a rebasing token may leave behind: it moves whole shares, at both ends.
const SHARE_DUST: U256 = U256::from_limbs([2, 0, 0, 0]);

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Units that the taker got.
    pub received: U256,
    /// Units that the taker paid.
    pub spent: U256,
    /// Gas of the fill's transaction; the allowance's is not in it.
    pub gas: u64,
}

/// Whether a state has the router, and so can run fills.
pub fn has_router(world: &World) -> Result<bool, Refusal> {
    let answers = world.answer(&[Read::CodeHash(ROUTER)])?;
    Ok(matches!(answers.first(), Some(Answer::Word(hash)) if !hash.is_zero()))
}

/// Runs a fill from its taker's account, which is given what it pays. What comes in and what goes out must
/// be what the fill says; of tokens that keep shares, but for the dust of their transfers.
pub fn run(world: &World, checked: &Checked, fill: &Fill) -> Result<Run, Refusal> {
    let (order, taker) = (checked.order(), checked.by().taker);
    let report = simulate(
        world,
        &Script {
            account: taker,
            // Dust more: shares worth an amount may transfer less than it.
            holdings: vec![(order.takerAsset, fill.taking.saturating_add(SHARE_DUST))],
            approvals: vec![fill.approval],
            calls: vec![fill.call.clone()],
            watch: vec![order.makerAsset, order.takerAsset],
        },
    )?;
    let (held, got, exact_got) = moved(&report, order.makerAsset);
    let (had, left, exact_left) = moved(&report, order.takerAsset);
    let (received, spent) = (got.saturating_sub(held), had.saturating_sub(left));
    let near = |found: U256, told: U256, exact: bool| {
        found.abs_diff(told) <= if exact { U256::ZERO } else { SHARE_DUST }
    };
    let gas = report.calls.iter().map(|call| call.gas).sum();
    let run = Run { received, spent, gas };
    if near(received, fill.making, exact_got) && near(spent, fill.taking, exact_left) {
        return Ok(run);
    }
    Err(Refusal::Disagrees { fill: Box::new(fill.clone()), run: Box::new(run) })
}

/// Units before and after, and whether units are what the token keeps: shares are compared as the
/// balances that they are at the end.
fn moved(report: &Report, token: Address) -> (U256, U256, bool) {
    let before = report.before.iter().find(|(of, _)| *of == token).map(|(_, stored)| *stored);
    let before = before.unwrap_or_default();
    let Some(after) = report.after.iter().find(|measured| measured.token == token) else {
        return (before, U256::ZERO, true);
    };
    let Some(shares) = after.shares.filter(|shares| !shares.is_zero()) else {
        return (before, after.balance, after.shares.is_none());
    };
    let before = tenor_solver::amount::mul_div(before, after.balance, shares);
    (before.unwrap_or_default(), after.balance, false)
}
