//! The calls of a loop's steps, as the owner's own account sends them.

use alloy_primitives::{Address, Bytes, U256, uint};
use alloy_sol_types::sol;

use super::{AaveTerms, Account, Credit, Terms};
use crate::venues::{Call, Encoded, MarketParams};

mod aave {
    use super::sol;
    sol! {
        function supply(address asset, uint256 amount, address onBehalfOf, uint16 code) external;
        function withdraw(address asset, uint256 amount, address to) external returns (uint256);
        function borrow(
            address asset, uint256 amount, uint256 rate_mode, uint16 code, address onBehalfOf
        ) external;
        function repay(
            address asset, uint256 amount, uint256 rate_mode, address onBehalfOf
        ) external returns (uint256);
        function setUserEMode(uint8 category) external;
    }
}

mod morpho {
    use super::sol;
    sol! {
        struct Market {
            address loanToken;
            address collateralToken;
            address oracle;
            address irm;
            uint256 lltv;
        }

        function supplyCollateral(
            Market params, uint256 assets, address onBehalf, bytes data
        ) external;
        function withdrawCollateral(
            Market params, uint256 assets, address onBehalf, address receiver
        ) external;
        function borrow(
            Market params, uint256 assets, uint256 shares, address onBehalf, address receiver
        ) external returns (uint256, uint256);
        function repay(
            Market params, uint256 assets, uint256 shares, address onBehalf, bytes data
        ) external returns (uint256, uint256);
    }
}

/// Aave's variable rate.
const VARIABLE: U256 = uint!(2_U256);
const CODE: u16 = 0;
/// The share of a debt by which it may grow between a plan and its last call: a week at 5 %.
const INTEREST: U256 = uint!(1_000_U256);

fn one<C: alloy_sol_types::SolCall>(to: Address, call: &C) -> Encoded {
    Encoded { approval: None, calls: vec![Call::new(to, U256::ZERO, call)] }
}

const fn market(params: &MarketParams) -> morpho::Market {
    let MarketParams { loanToken, collateralToken, oracle, irm, lltv } = *params;
    morpho::Market { loanToken, collateralToken, oracle, irm, lltv }
}

impl Credit {
    /// Pledges collateral of `owner`.
    pub fn pledge(&self, owner: Address, amount: U256) -> Encoded {
        let asset = self.collateral;
        match &self.terms {
            Terms::Aave(terms) => {
                let call = aave::supplyCall { asset, amount, onBehalfOf: owner, code: CODE };
                one(terms.pool, &call).allowing(asset, terms.pool, amount)
            }
            Terms::Morpho(terms) => {
                let (morpho, params) = (terms.morpho, market(&terms.params));
                let (assets, data) = (amount, Bytes::new());
                let call = morpho::supplyCollateralCall { params, assets, onBehalf: owner, data };
                one(morpho, &call).allowing(asset, morpho, amount)
            }
        }
    }

    /// Borrows for `owner`; the `first` time, its account is put into the e-mode before.
    pub fn borrow(&self, owner: Address, amount: U256, first: bool) -> Encoded {
        let asset = self.loan;
        match &self.terms {
            Terms::Aave(terms) => {
                let AaveTerms { pool, category, .. } = **terms;
                let (code, rate_mode) = (CODE, VARIABLE);
                let call = aave::borrowCall { asset, amount, rate_mode, code, onBehalfOf: owner };
                let mut encoded = one(pool, &call);
                if first && category != 0 {
                    let mode = aave::setUserEModeCall { category };
                    encoded.calls.insert(0, Call::new(pool, U256::ZERO, &mode));
                }
                encoded
            }
            Terms::Morpho(terms) => {
                let (morpho, params) = (terms.morpho, market(&terms.params));
                let (assets, shares) = (amount, U256::ZERO);
                let call =
                    morpho::borrowCall { params, assets, shares, onBehalf: owner, receiver: owner };
                one(morpho, &call)
            }
        }
    }

    /// Repays `amount` of what `before` owes: all of it where that is as much.
    pub fn repay(&self, owner: Address, amount: U256, before: &Account) -> Encoded {
        let all = before.owed().is_some_and(|owed| amount >= owed);
        // All of it grows until the call is sent.
        let grown = amount.saturating_add(amount / INTEREST);
        let allowed = if all { grown } else { amount };
        match &self.terms {
            Terms::Aave(terms) => {
                let paid = if all { U256::MAX } else { amount };
                let (asset, rate_mode) = (self.loan, VARIABLE);
                let call = aave::repayCall { asset, amount: paid, rate_mode, onBehalfOf: owner };
                one(terms.pool, &call).allowing(asset, terms.pool, allowed)
            }
            Terms::Morpho(terms) => {
                let (morpho, params) = (terms.morpho, market(&terms.params));
                let (assets, shares) = match before {
                    Account::Morpho(loan) if all => (U256::ZERO, loan.loan.borrow_shares),
                    _ => (amount, U256::ZERO),
                };
                let data = Bytes::new();
                let call = morpho::repayCall { params, assets, shares, onBehalf: owner, data };
                one(morpho, &call).allowing(self.loan, morpho, allowed)
            }
        }
    }

    /// Takes `amount` of what `before` has pledged out: all of it where that is as much.
    pub fn release(&self, owner: Address, amount: U256, before: &Account) -> Encoded {
        let all = before.collateral().is_some_and(|held| amount >= held);
        match &self.terms {
            Terms::Aave(terms) => {
                let amount = if all { U256::MAX } else { amount };
                let call = aave::withdrawCall { asset: self.collateral, amount, to: owner };
                one(terms.pool, &call)
            }
            Terms::Morpho(terms) => {
                let (morpho, params) = (terms.morpho, market(&terms.params));
                let call = morpho::withdrawCollateralCall {
                    params,
                    assets: amount,
                    onBehalf: owner,
                    receiver: owner,
                };
                one(morpho, &call)
            }
        }
    }
}
