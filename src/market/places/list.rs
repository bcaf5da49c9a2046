//! A user's own list of tokens, in the form of <https://tokenlists.org>: symbols for tokens that the
//! registry does not name, or another symbol for one that it does.
//!
//! Lists are written by anybody: two tokens of one symbol are no error here, and a sentence that uses
//! the symbol is one, which names both addresses.

use std::collections::HashMap;

use alloy_primitives::Address;
use serde::Deserialize;
use tenor_solver::market::TokenInfo;

use super::{
    MOST_DECIMALS, Places, PlacesError, PlacesErrorKind, contract,
    error::{Refusal, quoted},
    label, once, wire,
};

/// The longest symbol of the form's schema.
const MOST_SYMBOL: usize = 20;

/// A list as it is written. What only describes, such as logos, is skipped.
#[derive(Debug, Deserialize)]
struct File {
    name: String,
    timestamp: String,
    version: Version,
    tokens: Vec<Token>,
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(rename = "major")]
    _major: u32,
    #[serde(rename = "minor")]
    _minor: u32,
    #[serde(rename = "patch")]
    _patch: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    chain_id: u64,
    address: String,
    symbol: String,
    name: String,
    decimals: u8,
}

impl Places {
    /// The same places with the tokens of the list called `name`, as far as they are of this chain.
    pub fn with_tokens(mut self, name: &str, text: &[u8]) -> Result<Self, PlacesError> {
        let read = || {
            let file: File = wire::read(text)?;
            self.listed_of(&file)
        };
        self.listed = read().map_err(|refusal: Refusal| refusal.in_file(name))?;
        Ok(self)
    }

    /// The same places with the tokens of a list that was read before.
    pub(in crate::market) fn listing(mut self, rows: &[wire::Token]) -> Result<Self, Refusal> {
        let token = |(i, row): (usize, &wire::Token)| {
            let row = Token {
                chain_id: self.chain_id,
                address: row.address.clone(),
                symbol: row.symbol.clone(),
                name: row.symbol.clone(),
                decimals: row.decimals,
            };
            token(&row).map_err(|refusal| refusal.within(&format!("listed[{i}]")))
        };
        self.listed = rows.iter().enumerate().map(token).collect::<Result<_, _>>()?;
        Ok(self)
    }

    fn listed_of(&self, file: &File) -> Result<Vec<TokenInfo>, Refusal> {
        label(&file.name, 60).map_err(|r| r.within("name"))?;
        label(&file.timestamp, 64).map_err(|r| r.within("timestamp"))?;
        let _form: &Version = &file.version;
        let (mut seen, mut listed) = (HashMap::new(), Vec::new());
        for (i, row) in file.tokens.iter().enumerate() {
            let at = format!("tokens[{i}]");
            let token = token(row).map_err(|refusal| refusal.within(&at))?;
            once(&mut seen, (row.chain_id, token.address), &format!("{at}.address"))?;
            if row.chain_id == self.chain_id {
                self.agrees(&token).map_err(|refusal| refusal.within(&at))?;
                listed.push(token);
            }
        }
        if listed.is_empty() {
            let what = format!("none of them is of chain {}", self.chain_id);
            return Err(Refusal::form("tokens", what));
        }
        Ok(listed)
    }

    /// A token has the decimals that the registry knows.
    fn agrees(&self, token: &TokenInfo) -> Result<(), Refusal> {
        let known = self.tokens.iter().find(|known| known.address == token.address);
        match known.filter(|known| known.decimals != token.decimals) {
            None => Ok(()),
            Some(TokenInfo { symbol, decimals, .. }) => {
                let what = format!(
                    "{} has {decimals} decimals, as the registry's {symbol:?}: correct the list",
                    token.address
                );
                Err(Refusal::form("decimals", what))
            }
        }
    }

    /// The name that the user's list, or else the registry, gives a token.
    pub(in crate::market) fn named(&self) -> HashMap<Address, &TokenInfo> {
        let both = self.tokens.iter().chain(&self.listed);
        both.map(|token| (token.address, token)).collect()
    }

    /// Whether the user's list names a token.
    pub(in crate::market) fn lists(&self, token: Address) -> bool {
        self.listed.iter().any(|listed| listed.address == token)
    }
}

fn token(row: &Token) -> Result<TokenInfo, Refusal> {
    if row.chain_id == 0 {
        return Err(Refusal::form("chainId", "there is no chain 0"));
    }
    let address = contract(&row.address).map_err(|r| r.within("address"))?;
    let symbol = label(&row.symbol, MOST_SYMBOL).map_err(|r| r.within("symbol"))?;
    if symbol.contains(' ') {
        let what = format!("{} has a space in it", quoted(&symbol));
        return Err(Refusal::form("symbol", what));
    }
    if row.name.is_empty() {
        return Err(Refusal::new("name", PlacesErrorKind::Form("it is empty".into())));
    }
    if row.decimals > MOST_DECIMALS {
        let what = format!("{} is out of range: 0 to {MOST_DECIMALS}", row.decimals);
        return Err(Refusal::form("decimals", what));
    }
    Ok(TokenInfo { address, symbol, decimals: row.decimals })
}
