//! Assumptions: figures that a market lacks and somebody chose, each with its reason.

use serde::Deserialize;
use serde_json::value::RawValue;
use tenor_solver::{market::Assumption, venues::VenueId};

use super::{
    Figures, FiguresError, FiguresErrorKind, VenueKind,
    error::{Refusal, quoted},
    readable, schema,
    values::Decimal,
    venue::Context,
    wire::{read, read_raw},
};

const SCHEMA: &str = "tenor.assumptions/1";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[serde(rename = "schema")]
    _schema: String,
    #[serde(rename = "note", default)]
    _note: String,
    #[serde(borrow)]
    assumptions: Vec<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Head {
    kind: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueWait {
    #[serde(rename = "kind")]
    _kind: String,
    venue: String,
    wait_days: Decimal,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DepositLimit {
    #[serde(rename = "kind")]
    _kind: String,
    venue: String,
    token: String,
    /// In whole tokens.
    amount: Decimal,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CollateralTerms {
    #[serde(rename = "kind")]
    _kind: String,
    venue: String,
    lender: String,
    /// In percent.
    ltv: Decimal,
    /// In percent.
    threshold: Decimal,
    /// In percent of what liquidators repay, where it is said.
    #[serde(default)]
    bonus: Option<Decimal>,
    e_mode: u8,
    /// In whole tokens.
    supply_room: Decimal,
    /// In whole tokens.
    borrow_room: Decimal,
    why: String,
}

impl Figures {
    /// Reads the assumptions file called `name`, for this market: it names venues and tokens here.
    pub fn assumptions(&self, name: &str, text: &[u8]) -> Result<Vec<Assumption>, FiguresError> {
        self.check_assumptions(text).map_err(|refusal| refusal.in_file(name))
    }

    fn check_assumptions(&self, bytes: &[u8]) -> Result<Vec<Assumption>, Refusal> {
        let text = readable(bytes)?;
        schema(text, SCHEMA)?;
        let file: File<'_> = read(text)?;
        self.assumed(&file.assumptions)
    }

    /// Rows of an assumptions file, or of a market file that brings its own.
    pub(super) fn assumed(&self, rows: &[&RawValue]) -> Result<Vec<Assumption>, Refusal> {
        let mut all: Vec<Assumption> = Vec::with_capacity(rows.len());
        for (i, raw) in rows.iter().enumerate() {
            let at = format!("assumptions[{i}]");
            let assumption = self.assumption(raw).map_err(|r| r.within(&at))?;
            if let Some(first) = all.iter().position(|a| about(a) == about(&assumption)) {
                let other = format!("assumptions[{first}]");
                return Err(Refusal::new(at, FiguresErrorKind::Duplicate { other }));
            }
            all.push(assumption);
        }
        Ok(all)
    }

    fn assumption(&self, raw: &RawValue) -> Result<Assumption, Refusal> {
        let head: Head = read_raw(raw)?;
        match head.kind.as_str() {
            "queue_wait" => self.queue_wait(read_raw(raw)?),
            "deposit_limit" => self.deposit_limit(read_raw(raw)?),
            "collateral_terms" => self.collateral_terms(read_raw(raw)?),
            other => {
                let kinds = "queue_wait, deposit_limit or collateral_terms";
                Err(Refusal::range("kind", quoted(other), kinds))
            }
        }
    }

    fn queue_wait(&self, w: QueueWait) -> Result<Assumption, Refusal> {
        let (venue, kind) = self.assumed_venue(&w.venue)?;
        if !matches!(
            kind,
            VenueKind::LidoStake { .. }
                | VenueKind::EtherFi { .. }
                | VenueKind::RateDeposit { .. }
                | VenueKind::Mantle { .. }
        ) {
            let what = format!("{venue} has no withdrawal queue that is modelled");
            return Err(Refusal::inconsistent("venue", what));
        }
        let wait_s = w.wait_days.times(86_400).filter(|s| *s <= 100 * 366 * 86_400);
        let wait_s = wait_s.ok_or_else(|| {
            Refusal::range("wait_days", "the wait", "days, such as \"46\", of at most a century")
        })?;
        Ok(Assumption::QueueWait { venue, wait_s, why: reason(w.why)? })
    }

    fn deposit_limit(&self, w: DepositLimit) -> Result<Assumption, Refusal> {
        let (venue, kind) = self.assumed_venue(&w.venue)?;
        if !takes_limit(kind) {
            let what = format!("{venue} has no deposit limit that the market leaves open");
            return Err(Refusal::inconsistent("venue", what));
        }
        let cx = Context {
            tokens: &self.tokens,
            block: self.block,
            timestamp: self.timestamp,
            made_up: self.synthetic.is_some(),
        };
        let address = cx.named("token", &w.token)?;
        if !kind.taken().contains(&address) {
            let what = format!("{venue} does not take {}", w.token);
            return Err(Refusal::inconsistent("token", what));
        }
        let decimals = self.tokens.iter().find(|t| t.address == address).map_or(0, |t| t.decimals);
        let amount = w.amount.scaled(decimals.into()).ok_or_else(|| {
            let what = format!("whole tokens with at most {decimals} decimals");
            Refusal::range("amount", "the amount", what)
        })?;
        Ok(Assumption::DepositLimit { venue, token: address, amount, why: reason(w.why)? })
    }

    fn collateral_terms(&self, w: CollateralTerms) -> Result<Assumption, Refusal> {
        let (venue, collateral, supply_room) =
            self.assumed_reserve("venue", &w.venue, "supply_room", w.supply_room)?;
        let (lender, loan, borrow_room) =
            self.assumed_reserve("lender", &w.lender, "borrow_room", w.borrow_room)?;
        if collateral == loan {
            let what = "a loan of the collateral itself is no loop".to_owned();
            return Err(Refusal::inconsistent("lender", what));
        }
        let bps = |field, share: Decimal| {
            let bps = share.scaled(2).and_then(|bps| u32::try_from(bps).ok());
            let expected = "percent above 0 and below 100 with at most two places, as \"93\"";
            bps.filter(|bps| (1..10_000).contains(bps))
                .ok_or_else(|| Refusal::range(field, "the share", expected))
        };
        let (ltv_bps, threshold_bps) = (bps("ltv", w.ltv)?, bps("threshold", w.threshold)?);
        if ltv_bps > threshold_bps {
            let what = "what may be borrowed is above what may be owed".to_owned();
            return Err(Refusal::inconsistent("ltv", what));
        }
        let bonus_bps = w.bonus.map(|bonus| bps("bonus", bonus)).transpose()?;
        let (category, why) = (w.e_mode, reason(w.why)?);
        Ok(Assumption::Collateral {
            venue,
            lender,
            loan,
            ltv_bps,
            threshold_bps,
            bonus_bps,
            category,
            supply_room,
            borrow_room,
            why,
        })
    }

    /// A lending reserve that an assumption names, its token, and an amount of that.
    fn assumed_reserve(
        &self,
        field: &'static str,
        id: &str,
        amount_field: &'static str,
        amount: Decimal,
    ) -> Result<(VenueId, alloy_primitives::Address, alloy_primitives::U256), Refusal> {
        let (venue, kind) = self.assumed_venue(id)?;
        let VenueKind::Lending { asset, .. } = *kind else {
            return Err(Refusal::inconsistent(field, format!("{venue} is no lending reserve")));
        };
        let token = self.tokens.iter().find(|t| t.address == asset);
        let decimals = token.map_or(0, |t| t.decimals);
        let amount = amount.scaled(decimals.into()).ok_or_else(|| {
            let what = format!("whole tokens with at most {decimals} decimals");
            Refusal::range(amount_field, "the amount", what)
        })?;
        Ok((venue, asset, amount))
    }

    fn assumed_venue(&self, id: &str) -> Result<(VenueId, &VenueKind), Refusal> {
        let Some(venue) = self.venues.iter().find(|v| v.id.as_str() == id) else {
            return Err(Refusal::new("venue", FiguresErrorKind::UnknownVenue(quoted(id))));
        };
        if let VenueKind::LidoWrap { steth, .. } = venue.kind
            && let Some(whole) = self.staker_of(steth)
        {
            let what = format!("{id} is a part of {}: name that", whole.id);
            return Err(Refusal::inconsistent("venue", what));
        }
        Ok((venue.id.clone(), &venue.kind))
    }
}

/// Whether a deposit limit exists that market files do not hold.
fn takes_limit(kind: &VenueKind) -> bool {
    match kind {
        VenueKind::EtherFi { .. }
        | VenueKind::RateDeposit { .. }
        | VenueKind::Mantle { .. }
        | VenueKind::Vault { .. }
        | VenueKind::Lending { .. } => true,
        VenueKind::UniswapV2 { .. }
        | VenueKind::UniswapV3 { .. }
        | VenueKind::CurveStableSwap { .. }
        | VenueKind::LidoStake { .. }
        | VenueKind::LidoWrap { .. }
        | VenueKind::RocketPool { .. }
        | VenueKind::ReferenceRate { .. }
        | VenueKind::MadeUp(_)
        | VenueKind::NotBuilt { .. } => false,
    }
}

/// What an assumption fixes: two about one thing contradict each other.
fn about(assumption: &Assumption) -> (&VenueId, Option<alloy_primitives::Address>) {
    match assumption {
        Assumption::QueueWait { venue, .. } => (venue, None),
        Assumption::DepositLimit { venue, token, .. } => (venue, Some(*token)),
        Assumption::Collateral { venue, loan, .. } => (venue, Some(*loan)),
    }
}

fn reason(why: String) -> Result<String, Refusal> {
    if why.trim().is_empty() {
        return Err(Refusal::range(
            "why",
            "an empty text",
            "the reason for this figure: users read it",
        ));
    }
    Ok(why)
}
