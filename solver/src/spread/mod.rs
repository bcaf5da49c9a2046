//! Plans over several positions at once, within the limits that couple them.
//!
//! Every position is sampled through the code that values plans: entered alone, worth what the
//! appraiser says. The amounts of the [`portfolio`] program are then pushed one
//! after another through the same state, so that what positions share is counted.

mod allocating;
mod entering;
mod settling;

use petgraph::graph::NodeIndex;

use self::allocating::Allocating;
use crate::{
    amount::to_f64,
    candidates::Candidates,
    coupling::{Coupling, Multiplier},
    intent::Objective,
    nearest::target_growth,
    portfolio::{self, Bound, Limit, Position, Program, Sample},
    risk::Exposure,
    route::{Concave as _, Search},
    solution::{Binding, LimitKind, Solution},
    sources::Source,
    value::{Appraiser, years},
    yields::signed,
};

/// Parts that are left where they are when rounding, or what positions share, breaks a limit.
const LEFT: [f64; 4] = [0.0, 1e-6, 1e-5, 1e-4];

/// A share of liquidity that the program spares: asked for all, positions that are liquid as a whole
/// have nothing to spare for its rounding. What is pushed keeps the limit as it stands.
const SPARE: f64 = 2e-7;

/// How much more than what is given a program may place of one source: that all of it goes somewhere
/// is said of the whole, and limits that nothing spares contradict each other.
const ROOM: f64 = 1e-6;

/// How often a target is raised by what the last plan missed it by: for gas, of which a program of
/// mixtures knows nothing, and what positions share.
const RAISES: usize = 6;

/// What yield counts beside loss where the least loss is looked for: it decides between equals.
const YIELD_COUNTS: f64 = 1e-4;

/// A plan over several positions, and what the limits that shape it cost.
pub(crate) struct Spread {
    pub(crate) plan: Solution,
    pub(crate) shadows: Vec<Cost>,
}

/// A limit that couples positions.
#[derive(Clone)]
struct Coupled {
    kind: LimitKind,
    sum: Sum,
    detail: String,
}

/// What the sum of a limit is of.
#[derive(Clone)]
enum Sum {
    /// What positions measure.
    Measured,
    /// Values, each with its own weight.
    Linear(Coupling),
    /// What is taken of a source.
    Given(usize),
    /// What positions bring in excess of this rate.
    Yield(f64),
}

/// What a limit costs, in wei of ETH at the horizon.
pub(crate) struct Cost {
    pub(crate) limit: LimitKind,
    linear: Option<Coupling>,
    pub(crate) detail: String,
    pub(crate) lost: f64,
    /// What one wei more of room would add.
    pub(crate) price: f64,
}

impl Cost {
    /// As a bound counts it; `None` where it cannot, or it costs nothing.
    pub(crate) fn multiplier(&self) -> Option<Multiplier> {
        let on = self.linear.clone().filter(|_| self.price > 0.0)?;
        Some(Multiplier { on, price: self.price })
    }

    /// What it costs the best plan: as a rate on the whole, and for one ETH more of room.
    pub(crate) fn binding(&self, best: &Solution) -> Option<Binding> {
        let end = to_f64(best.split.principal_wei) + signed(best.split.net_wei);
        let rate = (self.lost / end).ln_1p() / years(best.split.horizon_s);
        (self.lost > 0.0 || self.price > 0.0).then(|| Binding {
            limit: self.limit.name().to_owned(),
            detail: self.detail.clone(),
            cost_bps: Some(1e4 * rate),
            shadow_price: Some(self.price),
        })
    }
}

/// A position that limits allow, or what is held when there is no search.
struct Choice {
    source: usize,
    node: NodeIndex,
    search: Option<Search>,
    most: f64,
    exposure: Exposure,
}

/// What an amount in a position is worth and redeems for, all in wei of ETH.
struct Told {
    end: f64,
    /// The end before gas.
    gross: f64,
    redeem: f64,
    liquid: f64,
    unsold: f64,
    loss: f64,
}

impl<'m> Candidates<'_, 'm> {
    /// The plan over several positions; `None` where none can be entered, or only one and nobody asks
    /// for what the limits cost, which `explained` does.
    pub(crate) fn spread(&self, explained: bool) -> Option<Spread> {
        let Objective::LeastRisk { .. } = self.objective else {
            return self.spread_at(explained, 0.0);
        };
        let mut raised = 0.0;
        let mut missed = None;
        for _ in 0..RAISES {
            let Some(found) = self.spread_at(false, raised) else { break };
            let short = self.short_of_target(&found.plan);
            raised += short.max(0.0) * (1.0 + 1e-6) + 1e-10;
            let done = found.plan.is_feasible() || short <= 0.0;
            missed = Some(found);
            if done {
                break;
            }
        }
        missed
    }

    /// Whether the best plan may keep a part of what is given even where only one position is open.
    pub(crate) const fn mixes(&self) -> bool {
        matches!(self.objective, Objective::LeastRisk { .. })
    }

    fn spread_at(&self, explained: bool, raised: f64) -> Option<Spread> {
        let mut choices = self.choices();
        if choices.len() < if explained || self.mixes() { 1 } else { 2 } {
            return None;
        }
        let (first_kept, mut stays) = (choices.len(), false);
        for (at, source) in self.sources.iter().enumerate() {
            let kept = self.kept(at, source)?;
            stays |= kept.most > 0.0;
            choices.push(kept);
        }
        let held: f64 = self.sources.iter().map(Source::amount).sum();
        let limits = self.limits(&choices, (held, raised))?;
        let exposures = choices.iter().map(|choice| choice.exposure.clone()).collect();
        let search =
            Allocating { of: self, choices: &choices, limits: &limits, held, explained, exposures };
        let mut allocation = search.optimum()?;
        self.settle(&choices, &mut allocation.amounts);
        let plan = LEFT
            .iter()
            .take(if stays { LEFT.len() } else { 1 })
            .filter_map(|left| self.pushed(&choices, first_kept, &allocation, 1.0 - left))
            .reduce(|kept, next| if kept.is_feasible() { kept } else { next })?;
        let shadow = |shadow: &portfolio::Shadow| {
            let Coupled { kind: limit, sum, detail } = limits[shadow.limit].clone();
            let linear = match sum {
                Sum::Measured | Sum::Yield(_) => None,
                Sum::Linear(coupling) => Some(coupling),
                Sum::Given(_) => return None,
            };
            Some(Cost { limit, linear, detail, lost: shadow.cost, price: shadow.price })
        };
        // What limits cost where the least loss is looked for is no ETH.
        let told = allocation.binding.iter().filter(|_| !self.mixes());
        Some(Spread { plan, shadows: told.filter_map(shadow).collect() })
    }

    /// Keeping what is given of one asset.
    fn kept(&self, at: usize, source: &Source) -> Option<Choice> {
        let stays = self.appraiser.limits_allow(source.node) && self.is_meant(source.node);
        let &(token, _) = source.holdings.first()?;
        Some(Choice {
            source: at,
            node: source.node,
            search: None,
            most: if stays { source.amount() } else { 0.0 },
            exposure: self.appraiser.exposure(token),
        })
    }

    /// Positions that can be entered and valued, and that the limits let anybody hold.
    fn choices(&self) -> Vec<Choice> {
        let enterable = |(source, from): (usize, &Source), node: NodeIndex| {
            let allowed = node != from.node && self.appraiser.limits_allow(node);
            let search =
                (allowed && self.can_be_entered(node)).then(|| self.entry(from, node))??;
            let (token, _) = self.appraiser.graph.node(node).tokens.first()?;
            let most = from.amount().min(search.cap() / from.scale);
            let exposure = self.appraiser.exposure(*token);
            Some(Choice { source, node, search: Some(search), most, exposure })
        };
        let nodes: Vec<NodeIndex> = self.appraiser.graph.nodes().collect();
        let sources = self.sources.iter().enumerate();
        sources.flat_map(|from| nodes.iter().filter_map(move |&n| enterable(from, n))).collect()
    }

    /// The limits that couple positions, in the order that samples count for them.
    fn limits(&self, choices: &[Choice], (held, raised): (f64, f64)) -> Option<Vec<Coupled>> {
        let limits = &self.intent.limits;
        let days = limits.liquid_within_s / 86_400;
        let liquid = f64::from(limits.liquid_share_bps) / 100.0;
        let share = f64::from(limits.protocol_cap_bps) / 100.0;
        let known = |kind, detail| Coupled { kind, sum: Sum::Measured, detail };
        let linear =
            |on: Coupling, detail| Coupled { kind: on.kind(), sum: Sum::Linear(on), detail };
        let mut found = vec![
            known(LimitKind::Liquidity, format!("{liquid} % within {days} days")),
            linear(Coupling::ExpectedLoss, format!("{} bp a year", limits.max_expected_loss_bps)),
            known(LimitKind::ExitCost, format!("{} bp", limits.max_exit_cost_bps)),
        ];
        let mut protocols: Vec<&String> = Vec::new();
        let usable = choices.iter().filter(|c| c.most.min(held) > 0.0);
        for protocol in usable.flat_map(|c| &c.exposure.protocols) {
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
            let rate = target_growth(target_bps, years(self.horizon_s)) + raised;
            let detail = format!("{target_bps} bp a year");
            found.push(Coupled { kind: LimitKind::Target, sum: Sum::Yield(rate), detail });
        }
        if self.sources.len() > 1 {
            let given = |at| Coupled {
                kind: LimitKind::Liquidity,
                sum: Sum::Given(at),
                detail: String::new(),
            };
            found.extend((0..self.sources.len()).map(given));
        }
        Some(found)
    }

    fn program<'a>(
        &'a self,
        choices: &'a [Choice],
        limits: &'a [Coupled],
        held: f64,
        charges: &'a [f64],
    ) -> Program<'a> {
        let position = |(choice, charge): (&'a Choice, &'a f64)| Position {
            at: Box::new(move |units| {
                let told = self.told(choice, units)?;
                let count = |limit| self.count((choice, units), &told, limit);
                let value = match self.objective {
                    Objective::LeastRisk { .. } => YIELD_COUNTS * told.end - told.loss,
                    Objective::Net
                    | Objective::NetOrganic
                    | Objective::RiskAdjusted
                    | Objective::FixedRate => told.end - charge * told.redeem,
                };
                Some(Sample { value, counts: limits.iter().map(count).collect() })
            }),
            fixed_cost: 0.0,
            least: 0.0,
            most: choice.most,
        };
        let limit = |Coupled { kind, sum, detail }: &Coupled| Limit {
            name: format!("{}: {detail}", kind.name()),
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

    /// By how much an amount in a position exceeds its own share of a limit.
    fn count(&self, (choice, units): (&Choice, f64), told: &Told, limit: &Coupled) -> f64 {
        let limits = &self.intent.limits;
        let given = |of: usize| if choice.source == of { units } else { 0.0 };
        match &limit.sum {
            Sum::Linear(coupling) => {
                // Settling moves what the program leaves room for.
                let spare = if self.sources.len() > 1 { 2.0 * ROOM } else { 0.0 };
                return (coupling.excess(&choice.exposure, limits) + spare) * told.redeem;
            }
            Sum::Given(of) => return given(*of),
            Sum::Yield(rate) => return told.gross - rate * self.worth_given(choice.source, units),
            Sum::Measured => {}
        }
        let part = |bps: u32| f64::from(bps) / 1e4;
        match limit.kind {
            LimitKind::Liquidity => {
                told.liquid - (part(limits.liquid_share_bps) - SPARE) * told.redeem
            }
            LimitKind::ExitCost => told.unsold - part(limits.max_exit_cost_bps) * told.redeem,
            LimitKind::ExpectedLoss
            | LimitKind::ProtocolCap
            | LimitKind::Avoid
            | LimitKind::Only
            | LimitKind::Tier
            | LimitKind::EntryCost
            | LimitKind::Target
            | LimitKind::Locked
            | LimitKind::Leverage => 0.0,
        }
    }
}

impl Appraiser<'_> {
    /// Whether the limits let a position in `node` be held, whatever its share of the whole.
    pub(crate) fn limits_allow(&self, node: NodeIndex) -> bool {
        let Some(&(token, _)) = self.graph.node(node).tokens.first() else { return false };
        let exposure = self.exposure(token);
        let exposed = &exposure.protocols;
        exposure.tier(1.0) <= self.limits.max_tier
            && exposed.iter().all(|p| !self.limits.avoid.contains(p))
            && (self.limits.only.is_empty() || exposed.iter().all(|p| self.limits.only.contains(p)))
    }
}
