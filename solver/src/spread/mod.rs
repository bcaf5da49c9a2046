//! Plans over several positions at once, within the limits that couple them.
//!
//! Every position is sampled through the code that values plans: entered alone, worth what the
//! appraiser says. The amounts of the [`portfolio`] program are then pushed one
//! after another through the same state, so that what positions share is counted.

mod allocating;
mod coupled;
mod entering;
mod settling;
mod through;

use petgraph::graph::NodeIndex;

use self::{
    allocating::Allocating,
    coupled::{Coupled, Narrowed, Sum},
};
use crate::{
    amount::to_f64,
    candidates::Candidates,
    coupling::{Coupling, Multiplier},
    intent::Objective,
    portfolio::{self, Allocation, ProgramError, Shadow},
    risk::Exposure,
    route::{Concave as _, Search},
    solution::{Binding, LimitKind, Solution},
    sources::Source,
    value::{Appraiser, years},
    yields::signed,
};

/// Parts that are left where they are when rounding, or what positions share, breaks a limit.
const LEFT: [f64; 4] = [0.0, 1e-6, 1e-5, LEFT_MOST];
const LEFT_MOST: f64 = 1e-4;

/// How much more than what is given a program may place of one source: that all of it goes somewhere
/// is said of the whole, and limits that nothing spares contradict each other.
const ROOM: f64 = 1e-6;

/// How often limits are narrowed, and tickets raised, by what the last plan missed them by: for gas, of
/// which a program of mixtures knows nothing, and for what positions share.
const ROUNDS: usize = 6;

/// A plan over several positions, and what the limits that shape it cost.
pub(crate) struct Spread {
    pub(crate) plan: Solution,
    pub(crate) shadows: Vec<Cost>,
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

/// What the limits on the whole that shape an allocation cost it.
fn costs(limits: &[Coupled], allocation: &Allocation) -> Vec<Cost> {
    let cost = |shadow: &Shadow| {
        let Coupled { kind: limit, sum, detail, .. } = limits.get(shadow.limit)?.clone();
        let linear = match sum {
            Sum::Measured | Sum::Yield(_) => None,
            Sum::Linear(coupling) => Some(coupling),
            Sum::Given(_) => return None,
        };
        Some(Cost { limit, linear, detail, lost: shadow.cost, price: shadow.price })
    };
    allocation.binding.iter().filter_map(cost).collect()
}

/// A position that limits allow, or what is held when there is no search.
struct Choice {
    source: usize,
    node: NodeIndex,
    search: Option<Search>,
    /// It is entered with nothing, or at least this.
    least: f64,
    most: f64,
    exposure: Exposure,
}

/// What an amount in a position is worth and redeems for, all in wei of ETH.
#[derive(Default)]
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
        // What limits cost where the least loss is looked for is no ETH.
        let explained = explained && !matches!(self.objective, Objective::LeastRisk { .. });
        let (found, rounds) = self.narrowing(|narrowed| self.spread_at(explained, narrowed));
        let keeps = |spread: &Spread| spread.plan.is_feasible();
        let kept = found.as_ref().filter(|found| keeps(found)).map(|found| found.plan.score);
        if kept.is_some() && rounds == 1 || found.is_none() && !self.is_forced() {
            return found;
        }
        // Positions that are reached through one pool cost each other what no program of each alone
        // knows of; one of what goes through it does.
        let through = self.through(explained).filter(keeps);
        through.filter(|t| kept.is_none_or(|score| t.plan.score > score)).or(found)
    }

    /// A plan with limits narrowed by what the last one missed them by, until it keeps them; and in how
    /// many rounds.
    fn narrowing(&self, mut at: impl FnMut(Narrowed) -> Option<Spread>) -> (Option<Spread>, usize) {
        let mut narrowed = Narrowed::default();
        let mut missed = None;
        for round in 1..=ROUNDS {
            let Some(found) = at(narrowed) else { break };
            let narrower = narrowed.by(self.missed(&found.plan));
            let done = found.plan.is_feasible() || !narrower;
            missed = Some(found);
            if done {
                return (missed, round);
            }
        }
        (missed, ROUNDS)
    }

    /// What a plan misses of limits on the whole, as parts of it.
    fn missed(&self, plan: &Solution) -> Narrowed {
        let limits = &self.intent.limits;
        let over = |is: f64, most: u32| (is - f64::from(most)) / 1e4;
        Narrowed {
            target: self.short_of_target(plan),
            entry: over(plan.entry_cost_bps, limits.max_entry_cost_bps),
            exit: over(plan.exit_cost_bps, limits.max_exit_cost_bps),
            liquid: -over(plan.liquid_bps, limits.liquid_share_bps),
            cap: over(self.heaviest(plan), limits.protocol_cap_bps),
            loss: over(plan.risk.expected_loss_bps, limits.max_expected_loss_bps),
            ticket: self.short_of_ticket(plan),
        }
    }

    /// Limits that no division of what is given keeps together, in words, of which each could be kept
    /// without the others; `None` where some division does, or there is nothing to divide over.
    pub(crate) fn conflict(&self) -> Option<Vec<String>> {
        let choices = self.open_choices(0.0)?;
        let held: f64 = self.sources.iter().map(Source::amount).sum();
        let limits = self.limits_on(&choices, (held, Narrowed::default()));
        let charges = vec![0.0; choices.len()];
        match portfolio::best(&self.program(&choices, &limits, held, &charges)) {
            Err(ProgramError::Infeasible { names, .. }) => {
                Some(names.into_iter().filter(|name| !name.is_empty()).collect())
            }
            Err(ProgramError::Malformed { .. }) | Ok(_) => None,
        }
    }

    /// What can be entered, with so much more of itself than a ticket; and keeping what is given of each
    /// asset last.
    fn open_choices(&self, more: f64) -> Option<Vec<Choice>> {
        let mut choices = self.choices(more);
        for (at, source) in self.sources.iter().enumerate() {
            choices.push(self.kept(at, source)?);
        }
        Some(choices)
    }

    /// Whether the best plan may keep a part of what is given even where only one position is open.
    pub(crate) const fn mixes(&self) -> bool {
        matches!(self.objective, Objective::LeastRisk { .. })
    }

    fn spread_at(&self, explained: bool, narrowed: Narrowed) -> Option<Spread> {
        let choices = self.open_choices(narrowed.ticket)?;
        let first_kept = choices.len() - self.sources.len();
        let alone = explained || self.mixes() || self.is_forced();
        if first_kept < if alone { 1 } else { 2 } {
            return None;
        }
        let stays = choices[first_kept..].iter().any(|kept| kept.most > 0.0);
        let held: f64 = self.sources.iter().map(Source::amount).sum();
        let limits = self.limits_on(&choices, (held, narrowed));
        let exposures = choices.iter().map(|choice| choice.exposure.clone()).collect();
        let search =
            Allocating { of: self, choices: &choices, limits: &limits, held, explained, exposures };
        let mut allocation = self.optimum(&search)?;
        self.settle(&choices, &mut allocation.amounts);
        let plan = LEFT
            .iter()
            .take(if stays { LEFT.len() } else { 1 })
            .filter_map(|left| self.pushed(&choices, first_kept, &allocation, 1.0 - left))
            .reduce(|kept, next| if kept.is_feasible() { kept } else { next })?;
        Some(Spread { plan, shadows: costs(&limits, &allocation) })
    }

    /// Keeping what is given of one asset.
    fn kept(&self, at: usize, source: &Source) -> Option<Choice> {
        let stays = self.appraiser.limits_allow(source.node) && self.is_meant(source.node);
        let &(token, _) = source.holdings.first()?;
        Some(Choice {
            source: at,
            node: source.node,
            search: None,
            least: 0.0,
            most: if stays { source.amount() } else { 0.0 },
            exposure: self.appraiser.exposure(token),
        })
    }

    /// Positions that can be entered and valued, and that the limits let anybody hold.
    fn choices(&self, more: f64) -> Vec<Choice> {
        let enterable = |(source, from): (usize, &Source), node: NodeIndex| {
            let allowed = node != from.node && self.appraiser.limits_allow(node);
            let search =
                (allowed && self.can_be_entered(node)).then(|| self.entry(from, node))??;
            let (token, _) = self.appraiser.graph.node(node).tokens.first()?;
            let most = from.amount().min(search.cap() / from.scale);
            let exposure = self.appraiser.exposure(*token);
            let choice = Choice { source, node, search: Some(search), least: 0.0, most, exposure };
            let redeems = |units| Some(self.told(&choice, units)?.redeem);
            let least = self.least_entry(node, (most, LEFT_MOST + more), redeems)?;
            Some(Choice { least, ..choice })
        };
        let nodes: Vec<NodeIndex> = self.appraiser.graph.nodes().collect();
        let sources = self.sources.iter().enumerate();
        sources.flat_map(|from| nodes.iter().filter_map(move |&n| enterable(from, n))).collect()
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
