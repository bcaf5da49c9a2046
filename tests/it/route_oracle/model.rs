//! The order as a linear program: each gain under the tangents found so far, each gas behind a gate
//! that is open, shut or not decided yet.
//!
//! A tangent `b <= slope * a + offset` is written with its lane's gate, `b <= slope * a + offset *
//! gate`: with the gate shut, nothing flows, and with the gate in between, the program sees the
//! convex hull of both, not the looser hull that a large constant would leave.

use good_lp::{
    Expression, ProblemVariables, Solution, SolverModel, Variable, constraint, microlp, variable,
};

use super::problem::Problem;

/// How the gate of one lane stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gate {
    /// Anywhere from shut to open, for that share of the gas.
    Free,
    Open,
    Shut,
}

/// What the program answers.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Value wanted net of gas.
    pub(super) value: f64,
    /// What each lane does.
    pub(super) uses: Vec<Use>,
}

/// What a plan does with one lane.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Use {
    pub(super) input: f64,
    pub(super) output: f64,
    pub(super) gate: f64,
}

impl Plan {
    pub(super) fn inputs(&self) -> Vec<f64> {
        self.uses.iter().map(|used| used.input).collect()
    }

    /// How far each gate stands open, from 0 to 1.
    pub(super) fn gates(&self) -> Vec<f64> {
        self.uses.iter().map(|used| used.gate.clamp(0.0, 1.0)).collect()
    }
}

/// One supporting line of a gain.
#[derive(Debug, Clone, Copy)]
struct Tangent {
    slope: f64,
    offset: f64,
}

/// A problem and the tangents found so far; tangents hold whatever the gates do.
#[derive(Debug)]
pub(super) struct Model<'a> {
    problem: &'a Problem<'a>,
    tangents: Vec<Vec<Tangent>>,
}

/// Value too small for a tangent: tangents that are nearly parallel make programs ill-conditioned.
const FLAT: f64 = 3e-10;

/// What one unit of a variable stands for.
#[derive(Debug, Clone, Copy)]
enum Scale {
    /// A unit of value.
    Value,
    /// The most that its lane takes or returns.
    Most,
}

/// The variables of one lane in one program.
struct Columns {
    input: Variable,
    input_unit: f64,
    output: Variable,
    output_unit: f64,
    gate: Expression,
    /// Whether the gate is the program's to decide.
    free: bool,
}

impl<'a> Model<'a> {
    /// Starts with each gain's first and last slope.
    pub(super) fn new(problem: &'a Problem<'a>) -> Self {
        let mut model = Self { problem, tangents: vec![Vec::new(); problem.lanes.len()] };
        for (at, lane) in problem.lanes.iter().enumerate() {
            model.touch(at, 0.0);
            model.touch(at, lane.most);
        }
        model
    }

    /// Adds the tangent of a lane's gain at `a`.
    fn touch(&mut self, at: usize, a: f64) {
        let lane = &self.problem.lanes[at];
        let slope = lane.slope(a);
        self.tangents[at].push(Tangent { slope, offset: (lane.out(a) - slope * a).max(0.0) });
    }

    /// Adds a tangent wherever `plan` takes more than a gain gives; whether there was any.
    pub(super) fn cut(&mut self, plan: &Plan) -> bool {
        let mut any = false;
        for (at, used) in plan.uses.iter().enumerate() {
            if used.input < 1e-12 || used.gate < 1e-9 {
                continue;
            }
            let a = (used.input / used.gate).min(self.problem.lanes[at].most);
            if used.output - used.gate * self.problem.lanes[at].out(a) > FLAT {
                self.touch(at, a);
                any = true;
            }
        }
        any
    }

    /// The best plan under the tangents so far.
    ///
    /// Once in some thousand orders the simplex method of microlp 0.6 stops at a plan well below the
    /// best. In other units it takes another path, so the better of two plans counts. Once in some
    /// thousand runs both are wrong; where they promise less than `known`, which some route returns, the
    /// program is asked again for a plan that is worth as much, and has none only if there is none.
    pub(super) fn solve(&self, gates: &[Gate], known: f64) -> Plan {
        let scales = [Scale::Value, Scale::Most];
        let better = |plans: [Option<Plan>; 2]| {
            plans.into_iter().flatten().max_by(|a, b| a.value.total_cmp(&b.value))
        };
        let best = better(scales.map(|scale| self.solve_in(scale, gates, None)));
        let best = best.expect("sending nothing is always a plan");
        if best.value >= known {
            return best;
        }
        better(scales.map(|scale| self.solve_in(scale, gates, Some(known)))).unwrap_or(best)
    }

    fn solve_in(&self, scale: Scale, gates: &[Gate], least: Option<f64>) -> Option<Plan> {
        let mut variables = ProblemVariables::new();
        let columns: Vec<Option<Columns>> = gates
            .iter()
            .enumerate()
            .map(|(at, gate)| self.columns(at, *gate, scale, &mut variables))
            .collect();
        let goal = self.goal(&columns);
        let mut program = variables.maximise(goal.clone()).using(microlp);
        if let Some(least) = least {
            program.add_constraint(constraint!(goal.clone() >= least));
        }
        for row in self.balances(&columns).into_iter().chain(self.pools(&columns)) {
            program.add_constraint(row);
        }
        for (at, columns) in columns.iter().enumerate() {
            let Some(Columns { input, input_unit, output, output_unit, gate, free }) = columns
            else {
                continue;
            };
            for Tangent { slope, offset } in &self.tangents[at] {
                program.add_constraint(constraint!(
                    *output_unit * *output - *slope * *input_unit * *input
                        <= *offset * gate.clone()
                ));
            }
            if *free {
                let most = self.problem.lanes[at].most;
                program.add_constraint(constraint!(*input_unit * *input <= most * gate.clone()));
            }
        }
        let solution = program.solve().ok()?;
        let read = |columns: &Option<Columns>| {
            columns.as_ref().map_or_else(Use::default, |c| Use {
                input: c.input_unit * solution.value(c.input).max(0.0),
                output: c.output_unit * solution.value(c.output).max(0.0),
                gate: c.gate.eval_with(&solution),
            })
        };
        let uses = columns.iter().map(read).collect();
        Some(Plan { value: goal.eval_with(&solution), uses })
    }

    /// A lane's variables; none where its gate is shut.
    fn columns(
        &self,
        at: usize,
        gate: Gate,
        scale: Scale,
        to: &mut ProblemVariables,
    ) -> Option<Columns> {
        let lane = &self.problem.lanes[at];
        let (gate, free) = match gate {
            Gate::Shut => return None,
            Gate::Free if lane.gas > 0.0 => (to.add(variable().clamp(0, 1)).into(), true),
            Gate::Free | Gate::Open => (Expression::from(1.0), false),
        };
        let (input_unit, output_unit) = match scale {
            Scale::Value => (1.0, 1.0),
            Scale::Most => (lane.most, lane.out(lane.most)),
        };
        let input = to.add(variable().clamp(0.0, lane.most / input_unit));
        let output = to.add(variable().min(0));
        Some(Columns { input, input_unit, output, output_unit, gate, free })
    }

    /// What arrives net of gas.
    fn goal(&self, columns: &[Option<Columns>]) -> Expression {
        let mut goal = Expression::from(0.0);
        for (lane, columns) in self.problem.lanes.iter().zip(columns) {
            let Some(columns) = columns else { continue };
            if lane.to == self.problem.to {
                goal += columns.output_unit * columns.output;
            }
            goal -= lane.gas * columns.gate.clone();
        }
        goal
    }

    /// No node gives more than it gets.
    fn balances(&self, columns: &[Option<Columns>]) -> Vec<good_lp::Constraint> {
        let nodes = (0..self.problem.nodes).filter(|&node| node != self.problem.to);
        nodes
            .map(|node| {
                let mut spent = Expression::from(0.0);
                for (lane, columns) in self.problem.lanes.iter().zip(columns) {
                    let Some(columns) = columns else { continue };
                    if lane.from == node {
                        spent += columns.input_unit * columns.input;
                    } else if lane.to == node {
                        spent -= columns.output_unit * columns.output;
                    }
                }
                let given = if node == self.problem.from { self.problem.amount } else { 0.0 };
                constraint!(spent <= given)
            })
            .collect()
    }

    /// Two directions of one pool at once never pay.
    fn pools(&self, columns: &[Option<Columns>]) -> Vec<good_lp::Constraint> {
        let free = |at: &usize| columns[*at].as_ref().is_some_and(|columns| columns.free);
        let gate = |at: usize| columns[at].as_ref().map(|columns| columns.gate.clone());
        let lanes = &self.problem.lanes;
        let mut rows = Vec::new();
        for at in (0..lanes.len()).filter(free) {
            let back = (0..at).filter(free).find(|&other| lanes[other].pool == lanes[at].pool);
            if let (Some(one), Some(other)) = (gate(at), back.and_then(gate)) {
                rows.push(constraint!(one + other <= 1.0));
            }
        }
        rows
    }
}
