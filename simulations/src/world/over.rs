//! A world over a state that others wrote: a node's, a recording's.

use std::sync::Arc;

use alloy_primitives::{Address, map::HashMap};
use tenor_solver::{
    leverage::{Credit, Terms},
    market::Market,
    venues::{NATIVE, SharesBy, Venue},
};

use super::{Block, Entry, Form, Placed, SharesReader, World, WorldError, state::State};
use crate::source::{Shared, StateSource};

/// How the tokens of a market keep their books, by address. Copies share them.
#[derive(Debug, Clone, Default)]
pub struct Forms(pub(super) Arc<HashMap<Address, Form>>);

impl Forms {
    /// How the tokens of a market keep their books, as its venues tell.
    pub fn of(market: &Market) -> Self {
        let mut forms = HashMap::default();
        for listing in &market.listings {
            forms.extend(told(&*listing.venue));
        }
        for credit in &market.credits {
            forms.extend(secured(credit));
        }
        for token in market.tokens.iter().filter(|token| token.address != NATIVE) {
            forms.entry(token.address).or_insert(Form::Plain);
        }
        Self(Arc::new(forms))
    }

    /// How the tokens of one venue keep their books; those of which it tells nothing are plain.
    pub fn of_venue(venue: &dyn Venue) -> Self {
        let plain = venue.tokens().iter().filter(|token| **token != NATIVE);
        let plain = plain.map(|token| (*token, Form::Plain));
        Self(Arc::new(plain.chain(told(venue)).collect()))
    }
}

/// What a venue tells of its tokens.
fn told(venue: &dyn Venue) -> impl Iterator<Item = (Address, Form)> + '_ {
    let tokens = venue.tokens().iter().enumerate();
    tokens.filter_map(|(at, token)| Some((*token, form(venue, at)?)))
}

/// How what is pledged and owed at a lender is kept, where its venue does not tell.
fn secured(credit: &Credit) -> Vec<(Address, Form)> {
    let [pledged, owed] = credit.position_tokens();
    match &credit.terms {
        Terms::Aave(_) => vec![(owed, Form::Scaled)],
        Terms::Morpho(terms) => {
            let (of, market) = (terms.morpho, terms.params.id());
            let form = |entry| Form::Position { of, market, entry };
            vec![(pledged, form(Entry::Collateral)), (owed, form(Entry::Debt))]
        }
    }
}

/// What a venue tells of one of its tokens; `None` where it tells nothing.
fn form(venue: &dyn Venue, at: usize) -> Option<Form> {
    if let Some(by) = venue.shares_by(at) {
        let shares = |reader| Some(Form::Shares { totals: venue.rebase(at)?, reader });
        return match by {
            SharesBy::SharesOf => shares(SharesReader::SharesOf),
            SharesBy::Shares => shares(SharesReader::Shares),
            SharesBy::ScaledBalanceOf => Some(Form::Scaled),
            SharesBy::UserBasic => Some(Form::Principal),
            SharesBy::Position { of, market } => {
                Some(Form::Position { of, market, entry: Entry::Supply })
            }
        };
    }
    let wrapped = venue.exact_pairs().iter().find(|(_, wrapper)| *wrapper == at);
    match wrapped.and_then(|(inner, _)| Some((*inner, *venue.tokens().get(*inner)?))) {
        Some((_, NATIVE)) => Some(Form::Weth),
        Some((inner, of)) if venue.rebase(inner).is_some() => Some(Form::Wrapper { of }),
        _ => venue.redemption(at).map(|_| Form::Share),
    }
}

/// Whose contracts a world has, and so where an account's tokens are written.
#[derive(Debug, Clone)]
pub(crate) enum Books {
    /// The reference contracts, which all keep their books in the same slots; all that is there, while
    /// no script has changed it.
    Reference(Option<Arc<State>>),
    /// The chain's own, whose slots have to be found.
    Foreign,
}

impl World {
    /// The world at a block over a state of that block, with the contracts that are there.
    ///
    /// What a run gives its account is written where the token's own contract reads it, which is
    /// found by asking the contract; a token for which no such slot is found cannot be given.
    pub fn over(
        block: Block,
        source: Arc<dyn StateSource>,
        forms: Forms,
    ) -> Result<Self, WorldError> {
        let spec = block.spec().ok_or(WorldError::TooEarly(block.timestamp))?;
        Ok(Self { block, spec, state: Shared(source), forms, books: Books::Foreign })
    }

    /// How this world's tokens keep their books.
    pub fn forms(&self) -> Forms {
        self.forms.clone()
    }

    /// All that a world of reference contracts holds, by address; `None` once a script has changed it,
    /// and of a state that others wrote, which nobody can list.
    pub fn placed(&self) -> Option<Vec<Placed>> {
        match &self.books {
            Books::Reference(state) => state.as_ref().map(|state| state.placed()),
            Books::Foreign => None,
        }
    }

    pub(crate) const fn books(&self) -> &Books {
        &self.books
    }
}
