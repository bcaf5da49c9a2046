//! Comparing what a model promised with what a run measured.

use std::fmt;

use alloy_primitives::{Address, U256};
use tenor_solver::solution::Solution;

use crate::run::Report;

/// A solution that an EVM run has confirmed. Only [`verify`] makes one.
#[derive(Debug, Clone)]
pub struct Verified {
    solution: Solution,
    report: Report,
}

impl Verified {
    /// The solution.
    pub const fn solution(&self) -> &Solution {
        &self.solution
    }

    /// The run that confirmed it.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// By how much the run's balances and the plan's differ, all tokens together, as measured.
    /// [`verify`] lets no other than zero through.
    pub fn difference(&self) -> U256 {
        let expected = expected(&self.solution, &self.report);
        self.report.after.iter().fold(U256::ZERO, |sum, measured| {
            let held = expected.iter().find(|expected| expected.token == measured.token);
            let planned = held.map_or(U256::ZERO, |held| held.balance);
            sum.saturating_add(planned.abs_diff(measured.balance))
        })
    }
}

/// Confirms that a run ended with exactly what the solution promised: a surplus is a disagreement
/// too. What an account held beyond what the solution starts with, it must hold in the end.
pub fn verify(solution: Solution, report: Report) -> Result<Verified, Disagreement> {
    compare(&expected(&solution, &report), &report)?;
    Ok(Verified { solution, report })
}

/// What the solution promises of every token that it or the account has.
fn expected(solution: &Solution, report: &Report) -> Vec<Expected> {
    let ends = solution.end.iter().map(|held| held.token);
    let others = report.before.iter().map(|(token, _)| *token);
    let others = others.filter(|token| solution.end.iter().all(|held| held.token != *token));
    ends.chain(others).map(|token| expected_of(solution, report, token)).collect()
}

/// Of a rebasing token that was held before, the balance follows from the shares alone, by totals
/// that only the chain knows: it is taken as measured, and the shares are compared.
fn expected_of(solution: &Solution, report: &Report, token: Address) -> Expected {
    let held = solution.end.iter().find(|held| held.token == token);
    let (stored, balance) = held.map_or_else(Default::default, |h| (h.stored, h.balance));
    let before = report.before.iter().find(|(watched, _)| *watched == token);
    let own =
        before.map_or(U256::ZERO, |(_, had)| had.saturating_sub(solution.start.stored(token)));
    if own.is_zero() {
        return Expected { token, balance, stored };
    }
    let after = report.after.iter().find(|measured| measured.token == token);
    let shown = after.filter(|measured| measured.shares.is_some()).map(|m| m.balance);
    let balance = shown.unwrap_or_else(|| balance.saturating_add(own));
    Expected { token, balance, stored: stored.saturating_add(own) }
}

/// What a model says an account holds of a token in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The token.
    pub token: Address,
    /// The balance that it shows.
    pub balance: U256,
    /// What the chain stores: shares of a rebasing token, units of any other.
    pub stored: U256,
}

impl Expected {
    /// A token that does not rebase.
    pub const fn units(token: Address, balance: U256) -> Self {
        Self { token, balance, stored: balance }
    }
}

/// A figure in which model and run differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct Disagreement {
    /// The token.
    pub token: Address,
    /// What differs.
    pub quantity: Quantity,
    /// As the model says.
    pub expected: U256,
    /// As the run says; `None` when it did not measure that.
    pub measured: Option<U256>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, quantity, expected, measured } = self;
        write!(f, "{quantity} of {token}: expected {expected}, ")?;
        match measured {
            Some(measured) => write!(f, "measured {measured}"),
            None => f.write_str("not measured"),
        }
    }
}

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The balance.
    Balance,
    /// The shares behind it.
    Shares,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Balance => "balance",
            Self::Shares => "shares",
        })
    }
}

/// Compares a run's end with what was expected, balances and shares: no tolerance, in either
/// direction.
///
/// A watched token that is not expected must not be held at all, and an expected one must have been
/// watched.
pub fn compare(expected: &[Expected], report: &Report) -> Result<(), Disagreement> {
    for &Expected { token, balance, stored } in expected {
        let measured = report.after.iter().find(|m| m.token == token);
        same(token, Quantity::Balance, balance, measured.map(|m| m.balance))?;
        same(token, Quantity::Shares, stored, measured.map(|m| m.stored()))?;
    }
    for m in &report.after {
        if expected.iter().all(|e| e.token != m.token) {
            same(m.token, Quantity::Balance, U256::ZERO, Some(m.balance))?;
            same(m.token, Quantity::Shares, U256::ZERO, Some(m.stored()))?;
        }
    }
    Ok(())
}

fn same(
    token: Address,
    quantity: Quantity,
    expected: U256,
    measured: Option<U256>,
) -> Result<(), Disagreement> {
    if measured == Some(expected) {
        return Ok(());
    }
    Err(Disagreement { token, quantity, expected, measured })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Measured;

    const TOKEN: Address = Address::repeat_byte(1);

    fn report(balance: u64, shares: Option<u64>) -> Report {
        let after =
            Measured { token: TOKEN, balance: U256::from(balance), shares: shares.map(U256::from) };
        Report { before: vec![], after: vec![after], gas: 0, approvals: vec![], calls: vec![] }
    }

    fn expected(balance: u64, stored: u64) -> [Expected; 1] {
        let [balance, stored] = [balance, stored].map(U256::from);
        [Expected { token: TOKEN, balance, stored }]
    }

    #[test]
    fn the_same_is_confirmed() {
        assert_eq!(compare(&expected(7, 7), &report(7, None)), Ok(()));
        assert_eq!(compare(&expected(7, 6), &report(7, Some(6))), Ok(()));
        assert_eq!(compare(&[], &report(0, None)), Ok(()));
    }

    #[test]
    fn a_wei_more_is_a_disagreement_as_a_wei_less() {
        for measured in [6, 8] {
            let found = compare(&expected(7, 7), &report(measured, None)).unwrap_err();
            assert_eq!(found.measured, Some(U256::from(measured)));
            let found = compare(&expected(7, 7), &report(7, Some(measured))).unwrap_err();
            assert_eq!(found.quantity, Quantity::Shares);
        }
    }

    #[test]
    fn what_is_not_expected_or_not_measured_is_a_disagreement() {
        assert!(compare(&[], &report(1, None)).is_err());
        assert!(compare(&[], &report(0, Some(1))).is_err());
        let nothing = Report { after: vec![], ..report(0, None) };
        let found = compare(&expected(7, 7), &nothing).unwrap_err();
        assert_eq!(found.to_string(), format!("balance of {TOKEN}: expected 7, not measured"));
    }
}
