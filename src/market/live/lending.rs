//! What venues lend against collateral that stands for ETH, as their contracts say at a block.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_primitives::{Address, B256, Keccak256};
use tenor_solver::{
    leverage::{Credit, Terms},
    market::{AsOf, Redemption},
    venues::{Answer, At, Chain, Place, Read, Unread, VenueId, aave_terms, morpho_terms},
};

use super::{
    LiveError, ask,
    entry::{Entry, answer_into},
};
use crate::market::places::{Places, Row};

/// Tries to read the terms: each may ask for what the answers before have told, as a pool tells its
/// oracle.
const ROUNDS: usize = 12;

/// Loans on offer, and what they were read from.
#[derive(Debug, Clone, Default)]
pub(super) struct Lending {
    credits: Arc<[Credit]>,
    answers: Arc<[(Read, Answer)]>,
}

impl Lending {
    pub(super) fn credits(&self) -> &[Credit] {
        &self.credits
    }

    pub(super) fn answers(&self) -> impl Iterator<Item = (&Read, &Answer)> {
        self.answers.iter().map(|(read, answer)| (read, answer))
    }

    /// Names the answers; `None` where nothing is lent.
    pub(super) fn digest(&self) -> Option<B256> {
        if self.credits.is_empty() {
            return None;
        }
        let mut digest = Keccak256::new();
        self.answers.iter().for_each(|(_, answer)| answer_into(&mut digest, answer));
        Some(digest.finalize())
    }
}

/// Where something is lent.
enum Lender<'p> {
    /// A pool of reserves: the venues of those that are lent, by their tokens.
    Pool { pool: Address, of: Vec<(Address, &'p Row)> },
    /// A market of its own.
    Market(&'p Row),
}

/// Reads what is lent, against tokens whose worth in ETH is known; of loans those that are worth one
/// ETH each, as a loop on ETH owes no other. What was asked last is asked anew in the first round.
pub(super) fn read<E>(
    places: &Places,
    entries: &[Arc<Entry>],
    known: &[Redemption],
    at: At,
    last: &Lending,
    as_of: &AsOf,
    fetch: &mut impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<Lending, LiveError<E>> {
    let lenders = lenders(places, entries);
    if lenders.is_empty() {
        return Ok(Lending::default());
    }
    let mut told: HashMap<Read, Answer> = HashMap::new();
    for (_, entry) in places.rows.iter().zip(entries).filter(|(row, _)| is_lender(row)) {
        told.extend(entry.answers().map(|(read, answer)| (read.clone(), answer.clone())));
    }
    let mut missing: Vec<Read> =
        last.answers().map(|(read, _)| read.clone()).filter(|r| !told.contains_key(r)).collect();
    let (mut credits, mut asked) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let answers = ask(fetch, &missing)?;
        told.extend(missing.drain(..).zip(answers));
        (credits, asked) = (Vec::new(), Vec::new());
        for lender in &lenders {
            let chain = Chain::new(at, &told);
            match lender.credits(known, as_of, &chain) {
                Ok(all) => credits.extend(all),
                Err(Unread::Missing) => {}
                // It lends on terms that are not known: nothing is made of it.
                Err(Unread::Reverted(_) | Unread::Undecodable { .. } | Unread::Refused(_)) => {}
            }
            asked.extend(chain.into_notes().reads);
        }
        asked.sort_unstable();
        asked.dedup();
        missing.extend(asked.iter().filter(|read| !told.contains_key(*read)).cloned());
        if missing.is_empty() {
            break;
        }
    }
    let answers = asked.into_iter().filter_map(|read| {
        let answer = told.get(&read)?.clone();
        Some((read, answer))
    });
    Ok(Lending { credits: credits.into(), answers: answers.collect() })
}

fn is_lender(row: &Row) -> bool {
    matches!(row.place.kind.as_str(), "aave_v3" | "morpho_market")
}

/// Pools of which at least two reserves are there, and markets.
fn lenders<'p>(places: &'p Places, entries: &[Arc<Entry>]) -> Vec<Lender<'p>> {
    let rows = places.rows.iter().zip(entries);
    let rows = rows.filter(|(row, entry)| is_lender(row) && entry.opened().is_some());
    let mut pools: BTreeMap<Address, Vec<(Address, &Row)>> = BTreeMap::new();
    let mut all = Vec::new();
    for (row, _) in rows {
        let contract = |role: &str| row.place.contracts.get(role).copied();
        match (contract("pool"), contract("asset")) {
            (Some(pool), Some(asset)) => pools.entry(pool).or_default().push((asset, row)),
            _ => all.push(Lender::Market(row)),
        }
    }
    let pools = pools.into_iter().filter(|(_, of)| of.len() > 1);
    pools.map(|(pool, of)| Lender::Pool { pool, of }).chain(all).collect()
}

impl Lender<'_> {
    fn credits(
        &self,
        known: &[Redemption],
        as_of: &AsOf,
        chain: &Chain<'_>,
    ) -> Result<Vec<Credit>, Unread> {
        let worth = |token: Address| known.iter().find(|r| r.token == token);
        let is_ether = |token: Address| worth(token).is_some_and(|r| r.eth == r.units);
        let credit = |row: &Row, collateral: Address, loan: Address, terms: Terms| Credit {
            venue: VenueId::new(row.place.id.as_str()),
            protocol: row.protocol.clone(),
            as_of: as_of.clone(),
            collateral,
            loan,
            terms,
        };
        match self {
            Self::Pool { pool, of } => {
                let (loans, collaterals): (Vec<Address>, Vec<Address>) = of
                    .iter()
                    .map(|(asset, _)| *asset)
                    .filter(|asset| worth(*asset).is_some())
                    .partition(|asset| is_ether(*asset));
                if loans.is_empty() || collaterals.is_empty() {
                    return Ok(Vec::new());
                }
                let terms = aave_terms(*pool, &collaterals, &loans, chain)?;
                let row = |loan| of.iter().find(|(asset, _)| *asset == loan).map(|(_, row)| *row);
                let all = terms.into_iter().filter_map(|(collateral, loan, terms)| {
                    Some(credit(row(loan)?, collateral, loan, Terms::Aave(Box::new(terms))))
                });
                Ok(all.collect())
            }
            Self::Market(row) => {
                let (Some((loan, collateral)), place) = (pair(&row.place), &row.place) else {
                    return Ok(Vec::new());
                };
                if !is_ether(loan) || is_ether(collateral) || worth(collateral).is_none() {
                    return Ok(Vec::new());
                }
                let terms = morpho_terms(place, chain)?;
                let terms = terms.map(|terms| Terms::Morpho(Box::new(terms)));
                Ok(terms.map(|terms| credit(row, collateral, loan, terms)).into_iter().collect())
            }
        }
    }
}

fn pair(place: &Place) -> Option<(Address, Address)> {
    Some((*place.contracts.get("loan")?, *place.contracts.get("collateral")?))
}
