//! Comparing what a model promised with what a run measured.

use std::fmt;

use alloy_primitives::{Address, U256};

use crate::run::Report;

/// What a model says an account holds of a token in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The token.
    pub token: Address,
    /// The balance that it shows.
    pub balance: U256,
    /// Its shares, where the model counts them: for rebasing tokens.
    pub shares: Option<U256>,
}

/// A figure in which model and run differ. A surplus is one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{quantity} of {token}: expected {expected}, measured {}", .measured.map_or_else(|| "nothing".to_owned(), |m| m.to_string()))]
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

/// Confirms that a run ended with exactly what was expected: no tolerance, in either direction.
///
/// Balances and, where expected, shares are compared. A watched token that is not expected must not
/// be held at all, and an expected one must have been watched.
pub fn verify(expected: &[Expected], report: &Report) -> Result<(), Disagreement> {
    for e in expected {
        let measured = report.after.iter().find(|m| m.token == e.token);
        same(e.token, Quantity::Balance, e.balance, measured.map(|m| m.balance))?;
        if let Some(shares) = e.shares {
            same(e.token, Quantity::Shares, shares, measured.and_then(|m| m.shares))?;
        }
    }
    for m in &report.after {
        if expected.iter().all(|e| e.token != m.token) {
            same(m.token, Quantity::Balance, U256::ZERO, Some(m.balance))?;
            same(m.token, Quantity::Shares, U256::ZERO, Some(m.shares.unwrap_or_default()))?;
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

    fn expected(balance: u64, shares: Option<u64>) -> [Expected; 1] {
        let shares = shares.map(U256::from);
        [Expected { token: TOKEN, balance: U256::from(balance), shares }]
    }

    #[test]
    fn the_same_is_confirmed() {
        assert_eq!(verify(&expected(7, None), &report(7, None)), Ok(()));
        assert_eq!(verify(&expected(7, Some(6)), &report(7, Some(6))), Ok(()));
        assert_eq!(verify(&expected(7, None), &report(7, Some(6))), Ok(()));
        assert_eq!(verify(&[], &report(0, None)), Ok(()));
    }

    #[test]
    fn a_wei_more_is_a_disagreement_as_a_wei_less() {
        for measured in [6, 8] {
            let found = verify(&expected(7, None), &report(measured, None)).unwrap_err();
            assert_eq!(found.measured, Some(U256::from(measured)));
            let found = verify(&expected(7, Some(7)), &report(7, Some(measured))).unwrap_err();
            assert_eq!(found.quantity, Quantity::Shares);
        }
    }

    #[test]
    fn what_is_not_expected_or_not_measured_is_a_disagreement() {
        assert!(verify(&[], &report(1, None)).is_err());
        assert!(verify(&[], &report(0, Some(1))).is_err());
        let found = verify(&expected(7, Some(7)), &report(7, None)).unwrap_err();
        assert_eq!(found.to_string(), format!("shares of {TOKEN}: expected 7, measured nothing"));
    }
}
