//! What a market does not say about its tokens, in words that a user reads.

use alloy_primitives::Address;
use tenor_solver::{
    market::{Assumption, Unknown},
    venues::NATIVE,
};

use super::{
    Figures, VenueFigures, VenueKind,
    build::{NO_COLLATERAL, NO_DEPOSIT_LIMIT, NO_ROOM, NO_SUPPLY_CAP},
    deployed::a_token,
};

/// Blocks in a day: figures that much older or newer than the market say so.
const DAY: u64 = 7_200;

/// Everything unknown, token by token in the order of the file.
pub(super) fn of(figures: &Figures, assumptions: &[Assumption]) -> Vec<Unknown> {
    let mut notes = Notes { figures, assumptions, all: Vec::new() };
    for venue in &figures.venues {
        notes.venue(venue);
    }
    notes.tokens();
    let position = |token: Address| figures.tokens.iter().position(|t| t.address == token);
    notes.all.sort_by_key(|u| position(u.token).unwrap_or(usize::MAX));
    notes.all
}

struct Notes<'a> {
    figures: &'a Figures,
    assumptions: &'a [Assumption],
    all: Vec<Unknown>,
}

impl Notes<'_> {
    fn add(&mut self, token: Address, what: impl Into<String>) {
        let note = Unknown { token, what: what.into() };
        if !self.all.contains(&note) {
            self.all.push(note);
        }
    }

    fn venue(&mut self, venue: &VenueFigures) {
        let id = &venue.id;
        let subjects = self.subjects(venue);
        for &token in &subjects {
            if let Some(why) = &venue.disabled {
                self.add(token, format!("{id} is not used: {why}"));
                continue;
            }
            if let VenueKind::NotBuilt { kind, .. } = &venue.kind {
                self.add(token, format!("{id} is not used: nothing trades through {kind}"));
                continue;
            }
            if let Some(age) = self.age(venue) {
                self.add(token, format!("figures of {id} are of {}, {age}", venue.as_of.utc));
            }
            if self.queues(venue) {
                self.add(token, "withdrawal queue: length and wait are not in this market");
            }
            if self.deposit_is_open(venue) {
                self.add(token, format!("{id}: {NO_DEPOSIT_LIMIT}"));
            }
        }
        match &venue.kind {
            VenueKind::UniswapV3 { known_range: [lower, upper], .. } => {
                for token in subjects {
                    let what = format!("{id}: depth is known from tick {lower} to {upper} only");
                    self.add(token, what);
                }
            }
            VenueKind::RocketPool { reth, .. } => {
                self.add(*reth, format!("{id}: {NO_ROOM}"));
                self.add(*reth, format!("{id}: {NO_COLLATERAL}"));
            }
            VenueKind::ReferenceRate { token, .. } => {
                self.add(*token, format!("{id}: deposits and withdrawals are not in this market"));
            }
            VenueKind::Lending { pool, asset, .. } => self.lending(venue, *pool, *asset),
            _ => {}
        }
    }

    fn lending(&mut self, venue: &VenueFigures, pool: Address, asset: Address) {
        let id = &venue.id;
        let Some((receipt, _)) = a_token(pool, asset) else {
            return self.add(asset, format!("{id} is not used: its receipt token is not known"));
        };
        if !self.assumed(venue) {
            self.add(receipt, format!("{id}: {NO_SUPPLY_CAP}"));
        }
        let VenueKind::Lending { curve, .. } = &venue.kind else { return };
        match curve {
            Some(_) => self.add(receipt, format!("{id}: the rate curve is inferred, not read")),
            None => self.add(receipt, format!("{id}: the rate after a deposit is not known")),
        }
    }

    /// What the rest of the market does not have for a token.
    fn tokens(&mut self) {
        let redemptions = self.figures.redemptions();
        for at in 0..self.figures.tokens.len() {
            let token = self.figures.tokens[at].address;
            let redeems = redemptions.iter().any(|r| r.token == token);
            if self.is_ether(token) || self.pooled(token) {
                continue;
            }
            let what = if redeems {
                "no pool that trades it is in this market"
            } else {
                "neither its rate in ETH nor a pool that trades it is in this market"
            };
            self.add(token, what);
        }
    }

    /// The tokens that a venue's gaps are about: not ETH, which everything is quoted in.
    fn subjects(&self, venue: &VenueFigures) -> Vec<Address> {
        let mut tokens = match venue.kind {
            VenueKind::Lending { pool, asset, .. } => match a_token(pool, asset) {
                Some((receipt, _)) => vec![receipt],
                None => vec![asset],
            },
            VenueKind::Vault { share, .. } => vec![share],
            _ => venue.kind.tokens(),
        };
        let listed = |token: &Address| {
            let file = self.figures.tokens.iter().any(|t| t.address == *token);
            file || matches!(venue.kind, VenueKind::Lending { .. })
        };
        tokens.retain(|token| listed(token) && !self.is_ether(*token));
        tokens
    }

    fn is_ether(&self, token: Address) -> bool {
        token == NATIVE || self.figures.token("WETH") == Some(token)
    }

    /// How far a venue's figures are from the market's block, where that is a day or more.
    fn age(&self, venue: &VenueFigures) -> Option<String> {
        let (then, now) = (venue.as_of.block, self.figures.block);
        let days = then.abs_diff(now) / DAY;
        match days {
            0 => None,
            days if then < now => Some(format!("about {days} days before the market's block")),
            days => Some(format!("about {days} days after the market's block")),
        }
    }

    /// Whether leaving goes through a queue that neither the market nor an assumption times.
    fn queues(&self, venue: &VenueFigures) -> bool {
        let row = match venue.kind {
            VenueKind::LidoWrap { steth, .. } => self.figures.staker_of(steth).unwrap_or(venue),
            _ => venue,
        };
        let through_queue = match row.kind {
            VenueKind::LidoStake { .. }
            | VenueKind::EtherFi { .. }
            | VenueKind::RateDeposit { .. }
            | VenueKind::Mantle { .. }
            | VenueKind::ReferenceRate { .. } => true,
            VenueKind::Vault { takes_eth, .. } => takes_eth,
            _ => false,
        };
        through_queue
            && !self.assumptions.iter().any(|a| match a {
                Assumption::QueueWait { venue, .. } => *venue == row.id,
                Assumption::DepositLimit { .. } => false,
            })
    }

    fn deposit_is_open(&self, venue: &VenueFigures) -> bool {
        let unlimited_in_file = matches!(
            venue.kind,
            VenueKind::EtherFi { .. }
                | VenueKind::RateDeposit { .. }
                | VenueKind::Mantle { .. }
                | VenueKind::Vault { .. }
        );
        unlimited_in_file && !self.assumed(venue)
    }

    fn assumed(&self, row: &VenueFigures) -> bool {
        self.assumptions.iter().any(|a| match a {
            Assumption::DepositLimit { venue, .. } => *venue == row.id,
            Assumption::QueueWait { .. } => false,
        })
    }

    /// Whether an exchange that may be used trades a token, or the token that it wraps exactly.
    fn pooled(&self, token: Address) -> bool {
        let pair = self.figures.venues.iter().find_map(|v| {
            match v.kind {
                VenueKind::LidoWrap { steth, wsteth } => Some([steth, wsteth]),
                VenueKind::EtherFi { eeth, weeth, .. } => Some([eeth, weeth]),
                _ => None,
            }
            .filter(|pair| pair.contains(&token))
        });
        let same = pair.map_or_else(|| vec![token], |pair| pair.to_vec());
        self.figures.venues.iter().filter(|v| v.disabled.is_none()).any(|v| match &v.kind {
            VenueKind::UniswapV2 { tokens, .. } | VenueKind::UniswapV3 { tokens, .. } => {
                tokens.iter().any(|t| same.contains(t))
            }
            VenueKind::CurveStableSwap { coins, .. } => coins.iter().any(|t| same.contains(t)),
            VenueKind::MadeUp(venue) => venue.tokens().iter().any(|t| same.contains(t)),
            _ => false,
        })
    }
}
