//! Where venues are: the registry of places, schema `tenor.places/1`, checked where it is read.
//!
//! A place is a kind of venue with its contracts by role; everything else the chain tells. A registry
//! names tokens too, those whose symbols are not to be asked for.

mod code;
pub(super) mod error;
mod list;
pub(super) mod wire;

use std::collections::{BTreeMap, HashMap, HashSet};

use alloy_primitives::Address;
use tenor_solver::{
    market::TokenInfo,
    venues::{KINDS, Kind, NATIVE, Place, Site, VenueId},
};

use self::error::{Refusal, quoted};
pub use self::{
    code::{Code, CodeChecks},
    error::{PlacesError, PlacesErrorKind},
};

/// The schema that is read.
const SCHEMA: &str = "tenor.places/1";

/// Ethereum, where the sites that kinds know are.
const MAINNET: u64 = 1;

/// More decimals than any token has.
const MOST_DECIMALS: u8 = 36;

/// A registry of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The chain.
    pub chain_id: u64,
    /// Tokens whose symbol and decimals are as given here.
    pub tokens: Vec<TokenInfo>,
    /// Places, in the file's order.
    pub rows: Vec<Row>,
    /// Code that contracts are recorded to have; each place has the hashes of its own.
    pub code: Vec<Code>,
    /// Tokens of the user's own list: see [`Places::with_tokens`].
    pub listed: Vec<TokenInfo>,
}

/// A place as a registry lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The place.
    pub place: Place,
    /// Who runs it: the name that `avoid` and `only` use.
    pub protocol: String,
    /// Where the addresses were found, in words.
    pub source: String,
}

impl Places {
    /// Reads the registry called `name`.
    pub fn parse(name: &str, text: &[u8]) -> Result<Self, PlacesError> {
        let read = || {
            let file: wire::File = wire::read(text)?;
            error::schema(&file.schema, SCHEMA)?;
            Self::check(file.chain_id, &file.tokens, &file.places, &file.code)
        };
        read().map_err(|refusal: Refusal| refusal.in_file(name))
    }

    /// The same, and on mainnet the venues that their kinds themselves know, but for
    /// those whose names are listed.
    #[must_use]
    pub fn with_sites(mut self) -> Self {
        let listed: HashSet<_> = self.rows.iter().map(|row| row.place.id.clone()).collect();
        if self.chain_id == MAINNET {
            let sites =
                KINDS.iter().flat_map(|kind| kind.sites.iter().map(|site| row_at(kind, site)));
            self.rows.extend(sites.filter(|row| !listed.contains(&row.place.id)));
        }
        self
    }

    pub(super) fn check(
        chain_id: u64,
        tokens: &[wire::Token],
        places: &[wire::Place],
        code: &[wire::Code],
    ) -> Result<Self, Refusal> {
        if chain_id == 0 {
            return Err(Refusal::form("chain_id", "there is no chain 0"));
        }
        let (mut rows, code) = (checked_rows(places)?, code::checked(code)?);
        code::handed_out(&mut rows, &code);
        Ok(Self { chain_id, tokens: checked_tokens(tokens)?, rows, code, listed: Vec::new() })
    }
}

/// A venue that its kind knows.
fn row_at(kind: &Kind, site: &Site) -> Row {
    let contracts = site.contracts.iter().map(|(role, at)| ((*role).to_owned(), *at));
    let place = Place {
        id: VenueId::new(site.id),
        kind: kind.name.to_owned(),
        contracts: contracts.collect(),
        constants: BTreeMap::new(),
        code: BTreeMap::new(),
    };
    Row { place, protocol: site.protocol.to_owned(), source: site.source.to_owned() }
}

fn checked_tokens(rows: &[wire::Token]) -> Result<Vec<TokenInfo>, Refusal> {
    let (mut addresses, mut symbols) = (HashMap::new(), HashMap::new());
    let mut tokens = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let at = format!("tokens[{i}]");
        let address = contract(&row.address).map_err(|r| r.within(&format!("{at}.address")))?;
        let symbol = label(&row.symbol, 32).map_err(|r| r.within(&format!("{at}.symbol")))?;
        if row.decimals > MOST_DECIMALS {
            let what = format!("{} is out of range: 0 to {MOST_DECIMALS}", row.decimals);
            return Err(Refusal::form(&format!("{at}.decimals"), what));
        }
        once(&mut addresses, address, &format!("{at}.address"))?;
        // Sentences name tokens in any case.
        once(&mut symbols, symbol.to_ascii_lowercase(), &format!("{at}.symbol"))?;
        tokens.push(TokenInfo { address, symbol, decimals: row.decimals });
    }
    Ok(tokens)
}

fn checked_rows(rows: &[wire::Place]) -> Result<Vec<Row>, Refusal> {
    let (mut ids, mut owns) = (HashMap::new(), HashMap::new());
    let mut checked = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let at = format!("places[{i}]");
        let (row, kind) = self::row(row).map_err(|r| r.within(&at))?;
        once(&mut ids, row.place.id.clone(), &format!("{at}.id"))?;
        let own: Vec<_> = kind.own.iter().map(|role| row.place.contracts.get(*role)).collect();
        let own: Vec<Address> = own.into_iter().flatten().copied().collect();
        let apart: Vec<_> = kind.apart.iter().map(|name| row.place.constants.get(*name)).collect();
        let apart: Vec<Option<u64>> = apart.into_iter().map(Option::<&u64>::copied).collect();
        once(&mut owns, (kind.name, own, apart), &format!("{at}.contracts"))?;
        checked.push(row);
    }
    Ok(checked)
}

fn row(row: &wire::Place) -> Result<(Row, &'static Kind), Refusal> {
    let id = label(&row.id, 128).map_err(|r| r.within("id"))?;
    let kind = Kind::named(&row.kind).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        Refusal::new("kind", PlacesErrorKind::NoSuchKind(quoted(&row.kind), known.join(", ")))
    })?;
    let place = Place {
        id: VenueId::new(id),
        kind: row.kind.clone(),
        contracts: contracts(kind, &row.contracts).map_err(|r| r.within("contracts"))?,
        constants: constants(kind, &row.constants).map_err(|r| r.within("constants"))?,
        code: BTreeMap::new(),
    };
    let protocol = label(&row.protocol, 128).map_err(|r| r.within("protocol"))?;
    Ok((Row { place, protocol, source: row.source.clone() }, kind))
}

fn contracts(
    kind: &Kind,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Address>, Refusal> {
    let roles = || kind.own.iter().chain(kind.others);
    if let Some(role) = roles().find(|role| !given.contains_key(**role)) {
        return Err(Refusal::new(role, PlacesErrorKind::Missing));
    }
    let known = |role: &str| roles().any(|known| *known == role);
    if let Some(role) = given.keys().find(|role| !known(role)) {
        let roles: Vec<_> = roles().copied().collect();
        let kind = PlacesErrorKind::Foreign(kind.name, roles.join(", "));
        return Err(Refusal::new(role, kind));
    }
    given
        .iter()
        .map(|(role, text)| {
            let found = if role.starts_with("currency") { currency(text) } else { contract(text) };
            Ok((role.clone(), found.map_err(|r| r.within(role))?))
        })
        .collect()
}

fn constants(kind: &Kind, given: &BTreeMap<String, u64>) -> Result<BTreeMap<String, u64>, Refusal> {
    match given.keys().find(|name| !kind.constants.contains(&name.as_str())) {
        None => Ok(given.clone()),
        Some(name) => {
            let kind = PlacesErrorKind::Foreign(kind.name, kind.constants.join(", "));
            Err(Refusal::new(name, kind))
        }
    }
}

/// A contract's address: all lower case, or mixed case with its checksum.
fn contract(text: &str) -> Result<Address, Refusal> {
    let bad = |what: &str| Refusal::form("", format!("{} {what}", quoted(text)));
    let hex = text.strip_prefix("0x").filter(|hex| hex.len() == 40);
    let hex = hex.ok_or_else(|| bad("is no address: 0x and 40 hexadecimal digits"))?;
    let address = if hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Address::parse_checksummed(text, None)
            .map_err(|_| bad("fails its EIP-55 checksum: correct it, or write it in lower case"))?
    } else {
        text.parse().map_err(|_| bad("is no address: 0x and 40 hexadecimal digits"))?
    };
    if address.is_zero() || address == NATIVE {
        return Err(bad("is no contract"));
    }
    Ok(address)
}

/// As a contract's address, or what stands for native ETH.
fn currency(text: &str) -> Result<Address, Refusal> {
    if text.parse() == Ok(NATIVE) { Ok(NATIVE) } else { contract(text) }
}

/// A short name in printable ASCII, safe to show on one line.
fn label(text: &str, most: usize) -> Result<String, Refusal> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if printable && (1..=most).contains(&text.len()) && text.trim() == text {
        return Ok(text.to_owned());
    }
    Err(Refusal::form("", format!("{} is not 1 to {most} printable characters", quoted(text))))
}

/// Refuses the second of two equal keys, naming the first.
fn once<K: Eq + std::hash::Hash>(
    seen: &mut HashMap<K, String>,
    key: K,
    path: &str,
) -> Result<(), Refusal> {
    match seen.insert(key, path.to_owned()) {
        None => Ok(()),
        Some(other) => Err(Refusal::new(path, PlacesErrorKind::Duplicate(other))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tenor_simulations::figures::{PLACES_NAME, embedded_places};

    use super::*;

    fn registry() -> Value {
        serde_json::from_slice(embedded_places()).unwrap()
    }

    fn refused(change: impl FnOnce(&mut Value)) -> String {
        let mut file = registry();
        change(&mut file);
        let text = serde_json::to_vec(&file).unwrap();
        Places::parse("p.json", &text).unwrap_err().to_string()
    }

    #[test]
    fn the_embedded_registry_is_read() {
        let places = Places::parse(PLACES_NAME, embedded_places()).unwrap();
        assert_eq!((places.chain_id, places.rows.len(), places.tokens.len()), (1, 76, 50));
        let kinds = |kind: &Kind| places.rows.iter().any(|row| row.place.kind == kind.name);
        // No public source that was found says where on mainnet these are.
        let placed = |kind: &&Kind| kinds(kind) || !kind.sites.is_empty();
        let unplaced = KINDS.iter().filter(|kind| !placed(kind)).map(|kind| kind.name);
        assert_eq!(
            unplaced.collect::<Vec<_>>(),
            ["balancer_v3_stable", "balancer_v3_weighted", "evm_quoted"]
        );
        assert!(places.rows.iter().all(|row| !row.source.is_empty()));
    }

    /// What kinds know of themselves is read as a file's rows are, beside those of the file.
    #[test]
    fn sites_are_rows_as_any_others() {
        let listed = Places::parse(PLACES_NAME, embedded_places()).unwrap();
        let all = listed.clone().with_sites();
        let sites: usize = KINDS.iter().map(|kind| kind.sites.len()).sum();
        assert!(sites > 0);
        assert_eq!(all.rows.len(), listed.rows.len() + sites);
        assert_eq!(all.clone().with_sites(), all);
        let rows = all.wire_rows();
        assert_eq!(checked_rows(&rows).unwrap(), all.clone().with_any_code().rows);
        let elsewhere = Places { chain_id: 10, ..listed.clone() };
        assert_eq!(elsewhere.clone().with_sites(), elsewhere);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_path() {
        for (says, change) in [
            (
                "places[0].kind: there is no venue kind \"uni\"; there are aave_v3",
                Box::new(|v: &mut Value| v["places"][0]["kind"] = json!("uni"))
                    as Box<dyn FnOnce(&mut Value)>,
            ),
            (
                "places[0].contracts.weth: missing",
                Box::new(|v| v["places"][0]["contracts"] = json!({})),
            ),
            (
                "places[0].contracts.weth: \"0x12\" is no address",
                Box::new(|v| v["places"][0]["contracts"]["weth"] = json!("0x12")),
            ),
            (
                "fails its EIP-55 checksum",
                Box::new(|v| {
                    let bad = json!("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756CC2");
                    v["places"][0]["contracts"]["weth"] = bad;
                }),
            ),
            (
                "places[1].contracts.vault: a uniswap_v2 knows pool, router",
                Box::new(|v| {
                    let other = v["places"][1]["contracts"]["pool"].clone();
                    v["places"][1]["contracts"]["vault"] = other;
                }),
            ),
            (
                "places[1].constants.fee: a uniswap_v2 knows fee_ppm",
                Box::new(|v| v["places"][1]["constants"] = json!({"fee": 3})),
            ),
            (
                "places[2].id: the same as places[1].id",
                Box::new(|v| v["places"][2]["id"] = v["places"][1]["id"].clone()),
            ),
            (
                "places[2].contracts: the same as places[1].contracts",
                Box::new(|v| v["places"][2]["contracts"] = v["places"][1]["contracts"].clone()),
            ),
            (
                "tokens[1].symbol: the same as tokens[0].symbol",
                Box::new(|v| v["tokens"][1]["symbol"] = json!("weth")),
            ),
            ("unknown field", Box::new(|v| v["placez"] = json!([]))),
            ("unknown schema \"x\"", Box::new(|v| v["schema"] = json!("x"))),
            ("chain_id: there is no chain 0", Box::new(|v| v["chain_id"] = json!(0))),
        ] {
            let error = refused(change);
            assert!(error.starts_with("p.json: ") && error.contains(says), "{says}: {error}");
        }
    }
}
