//! The wire form of `tenor.places/1`, and of the places within a `tenor.market/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

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
        let token = |token: &tenor_solver::market::TokenInfo| Token {
            symbol: token.symbol.clone(),
            address: format!("{:#x}", token.address),
            decimals: token.decimals,
        };
        self.tokens.iter().map(token).collect()
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
