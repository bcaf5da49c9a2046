//! Plans over several positions at once, within the limits that couple them.
//!
//! Every position is sampled through the code that values plans: entered alone, worth what the
//! appraiser says. The amounts of the [`portfolio`] program are then pushed one
//! after another through the same state, so that what positions share is counted.

use alloy_primitives::{I256, U256};
use petgraph::graph::NodeIndex;

use crate::{
    adjusted::{self, Valued},
    amount::to_f64,
    candidates::Candidates,
    coupling::{Coupling, Multiplier},
    intent::Objective,
    ledger::Ledger,
    nearest::target_growth,
    portfolio::{self, Allocation, Bound, Limit, Position, Program, Sample},
    risk::{Exposure, caution},
    route::{self, Concave as _, Push, Search},
    solution::{Binding, LimitKind, PlanKind, Solution},
    sources::Source,
    value::{Appraiser, Holdings, TRANSACTION_GAS, years},
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

    /// Makes what is placed of each source all of it: the program leaves that some room.
    fn settle(&self, choices: &[Choice], amounts: &mut [f64]) {
        if self.sources.len() < 2 {
            return;
        }
        for (at, source) in self.sources.iter().enumerate() {
            let own = || choices.iter().enumerate().filter(move |(_, c)| c.source == at);
            let placed: f64 = own().map(|(i, _)| amounts[i]).sum();
            if placed > 0.0 {
                let part = source.amount() / placed;
                own().for_each(|(i, _)| amounts[i] *= part);
            }
        }
        self.net(choices, amounts);
    }

    /// Takes back what two sources move into each other: alone each way may look as if it paid, but
    /// what goes both ways only pays fees.
    fn net(&self, choices: &[Choice], amounts: &mut [f64]) {
        let index = |source: usize, node: NodeIndex| {
            choices.iter().position(|c| c.source == source && c.node == node)
        };
        for (a, one) in self.sources.iter().enumerate() {
            for (b, other) in self.sources.iter().enumerate().skip(a + 1) {
                let (Some(there), Some(back)) = (index(a, other.node), index(b, one.node)) else {
                    continue;
                };
                let (Some(keeps), Some(stays)) = (index(a, one.node), index(b, other.node)) else {
                    continue;
                };
                let both = amounts[there].min(amounts[back]);
                for (at, change) in [(there, -both), (back, -both), (keeps, both), (stays, both)] {
                    amounts[at] += change;
                }
            }
        }
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

    /// What an amount of a source redeems for today, in wei of ETH.
    fn worth_given(&self, source: usize, units: f64) -> f64 {
        let source = &self.sources[source];
        let whole = self.appraiser.redeem(&source.holdings).map_or(0.0, to_f64);
        whole * units / source.amount()
    }

    /// Enters a position with some units, or keeps them, and values what that leaves.
    fn told(&self, choice: &Choice, units: f64) -> Option<Told> {
        let (market, graph) = (self.market(), self.appraiser.graph);
        let source = &self.sources[choice.source];
        let units = units * source.scale;
        let given = route::share(graph, &source.holdings, units, &[]);
        let mut push = Push::new(market, Ledger::holding(market, given.iter().copied())?);
        if let Some(search) = &choice.search {
            push.run(graph, &search.route(units), &given).ok()?;
        }
        let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
        let gas = market.gas_price.checked_mul(U256::from(push.gas().checked_add(worth.gas)?))?;
        let within = self.intent.limits.liquid_within_s;
        let rung = self.appraiser.rung(&self.appraiser.leaving(&push.ledger), within);
        let redeem = to_f64(worth.redeem);
        Some(Told {
            loss: choice.exposure.expected_loss() * redeem,
            end: to_f64(worth.eth) - to_f64(gas),
            gross: to_f64(worth.eth),
            redeem,
            liquid: rung.share_bps.unwrap_or(0.0) / 1e4 * redeem,
            unsold: worth.parts.iter().map(|p| to_f64(p.sold) - to_f64(p.sale_eth)).sum(),
        })
    }

    /// Enters all positions one after another with a part of their amounts.
    fn pushed(
        &self,
        choices: &[Choice],
        first_kept: usize,
        found: &Allocation,
        part: f64,
    ) -> Option<Solution> {
        let (market, graph) = (self.market(), self.appraiser.graph);
        let mut push = Push::new(market, self.start.clone());
        let mut names: Vec<String> = Vec::new();
        let mut left: Vec<Holdings> = self.sources.iter().map(|s| s.holdings.clone()).collect();
        for (at, (choice, amount)) in choices.iter().zip(&found.amounts).enumerate() {
            let Some(search) = choice.search.as_ref().filter(|_| *amount > 0.0) else { continue };
            let source = &self.sources[choice.source];
            let moves = |c: &Choice| c.source == choice.source && c.search.is_some();
            let mut later = choices.iter().zip(&found.amounts).skip(at + 1);
            let last = !later.any(|(c, amount)| moves(c) && *amount > 0.0);
            let idle = found.amounts.get(first_kept + choice.source).copied().unwrap_or(0.0);
            let all = last && idle <= 0.0 && (part >= 1.0 || !source.may_stay);
            let units = if all { f64::INFINITY } else { amount * part * source.scale };
            // What arrives from other sources is not this one's to spend.
            let own = &mut left[choice.source];
            for (token, amount) in own.iter_mut() {
                *amount = push.balance(*token)?.min(*amount);
            }
            let spend = route::share(graph, own, units, &[]);
            let before: Vec<U256> =
                own.iter().map(|(token, _)| push.balance(*token)).collect::<Option<_>>()?;
            let (whole, node) = (self.sources.len() > 1, source.node);
            let wanted = self.appraiser.units(node, &spend).min(search.cap()) * (1.0 - ROOM);
            let had = self.units_left(node, own, &push)?;
            push = route::best(graph, search, &[], &push, &spend, |push| {
                // What a limit forces out may be worth more where it is: a venue less is no way out.
                if whole && had - self.units_left(node, own, push)? < wanted {
                    return None;
                }
                let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
                let gas = self.gas_cost(worth.gas + push.gas() + TRANSACTION_GAS)?;
                I256::try_from(worth.eth).ok()?.checked_sub(gas)
            })
            .ok()?;
            for ((token, amount), before) in own.iter_mut().zip(before) {
                let spent = before.saturating_sub(push.balance(*token)?);
                *amount = amount.saturating_sub(spent);
            }
            let name = self.name(choice.node);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if push.legs.is_empty() {
            return None;
        }
        self.finish(PlanKind::Positions, names.join(" and "), push)
    }

    /// Units of a node in the account, of these tokens of it.
    fn units_left(&self, node: NodeIndex, tokens: &Holdings, push: &Push<'_>) -> Option<f64> {
        let held = tokens.iter().map(|(token, _)| Some((*token, push.balance(*token)?)));
        Some(self.appraiser.units(node, &held.collect::<Option<Holdings>>()?))
    }
}

/// The search for amounts over some positions.
struct Allocating<'a, 'm> {
    of: &'a Candidates<'a, 'm>,
    choices: &'a [Choice],
    limits: &'a [Coupled],
    held: f64,
    explained: bool,
    exposures: Vec<Exposure>,
}

impl Allocating<'_, '_> {
    /// The amounts of the highest value; where risk counts, after what it is charged.
    fn optimum(&self) -> Option<Allocation> {
        let caution = caution(self.of.intent.limits.risk);
        match self.of.objective {
            Objective::RiskAdjusted => adjusted::optimum(self, caution, years(self.of.horizon_s)),
            Objective::Net
            | Objective::NetOrganic
            | Objective::FixedRate
            | Objective::LeastRisk { .. } => self.best(&vec![0.0; self.choices.len()]),
        }
    }
}

impl Valued for Allocating<'_, '_> {
    fn exposures(&self) -> &[Exposure] {
        &self.exposures
    }

    fn told(&self, position: usize, amount: f64) -> Option<(f64, f64)> {
        let told = self.of.told(self.choices.get(position)?, amount)?;
        Some((told.end, told.redeem))
    }

    fn best(&self, charges: &[f64]) -> Option<Allocation> {
        let program = self.of.program(self.choices, self.limits, self.held, charges);
        let solved =
            if self.explained { portfolio::solve(&program) } else { portfolio::best(&program) };
        solved.ok()
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
