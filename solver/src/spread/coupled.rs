//! The limits that couple positions, and what positions count towards them.

use super::{Choice, ROOM, Told};
use crate::{
    candidates::Candidates,
    coupling::Coupling,
    intent::Objective,
    nearest::target_growth,
    portfolio::{Bound, Limit, Position, Program, Sample},
    risk::Exposure,
    solution::LimitKind,
    value::years,
};

/// A share of liquidity that the program spares: asked for all, positions that are liquid as a whole
/// have nothing to spare for its rounding. What is pushed keeps the limit as it stands.
const SPARE: f64 = 2e-7;

/// By how much more than what was missed, of itself and of the whole.
const MORE: f64 = 1e-6;

const EVER: f64 = 1e-10;

/// What yield counts beside loss where the least loss is looked for: it decides between equals.
const YIELD_COUNTS: f64 = 1e-4;

/// A limit that couples positions.
#[derive(Clone)]
pub(super) struct Coupled {
    pub(super) kind: LimitKind,
    pub(super) sum: Sum,
    /// By how much less of the whole it allows than it says.
    narrowed: f64,
    pub(super) detail: String,
}

/// By how much limits are narrowed, as parts of the whole, and tickets raised, as parts of themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Narrowed {
    pub(super) target: f64,
    pub(super) entry: f64,
    pub(super) exit: f64,
    pub(super) liquid: f64,
    pub(super) cap: f64,
    pub(super) loss: f64,
    pub(super) ticket: f64,
}

impl Narrowed {
    /// Narrows each limit by what was missed of it; whether any was.
    pub(super) fn by(&mut self, missed: Self) -> bool {
        let each = [
            (&mut self.target, missed.target),
            (&mut self.entry, missed.entry),
            (&mut self.exit, missed.exit),
            (&mut self.liquid, missed.liquid),
            (&mut self.cap, missed.cap),
            (&mut self.loss, missed.loss),
            (&mut self.ticket, missed.ticket),
        ];
        let mut any = false;
        for (so_far, more) in each.into_iter().filter(|(_, more)| *more > 0.0) {
            *so_far += more * (1.0 + MORE) + EVER;
            any = true;
        }
        any
    }
}

/// What the sum of a limit is of.
#[derive(Clone)]
pub(super) enum Sum {
    /// What positions measure.
    Measured,
    /// Values, each with its own weight.
    Linear(Coupling),
    /// What is taken of a source.
    Given(usize),
    /// What positions bring in excess of this rate.
    Yield(f64),
}

impl Candidates<'_, '_> {
    /// The limits that couple positions resting on `exposures`, in the order that samples count for them.
    pub(super) fn limits<'e>(
        &self,
        exposures: impl Iterator<Item = &'e Exposure>,
        narrowed: Narrowed,
    ) -> Vec<Coupled> {
        let limits = &self.intent.limits;
        let liquid = f64::from(limits.liquid_share_bps) / 100.0;
        let share = f64::from(limits.protocol_cap_bps) / 100.0;
        let known = |kind, narrowed, detail| Coupled { kind, sum: Sum::Measured, narrowed, detail };
        let linear = |on: Coupling, detail| {
            let by = match on {
                Coupling::ProtocolCap(_) => narrowed.cap,
                Coupling::ExpectedLoss => narrowed.loss,
            };
            Coupled { kind: on.kind(), sum: Sum::Linear(on), narrowed: by, detail }
        };
        let within = limits.liquid_time();
        let time = format!("{liquid} % within {within} at {} depth", limits.liquid_depth);
        let bp = |bps: u32| format!("{bps} bp");
        let mut found = vec![
            known(LimitKind::Liquidity, narrowed.liquid, time),
            linear(Coupling::ExpectedLoss, format!("{} bp a year", limits.max_expected_loss_bps)),
            known(LimitKind::ExitCost, narrowed.exit, bp(limits.max_exit_cost_bps)),
            known(LimitKind::EntryCost, narrowed.entry, bp(limits.max_entry_cost_bps)),
        ];
        let mut protocols: Vec<&String> = Vec::new();
        for protocol in exposures.flat_map(|exposure| &exposure.protocols) {
            if !protocols.contains(&protocol) {
                protocols.push(protocol);
            }
        }
        let cap =
            |p: &String| linear(Coupling::ProtocolCap(p.clone()), format!("{share} % on {p}"));
        if limits.protocol_cap_bps < 10_000 {
            found.extend(protocols.into_iter().map(cap));
        }
        if let Objective::LeastRisk { target_bps } = self.objective {
            let rate = target_growth(target_bps, years(self.horizon_s)) + narrowed.target;
            let detail = format!("{target_bps} bp a year");
            let (kind, sum) = (LimitKind::Target, Sum::Yield(rate));
            found.push(Coupled { kind, sum, narrowed: 0.0, detail });
        }
        found
    }

    /// The same for choices, and that no more of several sources is placed than there is.
    pub(super) fn limits_on(
        &self,
        choices: &[Choice],
        (held, narrowed): (f64, Narrowed),
    ) -> Vec<Coupled> {
        let usable = choices.iter().filter(|c| c.most.min(held) > 0.0);
        let mut found = self.limits(usable.map(|c| &c.exposure), narrowed);
        if self.sources.len() > 1 {
            let given = |at| Coupled {
                kind: LimitKind::Liquidity,
                sum: Sum::Given(at),
                narrowed: 0.0,
                detail: String::new(),
            };
            found.extend((0..self.sources.len()).map(given));
        }
        found
    }

    pub(super) fn program<'a>(
        &'a self,
        choices: &'a [Choice],
        limits: &'a [Coupled],
        held: f64,
        charges: &'a [f64],
    ) -> Program<'a> {
        let position = |(choice, charge): (&'a Choice, &'a f64)| Position {
            least: choice.least,
            at: Box::new(move |units| {
                let told = self.told(choice, units)?;
                let given = self.worth_given(choice.source, units);
                let count = |limit: &Coupled| match limit.sum {
                    Sum::Given(of) if choice.source == of => units,
                    _ => self.count((&choice.exposure, given), &told, limit),
                };
                let counts = limits.iter().map(count).collect();
                Some(Sample { value: self.worth_at(&told, *charge), counts })
            }),
            fixed_cost: 0.0,
            most: choice.most,
        };
        let limit = |Coupled { kind, sum, detail, .. }: &Coupled| Limit {
            // What is given of one asset is no limit that anybody asked for.
            name: match sum {
                Sum::Given(_) => String::new(),
                _ => format!("{}: {detail}", kind.name()),
            },
            bound: match (sum, kind) {
                (Sum::Given(at), _) => Bound::AtMost(self.sources[*at].amount() * (1.0 + ROOM)),
                (_, LimitKind::Liquidity | LimitKind::Target) => Bound::AtLeast(0.0),
                _ => Bound::AtMost(0.0),
            },
        };
        Program {
            amount: held,
            positions: choices.iter().zip(charges).map(position).collect(),
            limits: limits.iter().map(limit).collect(),
        }
    }

    /// What the objective counts of what is told, each unit that it redeems for charged so much.
    pub(super) fn worth_at(&self, told: &Told, charge: f64) -> f64 {
        match self.objective {
            Objective::LeastRisk { .. } => YIELD_COUNTS * told.end - told.loss,
            Objective::Net
            | Objective::NetOrganic
            | Objective::RiskAdjusted
            | Objective::FixedRate => told.end - charge * told.redeem,
        }
    }

    /// By how much a position that cost `given`, in wei of ETH, exceeds its own share of a limit.
    pub(super) fn count(
        &self,
        (exposure, given): (&Exposure, f64),
        told: &Told,
        limit: &Coupled,
    ) -> f64 {
        let limits = &self.intent.limits;
        match &limit.sum {
            Sum::Linear(coupling) => {
                // Settling moves what the program leaves room for.
                let settled = self.sources.len() > 1 || self.is_forced();
                let spare = if settled { 2.0 * ROOM } else { 0.0 };
                return (coupling.excess(exposure, limits) + spare + limit.narrowed) * told.redeem;
            }
            Sum::Given(_) => return 0.0,
            Sum::Yield(rate) => return told.gross - rate * given,
            Sum::Measured => {}
        }
        let part = |bps: u32| f64::from(bps) / 1e4;
        match limit.kind {
            LimitKind::Liquidity => {
                let needed = part(limits.liquid_share_bps) - SPARE + limit.narrowed;
                told.liquid - needed * told.redeem
            }
            LimitKind::ExitCost => {
                told.unsold - (part(limits.max_exit_cost_bps) - limit.narrowed) * told.redeem
            }
            LimitKind::EntryCost => {
                given - told.redeem - (part(limits.max_entry_cost_bps) - limit.narrowed) * given
            }
            LimitKind::ExpectedLoss
            | LimitKind::ProtocolCap
            | LimitKind::Avoid
            | LimitKind::Only
            | LimitKind::Tier
            | LimitKind::Target
            | LimitKind::Locked
            | LimitKind::Leverage
            | LimitKind::Ticket => 0.0,
        }
    }
}
