//! A scenario on one market: names become its tokens and venues.

use alloy_primitives::Address;
use tenor_solver::{
    amount::decimal,
    market::Market,
    stress::{After, Shock},
    venues::VenueId,
};

use super::{Happens, Scenario, ScenarioError, ScenarioErrorKind as Kind, Told};

/// A scenario that has happened to a market.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The market after it, and what loans see.
    pub after: After,
    /// What was done, in words.
    pub done: Vec<String>,
    /// What this market does not know, and so was left as it is, in words.
    pub left_out: Vec<String>,
}

impl Scenario {
    /// The market after it happened.
    pub fn on(&self, market: &Market) -> Result<Applied, ScenarioError> {
        let (mut shocks, mut done, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for told in &self.shocks {
            // One by one first, so that an error names its line.
            let alone = |shock: Shock| {
                After::of(market, std::slice::from_ref(&shock), &self.name)?;
                Ok::<_, Kind>(shock)
            };
            match told.what.named(market).and_then(alone) {
                Ok(shock) => {
                    shocks.push(shock);
                    done.push(told.what.words());
                }
                Err(kind) if told.if_listed && kind.is_absence() => {
                    left_out.push(format!("left out, {kind}: {}", told.what.words()));
                }
                Err(kind) => return Err(self.refused(told, kind)),
            }
        }
        let why = format!("{} ({})", self.name, self.date);
        let after = After::of(market, &shocks, &why).map_err(|error| ScenarioError {
            file: self.file.clone(),
            line: None,
            key: String::new(),
            kind: Box::new(error.into()),
        })?;
        Ok(Applied { after, done, left_out })
    }

    fn refused(&self, told: &Told, kind: Kind) -> ScenarioError {
        let (file, key) = (self.file.clone(), told.key.clone());
        ScenarioError { file, line: Some(told.line), key, kind: Box::new(kind) }
    }
}

/// The token that a symbol means, in any case.
pub(super) fn token(market: &Market, symbol: &str) -> Result<Address, Kind> {
    let found = market.tokens.iter().find(|t| t.symbol.eq_ignore_ascii_case(symbol));
    let known = || market.tokens.iter().map(|t| t.symbol.as_str());
    found.map(|t| t.address).ok_or_else(|| Kind::unknown("token", symbol, known()))
}

/// The venue of a name.
pub(super) fn venue(market: &Market, name: &str) -> Result<VenueId, Kind> {
    let id = VenueId::new(name);
    let known = || market.listings.iter().map(|l| l.venue.id().as_str());
    match market.listing(&id) {
        Some(_) => Ok(id),
        None => Err(Kind::unknown("venue", name, known())),
    }
}

fn protocol(market: &Market, name: &str) -> Result<String, Kind> {
    let known = || market.listings.iter().map(|l| l.protocol.as_str());
    let found = known().find(|known| known.eq_ignore_ascii_case(name));
    found.map(str::to_owned).ok_or_else(|| Kind::unknown("protocol", name, known()))
}

impl Happens {
    fn named(&self, market: &Market) -> Result<Shock, Kind> {
        let venue = |name: &String| venue(market, name);
        let token = |symbol: &String| token(market, symbol);
        Ok(match self {
            Self::Price { asset, discount } => {
                Shock::Discount { token: token(asset)?, by: *discount }
            }
            Self::Book { asset, discount } => Shock::Book { token: token(asset)?, by: *discount },
            Self::Backing { asset, loss } => Shock::Backing { token: token(asset)?, loss: *loss },
            Self::Depth { venue: name, left } => Shock::Depth { venue: venue(name)?, kept: *left },
            Self::Wait { venue: name, wait_s } => {
                Shock::Wait { venue: venue(name)?, wait_s: *wait_s }
            }
            Self::Closed { venue: name } => Shock::QueueClosed { venue: venue(name)? },
            Self::Utilisation { venue: name, used, for_s } => {
                Shock::Utilisation { venue: venue(name)?, of: *used, for_s: *for_s }
            }
            Self::BorrowRate { venue: name, rate, for_s } => {
                Shock::BorrowRate { venue: venue(name)?, rate: *rate, for_s: *for_s }
            }
            Self::Paused { venue: name } => Shock::Paused { venue: venue(name)? },
            Self::Protocol { protocol: name, loss } => {
                Shock::Protocol { name: protocol(market, name)?, loss: *loss }
            }
        })
    }

    fn words(&self) -> String {
        match self {
            Self::Price { asset, discount } => {
                format!("exchanges pay {discount} less than redemption for {asset}")
            }
            Self::Book { asset, discount } => {
                format!("one exchange's own book shows {asset} {discount} below redemption")
            }
            Self::Backing { asset, loss } => {
                format!("{loss} of what stands behind {asset} is gone")
            }
            Self::Depth { venue, left } => format!("{venue} has {left} of its depth left"),
            Self::Wait { venue, wait_s } => {
                format!("the withdrawal queue of {venue} takes {} days", wait_s / 86_400)
            }
            Self::Closed { venue } => format!("the withdrawal queue of {venue} is closed"),
            Self::Utilisation { venue, used, for_s } => {
                format!("{used} of {venue} is lent out{}", lasting(*for_s))
            }
            Self::BorrowRate { venue, rate, for_s } => {
                let percent = decimal(*rate, 25);
                format!("borrowing from {venue} costs {percent} % a year{}", lasting(*for_s))
            }
            Self::Paused { venue } => format!("{venue} is paused"),
            Self::Protocol { protocol, loss } => format!("{protocol} has lost {loss}"),
        }
    }
}

fn lasting(for_s: Option<u64>) -> String {
    for_s.map_or_else(String::new, |s| format!(", for {} days", s / 86_400))
}
