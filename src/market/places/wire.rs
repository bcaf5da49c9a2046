//! The wire form of `tenor.places/1`, and of the places within a `tenor.market/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tenor_solver::market::TokenInfo;

use super::{
    Places, Row,
    error::{PlacesErrorKind, Refusal},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) schema: String,
    #[serde(rename = "note", default)]
    _note: String,
    pub(super) chain_id: u64,
    pub(super) tokens: Vec<Token>,
    pub(super) places: Vec<Place>,
    #[serde(default)]
    pub(super) code: Vec<Code>,
}

/// The code that a contract is recorded to have.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::market) struct Code {
    pub(super) contract: String,
    pub(super) hash: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) proxy: bool,
    pub(super) source: String,
}

/// A token that is not asked for its symbol.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::market) struct Token {
    pub(super) symbol: String,
    pub(super) address: String,
    pub(super) decimals: u8,
}

/// A place.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::market) struct Place {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) protocol: String,
    pub(super) contracts: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) constants: BTreeMap<String, u64>,
    pub(super) source: String,
}

impl Places {
    pub(in crate::market) fn wire_tokens(&self) -> Vec<Token> {
        self.tokens.iter().map(token).collect()
    }

    /// Tokens of the user's list, as far as a market has them.
    pub(in crate::market) fn wire_listed(&self, market: &[TokenInfo]) -> Vec<Token> {
        let traded = |listed: &&TokenInfo| market.iter().any(|t| t.address == listed.address);
        self.listed.iter().filter(traded).map(token).collect()
    }

    pub(in crate::market) fn wire_code(&self) -> Vec<Code> {
        let code = |code: &super::Code| Code {
            contract: format!("{:#x}", code.contract),
            hash: format!("{:#x}", code.hash),
            proxy: code.proxy,
            source: code.source.clone(),
        };
        self.code.iter().map(code).collect()
    }

    pub(in crate::market) fn wire_rows(&self) -> Vec<Place> {
        let row = |Row { place, protocol, source }: &Row| {
            let contracts = place.contracts.iter();
            let contracts = contracts.map(|(role, at)| (role.clone(), format!("{at:#x}")));
            Place {
                id: place.id.to_string(),
                kind: place.kind.clone(),
                protocol: protocol.clone(),
                contracts: contracts.collect(),
                constants: place.constants.clone(),
                source: source.clone(),
            }
        };
        self.rows.iter().map(row).collect()
    }
}

fn token(token: &TokenInfo) -> Token {
    Token {
        symbol: token.symbol.clone(),
        address: format!("{:#x}", token.address),
        decimals: token.decimals,
    }
}

/// JSON of a given form, with the path of what does not fit.
pub(in crate::market) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { "" } else { &path };
        Refusal::new(path, PlacesErrorKind::Json(error.inner().to_string()))
    })?;
    json.end().map_err(|error| Refusal::new("", PlacesErrorKind::Json(error.to_string())))?;
    Ok(value)
}
