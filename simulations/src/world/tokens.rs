//! Tokens, and how an account comes to hold some.

use alloy_primitives::{Address, B256, U256};
use tenor_solver::venues::{NATIVE, Rebase};

use super::{Books, Contract, World, WorldBuilder, WorldError, slots};

/// How a token keeps its books.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// Balances, and a supply that is their sum.
    Plain,
    /// Balances within a supply that the figures gave.
    Share,
    /// Balances backed by ether in the contract.
    Weth,
    /// Balances backed one for one by the shares that the contract holds of another token.
    Wrapper { of: Address },
    /// Shares; balances follow from totals.
    Shares { totals: Rebase, reader: SharesReader },
    /// Scaled balances; balances follow from the reserve's index.
    Scaled,
    /// Principals of Compound III; balances follow from the market's index.
    Principal,
    /// An entry in a market's books, which another contract keeps: nothing is at the address.
    Position { of: Address, market: B256, entry: Entry },
}

/// Which figure of an account a market's books have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Supply shares, counted as they are.
    Supply,
    /// Shares of debt; what is owed follows from the market's totals.
    Debt,
    /// Units of collateral.
    Collateral,
}

/// The function that reads an account's shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharesReader {
    /// Lido's `sharesOf(address)`.
    SharesOf,
    /// ether.fi's `shares(address)`.
    Shares,
}

/// One addition to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// To a slot of a contract.
    Slot(Address, U256, U256),
    /// To an account's ether.
    Ether(Address, U256),
}

impl World {
    /// What makes `holder` own `stored` more of a token: shares of a rebasing one, units of any
    /// other. Whatever backs the token comes with it. `None` for a token that is not in this world.
    pub(crate) fn grants(
        &self,
        token: Address,
        holder: Address,
        stored: U256,
    ) -> Option<Vec<Grant>> {
        grants(self.form(token), token, holder, stored)
    }

    /// What lets `spender` take any amount of an owner's token. `None` for a token that is not in this world,
    /// and for ether.
    pub(crate) fn allowance(
        &self,
        token: Address,
        owner: Address,
        spender: Address,
    ) -> Option<Grant> {
        let allowances = match self.form(token)? {
            Form::Shares { .. } => slots::lido::ALLOWANCES,
            _ => slots::erc20::ALLOWANCES,
        };
        let slot = slots::entry(slots::entry(allowances, owner), spender);
        Some(Grant::Slot(token, slot, U256::MAX))
    }

    /// The slot in which the reference contracts keep what `holder` has of a token; `None` where
    /// others keep the books.
    pub(crate) fn kept(&self, token: Address, holder: Address) -> Option<(Address, U256)> {
        if !matches!(self.books(), Books::Reference(_)) {
            return None;
        }
        match self.form(token)? {
            Form::Shares { .. } => Some((token, slots::entry(slots::lido::SHARES, holder))),
            Form::Principal | Form::Position { .. } => None,
            _ => Some((token, slots::entry(slots::erc20::BALANCES, holder))),
        }
    }
}

pub(super) fn grants(
    form: Option<Form>,
    token: Address,
    holder: Address,
    stored: U256,
) -> Option<Vec<Grant>> {
    if token == NATIVE {
        return Some(vec![Grant::Ether(holder, stored)]);
    }
    let units = |amount| Grant::Slot(token, slots::entry(slots::erc20::BALANCES, holder), amount);
    let supply = Grant::Slot(token, slots::erc20::SUPPLY, stored);
    let shares = |of, who| Grant::Slot(of, slots::entry(slots::lido::SHARES, who), stored);
    Some(match form? {
        Form::Plain => vec![units(stored), supply],
        Form::Share | Form::Scaled => vec![units(stored)],
        Form::Weth => vec![units(stored), Grant::Ether(token, stored)],
        Form::Wrapper { of } => vec![units(stored), supply, shares(of, token)],
        Form::Shares { .. } => vec![shares(token, holder)],
        // No reference contract keeps such books.
        Form::Principal | Form::Position { .. } => return None,
    })
}

impl WorldBuilder {
    /// Places WETH9.
    pub fn weth(&mut self, address: Address) -> Result<(), WorldError> {
        self.weth = address;
        self.erc20(address, Contract::Weth9, Form::Weth, 18)
    }

    /// Places a plain ERC-20.
    pub fn token(&mut self, address: Address, decimals: u8) -> Result<(), WorldError> {
        self.erc20(address, Contract::Token, Form::Plain, decimals)
    }

    /// Places an ERC-20 that returns nothing and changes an allowance only from or to zero, as
    /// Tether USD does.
    pub fn tether(&mut self, address: Address, decimals: u8) -> Result<(), WorldError> {
        self.erc20(address, Contract::TetherToken, Form::Plain, decimals)
    }

    /// Places Permit2.
    pub fn permit2(&mut self, address: Address) -> Result<(), WorldError> {
        self.place(address, Contract::Permit2)
    }

    /// Places the Settler, which knows mainnet's WETH. It makes Executors by itself.
    pub fn settler(&mut self, address: Address) -> Result<(), WorldError> {
        self.place(address, Contract::Settler)
    }

    /// Gives an account `stored` more of a token: shares of a rebasing one, units of any other.
    pub fn fund(
        &mut self,
        token: Address,
        holder: Address,
        stored: U256,
    ) -> Result<(), WorldError> {
        let grants = grants(self.form(token), token, holder, stored)
            .ok_or(WorldError::NoSuchToken { token, holder })?;
        for grant in grants {
            match grant {
                Grant::Slot(address, slot, amount) => self.state.add(address, slot, amount),
                Grant::Ether(address, wei) => self.state.add_ether(address, wei),
            }
            .ok_or(WorldError::Overflow(token))?;
        }
        Ok(())
    }

    /// Lets `spender` take up to `amount` of an account's token.
    pub fn allow(
        &mut self,
        token: Address,
        owner: Address,
        spender: Address,
        amount: U256,
    ) -> Result<(), WorldError> {
        let allowances = match self.form(token) {
            None => return Err(WorldError::NoSuchToken { token, holder: owner }),
            Some(Form::Shares { .. }) => slots::lido::ALLOWANCES,
            Some(_) => slots::erc20::ALLOWANCES,
        };
        self.store(token, slots::entry(slots::entry(allowances, owner), spender), amount);
        Ok(())
    }

    pub(super) fn erc20(
        &mut self,
        address: Address,
        contract: Contract,
        form: Form,
        decimals: u8,
    ) -> Result<(), WorldError> {
        self.place(address, contract)?;
        self.store(address, slots::erc20::DECIMALS, U256::from(decimals));
        self.forms.insert(address, form);
        Ok(())
    }
}
