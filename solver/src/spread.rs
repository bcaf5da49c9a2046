//! Plans over several positions at once, within the limits that couple them.
//!
//! Every position is sampled through the code that values plans: entered alone, worth what the
//! appraiser says. The amounts of the [`portfolio`] program are then pushed one
//! after another through the same state, so that what positions share is counted.

use alloy_primitives::{I256, U256};
use petgraph::graph::NodeIndex;

use crate::{
    adjusted::{self, Valued},
    amount::{from_f64, to_f64},
    candidates::Candidates,
    coupling::{Coupling, Multiplier},
    intent::Objective,
    ledger::Ledger,
    portfolio::{self, Allocation, Bound, Limit, Position, Program, Sample},
    risk::{Exposure, caution},
    route::{self, Concave as _, Push, Search},
    solution::{Binding, LimitKind, PlanKind, Solution},
    value::{Appraiser, TRANSACTION_GAS, years},
    yields::signed,
};

/// Parts that are left where they are when rounding, or what positions share, breaks a limit.
const LEFT: [f64; 4] = [0.0, 1e-6, 1e-5, 1e-4];

/// A share of liquidity that the program spares: asked for all, positions that are liquid as a whole
/// have nothing to spare for its rounding. What is pushed keeps the limit as it stands.
const SPARE: f64 = 2e-7;

/// A plan over several positions, and what the limits that shape it cost.
pub(crate) struct Spread {
    pub(crate) plan: Solution,
    pub(crate) shadows: Vec<Cost>,
}

/// A limit that couples positions.
#[derive(Clone)]
struct Coupled {
    kind: LimitKind,
    /// Where its sum is one of values, each with its own weight.
    linear: Option<Coupling>,
    detail: String,
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
    node: NodeIndex,
    search: Option<Search>,
    most: f64,
    exposure: Exposure,
}

/// What an amount in a position is worth and redeems for, all in wei of ETH.
struct Told {
    end: f64,
    redeem: f64,
    liquid: f64,
    unsold: f64,
}

impl<'m> Candidates<'_, 'm> {
    /// The plan over several positions; `None` where none can be entered, or only one and nobody asks
    /// for what the limits cost, which `explained` does.
    pub(crate) fn spread(&self, explained: bool) -> Option<Spread> {
        let held = self.appraiser.units(self.asset, &[(self.intent.asset, self.intent.amount)]);
        let mut choices = self.choices(held);
        if choices.len() < if explained { 1 } else { 2 } {
            return None;
        }
        let stays = self.appraiser.limits_allow(self.asset);
        let exposure = self.appraiser.exposure(self.intent.asset);
        let most = if stays { held } else { 0.0 };
        choices.push(Choice { node: self.asset, search: None, most, exposure });
        let limits = self.limits(&choices, held);
        let exposures = choices.iter().map(|choice| choice.exposure.clone()).collect();
        let search =
            Allocating { of: self, choices: &choices, limits: &limits, held, explained, exposures };
        let allocation = search.optimum()?;
        let plan = LEFT
            .iter()
            .take(if stays { LEFT.len() } else { 1 })
            .filter_map(|left| self.pushed(&choices, &allocation, 1.0 - left))
            .reduce(|kept, next| if kept.is_feasible() { kept } else { next })?;
        let shadow = |shadow: &portfolio::Shadow| {
            let Coupled { kind: limit, linear, detail } = limits[shadow.limit].clone();
            Cost { limit, linear, detail, lost: shadow.cost, price: shadow.price }
        };
        Some(Spread { plan, shadows: allocation.binding.iter().map(shadow).collect() })
    }

    /// Positions that can be entered and valued, and that the limits let anybody hold.
    fn choices(&self, held: f64) -> Vec<Choice> {
        let enterable = |node: NodeIndex| {
            let allowed = node != self.asset && self.appraiser.limits_allow(node);
            let (search, _) = (allowed && self.can_be_valued(node)).then(|| self.entry(node))??;
            let (token, _) = self.appraiser.graph.node(node).tokens.first()?;
            let most = held.min(search.cap());
            let exposure = self.appraiser.exposure(*token);
            Some(Choice { node, search: Some(search), most, exposure })
        };
        self.appraiser.graph.nodes().filter_map(enterable).collect()
    }

    /// The limits that couple positions, in the order that samples count for them.
    fn limits(&self, choices: &[Choice], held: f64) -> Vec<Coupled> {
        let limits = &self.intent.limits;
        let days = limits.liquid_within_s / 86_400;
        let liquid = f64::from(limits.liquid_share_bps) / 100.0;
        let share = f64::from(limits.protocol_cap_bps) / 100.0;
        let known = |kind, detail| Coupled { kind, linear: None, detail };
        let linear = |on: Coupling, detail| Coupled { kind: on.kind(), linear: Some(on), detail };
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
        found
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
                let counts = limits.iter().map(|limit| self.count(choice, &told, limit)).collect();
                Some(Sample { value: told.end - charge * told.redeem, counts })
            }),
            fixed_cost: 0.0,
            least: 0.0,
            most: choice.most,
        };
        let limit = |Coupled { kind, detail, .. }: &Coupled| Limit {
            name: format!("{}: {detail}", kind.name()),
            bound: if *kind == LimitKind::Liquidity {
                Bound::AtLeast(0.0)
            } else {
                Bound::AtMost(0.0)
            },
        };
        Program {
            amount: held,
            positions: choices.iter().zip(charges).map(position).collect(),
            limits: limits.iter().map(limit).collect(),
        }
    }

    /// By how much an amount in a position exceeds its own share of a limit.
    fn count(&self, choice: &Choice, told: &Told, limit: &Coupled) -> f64 {
        let limits = &self.intent.limits;
        if let Some(coupling) = &limit.linear {
            return coupling.excess(&choice.exposure, limits) * told.redeem;
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
            | LimitKind::EntryCost => 0.0,
        }
    }

    /// Enters a position with some units, or keeps them, and values what that leaves.
    fn told(&self, choice: &Choice, units: f64) -> Option<Told> {
        let (market, graph) = (self.market(), self.appraiser.graph);
        let given = from_f64(units / graph.units_of(self.asset, self.intent.asset));
        let start = Ledger::with(market, self.intent.asset, given.min(self.intent.amount))?;
        let mut push = Push::new(market, start);
        if let Some(search) = &choice.search {
            push.run(graph, &search.route(units), &[(self.intent.asset, given)]).ok()?;
        }
        let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
        let gas = market.gas_price.checked_mul(U256::from(push.gas().checked_add(worth.gas)?))?;
        let within = self.intent.limits.liquid_within_s;
        let rung = self.appraiser.rung(&self.appraiser.leaving(&push.ledger), within);
        let redeem = to_f64(worth.redeem);
        Some(Told {
            end: to_f64(worth.eth) - to_f64(gas),
            redeem,
            liquid: rung.share_bps.unwrap_or(0.0) / 1e4 * redeem,
            unsold: worth.parts.iter().map(|p| to_f64(p.sold) - to_f64(p.sale_eth)).sum(),
        })
    }

    /// Enters all positions one after another with a part of their amounts.
    fn pushed(&self, choices: &[Choice], found: &Allocation, part: f64) -> Option<Solution> {
        let (market, graph) = (self.market(), self.appraiser.graph);
        let mut push = Push::new(market, self.start.clone());
        let mut names = Vec::new();
        let mut last = usize::MAX;
        for (at, (choice, amount)) in choices.iter().zip(&found.amounts).enumerate() {
            if choice.search.is_some() && *amount > 0.0 {
                last = at;
            }
        }
        let idle = found.amounts.last().copied().unwrap_or(0.0);
        for (at, (choice, amount)) in choices.iter().zip(&found.amounts).enumerate() {
            let Some(search) = choice.search.as_ref().filter(|_| *amount > 0.0) else { continue };
            let left =
                [(self.intent.asset, push.balance(self.intent.asset)?.min(self.intent.amount))];
            let all = at == last && idle <= 0.0 && part >= 1.0;
            let units = if all { f64::INFINITY } else { amount * part };
            let spend = route::share(graph, &left, units, &[]);
            push = route::best(graph, search, &[], &push, &spend, |push| {
                let worth = self.appraiser.worth(&push.ledger, self.horizon_s)?;
                let gas = self.gas_cost(worth.gas + push.gas() + TRANSACTION_GAS)?;
                I256::try_from(worth.eth).ok()?.checked_sub(gas)
            })
            .ok()?;
            names.push(self.name(choice.node));
        }
        if push.legs.is_empty() {
            return None;
        }
        self.finish(PlanKind::Positions, names.join(" and "), push)
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
            Objective::Net | Objective::NetOrganic => self.best(&vec![0.0; self.choices.len()]),
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
